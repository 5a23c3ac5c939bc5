"""Light: a lamp above somewhere in front, and what the surroundings give back."""

import numpy as np

from poseloom.models.synthetic.scene import Light
from poseloom.schemas.arrays import F64

_WARM, _COOL = np.array([1.0, 0.93, 0.82]), np.array([0.92, 0.97, 1.0])


def place_light(rng: np.random.Generator) -> Light:
    """A light of random side, height, colour and contrast; its sum is about 1 on what faces the lamp."""
    side, lift = rng.uniform(-1.3, 1.3), rng.uniform(0.5, 1.2)
    direction = np.array([np.sin(side) * np.cos(lift), np.sin(lift), np.cos(side) * np.cos(lift)])
    lamp = rng.uniform(0.45, 0.75)
    sky = 1.05 - lamp
    return Light(
        direction=direction,
        colour=lamp * _between(_COOL, _WARM, rng.uniform()),
        sky=sky * _between(_WARM, _COOL, rng.uniform()),
        ground=0.6 * sky * _between(_WARM, _COOL, rng.uniform()),
    )


def _between(a: F64, b: F64, share: float) -> F64:
    return np.asarray(a + share * (b - a))
