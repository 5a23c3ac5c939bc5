"""Annotated videos."""

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from poseloom.infra.overlay.canvas import check_frames, frame_title, labelled_picture
from poseloom.infra.overlay.legend import Panel
from poseloom.infra.overlay.people import stroke_unit
from poseloom.schemas.arrays import U8
from poseloom.schemas.errors import InputError
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import VideoReader

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
    partial = out.with_name(f".{out.name}.partial")
    try:
        _encode(reader, labels, partial, progress)
        os.replace(partial, out)
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"expected to write {out}, got {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)


def _encode(reader: VideoReader, labels: Instances, path: Path, progress: Callable[[int], None] | None) -> None:
    video = reader.video
    scale = max(1, -(-_LEGIBLE_SHORT_SIDE // min(video.width, video.height)))
    width, height = video.width * scale, video.height * scale
    panel = Panel(labels, width, stroke_unit(width, height))
    rate = Fraction(video.fps or _CLOCKLESS_FPS).limit_denominator(1001)
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "20", "preset": "veryfast"})
        stream.width, stream.height = width + width % 2, (height + panel.height + 1) // 2 * 2
        stream.pix_fmt = "yuv420p"
        for frame in reader.frames(0, video.frame_count):
            page = np.zeros((stream.height, stream.width, 3), np.uint8)
            page[:height, :width] = labelled_picture(frame, labels, scale)
            people = int((labels.frame_index == frame.frame_index).sum())
            panel.draw(page[height:], frame_title(video, frame.frame_index, people))
            container.mux(stream.encode(_picture(page, frame.frame_index, rate)))
            if progress is not None:
                progress(frame.frame_index + 1)
        container.mux(stream.encode(None))


def _picture(page: U8, number: int, rate: Fraction) -> av.VideoFrame:
    picture = av.VideoFrame.from_ndarray(page, format="rgb24")
    picture.pts, picture.time_base = number, 1 / rate
    return picture
