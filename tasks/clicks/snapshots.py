"""One frame of the first video before and after clicks, for people to look at."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poseloom.models.clicks.case import Case
from poseloom.models.clicks.trajectory import Moment
from poseloom.schemas.arrays import U8
from poseloom.schemas.instances import Instances


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A frame at one moment.

    Attributes:
        video: Name of the video.
        frame_index: The frame.
        picture: Its (H, W, 3) uint8 RGB picture; None where there is none.
        truth: The truth's people in it.
        labels: The labels at that moment.
        mean_oks: Mean OKS of the truth's people, 0 for those who match nobody; percent points.
        strategy: Which labels these are; ``""`` for the predictions, before any click.
        rounds: Rounds of the protocol before it: one action on every tracklet that needs one in each.
    """

    video: str
    frame_index: int
    picture: U8 | None
    truth: Instances
    labels: Instances
    mean_oks: float
    strategy: str
    rounds: int


class Snapshots:
    """The worst frame of the first video under the first rule, before clicks and after those of each strategy."""

    def __init__(self) -> None:
        self._taken: list[Snapshot] = []
        self._of: tuple[str, str] | None = None

    @property
    def taken(self) -> tuple[Snapshot, ...]:
        """The predictions, then the strategies in the order in which they were run."""
        return tuple(self._taken)

    def take(self, case: Case, strategy: str, rule: str, moments: Sequence[Moment]) -> None:
        """Look at what a strategy did to a video.

        Args:
            case: The video.
            strategy: Name of the strategy.
            rule: Name of the rule.
            moments: Its first rounds, from before any.
        """
        if not case.people.any() or (self._of or (case.name, rule)) != (case.name, rule):
            return
        frame_index = _worst_frame(case, moments[0])
        if self._of is None:
            self._of = (case.name, rule)
            self._taken.append(_snapshot(case, frame_index, moments[0], "", 0))
        self._taken.append(_snapshot(case, frame_index, moments[-1], strategy, len(moments) - 1))


def _worst_frame(case: Case, moment: Moment) -> int:
    """The frame of lowest mean OKS; the earlier of equals."""
    frames: list[int] = np.unique(case.truth.frame_index[case.people]).tolist()
    return min(frames, key=lambda frame: _mean_oks(case, moment, frame))


def _mean_oks(case: Case, moment: Moment, frame_index: int) -> float:
    people = case.people & (case.truth.frame_index == frame_index)
    return 100 * float(moment.matches.oks[people].mean())


def _snapshot(case: Case, frame_index: int, moment: Moment, strategy: str, rounds: int) -> Snapshot:
    return Snapshot(
        video=case.name,
        frame_index=frame_index,
        picture=case.pictures[frame_index].image if case.pictures else None,
        truth=case.truth.in_frames(frame_index, frame_index + 1),
        labels=moment.state.in_frames(frame_index, frame_index + 1),
        mean_oks=_mean_oks(case, moment, frame_index),
        strategy=strategy,
        rounds=rounds,
    )
