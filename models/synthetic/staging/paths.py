"""How people get to where they want to go without walking into each other.

A walker looks a little ahead, as in velocity-obstacle methods (Fiorini & Shiller, IJRR 1998): of
some headings and speeds it takes the one that leads towards its goal and keeps a distance from where
everybody else will be. It turns and gains speed at human rates, and stops before anyone comes closer
than `GAP`, whatever it had planned; so nobody ever does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from poseloom.models.synthetic.staging.ground import Ground
from poseloom.models.synthetic.staging.itinerary import Leg
from poseloom.schemas.arrays import F64

GAP = 0.62
"""Metres between any two people, at least."""
_STEP_S = 0.04
_REPLAN = 3
_HORIZON_S = 1.8
_COMFORT_M = 0.95
_TURNS = np.deg2rad([0, -18, 18, -36, 36, -60, 60, -95, 95])
_PACES = np.array([1.0, 0.6, 0.15])
_LEG_S = 8.0


@dataclass(frozen=True, eq=False)
class Path:
    """Where one person is through T frames.

    Attributes:
        position: (T, 2) metres, x and z.
        heading: (T,) radians.
        travelled: (T,) metres.
    """

    position: F64
    heading: F64
    travelled: F64


@dataclass(frozen=True, eq=False)
class Walker:
    """One person at the start.

    Attributes:
        start: (2,) metres.
        heading: Radians, of people who stay in place; others begin towards their first goal.
        speed: Metres per second on a free way; 0 stays in place.
        turn: Radians per second at most.
        legs: Goals.
    """

    start: F64
    heading: float
    speed: float
    turn: float
    legs: Iterator[Leg]


def walk(
    walkers: Sequence[Walker], obstacles: F64, ground: Ground, may_leave: bool, frames: int, fps: float
) -> list[Path]:
    """Paths of all walkers among each other and round (M, 3) obstacles: x, z and radius.

    Nobody comes much closer to the camera than the ground's near end, nor leaves the picture unless they may.
    """
    crowd = _Crowd(walkers, obstacles, ground, may_leave)
    time = np.arange(frames) / fps
    states = np.stack([crowd.step() for _ in range(int(np.ceil(time[-1] / _STEP_S)) + 2)])
    return [_path(states[:, person], time) for person in range(len(walkers))]


def _path(states: F64, time: F64) -> Path:
    """One person's (S, 3) states x, z, heading, at the frames' times."""
    clock = np.arange(len(states)) * _STEP_S
    steps = np.linalg.norm(np.diff(states[:, :2], axis=0, prepend=states[:1, :2]), axis=1)
    smooth = gaussian_filter1d(states[:, 2], 0.12 / _STEP_S, mode="nearest")
    x, z, heading, travelled = (np.interp(time, clock, v) for v in (*states[:, :2].T, smooth, np.cumsum(steps)))
    return Path(np.stack([x, z], axis=1), heading, travelled)


class _Crowd:
    """Everybody's state while it is being stepped through time."""

    def __init__(self, walkers: Sequence[Walker], obstacles: F64, ground: Ground, may_leave: bool) -> None:
        self._walkers, self._obstacles = walkers, obstacles
        self._ground, self._may_leave = ground, may_leave
        self._at = np.array([walker.start for walker in walkers])
        self._legs = [next(walker.legs) for walker in walkers]
        self._heading = np.array([self._first_heading(person) for person in range(len(walkers))])
        self._speed = np.array([walker.speed for walker in walkers])
        self._aim, self._pace = self._heading.copy(), self._speed.copy()
        self._until = np.full(len(walkers), _LEG_S)
        self._waiting = np.zeros(len(walkers))
        self._steps = 0

    def _first_heading(self, person: int) -> float:
        walker = self._walkers[person]
        return _direction(self._legs[person].goal - walker.start) if walker.speed else walker.heading

    def step(self) -> F64:
        """(P, 3) x, z and heading now; then everyone moves on."""
        now = np.column_stack([self._at, self._heading])
        for person, walker in enumerate(self._walkers):
            if walker.speed:
                self._move(person, walker)
        self._steps += 1
        return now

    def _move(self, person: int, walker: Walker) -> None:
        self._choose_leg(person, walker)
        if self._steps % _REPLAN == person % _REPLAN:
            self._plan(person, walker)
        off = _wrapped(self._aim[person] - self._heading[person])
        self._heading[person] += np.clip(off, -walker.turn * _STEP_S, walker.turn * _STEP_S)
        wanted = self._pace[person] * max(0.35, np.cos(off))
        gain = np.clip(wanted - self._speed[person], -4 * _STEP_S, 2 * _STEP_S)
        self._speed[person] += gain
        ahead = self._at[person] + self._speed[person] * _STEP_S * _forward(self._heading[person])
        if self._is_free(person, ahead):
            self._at[person] = ahead
        else:
            self._speed[person] = 0.0

    def _choose_leg(self, person: int, walker: Walker) -> None:
        clock = self._steps * _STEP_S
        leg = self._legs[person]
        reached = np.linalg.norm(leg.goal - self._at[person]) < leg.near_enough
        if self._waiting[person] == 0 and reached:
            self._waiting[person] = clock + leg.wait_s
        late = clock > self._until[person]
        if late or (self._waiting[person] and clock >= self._waiting[person]):
            self._legs[person] = next(walker.legs)
            self._waiting[person], self._until[person] = 0.0, clock + _LEG_S

    def _plan(self, person: int, walker: Walker) -> None:
        """Aim and pace: the cheapest of some headings around the goal's direction and some speeds."""
        if self._waiting[person]:
            self._pace[person] = 0.0
            return
        to_goal = self._legs[person].goal - self._at[person]
        headings = _direction(to_goal) + _TURNS
        velocity = walker.speed * _PACES[:, None, None] * _forward(headings)
        cost = 0.9 * np.abs(_TURNS) + 1.2 * (1 - _PACES[:, None])
        cost = cost + 0.25 * np.abs(_wrapped(headings - self._heading[person])) + self._danger(person, velocity)
        cost = cost + 3 * self._outside(self._at[person] + _HORIZON_S / 2 * velocity)
        pace, turn = np.unravel_index(int(cost.argmin()), cost.shape)
        self._aim[person], self._pace[person] = headings[turn], walker.speed * _PACES[pace]

    def _danger(self, person: int, velocity: F64) -> F64:
        """(S, H) cost of how near (S, H, 2) velocities would lead to anyone and anything."""
        others = np.arange(len(self._at)) != person
        theirs = (self._speed[:, None] * _forward(self._heading))[others]
        away = np.concatenate([self._at[others], self._obstacles[:, :2]]) - self._at[person]
        relative = velocity[:, :, None] - np.concatenate([theirs, np.zeros((len(self._obstacles), 2))])
        when = (relative * away).sum(-1) / np.maximum((relative**2).sum(-1), 1e-6)
        nearing, when = when > 0, np.clip(when, 0, _HORIZON_S)
        least = np.linalg.norm(away - relative * when[..., None], axis=-1)
        room = np.concatenate([np.full(len(theirs), _COMFORT_M), self._obstacles[:, 2] + 0.45])
        return np.asarray((nearing * np.maximum(0, room - least) / (0.25 + when)).sum(-1) * 3)

    def _outside(self, places: F64) -> F64:
        """(S, H) metres by which (S, H, 2) places lie off the stage."""
        x, z = places[..., 0], places[..., 1]
        before = np.maximum(0, z + self._ground.near)
        if self._may_leave:
            return before
        beside = np.abs(x) - 0.92 * self._ground.reach * self._ground.slope * np.maximum(-z, 0)
        return np.asarray(before + np.maximum(0, beside))

    def _is_free(self, person: int, place: F64) -> bool:
        """Whether the person may stand there; coming from too near they may go further away."""
        apart = np.linalg.norm(self._at - place, axis=1)
        apart[person] = np.inf
        clear = np.linalg.norm(self._obstacles[:, :2] - place, axis=1) - self._obstacles[:, 2]
        before = np.linalg.norm(self._obstacles[:, :2] - self._at[person], axis=1) - self._obstacles[:, 2]
        return bool((apart > GAP).all() and ((clear > 0.25) | (clear > before)).all())


def _forward(heading: F64) -> F64:
    """(…, 2) unit x and z of headings."""
    return np.stack([np.sin(heading), np.cos(heading)], axis=-1)


def _direction(xz: F64) -> float:
    return float(np.arctan2(xz[0], xz[1]))


def _wrapped(angle: F64) -> F64:
    return np.asarray((angle + np.pi) % (2 * np.pi) - np.pi)
