"""What the feet say about a loop: how far it walks, and when nothing touches the floor."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from poseloom.models.synthetic.mesh.loop import Loop
from poseloom.models.synthetic.mesh.person import Person
from poseloom.models.synthetic.mesh.retarget import leg_length, placed
from poseloom.models.synthetic.mesh.segments import NUMBER
from poseloom.schemas.arrays import F64

_FLIGHT_FROM_M = 0.025
_FLOOR_PERCENTILE = 10


@dataclass(frozen=True, eq=False)
class Stance:
    """A loop of T frames on one person's feet.

    Attributes:
        travelled: (T + 1,) float64 metres walked until each frame, rising; the last is the cadence.
        flight: (T,) float64 metres between the floor and the lowest point.
    """

    travelled: F64
    flight: F64


def stance(person: Person, loop: Loop, aligned: F64) -> Stance:
    """Where the loop's feet meet the floor.

    A foot on the floor moves backwards as fast as the body moves ahead, so the way of the lowest
    point of the soles is the way travelled, whatever the length of the legs; in flight the body
    keeps its mean speed.

    Args:
        person: Whose feet.
        loop: The motion.
        aligned: (S, 3, 3) from `retarget.alignment`.
    """
    soles = _soles(person, loop, aligned)
    scale = leg_length(person.joints)
    height = loop.root[:, 1] * scale + soles[..., 1].min(axis=1)
    above = height - np.percentile(height, _FLOOR_PERCENTILE)
    flight = np.maximum(above - _FLIGHT_FROM_M, 0)
    if loop.advance == 0:
        return Stance(np.zeros(len(flight) + 1), flight)
    lowest, frames = soles[..., 1].argmin(axis=1), np.arange(len(soles))
    steps = soles[frames, lowest, 2] - np.roll(soles, -1, axis=0)[frames, lowest, 2]
    usual = loop.advance * scale / len(steps)
    steps = np.where(flight > 0, usual, np.clip(steps, usual / 3, 3 * usual))
    return Stance(np.concatenate([[0], np.cumsum(steps)]), flight)


def _soles(person: Person, loop: Loop, aligned: F64) -> F64:
    """(T, N, 3) corners of both shoes, with the pelvis's joint at 0."""
    turns = Rotation.from_quat(loop.rotations.reshape(-1, 4), scalar_first=True).as_matrix()
    rotation = turns.reshape(*loop.rotations.shape[:2], 3, 3) @ aligned
    _, translation = placed(person.joints, rotation)
    feet = [
        person.soles[side] @ np.swapaxes(rotation[:, number], -1, -2) + translation[:, None, number]
        for side, number in enumerate((NUMBER["foot.L"], NUMBER["foot.R"]))
    ]
    return np.concatenate(feet, axis=1)
