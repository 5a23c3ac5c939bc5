"""Files with corrections, and what must hold for corrections from outside."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from poseloom.schemas.correction import Correction, MoveKeypoint
from poseloom.schemas.errors import InputError

if TYPE_CHECKING:
    from poseloom.schemas.video import Video


def read_correction_file(file: Path) -> list[Correction]:
    """The correction, or the list of them, in a JSON file.

    Raises:
        InputError: Not readable, or not corrections; says where.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        return [Correction.model_validate(entry) for entry in (document if isinstance(document, list) else [document])]
    except OSError as error:
        raise InputError(f"expected a readable correction file at {file}, got: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "its top"
        raise InputError(f"expected a correction in {file}, got {first['msg']} at {where}") from error
    except ValueError as error:
        raise InputError(f"expected JSON in {file}, got: {error}") from error


def named_video(videos: "list[Video]", name: str) -> "Video":
    """The video of that name or id.

    Raises:
        InputError: None has it, or several have.
    """
    found = [video for video in videos if name in (video.name, video.video_id)]
    if len(found) > 1:
        ids = ", ".join(f"{video.video_id} ({video.uri})" for video in found)
        raise InputError(f"expected --video to name one video, got {name!r}, which {len(found)} have; use an id: {ids}")
    if not found:
        known = ", ".join(video.name for video in videos[:8]) + (" …" if len(videos) > 8 else "") or "none"
        raise InputError(f"expected --video to name one video of the workspace ({known}), got {name!r}")
    return found[0]


def check_correction(correction: Correction, videos: "list[Video]") -> None:
    """Refuse edits that cannot be meant.

    Raises:
        InputError: An unknown video or keypoint, or a place outside the video.
    """
    from poseloom.schemas.skeleton import SKELETONS

    video = named_video(videos, correction.video_id)
    names = {name for skeleton in SKELETONS.values() for name in skeleton.keypoints}
    for edit in correction.edits:
        if edit.frame_index >= video.frame_count:
            raise InputError(f"expected a frame below {video.frame_count} of {video.name}, got {edit.frame_index}")
        keypoint = getattr(edit, "keypoint", None)
        if keypoint is not None and keypoint not in names:
            raise InputError(f"expected a keypoint name such as left_wrist, got {keypoint!r}")
        if isinstance(edit, MoveKeypoint) and not _near(edit, video):
            size = f"{video.width}x{video.height}"
            raise InputError(f"expected a place in or near the {size} pictures of {video.name}, got {edit.x},{edit.y}")


def _near(edit: MoveKeypoint, video: "Video") -> bool:
    """Keypoints may lie outside the picture, but no further than its own size."""
    return -video.width <= edit.x <= 2 * video.width and -video.height <= edit.y <= 2 * video.height
