"""Run the protocol over videos, strategies and rules."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from poseloom.models.clicks.annotating import TARGETS, annotate
from poseloom.models.clicks.budgets import Evidence, frame_budget, pooled, tracklet_budget, unclicked_budget
from poseloom.models.clicks.case import Case
from poseloom.models.clicks.choosing import RULES
from poseloom.models.clicks.counting import Log, clicks_needed, curve
from poseloom.models.clicks.images import TARGETS as IMAGE_TARGETS
from poseloom.models.clicks.images import alone, image_clicks, rounds_of_images
from poseloom.models.clicks.memory import RememberingTracker
from poseloom.models.clicks.precision import Precision
from poseloom.models.clicks.trajectory import Moment
from poseloom.models.points import point_tracker
from poseloom.models.propagators import PIXEL_FREE, PROPAGATORS, propagator
from poseloom.schemas.errors import InputError, LabelError
from poseloom.schemas.ports import PointTracker
from poseloom.schemas.skeleton import Skeleton
from poseloom.tasks.clicks.result import ClickBenchmark, RunResult, StrategyResult, VideoClicks

Watcher = Callable[[str], None]
"""Told what has just been done."""

Viewer = Callable[[Case, str, str, Sequence[Moment]], None]
"""Shown a video, strategy, rule, and its first rounds, as many as the largest budget; none of it may be kept whole."""


def run_clicks(
    cases: Iterable[Case],
    strategies: Sequence[str] = PROPAGATORS,
    rules: Sequence[str] = ("first_bad_frame",),
    tracker: str = "lucas_kanade",
    rounds: int = 100,
    watch: Watcher = lambda _: None,
    show: Viewer = lambda case, strategy, rule, moments: None,
) -> ClickBenchmark:
    """Annotate every video with every strategy under every rule; one video is in memory at a time.

    Without pictures the strategies that look at them are left out, with a note.

    Args:
        cases: The videos, all in one skeleton.
        strategies: Names of `PROPAGATORS`.
        rules: Names of `RULES`.
        tracker: Name of the point tracker.
        rounds: After so many rounds a video is unreached.
        watch: Told after each video, strategy and rule.
        show: Shown what each strategy did to each video under each rule.

    Raises:
        InputError: No such strategy or rule; or no video, or none with pictures for strategies that need them.
        LabelError: Videos in different skeletons.
    """
    _check_names(strategies, rules)
    tally = _Tally(rounds, show)
    follow = point_tracker(tracker) if set(strategies) - set(PIXEL_FREE) else None
    for case in cases:
        usable = strategies if case.pictures else [name for name in strategies if name in PIXEL_FREE]
        tally.begin(case, [name for name in strategies if name not in usable])
        remembering = RememberingTracker(follow, case.pictures) if follow else None
        for name in usable:
            tally.annotate(case, name, rules, remembering, watch)
    return tally.result(strategies, rules, tracker)


def _check_names(strategies: Sequence[str], rules: Sequence[str]) -> None:
    for kind, given, known in (("strategies", strategies, PROPAGATORS), ("rules", rules, tuple(RULES))):
        if unknown := [name for name in given if name not in known]:
            raise InputError(f"expected {kind} of {', '.join(known)}, got {unknown[0]!r}")
        if len(set(given)) != len(given) or not given:
            raise InputError(f"expected {kind} once each, got {', '.join(given) or 'none'}")


@dataclass
class _Run:
    """What one strategy under one rule has gathered so far."""

    logs: list[Log] = field(default_factory=list)
    tracklet: list[tuple[Evidence, ...]] = field(default_factory=list)
    unclicked: list[tuple[Evidence, ...]] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class _Strategy:
    """What one strategy has gathered that no rule changes."""

    frame: list[tuple[Evidence, ...]] = field(default_factory=list)
    images: list[tuple[float, ...]] = field(default_factory=list)


class _Tally:
    """Everything measured so far, without the videos."""

    def __init__(self, rounds: int, show: Viewer) -> None:
        self._rounds, self._show = rounds, show
        self._runs: dict[tuple[str, str], _Run] = {}
        self._strategies: dict[str, _Strategy] = {}
        self._skeleton: Skeleton | None = None
        self._left_out: dict[str, list[str]] = {}

    def begin(self, case: Case, left_out: Sequence[str]) -> None:
        skeleton = case.truth.skeleton
        if self._skeleton not in (None, skeleton):
            raise LabelError(f"{case.name}: expected truth in one skeleton, got {skeleton.name} after others")
        self._skeleton = skeleton
        for name in left_out:
            self._left_out.setdefault(name, []).append(case.name)

    def annotate(
        self, case: Case, name: str, rules: Sequence[str], tracker: PointTracker | None, watch: Watcher
    ) -> None:
        system, measured = propagator(name, tracker), Precision(case)
        found = self._strategies.setdefault(name, _Strategy())
        found.frame.append(frame_budget(case, system, measured))
        found.images.extend(rounds_of_images(case, alone(system, case.pictures)))
        for rule in rules:
            began, run = time.perf_counter(), self._runs.setdefault((name, rule), _Run())
            log, moments = annotate(case, system, rule, self._rounds, measured)
            run.logs.append(log)
            run.tracklet.append(tracklet_budget(moments, measured))
            run.unclicked.append(unclicked_budget(case, moments, measured))
            run.seconds += time.perf_counter() - began
            self._show(case, name, rule, moments)
            watch(f"{case.name} {name} {rule}")

    def result(self, strategies: Sequence[str], rules: Sequence[str], tracker: str) -> ClickBenchmark:
        if self._skeleton is None:
            raise InputError("expected a video to annotate, got none")
        if not self._strategies:
            raise InputError(f"expected pictures for {', '.join(strategies)}, got labels without videos")
        skeleton = self._skeleton
        done = ClickBenchmark(
            tracker=tracker,
            max_rounds=self._rounds,
            runs=tuple(
                _run_result(*key, run, skeleton)
                for key in ((name, rule) for name in strategies for rule in rules)
                if (run := self._runs.get(key))
            ),
            strategies=tuple(
                StrategyResult(
                    strategy=name,
                    ap_per_frame=_pooled(found.frame, skeleton),
                    noc=tuple(image_clicks(found.images, target) for target in IMAGE_TARGETS),
                )
                for name in strategies
                if (found := self._strategies.get(name))
            ),
            notes=tuple(
                f"{name} is left out: it looks at pictures, and {len(videos)} sequences have none, such as {videos[0]}"
                for name, videos in self._left_out.items()
            ),
        )
        reason = "nobody is left in the truth to measure"
        nulls = dict.fromkeys(_nulls(done.model_dump(), ""), reason)
        return done.model_copy(update={"nulls": nulls})


def _run_result(name: str, rule: str, run: _Run, skeleton: Skeleton) -> RunResult:
    return RunResult(
        strategy=name,
        rule=rule,
        vnoc=tuple(clicks_needed(run.logs, target) for target in TARGETS),
        ap_per_tracklet=_pooled(run.tracklet, skeleton),
        ap_unclicked=_pooled(run.unclicked, skeleton),
        curve=curve(run.logs),
        videos=tuple(_video(log) for log in run.logs),
        seconds=run.seconds,
    )


def _video(log: Log) -> VideoClicks:
    stops = [log.stop(target / 100) for target in TARGETS]
    return VideoClicks(
        name=log.name,
        tracklets=log.tracklets,
        start_ap=100 * log.precision[0],
        end_ap=100 * log.precision[-1],
        rounds=len(log.precision) - 1,
        clicks=tuple(len(log.done(rounds)) for rounds, _ in stops),
        reached=tuple(reached for _, reached in stops),
    )


def _pooled(videos: list[tuple[Evidence, ...]], skeleton: Skeleton) -> tuple[float, ...]:
    return tuple(pooled(budget, skeleton) for budget in zip(*videos, strict=True))


def _nulls(document: Any, place: str) -> list[str]:
    """Places of all NaN in a document."""
    if isinstance(document, float) and np.isnan(document):
        return [place]
    if not isinstance(document, dict | tuple):
        return []
    items = document.items() if isinstance(document, dict) else enumerate(document)
    return [found for key, value in items for found in _nulls(value, f"{place}.{key}".lstrip("."))]
