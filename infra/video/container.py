"""Opening video files with PyAV: local files only, known formats only, bounded pictures."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from poseloom.schemas.arrays import U8
from poseloom.schemas.errors import VideoError

MAX_PIXELS = 16384 * 16384
"""Largest picture that is decoded."""
_DECODER_THREADS = 4

# No playlists, no concatenation scripts, no image sequences: a video file must not name other files.
_FORMATS = (
    "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,ivf,obu,flv,asf,ogg,gif,mxf,mxf_d10,nut,rm,dv,"
    "mjpeg,y4m,yuv4mpegpipe,av1,wtv,gxf"
)
_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": _FORMATS,
    "max_streams": "64",
    "max_pixels": str(MAX_PIXELS),
}


@contextlib.contextmanager
def opened(path: Path, threaded: bool = True) -> Iterator[tuple[InputContainer, VideoStream]]:
    """The container and its main video stream.

    Args:
        path: A local file.
        threaded: Decode with several threads; exact for healthy streams, while what damaged ones show
            may depend on timing.

    Raises:
        VideoError: Not a video file, or no pictures in it.
    """
    with _container(path) as container:
        stream = _main_stream(container, path)
        stream.codec_context.options = {"max_pixels": str(MAX_PIXELS)}
        stream.thread_type = "AUTO" if threaded else "NONE"
        stream.codec_context.thread_count = _DECODER_THREADS if threaded else 1
        yield container, stream


def _container(path: Path) -> InputContainer:
    source = f"file:{os.path.abspath(path)}"
    try:
        return av.open(source, mode="r", options=_OPTIONS, metadata_errors="replace")
    except av.FFmpegError as error:
        raise VideoError(f"expected a video file at {path}, got: {error.strerror}") from error


def _main_stream(container: InputContainer, path: Path) -> VideoStream:
    stream = container.streams.best("video")
    if not isinstance(stream, VideoStream) or stream.disposition & Disposition.attached_pic:
        kinds = ", ".join(sorted({stream.type for stream in container.streams}))
        raise VideoError(f"expected a video stream in {path}, got only: {kinds or 'nothing'}")
    if stream.width * stream.height > MAX_PIXELS:
        raise VideoError(
            f"expected pictures of at most {MAX_PIXELS} pixels, got {stream.width}x{stream.height} in {path}"
        )
    return stream


class Developer:
    """Turns decoded pictures of one stream into upright RGB pixels.

    The conversion is swscale's default, which is also OpenCV's.
    """

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._matrices: dict[int, bytes | None] = {}

    def rgb(self, frame: av.VideoFrame) -> U8:
        """(H, W, 3) uint8 RGB pixels of a picture, turned as its display matrix says.

        Raises:
            VideoError: The picture is to be shown at an angle that is no multiple of 90°.
        """
        image = cast(U8, self._reformatter.reformat(frame, format="rgb24", threads=1).to_ndarray())
        matrix = self._matrix(frame)
        upright = image if matrix is None else _upright(image, np.frombuffer(matrix, dtype=np.int32))
        return np.ascontiguousarray(upright)

    def _matrix(self, frame: av.VideoFrame) -> bytes | None:
        # A frame whose side data was looked at stays in memory until the next garbage collection.
        if frame.rotation not in self._matrices:
            found: Any = frame.side_data.get("DISPLAYMATRIX")
            self._matrices[frame.rotation] = None if found is None else bytes(found)
        return self._matrices[frame.rotation]


def _upright(image: U8, matrix: np.ndarray[Any, np.dtype[np.int32]]) -> U8:
    """Apply a display matrix (a b u c d v x y w): a source pixel (x, y) shows at (ax + cy, bx + dy)."""
    a, b, c, d = (int(np.sign(round(value / 65536))) for value in matrix[[0, 1, 3, 4]])
    if (a, d) == (0, 0) and b and c:
        image, across, down = image.swapaxes(0, 1), c, b
    elif (b, c) == (0, 0) and a and d:
        across, down = a, d
    else:
        raise VideoError(f"expected a rotation by a multiple of 90°, got the display matrix {matrix.tolist()}")
    return image[::down, ::across]
