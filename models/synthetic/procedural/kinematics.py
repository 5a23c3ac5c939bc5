"""From joint angles to bones in space, and back for legs whose feet are known."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from poseloom.models.synthetic.procedural.anatomy import BONE, BONES, JOINTS, LIMITS, PARENTS, SIGNS
from poseloom.schemas.arrays import F64

REACH = 0.998
"""Share of its length to which a leg stretches at most."""


class Bones(NamedTuple):
    """All bones in body space.

    Attributes:
        turn: (19, 3, 3) rotations from the upright body.
        joint: (19, 3) metres, where each bone begins.
    """

    turn: F64
    joint: F64


@dataclass(frozen=True)
class Foot:
    """Where a foot shall be.

    Attributes:
        ankle: (3,) metres.
        turn: (3, 3) rotation from a foot that stands flat and points to +z.
    """

    ankle: F64
    turn: F64


def rotations(angles: F64) -> F64:
    """(…, 3, 3) matrices R = Rx Rz Ry of (…, 3) right-handed radians about x, z and y."""
    sine, cosine = np.sin(angles), np.cos(angles)
    sx, sz, sy = sine[..., 0], sine[..., 1], sine[..., 2]
    cx, cz, cy = cosine[..., 0], cosine[..., 1], cosine[..., 2]
    turn = np.empty((*np.shape(angles), 3))
    turn[..., 0, 0], turn[..., 0, 1], turn[..., 0, 2] = cz * cy, -sz, cz * sy
    turn[..., 1, 0], turn[..., 1, 1], turn[..., 1, 2] = cx * sz * cy + sx * sy, cx * cz, cx * sz * sy - sx * cy
    turn[..., 2, 0], turn[..., 2, 1], turn[..., 2, 2] = sx * sz * cy - cx * sy, sx * cz, sx * sz * sy + cx * cy
    return turn


def decompose(turn: F64) -> F64:
    """(3,) radians about x, z and y of a (3, 3) rotation; the inverse of `rotations`."""
    x, y = math.atan2(turn[2, 1], turn[1, 1]), math.atan2(turn[0, 2], turn[0, 0])
    return np.array([x, -math.asin(min(1.0, max(-1.0, turn[0, 1]))), y])


def forward(angles: F64, pelvis: F64, stature: float) -> Bones:
    """The bones of (19, 3) anatomical angles around a (3,) pelvis."""
    local = rotations(angles * SIGNS)
    turn, joint, offsets = np.empty_like(local), np.empty((len(BONES), 3)), stature * _OFFSETS
    turn[0], joint[0] = local[0], pelvis
    for bone, parent in enumerate(PARENTS[1:], start=1):
        turn[bone] = turn[parent] @ local[bone]
        joint[bone] = joint[parent] + turn[parent] @ offsets[bone]
    return Bones(turn, joint)


def stand(angles: F64, pelvis: F64, feet: tuple[Foot, Foot], stature: float) -> F64:
    """The angles with legs that bring the left and the right foot to where they shall be.

    Hips and knees are solved in closed form; each knee points midway between pelvis and foot. What a
    joint cannot do is cut at its limit.
    """
    solved = angles.copy()
    trunk = rotations(angles[0] * SIGNS[0])
    for side, foot in zip(("left", "right"), feet, strict=True):
        thigh, shank, ankle = BONE[f"{side}_thigh"], BONE[f"{side}_shank"], BONE[f"{side}_foot"]
        hip = pelvis + trunk @ (stature * _OFFSETS[thigh])
        upper, knee = _leg(foot.ankle - hip, trunk[:, 2] + foot.turn[:, 2], stature)
        lower = upper @ rotations(np.array([knee, 0, 0]))
        solved[thigh] = decompose(trunk.T @ upper) * SIGNS[thigh]
        solved[shank] = (knee, 0, 0)
        solved[ankle] = decompose(lower.T @ foot.turn) * SIGNS[ankle]
    return np.clip(solved, LIMITS[..., 0], LIMITS[..., 1])


def highest_hip(foot: Foot, hip_xz: F64, stature: float) -> float:
    """Metres above the floor at which the hip's joint can be over hip_xz so that the leg reaches the foot."""
    across = math.hypot(foot.ankle[0] - hip_xz[0], foot.ankle[2] - hip_xz[1])
    return float(foot.ankle[1]) + math.sqrt(max((REACH * _LEG * stature) ** 2 - across**2, 0.0))


def _leg(way: F64, ahead: F64, stature: float) -> tuple[F64, float]:
    """Rotation of the thigh and flexion of the knee for an ankle that lies `way` from the hip."""
    thigh, shank = stature * _THIGH, stature * _SHANK
    length = math.hypot(*way)
    distance = min(max(length, 0.3 * (thigh + shank)), REACH * (thigh + shank))
    up = -way / length
    hinge = _cross(up, ahead)
    hinge /= math.hypot(*hinge)
    lift = math.acos((thigh**2 + distance**2 - shank**2) / (2 * thigh * distance))
    bend = math.acos((thigh**2 + shank**2 - distance**2) / (2 * thigh * shank))
    axis = math.cos(lift) * up - math.sin(lift) * _cross(hinge, up)
    return np.array([hinge, axis, _cross(hinge, axis)]).T, math.pi - bend


def _cross(a: F64, b: F64) -> F64:
    """(3,) cross product of two vectors, without numpy's cost for arrays of them."""
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


_OFFSETS: F64 = JOINTS - JOINTS[list(PARENTS)]
_THIGH, _SHANK = (float(-_OFFSETS[BONE[f"left_{name}"], 1]) for name in ("shank", "foot"))
_LEG = _THIGH + _SHANK
