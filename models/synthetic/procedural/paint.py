"""Brushes: noise, folds and colours on square pictures."""

import cv2
import numpy as np
import numpy.typing as npt

from poseloom.models.synthetic.procedural.look import Colour
from poseloom.schemas.arrays import F64, U8


def grid(side: int) -> tuple[F64, F64]:
    """(side, side) texture coordinates u and v of the texels' centres; v grows upwards."""
    at = (np.arange(side) + 0.5) / side
    return np.broadcast_to(at, (side, side)), np.broadcast_to(1 - at[:, None], (side, side))


def noise(rng: np.random.Generator, side: int, cell: float, stretch: float = 1.0) -> F64:
    """(side, side) smooth noise of unit variance that continues across u = 0.

    Args:
        rng: Source.
        side: Texels.
        cell: Texels of a detail along u.
        stretch: How much longer a detail is along v.
    """
    columns, rows = max(2, round(side / cell)), max(2, round(side / (cell * stretch)))
    coarse = np.pad(rng.standard_normal((rows, columns)), ((0, 0), (2, 2)), mode="wrap")
    width = round(side * (columns + 4) / columns)
    fine = cv2.resize(coarse, (width, side), interpolation=cv2.INTER_CUBIC)
    start = (width - side) // 2
    cut: F64 = np.asarray(fine[:, start : start + side], dtype=np.float64)
    return cut / max(float(cut.std()), 1e-6)


def plain(side: int, colour: Colour) -> F64:
    """(side, side, 3) of one colour."""
    return np.broadcast_to(np.asarray(colour, dtype=np.float64), (side, side, 3)).copy()


def over(picture: F64, share: npt.ArrayLike, colour: npt.ArrayLike) -> F64:
    """The picture with a colour laid over it, 0..1 thick."""
    cover = np.asarray(share, dtype=np.float64)[..., None]
    return np.asarray(picture * (1 - cover) + np.asarray(colour, dtype=np.float64) * cover)


def soft(inside: F64, edge: float) -> F64:
    """0 outside (negative) to 1 inside over the width of an edge."""
    return np.asarray(np.clip(inside / edge + 0.5, 0, 1), dtype=np.float64)


def folded(rng: np.random.Generator, picture: F64, depth: float) -> F64:
    """Cloth with hanging folds, creases and weave."""
    side = len(picture)
    shade = (
        0.5 * noise(rng, side, side / 9, 3.0) + 0.35 * noise(rng, side, side / 14, 0.5) + 0.2 * noise(rng, side, 2.5)
    )
    return np.asarray(picture * (1 + depth * np.clip(shade, -2.2, 2.2))[..., None])


def rgba(picture: F64) -> U8:
    """(side, side, 4) opaque uint8 RGBA."""
    colours = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    return np.dstack([colours, np.full(colours.shape[:2], 255, np.uint8)])
