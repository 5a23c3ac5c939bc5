"""Gesturing and dancing: one posture after another, with arms and trunk that swing around them."""

from dataclasses import dataclass

import numpy as np

from poseloom.models.synthetic.procedural.anatomy import BONE, BONES, HIP, HIP_HEIGHT, LIMITS, SIDES, SIGNS
from poseloom.models.synthetic.procedural.kinematics import Foot, rotations
from poseloom.models.synthetic.procedural.stance import Stance, pelvis_height, relaxed, sole
from poseloom.schemas.arrays import F64

Arm = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]
"""Degrees of the upper arm, the forearm, and what swings: shoulder lifts, elbow bends, wrist bends."""

_HANG: Arm = ((3, 9, 0), (15, 0, 15), (2, 3, 0))
_POINT: Arm = ((86, 12, 0), (6, 0, 30), (3, 3, 0))
_ASIDE: Arm = ((8, 84, 20), (10, 0, 0), (4, 4, 4))
_UP: Arm = ((160, 14, 0), (18, 0, 0), (4, 8, 6))
_WAVE: Arm = ((12, 78, 80), (78, 0, 10), (6, 30, 12))
_AKIMBO: Arm = ((-22, 42, -50), (88, 0, 40), (1, 2, 0))
_CHIN: Arm = ((44, 16, -30), (124, 0, 0), (2, 3, 4))
_FOLDED: Arm = ((32, 12, -60), (96, 0, 20), (1, 2, 0))
_OFFER: Arm = ((38, 10, 0), (70, 0, -40), (8, 12, 6))
_CHEER: Arm = ((10, 138, 40), (22, 0, 0), (8, 14, 8))
_GESTURES = (_HANG, _HANG, _POINT, _ASIDE, _UP, _WAVE, _WAVE, _AKIMBO, _CHIN, _FOLDED, _OFFER, _OFFER, _CHEER)
_DANCES: tuple[Arm, ...] = (
    ((70, 55, 20), (45, 0, 0), (28, 35, 10)),
    ((10, 95, 60), (70, 0, 0), (35, 30, 15)),
    ((120, 30, 0), (35, 0, 0), (35, 30, 10)),
    ((30, 25, -20), (85, 0, 0), (28, 40, 10)),
    ((5, 125, 40), (30, 0, 0), (30, 25, 10)),
)
_KEYS = 48


@dataclass(frozen=True)
class Temper:
    """How lively somebody moves in place.

    Attributes:
        hold_s: Seconds from one posture to the next.
        beat_hz: Rate at which limbs swing.
        arms: Postures of an arm.
        turn: Greatest turn of pelvis, trunk and head, degrees.
        step: How high the feet step with the beat; statures.
        sway: How far the pelvis moves to the sides; statures.
        crouch: (shares, depths) of postures with bent knees; 1 sits.
    """

    hold_s: float
    beat_hz: float
    arms: tuple[Arm, ...]
    turn: float
    step: float
    sway: float
    crouch: tuple[tuple[float, ...], tuple[float, ...]]


GESTURE = Temper(1.9, 1.7, _GESTURES, 16.0, 0.0, 0.012, ((0.7, 0.18, 0.12), (0.02, 0.3, 0.95)))
DANCE = Temper(1.3, 2.0, _DANCES, 24.0, 0.07, 0.03, ((0.6, 0.4), (0.12, 0.35)))


