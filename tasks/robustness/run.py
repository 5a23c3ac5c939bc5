"""Run both experiments over videos and strategies."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from poseloom.models.clicks.case import Case
from poseloom.models.clicks.memory import RememberingTracker
from poseloom.models.points import point_tracker
from poseloom.models.propagators import PROPAGATORS, propagator
from poseloom.models.robustness import Kept, Recovery, blurred_frame, keep, picture_sharpness, recover
from poseloom.schemas.errors import InputError
from poseloom.schemas.ports import PointTracker
from poseloom.tasks.robustness.result import (
    FramesKept,
    Group,
    Length,
    OcclusionRecovery,
    RobustnessBenchmark,
    StrategyRobustness,
    VideoSharpness,
)

THRESHOLDS = (0.75, 0.85, 0.95)
SHORT_FRAMES = 30
"""Longest occlusion that is called short."""

Watcher = Callable[[str], None]


def run_robustness(
    cases: Iterable[Case],
    strategies: Sequence[str] = PROPAGATORS,
    tracker: str = "lucas_kanade",
    watch: Watcher = lambda _: None,
) -> RobustnessBenchmark:
    """Both experiments with every strategy on every video; one video is in memory at a time.

    Strategies may follow a correction to the end of the video: where they give up is what is measured.

    Args:
        cases: Videos with pictures and truth; predictions are not looked at.
        strategies: Names of `PROPAGATORS`.
        tracker: Name of the point tracker.
        watch: Told after each video and strategy.

    Raises:
        InputError: No such strategy, no video, or one without pictures.
    """
    follow = point_tracker(tracker)
    for name in strategies:
        propagator(name, follow)  # no such strategy is told before a video is read
    gathered = {name: _Gathered() for name in strategies}
    seen: list[tuple[str, float, int]] = []
    for case in cases:
        if not case.pictures:
            raise InputError(f"expected the video of {case.name}, got labels without pictures")
        sharpness = np.array([picture_sharpness(frame.image) for frame in case.pictures])
        start = blurred_frame(sharpness, case.truth.frame_index[case.people].tolist())
        seen.append((case.name, float(sharpness.mean()), start))
        remembering = RememberingTracker(follow, case.pictures)
        for name, found in gathered.items():
            found.measure(case, start, name, remembering)
            watch(f"{case.name} {name}")
    if not seen:
        raise InputError("expected a video to measure, got none")
    videos = _grouped(seen)
    return RobustnessBenchmark(
        tracker=tracker,
        videos=videos,
        strategies=tuple(found.result(name, videos) for name, found in gathered.items()),
        notes=() if len(videos) >= 3 else ("three videos are needed to tell blurred ones from clear ones",),
    )


@dataclass
class _Gathered:
    """What one strategy has done so far, video by video."""

    kept: list[list[Kept]] = field(default_factory=list)
    recoveries: list[Recovery] = field(default_factory=list)
    seconds: float = 0.0

    def measure(self, case: Case, start_frame: int, name: str, tracker: PointTracker) -> None:
        began = time.perf_counter()
        system = propagator(name, tracker, horizon=case.frame_count)
        truth = case.truth.select(case.people)
        self.kept.append(keep(truth, case.pictures, start_frame, system, THRESHOLDS))
        self.recoveries += recover(truth, case.frames.tolist(), case.pictures, system)
        self.seconds += time.perf_counter() - began

    def result(self, name: str, videos: Sequence[VideoSharpness]) -> StrategyRobustness:
        groups: list[Group] = ["all", "blurred", "clear"]
        members = {
            group: [kept for kept, video in zip(self.kept, videos, strict=True) if group in ("all", video.group)]
            for group in groups
        }
        return StrategyRobustness(
            strategy=name,
            kept=tuple(_frames_kept(group, members[group], t) for group in groups for t in THRESHOLDS),
            recovery=tuple(_recovery(self.recoveries, length, t) for length in _LENGTHS for t in THRESHOLDS),
            seconds=self.seconds,
        )


_LENGTHS: tuple[Length, ...] = ("short", "long")


def _grouped(seen: Sequence[tuple[str, float, int]]) -> tuple[VideoSharpness, ...]:
    """The least sharp third is blurred, the sharpest third clear."""
    order = np.argsort([sharpness for _, sharpness, _ in seen], kind="stable")
    third = len(seen) // 3
    groups: dict[int, Group] = dict.fromkeys(order[:third].tolist(), "blurred")
    groups |= dict.fromkeys(order[len(seen) - third :].tolist(), "clear")
    return tuple(
        VideoSharpness(name=name, sharpness=sharpness, group=groups.get(i, "all"), corrected_frame=start)
        for i, (name, sharpness, start) in enumerate(seen)
    )


def _frames_kept(group: Group, videos: Sequence[Sequence[Kept]], threshold: float) -> FramesKept:
    by_video = [[kept for kept in video if kept.threshold == threshold] for video in videos]
    people = [kept for video in by_video for kept in video]
    return FramesKept(
        group=group,
        threshold=threshold,
        tracks=len(people),
        available=_mean([kept.available for kept in people]),
        consecutive=_mean([kept.consecutive for kept in people]),
        total=_mean([kept.total for kept in people]),
        all_keypoints=_mean([kept.all_keypoints for kept in people]),
        consecutive_by_video=_mean(
            [float(np.mean([kept.consecutive for kept in video])) for video in by_video if video]
        ),
    )


def _recovery(recoveries: Sequence[Recovery], length: Length, threshold: float) -> OcclusionRecovery:
    events = [r for r in recoveries if (r.occlusion.duration <= SHORT_FRAMES) == (length == "short")]
    rate = _mean([r.similarity >= threshold for r in events])
    return OcclusionRecovery(
        length=length,
        threshold=threshold,
        events=len(events),
        mean_frames=_mean([r.occlusion.duration for r in events]),
        rate=None if rate is None else 100 * rate,
    )


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None
