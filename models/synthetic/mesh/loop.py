"""Endless motion from a recording that ends: the best stretch to repeat, closed without a jump."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist
from scipy.spatial.transform import Rotation

from poseloom.models.synthetic.mesh.retarget import Recording
from poseloom.models.synthetic.mesh.segments import MIRRORED
from poseloom.schemas.arrays import F64

_VELOCITY_WEIGHT = 4.0


@dataclass(frozen=True, eq=False)
class Loop:
    """Motion that begins anew after its last frame.

    Attributes:
        rotations: (T, S, 4) float64 unit quaternions (w, x, y, z) from the zero pose, facing +z on the
            whole; neighbours have the same sign.
        root: (T, 3) float64 pelvis in leg lengths.
        advance: Leg lengths travelled along +z from the first frame to its repetition.
        fps: Frames per second.
        joints: As in `Recording`.
    """

    rotations: F64
    root: F64
    advance: float
    fps: float
    joints: F64


def looped(recording: Recording, least_s: float, most_s: float, blend_s: float, travels: bool) -> Loop | None:
    """The stretch of a recording whose end fits its beginning best, longer ones preferred.

    Frames after the stretch are blended into its first ones, so that the repetition continues what
    went before (Kovar, Gleicher and Pighin, Motion graphs, 2002, without the graph).

    Args:
        recording: The motion.
        least_s: Shortest stretch in seconds.
        most_s: Longest stretch in seconds.
        blend_s: Seconds of blending.
        travels: Whether +z becomes the way travelled; else where the person faces on average.

    Returns:
        The loop, or None if the recording is too short.
    """
    blend = round(blend_s * recording.fps)
    stretch = _best_stretch(recording, round(least_s * recording.fps), round(most_s * recording.fps), blend)
    if stretch is None:
        return None
    start, end = stretch
    rotations, root = _turned(recording, start, end, travels)
    advance = float(root[end, 2] - root[start, 2]) if travels else 0.0
    weight = np.linspace(1, 0, blend + 2)[1:-1, None]
    closed_root = root[start:end].copy()
    closed_root[:blend] = (
        weight * (root[end : end + blend] - [0, 0, advance]) + (1 - weight) * root[start : start + blend]
    )
    closed = rotations[start:end].copy()
    closed[:blend] = _mixed(rotations[start : start + blend], rotations[end : end + blend], weight[..., None])
    return Loop(_continuous(closed), closed_root, advance, recording.fps, recording.joints)


def mirrored(recording: Recording) -> Recording:
    """The same motion with left and right exchanged (reflected in the plane x = 0)."""
    reflected = recording.rotations[:, MIRRORED] * [1, 1, -1, -1]
    joints = recording.joints[MIRRORED] * [-1, 1, 1]
    return Recording(reflected, recording.root * [-1, 1, 1], recording.fps, joints)


def _best_stretch(recording: Recording, least: int, most: int, blend: int) -> tuple[int, int] | None:
    frames = len(recording.rotations)
    latest_end = frames - max(blend, 1)
    if latest_end < least:
        return None
    turns = Rotation.from_quat(recording.rotations.reshape(-1, 4), scalar_first=True).as_matrix()
    poses = turns.reshape(frames, -1)
    states = np.concatenate([poses[:-1], _VELOCITY_WEIGHT * np.diff(poses, axis=0)], axis=1)
    distance = cdist(states, states, "sqeuclidean")
    start, end = np.indices(distance.shape)
    allowed = (end - start >= least) & (end - start <= most) & (end <= latest_end)
    if not allowed.any():
        return None
    best = int(np.argmin(np.where(allowed, distance / np.maximum(end - start, 1), np.inf)))
    return int(start.flat[best]), int(end.flat[best])


def _turned(recording: Recording, start: int, end: int, travels: bool) -> tuple[F64, F64]:
    pelvis = Rotation.from_quat(recording.rotations[start:end, 0], scalar_first=True)
    ahead = recording.root[end] - recording.root[start] if travels else pelvis.apply([0, 0, 1]).mean(axis=0)
    turn = Rotation.from_rotvec([0, -np.arctan2(ahead[0], ahead[2]), 0])
    all_turns = turn * Rotation.from_quat(recording.rotations.reshape(-1, 4), scalar_first=True)
    rotations = all_turns.as_quat(scalar_first=True).reshape(recording.rotations.shape)
    return rotations, turn.apply(recording.root)


def _mixed(start: F64, end: F64, weight: F64) -> F64:
    sign = np.where((start * end).sum(axis=-1, keepdims=True) < 0, -1, 1)
    mixed = (1 - weight) * start + weight * sign * end
    return np.asarray(mixed / np.linalg.norm(mixed, axis=-1, keepdims=True))


def _continuous(rotations: F64) -> F64:
    flips = (rotations[1:] * rotations[:-1]).sum(axis=-1) < 0
    sign = np.where(np.cumsum(flips, axis=0) % 2, -1, 1)
    return np.concatenate([rotations[:1], rotations[1:] * sign[..., None]])
