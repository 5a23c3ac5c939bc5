"""The textures of a body, and where on them its parts lie."""

from enum import IntEnum

import numpy as np

from poseloom.schemas.arrays import F64


class Material(IntEnum):
    """Numbers of the textures."""

    FACE = 0
    HAIR = 1
    SHIRT = 2
    ARM = 3
    LEG = 4
    SHOE = 5
    SKIN = 6
    SKIRT = 7


SHIRT_SPAN = (0.46, 0.88)
"""Heights at the lower and upper border of the shirt's texture; statures."""

ARM_SPAN = (0.345, -0.04)
"""Ways down the arm, from the shoulder's joint, at the lower and upper border of its texture; statures."""

LEG_SPAN = (0.50, -0.10)
"""Ways down the leg, from the hip's joint, at the lower and upper border of its texture; statures."""


def v_of(places: F64, span: tuple[float, float]) -> F64:
    """Texture coordinate v of places between the two borders."""
    return (np.asarray(places) - span[0]) / (span[1] - span[0])


def place_of(v: F64, span: tuple[float, float]) -> F64:
    """The inverse of `v_of`."""
    return span[0] + v * (span[1] - span[0])
