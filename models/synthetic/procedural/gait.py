"""Walking and running: feet that stand still on the floor while the body moves on, legs that follow.

Durations of the phases and the roll of the foot after Perry & Burnfield, *Gait Analysis*, 2010
(walking: 62 % stance, heel strike, heel off at half the stance) and Novacheck, *The biomechanics of
running*, 1998 (a third of the cycle is stance, two flights in a cycle).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.interpolate import PchipInterpolator

from poseloom.models.synthetic.procedural.anatomy import BONE, HIP, HIP_HEIGHT, SIDES, SIGNS
from poseloom.models.synthetic.procedural.kinematics import Foot, rotations
from poseloom.models.synthetic.procedural.stance import Stance, pelvis_height, relaxed, sole
from poseloom.schemas.arrays import F64


@dataclass(frozen=True)
class Style:
    """Lengths in statures, angles in degrees, phases in cycles.

    Attributes:
        stride: Way of one cycle.
        stance: Share of the cycle in which a foot stands.
        ahead: Where the middle of that stance is before the pelvis; strides.
        track: Distance of each foot from the line of progression.
        lift: How high the swinging foot is carried.
        roll: (phase, pitch of the foot) knots; positive lifts the heel.
        height: Height of the pelvis relative to straight legs.
        bounce: Amplitude of the pelvis' height.
        lean: Forward lean of the trunk.
        arm: Amplitude of the shoulders' flexion.
        elbow: Least flexion of the elbows.
        elbow_swing: How much more they bend in front.
        twist: Amplitude of the shoulders' turn against the pelvis.
    """

    stride: float
    stance: float
    ahead: float
    track: float
    lift: float
    roll: tuple[tuple[float, float], ...]
    height: float
    bounce: float
    lean: float
    arm: float
    elbow: float
    elbow_swing: float
    twist: float


_WALK_ROLL = (
    (0.0, -18.0),
    (0.08, 0.0),
    (0.34, 0.0),
    (0.5, 22.0),
    (0.62, 52.0),
    (0.74, 38.0),
    (0.88, -8.0),
    (1.0, -18.0),
)
_RUN_ROLL = ((0.0, -6.0), (0.05, 0.0), (0.15, 0.0), (0.34, 55.0), (0.5, 88.0), (0.66, 60.0), (0.86, -4.0), (1.0, -6.0))
WALK = Style(0.80, 0.62, 0.0, 0.040, 0.025, _WALK_ROLL, 0.99, 0.0, 2.0, 24.0, 12.0, 22.0, 6.0)
RUN = Style(1.32, 0.34, -0.035, 0.025, 0.09, _RUN_ROLL, 0.955, 0.022, 9.0, 42.0, 80.0, 25.0, 12.0)
_PHASES: F64 = np.linspace(0, 1, 257)


class Gait:
    """One person's walk or run; one cycle is two steps."""

    def __init__(self, style: Style, stature: float, rng: np.random.Generator) -> None:
        swing, stride, lean = rng.uniform((0.7, 0.95, -1.5), (1.25, 1.06, 3.0))
        self._style = replace(
            style, arm=style.arm * swing, stride=style.stride * stride, lean=style.lean + lean,
            elbow=style.elbow * rng.uniform(0.8, 1.2), twist=style.twist * rng.uniform(0.7, 1.2),
        )  # fmt: skip
        self._start, self._stature, self._toe_out = rng.uniform(), stature, np.radians(rng.uniform(0, 9))
        self._roll: F64 = np.radians(PchipInterpolator(*np.transpose(style.roll))(_PHASES))
        self._airborne = style.stance < 0.5
        self.cadence_m = float(self._style.stride * stature)

    def at(self, time_s: float, travelled_m: float) -> Stance:
        """The moment at that way; the clock does not matter."""
        phase = travelled_m / self.cadence_m + self._start
        angles = self._trunk(phase)
        for (side, _), shift in zip(SIDES, (0.0, 0.5), strict=True):
            self._arm(angles, side, phase + shift)
        feet = (self._foot(1.0, phase % 1.0), self._foot(-1.0, (phase + 0.5) % 1.0))
        style, turn = self._style, rotations(angles[0] * SIGNS[0])
        bounce = -style.bounce * np.cos(4 * np.pi * (phase - style.stance / 2))
        sway = 0.012 * self._stature * np.sin(2 * np.pi * (phase - 0.06)) * (1 - self._airborne)
        wanted = (HIP_HEIGHT * style.height + bounce) * self._stature
        height = pelvis_height(wanted, turn, np.array([sway, 0.0]), feet, HIP, self._stature)
        return Stance(angles, np.array([sway, height, 0.0]), feet, self._airborne)

    def _foot(self, sign: float, phase: float) -> Foot:
        style, stature = self._style, self._stature
        away = (phase - style.stance) / (1 - style.stance)
        pitch = float(np.interp(phase, _PHASES, self._roll))
        if away < 0:
            ahead, lift = style.stance / 2 - phase, 0.0
        else:
            ahead, lift = _swing(away, style.stance), style.lift * np.sin(np.pi * away)
        x, z = sign * style.track * stature, (style.ahead + ahead) * style.stride * stature
        return sole(x, z, pitch, sign * self._toe_out, lift * stature, stature)

    def _trunk(self, phase: float) -> F64:
        style, angles = self._style, relaxed()
        step, cosine, sine = np.cos(4 * np.pi * phase), np.cos(2 * np.pi * phase), np.sin(2 * np.pi * phase)
        twist = style.twist * cosine
        angles[BONE["pelvis"]] = np.radians((style.lean * 0.4 + step, 2.5 * sine, -0.6 * twist))
        angles[BONE["spine"]] = np.radians((style.lean * 0.3, -2.0 * sine, 0.8 * twist))
        angles[BONE["chest"]] = np.radians((style.lean * 0.3, -1.0 * sine, 0.8 * twist))
        angles[BONE["neck"]] = np.radians((-0.3 * style.lean, 0.0, -0.5 * twist))
        angles[BONE["head"]] = np.radians((-0.4 * style.lean + 0.8 * step, 0.3 * sine, -0.5 * twist))
        return angles

    def _arm(self, angles: F64, side: str, phase: float) -> None:
        style, forwards = self._style, -np.cos(2 * np.pi * phase)
        elbow = style.elbow + style.elbow_swing * (0.5 + 0.5 * np.sin(2 * np.pi * phase - 1.2))
        rotation = -16.0 if self._airborne else -5.0
        angles[BONE[f"{side}_upper_arm"]] = np.radians((style.arm * forwards - 4.0, 10.0, rotation))
        angles[BONE[f"{side}_forearm"]] = np.radians((elbow, 0.0, 20.0))


def _swing(away: float, stance: float) -> float:
    """Strides ahead of the pelvis through the swing; leaves and meets the floor without a jerk."""
    slope = -(1 - stance)
    s2, s3 = away**2, away**3
    return stance / 2 * (-(2 * s3 - 3 * s2 + 1) + (-2 * s3 + 3 * s2)) + slope * (2 * s3 - 3 * s2 + away)
