"""Where people want to go, one leg after the other."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from poseloom.models.synthetic.spec import ClipSpec
from poseloom.models.synthetic.staging.ground import Ground
from poseloom.schemas.arrays import F64

_MARGIN = 0.86
"""Share of the visible half width that goals use."""
_PEEK_M, _AWAY_M = 0.65, (1.0, 1.6)
"""Metres beyond the picture's edge of short and long absences."""


@dataclass(frozen=True, eq=False)
class Leg:
    """A goal.

    Attributes:
        goal: (2,) x and z in metres.
        near_enough: Metres at which it counts as reached.
        wait_s: Seconds to stay there.
    """

    goal: F64
    near_enough: float
    wait_s: float = 0.0


@dataclass(frozen=True)
class Territory:
    """The share of the stage that one person uses.

    Attributes:
        low: Smallest u, as in `Ground`.
        high: Largest u.
        near: Smallest distance in metres.
        far: Largest distance in metres.
    """

    low: float
    high: float
    near: float
    far: float


def territories(spec: ClipSpec, ground: Ground, rng: np.random.Generator) -> list[Territory]:
    """By person: all of the stage for crossing paths, else columns of the picture side by side."""
    widest = _MARGIN * ground.reach
    if spec.paths == "crossing":
        return [Territory(-widest, widest, ground.near, ground.far)] * spec.people
    edges = np.linspace(-widest, widest, spec.people + 1)
    gap = 0.18 * (edges[1] - edges[0])
    slots = rng.permutation(spec.people)
    return [Territory(edges[s] + gap, edges[s + 1] - gap, ground.near, ground.far) for s in slots]


def legs(spec: ClipSpec, ground: Ground, own: Territory, person: int, rng: np.random.Generator) -> Iterator[Leg]:
    """Goals without end.

    Crossing paths lead from side to side, others towards the camera and away from it. People who
    leave go out of the picture on every third leg, in turn for a moment and for longer.
    """
    enough = 0.45 if spec.motion == "slow" else 0.9
    side, outings = float(rng.choice([-1.0, 1.0])), person
    for number in range(1_000_000):
        if spec.leave and number % 3 == 0:
            yield _out(ground, own, side, outings % 2 == 0, rng)
            outings += 1
        elif spec.paths == "crossing":
            yield Leg(ground.at(side * rng.uniform(0.5, 1) * own.high, rng.uniform(own.near, own.far)), enough)
        else:
            depth = own.near + (own.far - own.near) * (rng.uniform(0, 0.35) + 0.65 * (number % 2))
            yield Leg(ground.at(rng.uniform(own.low, own.high), depth), enough)
        side = -side


def _out(ground: Ground, own: Territory, side: float, short: bool, rng: np.random.Generator) -> Leg:
    depth = rng.uniform(own.near, own.near + 0.6 * (own.far - own.near))
    if short:
        return Leg(ground.beyond(side, depth, _PEEK_M), near_enough=0.45)
    return Leg(ground.beyond(side, depth, rng.uniform(*_AWAY_M)), near_enough=0.5, wait_s=rng.uniform(0.4, 1.5))
