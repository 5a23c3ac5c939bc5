"""What regions of Label Studio's JSON have in common."""

from typing import Any

from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.rows import NUMBER_LIMIT, Json, brief
from poseloom.schemas.ids import TRACK_ID_LIMIT


def track_number(text: str, where: str) -> int:
    """The track id that a text names.

    Raises:
        LabelError: None, or too large a one.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) >= TRACK_ID_LIMIT:
        raise LabelError(f"{where}: expected a track id from 0 to {TRACK_ID_LIMIT - 1}, got {brief(text)}")
    return int(text)


def picture_size(region: Json, where: str) -> tuple[int, int]:
    """Width and height that the region's percents are of.

    Raises:
        LabelError: It does not say, or the picture was turned.
    """
    width, height = region.get("original_width"), region.get("original_height")
    for size in (width, height):
        if type(size) is not int or not 0 < size <= NUMBER_LIMIT:
            raise LabelError(f"{where}: expected original_width and original_height in pixels, got {brief(size)}")
    if region.get("image_rotation", 0) != 0:
        raise LabelError(f"{where}.image_rotation: expected 0, got {brief(region['image_rotation'])}")
    return int(width or 0), int(height or 0)


def pixels(value: Json, where: str, size: tuple[int, int]) -> tuple[float, float]:
    """The place of a point given in percents.

    Raises:
        LabelError: No numbers.
    """
    return _pixel(value, "x", where, size[0]), _pixel(value, "y", where, size[1])


def _pixel(value: Json, field: str, where: str, extent: int) -> float:
    percent: Any = value.get(field)
    if type(percent) not in (int, float) or not abs(percent) <= NUMBER_LIMIT:
        raise LabelError(f"{where}.{field}: expected a percent of the picture, got {brief(percent)}")
    return float(percent) * extent / 100.0
