"""Motion capture on another body: bone directions are kept, bone lengths are the body's own."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from poseloom.models.synthetic.mesh.segments import LIMBS, NUMBER, PARENTS, SEGMENTS
from poseloom.schemas.arrays import F64
from poseloom.schemas.assets import MotionCapture, MotionClip


@dataclass(frozen=True, eq=False)
class Recording:
    """A clip as the segments see it.

    Attributes:
        rotations: (T, S, 4) float64 unit quaternions (w, x, y, z) from the zero pose, in the clip's space.
        root: (T, 3) float64 position of the pelvis in leg lengths.
        fps: Frames per second.
        joints: (S, 3) float64 joints of the segments in the zero pose, in leg lengths.
    """

    rotations: F64
    root: F64
    fps: float
    joints: F64


def recorded(capture: MotionCapture, clip: MotionClip) -> Recording:
    """The rotations of all segments in space, joint by joint down the capture's skeleton.

    The first frame is left out: captures begin with a calibration pose.
    """
    joint = {name: number for number, name in enumerate(capture.joints)}
    turned: list[Rotation] = []
    zero = np.zeros((len(capture.joints), 3))
    for number, parent in enumerate(capture.parents):
        own = Rotation.from_quat(clip.rotations[1:, number].astype(np.float64), scalar_first=True)
        turned.append(own if parent < 0 else turned[parent] * own)
        zero[number] = 0 if parent < 0 else zero[parent] + capture.offsets[number]
    follows = [joint[segment.joint[capture.convention]] for segment in SEGMENTS]
    leg = leg_length(zero[follows])
    return Recording(
        rotations=np.stack([turned[number].as_quat(scalar_first=True) for number in follows], axis=1),
        root=clip.root[1:].astype(np.float64) / leg,
        fps=capture.fps,
        joints=zero[follows] / leg,
    )


def alignment(joints: F64, zero: F64) -> F64:
    """(S, 3, 3) rotations that take a body from its rest to the capture's zero pose.

    The least rotation from the body's limb to the capture's; hands go with their forearms; the
    trunk, the head and the feet rest alike in both.

    Args:
        joints: (S, 3) joints of the body at rest.
        zero: (S, 3) joints of the capture's zero pose, in any unit.
    """
    aligned = np.tile(np.eye(3), (len(SEGMENTS), 1, 1))
    for upper, lower in LIMBS.items():
        aligned[upper] = _least_rotation(joints[lower] - joints[upper], zero[lower] - zero[upper])
    for side in "LR":
        aligned[NUMBER[f"hand.{side}"]] = aligned[NUMBER[f"forearm.{side}"]]
    return aligned


def placed(joints: F64, rotation: F64) -> tuple[F64, F64]:
    """Where every segment's joint is, with the pelvis's joint at 0, and what skinning adds.

    Args:
        joints: (S, 3) at rest.
        rotation: (..., S, 3, 3) of each segment from rest.

    Returns:
        (..., S, 3) posed joints and (..., S, 3) translations, so that rotation · rest + translation is posed.
    """
    posed = np.zeros((*rotation.shape[:-2], 3))
    for segment in range(1, len(SEGMENTS)):
        parent = PARENTS[segment]
        posed[..., segment, :] = posed[..., parent, :] + rotation[..., parent, :, :] @ (
            joints[segment] - joints[parent]
        )
    return posed, posed - (rotation @ joints[..., None])[..., 0]


def leg_length(joints: F64) -> float:
    """Hip to knee to ankle, in the unit of the (S, 3) joints."""
    leg = joints[[NUMBER[f"{part}.L"] for part in ("thigh", "shank", "foot")]]
    return float(np.linalg.norm(np.diff(leg, axis=0), axis=1).sum())


def _least_rotation(start: F64, end: F64) -> F64:
    a, b = start / np.linalg.norm(start), end / np.linalg.norm(end)
    axis = np.cross(a, b)
    sine = float(np.linalg.norm(axis))
    if sine < 1e-12:
        return np.eye(3)
    return Rotation.from_rotvec(axis / sine * np.arctan2(sine, a @ b)).as_matrix()
