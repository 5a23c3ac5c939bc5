"""What probing learns about a video; stored once, so that no shard probes again."""

import base64
import json
import zlib
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from poseloom.schemas.video import Video


def _pack_integers(values: tuple[int, ...]) -> str:
    deltas = np.diff(np.array(values, dtype=np.int64), prepend=np.int64(0))
    return base64.b85encode(zlib.compress(deltas.astype("<i8").tobytes())).decode()


def _unpack_integers(stored: Any) -> Any:
    if not isinstance(stored, str):
        return stored
    deltas = np.frombuffer(zlib.decompress(base64.b85decode(stored)), dtype="<i8")
    return tuple(np.cumsum(deltas, dtype=np.int64).tolist())


def _pack_names(values: tuple[str, ...]) -> str:
    return base64.b85encode(zlib.compress(json.dumps(values).encode())).decode()


def _unpack_names(stored: Any) -> Any:
    return tuple(json.loads(zlib.decompress(base64.b85decode(stored)))) if isinstance(stored, str) else stored


Integers = Annotated[tuple[int, ...], BeforeValidator(_unpack_integers), PlainSerializer(_pack_integers)]
Names = Annotated[tuple[str, ...], BeforeValidator(_unpack_names), PlainSerializer(_pack_names)]


class VideoIndex(BaseModel):
    """A probed video; its JSON form is compressed.

    Attributes:
        video: Identity, size and exact frame count.
        stamp: Size and time (or ETag) of the source as probed; a differing stamp makes readers hash it again.
        pts: Presentation timestamp of every frame in ticks of the stream's clock, strictly increasing.
            Empty where that clock cannot be trusted: then frames are counted from the first picture.
        keyframes: Frames at which decoding may begin, ascending; empty where `pts` is.
        frame_names: File name of every frame of an image folder; empty for video files.
        warnings: What a person should know about this source, a sentence each.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    video: Video
    stamp: str
    pts: Integers = ()
    keyframes: Integers = ()
    frame_names: Names = ()
    warnings: tuple[str, ...] = ()
