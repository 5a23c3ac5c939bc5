"""How generated people move: joint angles in, joint positions in space out.

Space is in pixels at the person's own scale: x right, y down, z away from the camera. Lengths of
body segments are fractions of the stature (Winter, *Biomechanics of Human Movement*, 1990, rounded).
"""

from dataclasses import dataclass

import numpy as np

from poseloom.models.synthetic.spec import ClipSpec
from poseloom.schemas.arrays import F64

THIGH, SHANK, ANKLE, FOOT = 0.245, 0.235, 0.04, 0.09
HIP, SHOULDER, TORSO = 0.055, 0.11, 0.29
UPPER_ARM, FOREARM, HAND = 0.17, 0.145, 0.075
NECK, HEAD_HALF_WIDTH, HEAD_HALF_HEIGHT = 0.115, 0.052, 0.072
PITCH = 0.3
"""Pixels that a point moves up in the picture per pixel away from the camera."""


@dataclass(frozen=True)
class Style:
    """Parameters of a way to move; angles in radians, rates per second, lengths in statures.

    Attributes:
        speed: Speed along the path; 0 stays in place and sways.
        cadence: Gait cycles.
        hip: Amplitude of the hip's flexion.
        knee: Greatest flexion of the knee.
        arm: Amplitude of the shoulder's flexion.
        elbow: Mean flexion of the elbow.
        raise_arm: Mean abduction of the shoulder.
        wave: Amplitude of the abduction.
        beat: Rate of waves and turns.
        turn: Amplitude of turning in place.
        lean: Forward lean of the trunk.
    """

    speed: float
    cadence: float
    hip: float
    knee: float
    arm: float
    elbow: float
    raise_arm: float
    wave: float
    beat: float
    turn: float
    lean: float


STROLL = Style(0.26, 0.5, 0.28, 0.8, 0.3, 0.3, 0.1, 0.05, 0.3, 0.0, 0.03)
GESTURE = Style(0.0, 0.25, 0.04, 0.15, 0.15, 1.1, 0.35, 0.25, 0.35, 0.35, 0.0)
RUN = Style(0.75, 1.45, 0.62, 1.5, 0.6, 1.4, 0.15, 0.1, 1.4, 0.0, 0.15)
DANCE = Style(0.0, 1.3, 0.3, 0.8, 0.25, 0.6, 1.3, 0.65, 1.3, 0.7, 0.0)
STYLES = {"slow": (STROLL, STROLL, GESTURE), "fast": (RUN, DANCE)}


@dataclass(frozen=True)
class Joints:
    """One person's joints through T frames, each (T, 3) pixels, before the camera.

    Sides are in the order left, right.
    """

    stature: float
    pelvis: F64
    neck: F64
    head: F64
    up: F64
    face: F64
    left: F64
    shoulders: tuple[F64, F64]
    elbows: tuple[F64, F64]
    wrists: tuple[F64, F64]
    hands: tuple[F64, F64]
    hips: tuple[F64, F64]
    knees: tuple[F64, F64]
    ankles: tuple[F64, F64]
    toes: tuple[F64, F64]


def move(spec: ClipSpec, person: int, rng: np.random.Generator) -> Joints:
    """Joints of one person of the clip."""
    style = STYLES[spec.motion][person % len(STYLES[spec.motion])]
    time = np.arange(spec.frames) / spec.fps
    lane = (person + 0.5) / spec.people
    stature = spec.height * (0.5 + 0.17 * lane) * rng.uniform(0.94, 1.06)
    ground, heading = _path(spec, style, person, stature, rng)
    return _Body(style, stature, time, heading, rng).joints(ground)


def _path(spec: ClipSpec, style: Style, person: int, stature: float, rng: np.random.Generator) -> tuple[F64, F64]:
    """(T, 3) point on the ground and (T,) heading; walkers follow an ellipse, others sway."""
    time = np.arange(spec.frames) / spec.fps
    slot = np.random.default_rng(spec.seed).permutation(spec.people)[person]
    centre = spec.width * (0.5 + 0.72 * ((slot + 0.5) / spec.people - 0.5))
    across, away = (0.2 * spec.width, 0.12 * spec.width) if style.speed else (0.06 * stature, 0.03 * stature)
    direction, start = rng.choice([-1.0, 1.0]), rng.uniform(0, 2 * np.pi)
    rate = style.speed * stature / np.hypot(across, away) * np.sqrt(2) if style.speed else 2 * np.pi * style.beat / 2
    angle = start + direction * rate * time
    x, z = centre + across * np.cos(angle), away * np.sin(angle)
    depth = -(0.83 + 0.15 * (person + 0.5) / spec.people) * spec.height / PITCH
    ground = np.stack([x, np.zeros_like(x), depth + z], axis=1)
    if style.speed:
        return ground, np.arctan2(direction * away * np.cos(angle), -direction * across * np.sin(angle))
    facing = -np.pi / 2 + rng.uniform(-0.5, 0.5)
    return ground, facing + style.turn * np.sin(np.pi * style.beat * time + rng.uniform(0, 6))


