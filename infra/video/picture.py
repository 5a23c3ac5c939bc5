"""Single picture files: their size and completeness from their headers, and their pixels."""

from typing import cast

import cv2
import numpy as np

from poseloom.infra.video.container import MAX_PIXELS
from poseloom.schemas.arrays import U8
from poseloom.schemas.errors import VideoError

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8"
_JPEG_END = b"\xff\xd9"
_START_OF_SCAN = 0xDA
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_START_OF_FRAME = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def stored_size(data: bytes, name: str) -> tuple[int, int]:
    """Width and height of a complete JPEG or PNG as stored, before any EXIF orientation.

    OpenCV fills what is missing of a truncated file with grey instead of failing, hence this check.

    Raises:
        VideoError: Another format, truncated, or too large to decode.
    """
    if data.startswith(_PNG):
        size, complete = _png_size(data), b"IEND" in data[-64:]
    elif data.startswith(_JPEG):
        size, complete = _jpeg_size(data)
    else:
        raise VideoError(f"expected a JPEG or PNG picture, got other bytes in {name}")
    if size is None or not complete:
        raise VideoError(f"expected a whole picture, got a truncated file: {name}")
    if size[0] * size[1] > MAX_PIXELS:
        raise VideoError(f"expected pictures of at most {MAX_PIXELS} pixels, got {size[0]}x{size[1]} in {name}")
    return size


def rgb_of(data: bytes, name: str) -> U8:
    """(H, W, 3) uint8 RGB pixels of a JPEG or PNG, upright by its EXIF orientation.

    Raises:
        VideoError: It does not decode.
    """
    stored_size(data, name)
    try:
        image = cv2.imdecode(np.frombuffer(data, dtype=np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error as error:
        raise VideoError(f"expected a picture that decodes, got {error.err} for {name}") from error
    if image is None:
        raise VideoError(f"expected a picture that decodes, got damaged bytes in {name}")
    return cast(U8, image)


def _png_size(data: bytes) -> tuple[int, int] | None:
    if len(data) < 24:
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def _jpeg_size(data: bytes) -> tuple[tuple[int, int] | None, bool]:
    """Size from the frame header, and whether the end marker follows the first scan."""
    size, at = None, 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF:
            at += 1
        elif marker in _STANDALONE:
            at += 2
        elif marker == _START_OF_SCAN:
            return size, data.rfind(_JPEG_END) > at
        else:
            if marker in _START_OF_FRAME and at + 9 <= len(data):
                size = int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
            at += 2 + length
    return size, False
