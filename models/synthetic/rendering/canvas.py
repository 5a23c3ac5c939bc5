"""What has been drawn so far."""

from typing import NamedTuple

import numpy as np

from poseloom.schemas.arrays import F32, I32

OVERSAMPLING = 2
"""Samples along each side of a pixel."""


class Canvas(NamedTuple):
    """What has been drawn so far, at `OVERSAMPLING` samples a side of a pixel.

    Attributes:
        colour: (h, w, 3) float32 linear light.
        nearness: (h, w) float32, one over the depth in metres; 0 where nothing is.
        owner: (h, w) int32 number of what is seen.
    """

    colour: F32
    nearness: F32
    owner: I32


def blank(width: int, height: int) -> Canvas:
    """A canvas for a picture of that many pixels, with nothing on it; owners are -1."""
    shape = (height * OVERSAMPLING, width * OVERSAMPLING)
    return Canvas(np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32), np.full(shape, -1, np.int32))


def copy(canvas: Canvas, onto: Canvas) -> None:
    """Make another canvas of the same size show the same."""
    for layer, target in zip(canvas, onto, strict=True):
        np.copyto(target, layer)