class _Body:
    """Forward kinematics of one person; all angles are (T,) radians."""

    def __init__(self, style: Style, stature: float, time: F64, heading: F64, rng: np.random.Generator):
        self.style, self.stature, self.time, self.rng = style, stature, time, rng
        zero = np.zeros_like(time)
        self.down = np.stack([zero, zero + 1, zero], axis=1)
        self.face = np.stack([np.cos(heading), zero, np.sin(heading)], axis=1)
        self.left = np.stack([-np.sin(heading), zero, np.cos(heading)], axis=1)
        self.gait = 2 * np.pi * style.cadence * rng.uniform(0.9, 1.1) * time + rng.uniform(0, 2 * np.pi)

    def joints(self, ground: F64) -> Joints:
        """All joints of a body that stands on the (T, 3) ground points."""
        legs = [self._leg(side) for side in (1, -1)]
        lowest = np.logaddexp(*(40 * leg[1][:, 1] / self.stature for leg in legs)) / 40 * self.stature
        pelvis = ground - self.down * (lowest + ANKLE * self.stature)[:, None]
        up = self._up()
        neck = pelvis + up * TORSO * self.stature
        arms = [self._arm(side) for side in (1, -1)]
        shoulders = [neck - 0.02 * self.stature * up + side * SHOULDER * self.stature * self.left for side in (1, -1)]
        hips = [pelvis + side * HIP * self.stature * self.left for side in (1, -1)]
        return Joints(
            stature=self.stature, pelvis=pelvis, neck=neck, head=neck + up * NECK * self.stature,
            up=up, face=self.face, left=self.left,
            shoulders=(shoulders[0], shoulders[1]),
            elbows=(shoulders[0] + arms[0][0], shoulders[1] + arms[1][0]),
            wrists=(shoulders[0] + arms[0][1], shoulders[1] + arms[1][1]),
            hands=(shoulders[0] + arms[0][2], shoulders[1] + arms[1][2]),
            hips=(hips[0], hips[1]),
            knees=(hips[0] + legs[0][0], hips[1] + legs[1][0]),
            ankles=(hips[0] + legs[0][1], hips[1] + legs[1][1]),
            toes=(hips[0] + legs[0][2], hips[1] + legs[1][2]),
        )  # fmt: skip

    def _up(self) -> F64:
        sway = 0.04 * np.sin(self.gait) + 0.12 * self.style.wave * np.sin(np.pi * self.style.beat * self.time)
        lean = self.style.lean + 0.02 * np.sin(2 * self.gait)
        up = -self.down + np.sin(lean)[:, None] * self.face + np.sin(sway)[:, None] * self.left
        return np.asarray(up / np.linalg.norm(up, axis=1, keepdims=True))

    def _direction(self, flexion: F64, abduction: F64, side: int) -> F64:
        """Unit vector of a limb that hangs down, flexed forwards, then lifted sideways."""
        out = np.sin(abduction)[:, None] * side * self.left + np.cos(abduction)[:, None] * self.down
        return np.asarray(np.cos(flexion)[:, None] * out + np.sin(flexion)[:, None] * self.face)

    def _leg(self, side: int) -> tuple[F64, F64, F64]:
        """Knee, ankle and toe relative to the hip."""
        phase = self.gait + (np.pi if side < 0 else 0.0)
        hip = self.style.hip * np.sin(phase) + 0.25 * self.style.knee * 0.3
        knee = 0.08 + self.style.knee * (0.5 + 0.5 * np.cos(phase + 0.4)) ** 2
        spread = np.full_like(hip, 0.05 + 0.08 * self.style.wave)
        at_knee = THIGH * self._direction(hip, spread, side)
        at_ankle = at_knee + SHANK * self._direction(hip - knee, spread, side)
        toe = at_ankle + FOOT * self._direction(hip - knee + 1.35, spread, side)
        return at_knee * self.stature, at_ankle * self.stature, toe * self.stature

    def _arm(self, side: int) -> tuple[F64, F64, F64]:
        """Elbow, wrist and finger tips relative to the shoulder."""
        style, rng = self.style, self.rng
        beat = 2 * np.pi * style.beat * self.time * rng.uniform(0.85, 1.05) + rng.uniform(0, 2 * np.pi)
        phase = self.gait + (0.0 if side < 0 else np.pi)
        flexion = style.arm * np.sin(phase) + 0.05
        abduction = np.maximum(0.08, style.raise_arm * rng.uniform(0.8, 1.1) + style.wave * np.sin(beat))
        elbow = style.elbow * (1 + 0.3 * np.sin(phase + 0.5))
        lift = abduction + 0.8 * style.wave * (1 + np.sin(beat - 0.9))
        at_elbow = UPPER_ARM * self._direction(flexion, abduction, side)
        along = self._direction(flexion + elbow, lift, side)
        at_wrist = at_elbow + FOREARM * along
        return at_elbow * self.stature, at_wrist * self.stature, (at_wrist + HAND * along) * self.stature
