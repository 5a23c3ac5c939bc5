"""Annotated videos."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from poseloom.infra.encoder import write_video
from poseloom.infra.overlay.canvas import check_frames, frame_title, labelled_picture
from poseloom.infra.overlay.legend import Panel
from poseloom.infra.overlay.people import stroke_unit
from poseloom.schemas.errors import InputError
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame, VideoReader

_LEGIBLE_SHORT_SIDE = 480
"""Smaller pictures are enlarged by a whole factor, so that marks and text fit in."""
_CLOCKLESS_FPS = 10.0
"""Rate at which image folders play."""


def write_overlay_video(
    reader: VideoReader, labels: Instances, out: Path, progress: Callable[[int], None] | None = None
) -> None:
    """Write an H.264 MP4 of the whole video with its labels drawn in, and a panel below.

    Args:
        reader: The video.
        labels: Any rows of it, linked or not.
        out: Path of the new ``.mp4``; replaced only once the video is complete.
        progress: Called with the number of frames done so far.

    Raises:
        LabelError: Labels of frames that the video does not have.
        InputError: `out` is no ``.mp4`` or cannot be written.
    """
    if out.suffix.lower() != ".mp4":
        raise InputError(f"expected an overlay video to be called *.mp4, got {out}")
    check_frames(labels, reader.video)
    write_video(out, _pages(reader, labels, progress), reader.video.fps or _CLOCKLESS_FPS)


def _pages(reader: VideoReader, labels: Instances, progress: Callable[[int], None] | None) -> Iterator[Frame]:
    video = reader.video
    scale = max(1, -(-_LEGIBLE_SHORT_SIDE // min(video.width, video.height)))
    width, height = video.width * scale, video.height * scale
    panel = Panel(labels, width, stroke_unit(width, height))
    for frame in reader.frames(0, video.frame_count):
        page = np.zeros((height + panel.height, width, 3), np.uint8)
        page[:height] = labelled_picture(frame, labels, scale)
        people = int((labels.frame_index == frame.frame_index).sum())
        panel.draw(page[height:], frame_title(video, frame.frame_index, people))
        yield Frame(frame.frame_index, page)
        if progress is not None:
            progress(frame.frame_index + 1)
