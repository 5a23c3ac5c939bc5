"""Strokes on a canvas: keypoint marks, limbs and text, anti-aliased and at sub-pixel positions."""

import math

import cv2
import numpy as np

from poseloom.infra.overlay.palette import INK, WHITE, Colour
from poseloom.schemas.arrays import F64, U8
from poseloom.schemas.provenance import Source

_SHIFT = 4
_FONT = cv2.FontFace("sans")
_FAR = 30_000.0
"""Canvas pixels beyond which nothing is drawn: OpenCV's fixed-point coordinates overflow."""

_SMALLEST_HOLLOW = 3.0
"""Radius in canvas pixels below which a hollow mark would close."""


def _fixed(*values: float) -> list[int]:
    return [round(value * (1 << _SHIFT)) for value in values]


def stroke(canvas: U8, start: F64, end: F64, colour: Colour, width: float) -> None:
    """A line between two canvas points; ends far outside are pulled in along it."""
    if min(np.abs(start).max(), np.abs(end).max()) > _FAR:
        return
    if np.abs(start).max() > _FAR:
        start, end = end, start
    reach = min(1.0, _FAR / max(float(np.hypot(*(end - start))), 1.0))
    ends = [_fixed(*point) for point in (start, start + (end - start) * reach)]
    cv2.line(canvas, ends[0], ends[1], colour, max(1, round(width)), cv2.LINE_AA, _SHIFT)


def mark(canvas: U8, at: F64, source: Source, hollow: bool, colour: Colour, radius: float) -> None:
    """A keypoint: its shape says where it came from, hollow says that it is not visible."""
    if not np.abs(at).max() <= _FAR:
        return
    radius = max(radius, _SMALLEST_HOLLOW) if hollow else radius
    if source == Source.CORRECTED:
        _circle(canvas, at, radius * 1.7, INK, radius * 0.8)
        _circle(canvas, at, radius * 1.7, WHITE, radius * 0.4)
    corners = _corners(source)
    for ink, width in ((INK, radius * (0.9 if hollow else 0.7)), (colour, radius * 0.45)):
        if corners:
            _polygon(canvas, at + radius * np.array(corners), ink, width, filled=not hollow)
        else:
            _circle(canvas, at, radius, ink, width, filled=not hollow)


def _corners(source: Source) -> list[tuple[float, float]]:
    """Corners on the unit circle's scale; none for a round mark."""
    if source == Source.IMPORTED:
        return [(-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95)]
    if source == Source.PREDICTED:
        return [(0, -1.25), (1.25, 0), (0, 1.25), (-1.25, 0)]
    return []


def _circle(canvas: U8, at: F64, radius: float, colour: Colour, width: float, filled: bool = False) -> None:
    centre, (size,) = _fixed(*at), _fixed(radius)
    cv2.circle(canvas, centre, size, colour, max(1, round(width)), cv2.LINE_AA, _SHIFT)
    if filled:
        cv2.circle(canvas, centre, size, colour, cv2.FILLED, cv2.LINE_AA, _SHIFT)


def _polygon(canvas: U8, corners: F64, colour: Colour, width: float, filled: bool) -> None:
    points = [np.array([_fixed(*corner) for corner in corners], dtype=np.int32)]
    cv2.polylines(canvas, points, True, colour, max(1, round(width)), cv2.LINE_AA, _SHIFT)
    if filled:
        cv2.fillPoly(canvas, points, colour, cv2.LINE_AA, _SHIFT)


def text_width(text: str, size: float) -> int:
    """Canvas pixels that a text takes."""
    _, _, width, _ = cv2.getTextSize((1 << 14, 1 << 10), text, (0, 0), _FONT, round(size), 600)
    return int(width)


def write(canvas: U8, text: str, x: float, baseline: float, colour: Colour, size: float) -> None:
    """A text from x on, standing on its baseline."""
    cv2.putText(canvas, text, (round(x), round(baseline)), colour, _FONT, round(size), 600)


def tag(canvas: U8, text: str, at: F64, colour: Colour, ink: Colour, size: float) -> None:
    """A filled label whose lower left corner is at a canvas point, moved to stay on the canvas."""
    height, width = canvas.shape[:2]
    tall, wide = math.ceil(size * 1.4), text_width(text, size) + math.ceil(size * 0.8)
    left = round(min(max(float(at[0]), 0), max(width - wide, 0)))
    top = round(min(max(float(at[1]) - tall, 0), max(height - tall, 0)))
    cv2.rectangle(canvas, (left, top), (left + wide, top + tall), colour, cv2.FILLED)
    write(canvas, text, left + size * 0.4, top + size * 1.07, ink, size)
