"""A procedural person: a figure and a way to move."""

from dataclasses import dataclass

import numpy as np

from poseloom.models.synthetic.bodies import Activity, Pose, Surface
from poseloom.models.synthetic.procedural.anatomy import BONE, BONES
from poseloom.models.synthetic.procedural.figure import Figure, figure
from poseloom.models.synthetic.procedural.gait import RUN, WALK, Gait
from poseloom.models.synthetic.procedural.in_place import DANCE, GESTURE, InPlace
from poseloom.models.synthetic.procedural.kinematics import Bones, forward, stand
from poseloom.models.synthetic.procedural.stance import Movement
from poseloom.schemas.arrays import F32, F64


@dataclass(frozen=True, eq=False)
class Person:
    """Behind `Body`.

    Attributes:
        figure: What is posed.
        movement: How.
    """

    figure: Figure
    movement: Movement

    @property
    def surface(self) -> Surface:
        """What is drawn."""
        return self.figure.surface

    @property
    def depth(self) -> F64:
        """(19,) metres; how deep each keypoint lies."""
        return self.figure.depth

    @property
    def cadence_m(self) -> float:
        """Metres in one gait cycle; 0 in place."""
        return self.movement.cadence_m

    def angles(self, time_s: float, travelled_m: float) -> F64:
        """(19, 3) anatomical radians of every joint, within `anatomy.LIMITS`."""
        stance = self.movement.at(time_s, travelled_m)
        return stand(stance.angles, stance.pelvis, stance.feet, self.figure.look.stature)

    def pose(self, time_s: float, travelled_m: float) -> Pose:
        """The body at a time, having moved so far; its lowest point is on the floor, or above it in flight."""
        stance, stature = self.movement.at(time_s, travelled_m), self.figure.look.stature
        angles = stand(stance.angles, stance.pelvis, stance.feet, stature)
        bones = forward(angles, stance.pelvis, stature)
        vertices: F32 = self.figure.carried @ _blending(bones, self.figure)
        low = float(vertices[:, 1].min())
        rise: F64 = np.array([0.0, -min(low, 0.0) if stance.airborne else -low, 0.0])
        turn, joint = bones.turn[list(self.figure.carriers)], bones.joint[list(self.figure.carriers)]
        points = joint + np.einsum("kij,kj->ki", turn, self.figure.points) + rise
        head = self.figure.head @ bones.turn[BONE["head"]].T + bones.joint[BONE["head"]] + rise
        return Pose(vertices + rise.astype(np.float32), points, head)


class ProceduralCasting:
    """Makes people from nothing but numbers."""

    def body(self, look: int, activity: Activity, seed: int) -> Person:
        """A person; equal looks give the same appearance, `seed` varies how they move."""
        person = figure(look)
        rng, stature = np.random.default_rng([seed, look]), person.look.stature
        if activity == "walk":
            return Person(person, Gait(WALK, stature, rng))
        if activity == "run":
            return Person(person, Gait(RUN, stature, rng))
        return Person(person, InPlace(GESTURE if activity == "gesture" else DANCE, stature, rng))


def _blending(bones: Bones, person: Figure) -> F32:
    """(76, 3) float32; each bone's motion from the modelled pose, as rows that `Figure.carried` multiplies."""
    motion = np.empty((len(BONES), 4, 3))
    motion[:, :3] = (bones.turn @ person.unrest[:, :3, :3]).transpose(0, 2, 1)
    motion[:, 3] = np.einsum("bij,bj->bi", bones.turn, person.unrest[:, :3, 3]) + bones.joint
    return motion.reshape(-1, 3).astype(np.float32)
