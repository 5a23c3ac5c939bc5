"""Telling sound loops from broken recordings by how they stand on the ground."""

import numpy as np
from scipy.spatial.transform import Rotation

from poseloom.models.synthetic.mesh.loop import Loop
from poseloom.models.synthetic.mesh.retarget import placed
from poseloom.models.synthetic.mesh.segments import NUMBER
from poseloom.schemas.arrays import F64

_FEET = [NUMBER["foot.L"], NUMBER["foot.R"]]
_HANDS = [NUMBER["hand.L"], NUMBER["hand.R"]]
_UNEVEN_FLOOR, _FALLING, _HOVER, _STILL = 0.06, 0.2, 0.05, 0.1
_MASS = (0.4, 0.35, 0.1, 0.075, 0.075)
_SIDEWAYS = np.radians(20)
_LIVELY = 0.35
_WHIRL = np.radians(1500)


def believable(loop: Loop, lively: bool = False) -> bool:
    """Whether a loop moves as people do on a level floor.

    Some recordings are corrupt where people turn far round: they lean without falling, walk sideways,
    keep a foot in the air or flip over between two frames. The limits, in leg lengths, radians and
    seconds, lie in the gaps between those and the others.

    Args:
        loop: The motion.
        lively: Whether it must also use its arms.
    """
    if _fastest_turn(loop) > _WHIRL:
        return False
    joints = _joints(loop)
    ankles, speed = joints[:, _FEET], np.abs(np.gradient(joints, 1 / loop.fps, axis=0))
    frames, lower = np.arange(len(joints)), ankles[..., 1].argmin(axis=1)
    if np.std(ankles[frames, lower, 1]) > _UNEVEN_FLOOR:
        return False
    if loop.advance > 0:
        facing = Rotation.from_quat(loop.rotations[:, 0], scalar_first=True).apply([0, 0, 1]).mean(axis=0)
        return bool(abs(np.arctan2(facing[0], facing[2])) < _SIDEWAYS)
    feet = np.linalg.norm(speed[:, _FEET][..., [0, 2]], axis=-1)
    falls = np.median(_imbalance(joints)) > _FALLING
    lift = np.median(np.abs(ankles[:, 0, 1] - ankles[:, 1, 1]))
    hovers = lift > _HOVER and np.median(feet[frames, 1 - lower]) < _STILL
    arms = np.linalg.norm(speed[:, _HANDS], axis=-1).mean()
    return not (falls or hovers or (lively and arms < _LIVELY))


def _fastest_turn(loop: Loop) -> float:
    """Radians per second of the segment that turns fastest anywhere, the repetition included."""
    turn = np.abs((loop.rotations * np.roll(loop.rotations, -1, axis=0)).sum(axis=-1)).min()
    return float(2 * np.arccos(min(turn, 1.0)) * loop.fps)


def _imbalance(joints: F64) -> F64:
    """(T,) how far the middle of the body is from over the feet or between them, leg lengths."""
    parts = joints[:, [NUMBER["waist"], NUMBER["thorax"], NUMBER["head"], *_FEET]]
    middle = np.average(parts, axis=1, weights=_MASS)[:, [0, 2]]
    left, right = (joints[:, foot][:, [0, 2]] for foot in _FEET)
    between = right - left
    share = ((middle - left) * between).sum(axis=1) / np.maximum((between**2).sum(axis=1), 1e-9)
    nearest = left + np.clip(share, 0, 1)[:, None] * between
    return np.asarray(np.linalg.norm(middle - nearest, axis=1), dtype=np.float64)


def _joints(loop: Loop) -> F64:
    """(T, S, 3) joints of the recorded person, leg lengths."""
    turns = Rotation.from_quat(loop.rotations.reshape(-1, 4), scalar_first=True).as_matrix()
    posed, _ = placed(loop.joints, turns.reshape(*loop.rotations.shape[:2], 3, 3))
    return np.asarray(posed + loop.root[:, None], dtype=np.float64)
