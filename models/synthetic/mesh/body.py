"""A mesh person in motion."""

import numpy as np
from scipy.spatial.transform import Rotation

from poseloom.models.synthetic.bodies import POINTS, Pose
from poseloom.models.synthetic.mesh.loop import Loop
from poseloom.models.synthetic.mesh.person import Person
from poseloom.models.synthetic.mesh.retarget import alignment, leg_length, placed
from poseloom.models.synthetic.mesh.segments import NUMBER
from poseloom.models.synthetic.mesh.skinning import skin
from poseloom.models.synthetic.mesh.stance import stance
from poseloom.schemas.arrays import F64

_THICKNESS_M = {
    "nose": 0.09,
    "eye": 0.06,
    "ear": 0.07,
    "shoulder": 0.13,
    "elbow": 0.09,
    "wrist": 0.09,
    "hip": 0.19,
    "knee": 0.11,
    "ankle": 0.10,
    "head_bottom": 0.12,
    "head_top": 0.14,
}
_DEPTH = np.array([_THICKNESS_M[name.removeprefix("left_").removeprefix("right_")] for name in POINTS.keypoints])
_STATURE_M = 1.7
_SWAY_M = 0.2


class MeshBody:
    """A person of the asset pack who repeats a loop of motion capture.

    Args:
        person: Who.
        loop: What they do.
        start_s: Seconds into the loop at time 0; gait starts so far ahead as well.
        tempo: Speed of motion in place.
    """

    def __init__(self, person: Person, loop: Loop, start_s: float = 0.0, tempo: float = 1.0) -> None:
        self.surface = person.surface
        self.depth: F64 = _DEPTH * np.ptp(person.points[:, 1]) / _STATURE_M
        self._person = person
        self._loop = loop
        self._aligned = alignment(person.joints, loop.joints)
        self._stance = stance(person, loop, self._aligned)
        self._sway = _swayed(loop, leg_length(person.joints))
        self._start, self._tempo = start_s * loop.fps, tempo
        self.cadence_m = float(self._stance.travelled[-1])

    def pose(self, time_s: float, travelled_m: float) -> Pose:
        """The body at a time; gait follows the way travelled, everything else the clock."""
        before, after, share = self._moment(time_s, travelled_m)
        person, turns = self._person, self._loop.rotations
        sign = np.where((turns[before] * turns[after]).sum(axis=-1, keepdims=True) < 0, -1, 1)
        between = (1 - share) * turns[before] + share * sign * turns[after]
        rotation = Rotation.from_quat(between, scalar_first=True).as_matrix() @ self._aligned
        _, translation = placed(person.joints, rotation)
        vertices = skin(
            person.vertices,
            person.segment,
            person.weight,
            rotation.astype(np.float32),
            translation.astype(np.float32),
        )
        flight = (1 - share) * self._stance.flight[before] + share * self._stance.flight[after]
        sway = (1 - share) * self._sway[before] + share * self._sway[after]
        shift = np.array([sway[0], flight - float(vertices[:, 1].min()), sway[1]])
        of_points, head = person.point_segment, NUMBER["head"]
        points = (rotation[of_points] @ person.points[..., None])[..., 0] + translation[of_points]
        return Pose(
            vertices=vertices + shift.astype(np.float32),
            points=points + shift,
            head=person.head @ rotation[head].T + translation[head] + shift,
        )

    def _moment(self, time_s: float, travelled_m: float) -> tuple[int, int, float]:
        frames = len(self._loop.rotations)
        if self.cadence_m > 0:
            ahead = np.interp(self._start % frames, np.arange(frames + 1), self._stance.travelled)
            way = (ahead + travelled_m) % self.cadence_m
            frame = float(np.interp(way, self._stance.travelled, np.arange(frames + 1)))
        else:
            frame = self._start + time_s * self._tempo * self._loop.fps
        before = int(np.floor(frame))
        return before % frames, (before + 1) % frames, float(frame - before)


def _swayed(loop: Loop, leg_m: float) -> F64:
    """(T, 2) x and z of the pelvis: shifting one's weight stays, walking away does not."""
    offset = (loop.root[:, [0, 2]] - loop.root[:, [0, 2]].mean(axis=0)) * leg_m
    if loop.advance > 0:
        offset[:, 1] = 0
    reach = np.linalg.norm(offset, axis=1, keepdims=True)
    return np.asarray(offset * _SWAY_M * np.tanh(reach / _SWAY_M) / np.maximum(reach, 1e-9))