class InPlace:
    """One person's gestures or dance; random access in time."""

    cadence_m = 0.0

    def __init__(self, temper: Temper, stature: float, rng: np.random.Generator) -> None:
        self._temper, self._stature = temper, stature
        self._hold, self._beat = rng.uniform(0.85, 1.15, 2) * (temper.hold_s, temper.beat_hz)
        keys = [_posture(temper, rng) for _ in range(_KEYS)]
        self._means: F64 = np.stack([mean for mean, _ in keys])
        self._swings: F64 = np.stack([swing for _, swing in keys])
        self._depths: F64 = rng.choice(temper.crouch[1], _KEYS, p=temper.crouch[0])
        self._phases: F64 = rng.choice((0.0, 0.5, np.pi, 0.5 + np.pi), (len(BONES), 3))
        self._spread, self._stagger = rng.uniform((0.065, -0.03), (0.105, 0.03))
        self._start, self._toe_out = rng.uniform(0, 60), np.radians(rng.uniform(4, 16, 2))

    def at(self, time_s: float, travelled_m: float) -> Stance:
        """The moment at that time; the way does not matter."""
        time = time_s + self._start
        angles, crouch = self._blend(time)
        beat = 2 * np.pi * self._beat * time
        angles = angles + np.radians((14, 0, 0)) * crouch * _BEND
        temper, stature = self._temper, self._stature
        sway = temper.sway * np.sin(beat / 2) if temper.step else temper.sway * np.sin(0.9 * time)
        pelvis_xz = stature * np.array([sway, -0.12 * crouch])
        lifts = [temper.step * max(0.0, sign * np.sin(beat / 2)) for _, sign in SIDES]
        left, right = (self._foot(sign, lift, crouch) for (_, sign), lift in zip(SIDES, lifts, strict=True))
        bounce = 0.018 * np.cos(beat) if temper.step else 0.0
        wanted = stature * (HIP_HEIGHT * (0.985 - 0.42 * crouch) + bounce)
        turn = rotations(angles[0] * SIGNS[0])
        height = pelvis_height(wanted, turn, pelvis_xz, (left, right), HIP, stature)
        angles = np.clip(angles, LIMITS[..., 0], LIMITS[..., 1])
        return Stance(angles, np.array([pelvis_xz[0], height, pelvis_xz[1]]), (left, right))

    def _blend(self, time: float) -> tuple[F64, float]:
        """Angles, swings included, and depth of the crouch between two postures."""
        key, share = int(time // self._hold), time % self._hold / self._hold
        eased = min(1.0, share / 0.6)
        eased = eased * eased * (3 - 2 * eased)
        pair, parts = [(key - 1) % _KEYS, key % _KEYS], np.array([1 - eased, eased])
        mean, swing = (np.tensordot(parts, table[pair], axes=1) for table in (self._means, self._swings))
        wave = np.sin(2 * np.pi * self._beat * time + self._phases)
        return mean + swing * wave, float(parts @ self._depths[pair])

    def _foot(self, sign: float, lift: float, crouch: float) -> Foot:
        stature = self._stature
        x = sign * self._spread * stature
        z = (sign * self._stagger + 0.9 * lift) * stature
        pitch = np.radians(30.0) * max(0.0, crouch - 0.4) / 0.6 + 5.0 * lift
        yaw = sign * float(self._toe_out[0 if sign > 0 else 1])
        return sole(x, z, pitch, yaw, lift * stature, stature)


def _posture(temper: Temper, rng: np.random.Generator) -> tuple[F64, F64]:
    """(19, 3) mean angles and (19, 3) amplitudes of one posture; radians."""
    mean, swing = np.degrees(relaxed()), np.zeros((len(BONES), 3))
    for side, _ in SIDES:
        upper, fore, lively = temper.arms[rng.integers(len(temper.arms))]
        lifted = max(0.0, max(upper[0], upper[1]) - 40)
        mean[BONE[f"{side}_upper_arm"]] = upper
        mean[BONE[f"{side}_forearm"]] = fore
        mean[BONE[f"{side}_clavicle"]] = (0, 0.22 * lifted, 0)
        swing[BONE[f"{side}_upper_arm"]] = (lively[0], 0.6 * lively[0], 0)
        swing[BONE[f"{side}_forearm"]] = (lively[1], 0, 0)
        swing[BONE[f"{side}_hand"]] = (0, lively[2], 0)
    for bone, share in (("pelvis", 0.8), ("spine", 0.5), ("chest", 0.5), ("neck", 0.7), ("head", 0.9)):
        mean[BONE[bone]] = (rng.uniform(-2, 5), rng.uniform(-3, 3), share * temper.turn * rng.uniform(-1, 1))
        swing[BONE[bone]] = np.array([1.0, 1.4, 1.8]) * (3.0 if temper.step else 0.4)
    return np.radians(mean), np.radians(swing)


_BEND: F64 = np.zeros((len(BONES), 1))
_BEND[[BONE["pelvis"], BONE["spine"], BONE["chest"]]] = 1.0
