"""Write pictures as a video file."""

import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av

from poseloom.schemas.ports import Frame


def write_video(path: Path, frames: Iterable[Frame], fps: float) -> None:
    """Encode pictures of one size as H.264 in an MP4 file; the file appears when it is whole."""
    draft = path.with_name(f".{path.name}.part")
    with av.open(str(draft), "w", format="mp4") as container:
        stream = None
        for frame in frames:
            if stream is None:
                height, width = frame.image.shape[:2]
                stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1001))
                stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
                stream.options = {"crf": "18", "preset": "veryfast", "threads": "1"}
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame.image, format="rgb24")))
        if stream is not None:
            container.mux(stream.encode())
    os.replace(draft, path)
