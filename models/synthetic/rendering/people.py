"""Where people are in the world at a moment."""

from dataclasses import dataclass

import numpy as np

from poseloom.models.synthetic.rendering.camera import between
from poseloom.models.synthetic.scene import Actor
from poseloom.schemas.arrays import F64


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
    turned, there = turn(float(between(np.unwrap(actor.heading), moment))), np.array([x, 0.0, z])
    return Placed(*(np.asarray(p, np.float64) @ turned.T + there for p in (pose.vertices, pose.points, pose.head)))


def turn(heading: float) -> F64:
    """(3, 3) rotation about y that takes +z to (sin h, 0, cos h)."""
    sine, cosine = np.sin(heading), np.cos(heading)
    return np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
