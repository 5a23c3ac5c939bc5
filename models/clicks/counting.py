"""VNoC: what annotating videos to a precision costs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from poseloom.models.clicks.acting import Action
from poseloom.models.clicks.case import Case
from poseloom.models.clicks.trajectory import REACHED, Moment
from poseloom.schemas.arrays import F64, I64


@dataclass(frozen=True, eq=False)
class Log:
    """What happened to one video; entry r is after r rounds.

    Attributes:
        name: Name of the video.
        tracklets: People of the truth.
        frames: (F,) labelled frames that show somebody.
        people: (F,) how many.
        precision: AP, 0..1.
        actions: What was done in each round; nothing in entry 0.
        identity_changes: Id edits that were still due.
    """

    name: str
    tracklets: int
    frames: I64
    people: I64
    precision: tuple[float, ...]
    actions: tuple[tuple[Action, ...], ...]
    identity_changes: tuple[int, ...]

    def stop(self, target: float) -> tuple[int, bool]:
        """After how many rounds the AP (0..1) was reached, and whether it was; the last round if never."""
        for r, precision in enumerate(self.precision):
            if precision >= target - REACHED:
                return r, True
        return len(self.precision) - 1, False

    def done(self, rounds: int) -> list[Action]:
        """All actions of the first rounds."""
        return [action for actions in self.actions[: rounds + 1] for action in actions]


def log_of(case: Case, moments: Sequence[Moment]) -> Log:
    """The log of a video from its moments."""
    frames, people = np.unique(case.truth.frame_index[case.people], return_counts=True)
    return Log(
        name=case.name,
        tracklets=len(case.tracklets),
        frames=frames.astype(np.int64),
        people=people.astype(np.int64),
        precision=tuple(moment.precision for moment in moments),
        actions=tuple(moment.actions for moment in moments),
        identity_changes=tuple(moment.identity_changes for moment in moments),
    )


@dataclass(frozen=True)
class ClicksNeeded:
    """Clicks until an AP is reached; videos that never reach it count with what was spent on them.

    Attributes:
        target: The AP, in percent.
        per_tracklet: All clicks over all tracklets: VNoC.
        per_frame: Mean over frames with people of clicks in the frame over people in the frame.
        per_video: Mean over videos.
        clicks: All clicks.
        kpt: Those that put a keypoint right.
        add: Those that drew a person.
        delete: Those that removed a track or a person.
        id_edits: Identity changes along the tracklets that were left when it stopped; not among the clicks.
        videos: Videos with people.
        tracklets: Their tracklets.
        unreached: Videos that never reached it: their clicks are a lower bound.
    """

    target: float
    per_tracklet: float
    per_frame: float
    per_video: float
    clicks: int
    kpt: int
    add: int
    delete: int
    id_edits: int
    videos: int
    tracklets: int
    unreached: int


def clicks_needed(logs: Iterable[Log], target: float) -> ClicksNeeded:
    """VNoC over videos for an AP in percent; videos without people say nothing."""
    logs = [log for log in logs if log.tracklets]
    stops = [log.stop(target / 100) for log in logs]
    done = [log.done(rounds) for log, (rounds, _) in zip(logs, stops, strict=True)]
    kinds = [action.kind for actions in done for action in actions]
    tracklets = sum(log.tracklets for log in logs)
    by_frame = [_by_frame(log, actions) for log, actions in zip(logs, done, strict=True)]
    return ClicksNeeded(
        target=target,
        per_tracklet=_share(len(kinds), tracklets),
        per_frame=float(np.concatenate(by_frame).mean()) if by_frame else float("nan"),
        per_video=_share(len(kinds), len(logs)),
        clicks=len(kinds),
        kpt=kinds.count("kpt"),
        add=kinds.count("add"),
        delete=kinds.count("del"),
        id_edits=sum(log.identity_changes[rounds] for log, (rounds, _) in zip(logs, stops, strict=True)),
        videos=len(logs),
        tracklets=tracklets,
        unreached=sum(not reached for _, reached in stops),
    )


@dataclass(frozen=True)
class CurvePoint:
    """After so many rounds: mean clicks per tracklet over all videos, and mean AP of the videos in percent."""

    clicks_per_tracklet: float
    ap: float


def curve(logs: Iterable[Log]) -> tuple[CurvePoint, ...]:
    """AP against clicks; a video that has stopped stays as it is."""
    logs = [log for log in logs if log.tracklets]
    tracklets = sum(log.tracklets for log in logs)
    points = []
    for rounds in range(max((len(log.precision) for log in logs), default=0)):
        clicks = sum(len(log.done(rounds)) for log in logs)
        precision = [log.precision[min(rounds, len(log.precision) - 1)] for log in logs]
        points.append(CurvePoint(_share(clicks, tracklets), 100 * float(np.mean(precision))))
    return tuple(points)


def _by_frame(log: Log, actions: list[Action]) -> F64:
    """(F,) clicks over people of each frame; a deletion where nobody is counts in the nearest frame with people."""
    clicks = np.zeros(len(log.frames))
    for action in actions:
        clicks[np.argmin(np.abs(log.frames - action.frame_index))] += 1
    return np.asarray(clicks / log.people)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
