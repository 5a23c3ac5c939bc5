"""Write pictures as a video file."""

import itertools
import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from poseloom.schemas.arrays import U8
from poseloom.schemas.errors import InputError
from poseloom.schemas.ports import Frame


def write_video(path: Path, frames: Iterable[Frame], fps: float) -> None:
    """Encode pictures of one size as H.264 in an MP4 file; the file appears when it is whole.

    Odd widths and heights, which the format cannot hold, grow by repeating the last column or row.
    One thread encodes, so that the same pictures decode to the same pictures; the file's bytes may
    still differ (x264's vector code, seen with pictures of 160x96).

    Raises:
        InputError: No pictures, or the file cannot be written.
    """
    draft = path.with_name(f".{path.name}.part")
    pictures = iter(frames)
    first = next(pictures, None)
    if first is None:
        raise InputError(f"expected at least one picture for {path}, got none")
    try:
        _encode(draft, first, itertools.chain([first], pictures), Fraction(fps).limit_denominator(1001))
        os.replace(draft, path)
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"expected to write {path}, got {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


def _encode(path: Path, first: Frame, frames: Iterable[Frame], rate: Fraction) -> None:
    height, width = first.image.shape[:2]
    options = {"crf": "18", "preset": "veryfast", "threads": "1"}
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width + width % 2, height + height % 2, "yuv420p"
        for number, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(_even(frame.image), format="rgb24")
            picture.pts, picture.time_base = number, 1 / rate
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))


def _even(image: U8) -> U8:
    height, width = image.shape[:2]
    if height % 2 == width % 2 == 0:
        return image
    return np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
