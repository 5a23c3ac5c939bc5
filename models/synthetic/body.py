"""The parts that a generated body is drawn from, placed in the picture.

A part is a flat patch with an outline, laid along an axis in the picture and stacked by depth. The
same outline masks its pixels and decides which keypoints it hides.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from poseloom.models.synthetic.motion import (
    HEAD_HALF_HEIGHT,
    HEAD_HALF_WIDTH,
    HIP,
    PITCH,
    SHOULDER,
    Joints,
)
from poseloom.schemas.arrays import F64, Bool

Outline = Callable[[F64], F64]


@dataclass(frozen=True)
class Part:
    """One body part through T frames.

    Attributes:
        name: ``torso``, ``left_thigh``, …
        start: (T, 2) pixels where the patch begins, beyond the first joint by its radius.
        end: (T, 2) pixels where it ends.
        half_width: (T,) pixels.
        depth: (T,) pixels away from the camera; the nearest part is drawn last.
        spin: (T,) radians by which the texture is turned about the axis, 0 facing the camera.
        outline: Half width, as a share of `half_width`, at 0..1 along the patch.
    """

    name: str
    start: F64
    end: F64
    half_width: F64
    depth: F64
    spin: F64
    outline: Outline

    def covers(self, points: F64) -> Bool:
        """(T, K) whether each of (T, K, 2) points lies inside the outline."""
        axis = self.end - self.start
        length = np.linalg.norm(axis, axis=1, keepdims=True)
        unit = axis / length
        offset = points - self.start[:, None]
        along = (offset * unit[:, None]).sum(axis=2) / length
        across = np.abs(offset[..., 0] * unit[:, None, 1] - offset[..., 1] * unit[:, None, 0])
        inside = (along >= 0) & (along <= 1)
        return np.asarray(inside & (across <= self.half_width[:, None] * self.outline(np.clip(along, 0, 1))))


def project(points: F64) -> F64:
    """(…, 2) pixels of (…, 3) points in space."""
    return np.stack([points[..., 0], points[..., 1] - PITCH * points[..., 2]], axis=-1)


def tapered(ratio: float, roundness: float) -> Outline:
    """A limb whose end is `ratio` as wide as its start, with round caps."""

    def outline(along: F64) -> F64:
        cap = np.clip(np.minimum(along, 1 - along) / roundness, 0, 1)
        return (1 - (1 - ratio) * along) * np.sqrt(1 - (1 - cap) ** 2)

    return outline


def ellipse(along: F64) -> F64:
    """An ellipse."""
    return np.sqrt(np.clip(1 - (2 * along - 1) ** 2, 0, 1))


def trunk(along: F64) -> F64:
    """Hips, waist, chest and shoulders, upwards."""
    width = np.interp(along, (0, 0.12, 0.38, 0.8, 0.93, 1), (0.62, 0.76, 0.68, 0.98, 0.88, 0.45))
    return np.asarray(width)


def body_parts(joints: Joints) -> list[Part]:
    """All parts of one person."""
    parts = [_torso(joints), _bone(joints, "neck", joints.neck, joints.head, (0.03, 0.9))]
    for i, side in enumerate(("left", "right")):
        chain = (
            ("thigh", joints.hips[i], joints.knees[i], (0.054, 0.66)),
            ("shank", joints.knees[i], joints.ankles[i], (0.038, 0.6)),
            ("foot", joints.ankles[i], joints.toes[i], (0.026, 0.75)),
            ("upper_arm", joints.shoulders[i], joints.elbows[i], (0.035, 0.75)),
            ("forearm", joints.elbows[i], joints.wrists[i], (0.027, 0.7)),
            ("hand", joints.wrists[i], joints.hands[i], (0.021, 0.7)),
        )
        parts += [_bone(joints, f"{side}_{name}", a, b, shape) for name, a, b, shape in chain]
    return [*parts, _head(joints)]


def _bone(joints: Joints, name: str, a: F64, b: F64, shape: tuple[float, float]) -> Part:
    width, ratio = shape
    start, end = project(a), project(b)
    length = np.linalg.norm(end - start, axis=1, keepdims=True)
    unit = np.where(length > 1e-6, (end - start) / np.maximum(length, 1e-6), (0.0, 1.0))
    radius = width * joints.stature
    start, end = start - 0.8 * radius * unit, end + 0.8 * radius * ratio * unit
    depth = (a + b)[:, 2] / 2 - (0.01 * joints.stature if name.endswith(("arm", "hand", "shank")) else 0.0)
    return Part(name, start, end, np.full(len(a), radius), depth, _turn(joints), tapered(ratio, 0.16))


def _turn(joints: Joints) -> F64:
    """(T,) radians by which the body has turned from the camera towards the picture's right."""
    return np.arctan2(joints.face[:, 0], -joints.face[:, 2])


def _torso(joints: Joints) -> Part:
    turn = _turn(joints)
    axis = project(joints.neck) - project(joints.pelvis)
    broad, thick = (SHOULDER + 0.03) * joints.stature, 0.085 * joints.stature
    half_width = np.hypot(broad * np.cos(turn), thick * np.sin(turn))
    start, end = project(joints.pelvis) - 0.2 * axis, project(joints.neck) + 0.06 * axis
    depth = (joints.pelvis + joints.neck)[:, 2] / 2 - 0.4 * HIP * joints.stature
    return Part("torso", start, end, half_width, depth, turn, trunk)


def _head(joints: Joints) -> Part:
    turn = _turn(joints)
    centre, up = project(joints.head), project(joints.up)
    unit = up / np.linalg.norm(up, axis=1, keepdims=True)
    reach = HEAD_HALF_HEIGHT * joints.stature * unit
    width = np.hypot(np.cos(turn), 1.15 * np.sin(turn)) * HEAD_HALF_WIDTH * joints.stature
    depth = joints.head[:, 2] - 0.05 * joints.stature
    return Part("head", centre - reach, centre + reach, width, depth, turn, ellipse)
