"""What every way to move delivers, and where feet go."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from poseloom.models.synthetic.procedural.anatomy import ANKLE_HEIGHT, BONE, BONES, HEEL, SIDES, TOE
from poseloom.models.synthetic.procedural.kinematics import Foot, highest_hip
from poseloom.schemas.arrays import F64


@dataclass(frozen=True)
class Stance:
    """A moment of a movement, before the legs are solved.

    Attributes:
        angles: (19, 3) anatomical radians; those of the legs are ignored.
        pelvis: (3,) metres.
        feet: Where the left and the right foot shall be.
        airborne: Whether both feet may leave the floor.
    """

    angles: F64
    pelvis: F64
    feet: tuple[Foot, Foot]
    airborne: bool = False


class Movement(Protocol):
    """A way to move."""

    cadence_m: float

    def at(self, time_s: float, travelled_m: float) -> Stance:
        """The moment at a time, having moved so far."""


def relaxed() -> F64:
    """(19, 3) angles of somebody who stands with hanging arms."""
    angles = np.zeros((len(BONES), 3))
    for side, _ in SIDES:
        angles[BONE[f"{side}_upper_arm"]] = np.radians((2, 9, 0))
        angles[BONE[f"{side}_forearm"]] = np.radians((14, 0, 15))
    return angles


def sole(x: float, z: float, pitch: float, yaw: float, lift: float, stature: float) -> Foot:
    """A foot whose sole would stand flat at (x, z), rolled onto its toes (pitch > 0) or heel without sliding.

    Args:
        x: Metres to the left.
        z: Metres ahead, of the ankle above the flat sole.
        pitch: Radians; positive lifts the heel.
        yaw: Radians to the left.
        lift: Metres of the sole's lowest point above the floor.
        stature: Metres.
    """
    (sine, cosine), (across, ahead) = (np.sin(pitch), np.cos(pitch)), (np.sin(yaw), np.cos(yaw))
    turn = np.array(
        [[ahead, across * sine, across * cosine], [0, cosine, -sine], [-across, ahead * sine, ahead * cosine]]
    )
    reach = stature * (TOE if pitch > 0 else -HEEL)
    pivot = np.array([x + across * reach, lift, z + ahead * reach])
    return Foot(pivot - turn @ np.array([0.0, -stature * ANKLE_HEIGHT, reach]), turn)


def pelvis_height(
    wanted: float, turn: F64, pelvis_xz: F64, feet: tuple[Foot, Foot], hip: float, stature: float
) -> float:
    """The wanted height, smoothly lowered as far as both legs need to reach their feet."""
    sides = [pelvis_xz + sign * hip * stature * turn[[0, 2], 0] for _, sign in SIDES]
    heights = [wanted, *(highest_hip(foot, at, stature) for foot, at in zip(feet, sides, strict=True))]
    softness = 0.004 * stature
    return float(-softness * np.logaddexp.reduce(-np.array(heights) / softness))
