"""The external estimator protocol, version 1, and `serve`, its worker side. Needs Python 3.8 and numpy only.

A worker is any program that talks on stdin and stdout. A message is a 4-byte big-endian length, a
JSON object of that many bytes, and as many raw bytes as its field ``bytes`` says (none without it).
Every request carries an ``id``, which its reply repeats.

``{"id": 0, "op": "hello"}``
    ``{"id": 0, "protocol": 1, "skeleton": "coco17", "digest": "…"}``. Answer at once, before loading
    the model. `digest` changes whenever the output could; it is part of every label's identity.
``{"id": 1, "op": "estimate", "images": [[height, width], …], "bytes": n}``, then the pictures' RGB bytes
    ``{"id": 1, "people": [[{"box": [x, y, w, h], "keypoints": [[x, y, visibility, score], …]}, …], …]}``:
    one list of people for each picture; pixels of that picture, COCO's visibility 0/1/2, score in
    0..1; ``box`` may be null.

``{"id": 1, "error": "…"}`` instead tells that a request failed. End of input means: exit.

A worker for your own model, run with ``--estimator external -o command='/env/bin/python my_worker.py'``
and this file copied beside it::

    from protocol import serve

    def load():
        model = my_model("weights.pt")
        def estimate(image):  # (H, W, 3) uint8 RGB
            return [{"box": None, "keypoints": [[x, y, 2, score] for x, y, score in person]} for person in model(image)]
        return estimate

    serve(load, skeleton="coco17", digest="my-model-1")
"""

from __future__ import annotations  # worker environments may be as old as Python 3.8

import json
import os
import struct
import sys
import threading
import time
import traceback
from typing import IO, Any, Callable  # noqa: UP035 - collections.abc.Callable takes no arguments before 3.9

import numpy as np

PROTOCOL_VERSION = 1
MAX_HEADER_BYTES = 16 << 20
MAX_PAYLOAD_BYTES = 1 << 30


class ProtocolError(Exception):
    """The other side does not speak this protocol."""


def write_message(stream: IO[bytes], header: dict[str, Any], payload: bytes = b"") -> None:
    """Send one message."""
    if payload:
        header = {**header, "bytes": len(payload)}
    text = json.dumps(header, allow_nan=False).encode()
    stream.write(struct.pack(">I", len(text)) + text)
    stream.write(payload)
    stream.flush()


def read_message(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Header and payload of the next message, or None at the end of the stream.

    Raises:
        ProtocolError: Not a message, larger than allowed, or cut off.
    """
    prefix = stream.read(4)
    if not prefix:
        return None
    size = struct.unpack(">I", prefix)[0] if len(prefix) == 4 else -1
    if not 2 <= size <= MAX_HEADER_BYTES:
        raise ProtocolError(f"expected the length of a message up to {MAX_HEADER_BYTES} bytes, got {prefix!r}")
    try:
        header = json.loads(_read_exactly(stream, size))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"expected a JSON object, got {error}") from error
    if not isinstance(header, dict):
        raise ProtocolError(f"expected a JSON object, got {type(header).__name__}")
    payload_size = header.get("bytes", 0)
    if type(payload_size) is not int or not 0 <= payload_size <= MAX_PAYLOAD_BYTES:
        raise ProtocolError(f"expected bytes in 0..{MAX_PAYLOAD_BYTES}, got {payload_size!r}")
    return header, _read_exactly(stream, payload_size)


def serve(load: Callable[[], Callable[[Any], list[dict[str, Any]]]], *, skeleton: str, digest: str) -> None:
    """Answer requests until the input ends.

    Whatever libraries print goes to stderr: the stream of replies is a private copy of stdout.

    Args:
        load: Called once, at the first picture; returns the function from a picture to its people.
        skeleton: Name of the skeleton of the answers.
        digest: Identity of the model with its settings.
    """
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    threading.Thread(target=_exit_with_parent, args=(os.getppid(),), daemon=True).start()
    hello = {"protocol": PROTOCOL_VERSION, "skeleton": skeleton, "digest": digest}
    estimate = None
    while True:
        message = read_message(requests)
        if message is None:
            return
        header, payload = message
        if header.get("op") == "hello":
            write_message(replies, {"id": header["id"], **hello})
            continue
        estimate = estimate or load()
        try:
            people = [estimate(picture) for picture in _pictures(header["images"], payload)]
            write_message(replies, {"id": header["id"], "people": people})
        except Exception as error:  # the model's own failure is the answer to this request only
            traceback.print_exc()
            write_message(replies, {"id": header["id"], "error": repr(error)})


def _pictures(sizes: list[list[int]], payload: bytes) -> list[Any]:
    pictures, start = [], 0
    for height, width in sizes:
        end = start + height * width * 3
        pictures.append(np.frombuffer(payload[start:end], dtype=np.uint8).reshape(height, width, 3))
        start = end
    return pictures


def _exit_with_parent(parent: int) -> None:
    """A worker stuck in its model would not notice the end of its input."""
    while os.getppid() == parent:
        time.sleep(2)
    os._exit(1)


def _read_exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise ProtocolError(f"expected {size} bytes, got {len(data)} before the end of the stream")
    return data
