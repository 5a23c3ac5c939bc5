"""Where the surfaces of people and props are in the world at a moment."""

from dataclasses import dataclass

import numpy as np

from poseloom.models.synthetic.bodies import Surface
from poseloom.models.synthetic.rendering.camera import between
from poseloom.models.synthetic.scene import Actor, Prop
from poseloom.schemas.arrays import F64

_CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
_SIDES = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


@dataclass(frozen=True, eq=False)
class Placed:
    """A person at one moment, in world-space metres.

    Attributes:
        vertices: (V, 3) float64.
        points: (19, 3) float64 keypoints.
        head: (H, 3) float64 points around the head.
    """

    vertices: F64
    points: F64
    head: F64


def place(actor: Actor, fps: float, moment: float) -> Placed:
    """The person at a moment in frames, between frames as well."""
    pose = actor.body.pose(moment / fps, float(between(actor.travelled, moment)))
    x, z = between(actor.position, moment)
    turn, there = _turn(float(between(np.unwrap(actor.heading), moment))), np.array([x, 0.0, z])
    return Placed(*(np.asarray(p, np.float64) @ turn.T + there for p in (pose.vertices, pose.points, pose.head)))


def box_vertices(prop: Prop) -> F64:
    """(24, 3) corners of a prop's six sides in the world; sides share none, so that its edges are sharp."""
    return np.asarray((_CORNERS[_SIDES.ravel()] * prop.size) @ _turn(prop.heading).T + prop.centre)


def box_surface(prop: Prop) -> Surface:
    """The sides of a prop, each with the whole texture."""
    side = np.arange(6, dtype=np.int32)[:, None, None] * 4
    triangles = (side + np.array([[0, 1, 2], [0, 2, 3]], np.int32)).reshape(12, 3)
    upright = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    return Surface(
        triangles=triangles,
        uv=upright[triangles % 4],
        material=np.zeros(12, np.int32),
        textures=(prop.texture,),
        tint=np.ones((1, 3), np.float32),
        two_sided=np.zeros(1, np.bool_),
    )


def _turn(heading: float) -> F64:
    """(3, 3) rotation about y that takes +z to (sin h, 0, cos h)."""
    sine, cosine = np.sin(heading), np.cos(heading)
    return np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
