"""The ``images`` list of COCO-like files."""

from collections.abc import Iterable, Sequence

import numpy as np

from poseloom.schemas.arrays import I32, I64
from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.rows import Rows
from poseloom.schemas.labels import FrameLabel

SIDE_LIMIT = 1_000_000
"""No picture is wider or higher, in pixels."""


def check_images(images: Rows) -> tuple[I64, list[str]]:
    """Ids and file names of the images.

    Raises:
        LabelError: One is missing or of another type, comes twice, or a size is absurd.
    """
    ids, names = images.integers("id"), images.texts("file_name")
    for field in ("width", "height"):
        images.integers(field, default=1, low=1, high=SIDE_LIMIT)
    for field, values in (("id", ids.tolist()), ("file_name", names)):
        seen: dict[object, int] = {}
        for row, value in enumerate(values):
            if value in seen:
                raise images.error(row, field, f"a value of its own (images[{seen[value]}] has it)", value)
            seen[value] = row
    return ids, names


def check_one_per_frame(images: Rows, rows: Sequence[int], numbers: Sequence[int]) -> None:
    """Refuse two images of one frame among the given rows.

    Raises:
        LabelError: Names both images.
    """
    seen: dict[int, int] = {}
    for row, number in zip(rows, numbers, strict=True):
        if number in seen:
            other = f"images[{seen[number]}] is frame {number} too"
            raise images.error(row, "file_name", f"a frame of its own ({other})", images.items[row]["file_name"])
        seen[number] = row


def frames_of_people(people: Rows, frames: Iterable[FrameLabel]) -> I32:
    """(N,) frame index of every annotation, joined on the image id.

    Raises:
        LabelError: An annotation names an image that is not listed.
    """
    frame_of = {frame.image_id: frame.frame_index for frame in frames}
    image_ids = people.integers("image_id").tolist()
    for row, image_id in enumerate(image_ids):
        if image_id not in frame_of:
            raise people.error(row, "image_id", "the id of a listed image", image_id)
    return np.array([frame_of[image_id] for image_id in image_ids], dtype=np.int32)


def check_frames_in_video(frame_index: I32, frame_count: int, name: str) -> None:
    """Refuse labels outside the video.

    Raises:
        LabelError: Names the first such frame.
    """
    outside = (frame_index < 0) | (frame_index >= frame_count)
    if outside.any():
        first = int(frame_index[outside].min())
        raise LabelError(f"{name}: expected labels of frames 0 to {frame_count - 1}, got frame {first}")
