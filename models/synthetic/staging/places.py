"""Where everyone starts, and how fast they go."""

from collections.abc import Iterator, Sequence
from itertools import repeat

import numpy as np

from poseloom.models.synthetic.scene import BYSTANDER
from poseloom.models.synthetic.spec import ClipSpec
from poseloom.models.synthetic.staging.cast import Member
from poseloom.models.synthetic.staging.ground import Ground
from poseloom.models.synthetic.staging.itinerary import Leg, Territory, legs, territories
from poseloom.models.synthetic.staging.paths import GAP, Walker
from poseloom.schemas.arrays import F64

_SPEED = {"walk": (0.95, 1.5), "run": (2.3, 3.3), "gesture": (0.0, 0.0), "dance": (0.0, 0.0)}
_TURN = {"walk": 2.6, "run": 2.8, "gesture": 0.0, "dance": 0.0}
_TRIES = 60
_ROOM_M = 0.95
_FAR_AWAY = (1.7, 2.4)
"""How much further away bystanders are than anyone annotated."""


def start(
    members: Sequence[Member], spec: ClipSpec, ground: Ground, obstacles: F64, rng: np.random.Generator
) -> list[Walker]:
    """Everyone at a free place of their own, with goals."""
    own = territories(spec, ground, rng)
    taken: list[F64] = []
    walkers = []
    for number, member in enumerate(members):
        backstage = member.track_id == BYSTANDER
        territory = _backstage(ground) if backstage else _entrance(own[number], member, spec)
        place = _free_place(territory, ground, taken, obstacles, rng)
        taken.append(place)
        if member.moves:
            goals = _strolls(ground, territory, rng) if backstage else legs(spec, ground, own[number], number, rng)
        else:
            goals = repeat(Leg(place, near_enough=1.0))
        walkers.append(_walker(member, place, goals, rng))
    return walkers


def _walker(member: Member, place: F64, goals: Iterator[Leg], rng: np.random.Generator) -> Walker:
    facing_here = float(np.clip(rng.normal(0, 0.6), -1.4, 1.4) + np.pi * (rng.uniform() < 0.12))
    return Walker(place, facing_here, rng.uniform(*_SPEED[member.activity]), _TURN[member.activity], goals)


def _entrance(own: Territory, member: Member, spec: ClipSpec) -> Territory:
    """Who stays in place does so well inside; who will leave starts halfway to the edge."""
    middle, half = (own.low + own.high) / 2, (own.high - own.low) / 2
    share = 1.0 if member.moves and not spec.leave else 0.55
    return Territory(middle - share * half, middle + share * half, own.near, own.far)


def _backstage(ground: Ground) -> Territory:
    return Territory(-0.9, 0.9, _FAR_AWAY[0] * ground.far, _FAR_AWAY[1] * ground.far)


def _strolls(ground: Ground, own: Territory, rng: np.random.Generator) -> Iterator[Leg]:
    while True:
        yield Leg(ground.at(rng.uniform(own.low, own.high), rng.uniform(own.near, own.far)), near_enough=0.6)


def _free_place(own: Territory, ground: Ground, taken: Sequence[F64], obstacles: F64, rng: np.random.Generator) -> F64:
    """(2,) metres, clear of everyone and everything; further away where there is no room left."""
    far, room = own.far, _ROOM_M
    while True:
        for _ in range(_TRIES):
            place = ground.at(rng.uniform(own.low, own.high), rng.uniform(own.near, far))
            apart = [float(np.linalg.norm(place - other)) for other in taken]
            clear = np.linalg.norm(obstacles[:, :2] - place, axis=1) - obstacles[:, 2]
            if min(apart, default=np.inf) > room and (clear > 0.35).all():
                return place
        far, room = 1.04 * far, max(GAP + 0.02, 0.9 * room)
