"""`poseloom correct`: append corrections to a workspace's log."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from poseloom.infra.cli.console import output
from poseloom.schemas.correction import Correction, MoveKeypoint, RemoveKeypoint
from poseloom.schemas.errors import InputError

if TYPE_CHECKING:
    from poseloom.schemas.video import Video


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(correct)


def correct(
    workspace: Annotated[str, typer.Argument(help="Workspace that a curate run made.")],
    video: Annotated[str, typer.Option(help="Name of the video, or its id.")] = "",
    frame: Annotated[int, typer.Option(min=0, help="0-based frame.")] = 0,
    track: Annotated[int, typer.Option(min=0, help="Track id of the person.")] = 0,
    keypoint: Annotated[str, typer.Option(help="Keypoint to move, e.g. `left_wrist`.")] = "",
    at: Annotated[str, typer.Option(metavar="X,Y", help="Where it is, in pixels of the video.")] = "",
    occluded: Annotated[bool, typer.Option("--occluded", help="It is there but hidden.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="It cannot be labelled in this frame.")] = False,
    file: Annotated[Path | None, typer.Option(help="A JSON file with one correction or a list of them.")] = None,
    annotator: Annotated[str, typer.Option(help="Who says so.")] = "command line",
) -> None:
    """Say where a keypoint really is; the next `poseloom curate` propagates it and releases again.

    Example: `poseloom correct out --video dance --frame 40 --track 0 --keypoint left_wrist --at 312.5,208`
    """
    from poseloom.infra.storage import open_workspace
    from poseloom.tasks.corrections import append_correction
    from poseloom.tasks.videos import known_videos

    store = open_workspace(workspace, create=False).store
    videos = known_videos(store)
    if file is not None:
        corrections = _read(file)
    else:
        edit = _edit(frame, track, keypoint, at, occluded, remove)
        corrections = [Correction(video_id=_named(videos, video).video_id, annotator=annotator, edits=(edit,))]
    for correction in corrections:
        _check(correction, videos)
    for correction in corrections:
        revision = append_correction(store, correction)
        output.print(f"{correction.correction_id} is correction {revision} of {correction.video_id}")
    output.print("run the same `poseloom curate` again to propagate and release")


def _edit(
    frame: int, track: int, keypoint: str, at: str, occluded: bool, remove: bool
) -> MoveKeypoint | RemoveKeypoint:
    if not keypoint:
        raise InputError("expected --keypoint with --at or --remove, or --file, got neither")
    if remove and at:
        raise InputError(f"expected either --at or --remove, got both (--at {at})")
    if remove:
        return RemoveKeypoint(frame_index=frame, track_id=track, keypoint=keypoint)
    try:
        x, y = (float(value) for value in at.split(","))
        return MoveKeypoint(
            frame_index=frame, track_id=track, keypoint=keypoint, x=x, y=y, visibility=1 if occluded else 2
        )
    except ValueError:
        raise InputError(f"expected --at X,Y as two finite numbers, got {at!r}") from None


def _read(file: Path) -> list[Correction]:
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


def _named(videos: "list[Video]", name: str) -> "Video":
    found = [video for video in videos if name in (video.name, video.video_id)]
    if len(found) > 1:
        ids = ", ".join(f"{video.video_id} ({video.uri})" for video in found)
        raise InputError(f"expected --video to name one video, got {name!r}, which {len(found)} have; use an id: {ids}")
    if not found:
        known = ", ".join(video.name for video in videos[:8]) + (" …" if len(videos) > 8 else "") or "none"
        raise InputError(f"expected --video to name one video of the workspace ({known}), got {name!r}")
    return found[0]


def _check(correction: Correction, videos: "list[Video]") -> None:
    from poseloom.schemas.skeleton import SKELETONS

    video = _named(videos, correction.video_id)
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
