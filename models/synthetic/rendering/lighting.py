"""How much light falls on a surface."""

from typing import NamedTuple

import numpy as np

from poseloom.models.synthetic.rendering.camera import View
from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.models.synthetic.scene import Light
from poseloom.schemas.arrays import F32

_WRAP = 0.25


class Lamp(NamedTuple):
    """Light as the camera sees it; all (3,) float32, `direction` and `up` in camera space."""

    direction: F32
    up: F32
    colour: F32
    sky: F32
    ground: F32


def lamp_in(view: View, light: Light) -> Lamp:
    """The light of a scene as a camera sees it."""
    in_camera = (view.axes @ light.direction, view.axes @ np.array([0.0, 1.0, 0.0]))
    return Lamp(*(np.asarray(v, np.float32) for v in (*in_camera, light.colour, light.sky, light.ground)))


@compiled
def lit(lamp: Lamp, normals: F32) -> F32:
    """(V, 2, 3) light that falls on the outside and the inside of the surface at its vertices.

    Lambert's law, wrapped around the edge of the shadow, and a hemisphere of light from above and below.

    Args:
        lamp: The light.
        normals: (V, 3) unit normals in camera space.
    """
    light = np.empty((len(normals), 2, 3), np.float32)
    for v in range(len(normals)):
        straight = upwards = np.float32(0)
        for axis in range(3):
            straight += normals[v, axis] * lamp.direction[axis]
            upwards += normals[v, axis] * lamp.up[axis]
        for face in range(2):
            sign = 1 - 2 * face
            lit = max(0.0, (sign * straight + _WRAP) / (1 + _WRAP))
            above = 0.5 + 0.5 * sign * upwards
            for channel in range(3):
                around = lamp.ground[channel] + (lamp.sky[channel] - lamp.ground[channel]) * above
                light[v, face, channel] = lamp.colour[channel] * lit + around
    return light
