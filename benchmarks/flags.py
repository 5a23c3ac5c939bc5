"""Flags of injected label errors: F1 by kind of error, on exact truth and on truth with an estimator's noise.

One kind of error at a time goes into the generated clips of every preset (`benchmarks.injected` says what and
how much). A hit is a flag of the same kind, person (both people of a swap) and keypoint (jitter and drift) whose
frames overlap those of the error within two frames; one flag answers for one error. Every other flag of that
kind is a false one. Flags of other kinds are counted apart, as what else a reviewer would be sent to.

Noise is the jitter of `models.synthetic.estimates` (0.2 in OKS's units, twice that where hidden, correlated in
time), drawn apart for labels and predictions, without its gross errors: those are errors of the kinds counted
here. Limits were chosen on seeds from 100 on; these are others.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from benchmarks.injected import KINDS, hits, inject
from poseloom.models.flags import find_flags
from poseloom.models.synthetic import PRESETS, preset, synthesize
from poseloom.models.synthetic.estimates import EstimateErrors, estimates
from poseloom.schemas.flag import FlagKind
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.video import Video

SEEDS = range(4)
ERRORS, ROUNDS = 3, 3
_NOISE = EstimateErrors(miss=0, miss_hidden=0, swap=0, invert=0, lost=0, lost_hidden=0, invented=0)


@dataclass(frozen=True, eq=False)
class World:
    """Labels without errors, and what an estimator sees."""

    video: Video
    labels: Instances
    predictions: Instances
    seed: int


@dataclass
class Count:
    """What happened to the errors of one kind."""

    injected: int = 0
    hit: int = 0
    false: int = 0
    others: int = 0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where there was nothing to find and nothing was flagged."""
        total = 2 * self.hit + self.false + (self.injected - self.hit)
        return 2 * self.hit / total if total else 1.0


def measure() -> dict[str, float]:
    """F1 by noise and kind; false flags per person-minute of labels without errors."""
    worlds = [world for seed in SEEDS for name in PRESETS for world in both_worlds(name, seed)]
    figures: dict[str, float] = {}
    for noise, those in (("exact", worlds[::2]), ("noisy", worlds[1::2])):
        for kind in KINDS:
            count = counted(those, kind)
            figures[f"{noise}, {kind}: F1"] = count.f1
            figures[f"{noise}, {kind}: errors"] = count.injected
            figures[f"{noise}, {kind}: missed"] = count.injected - count.hit
            figures[f"{noise}, {kind}: false"] = count.false
            figures[f"{noise}, {kind}: flags of other kinds per error"] = count.others / max(count.injected, 1)
        figures[f"{noise}: false flags per person-minute without errors"] = false_rate(those)
    return figures


def counted(worlds: list[World], kind: FlagKind) -> Count:
    """Errors of one kind in all worlds."""
    count = Count()
    for world, again in product(worlds, range(ROUNDS)):
        labels, injected = inject(world.labels, kind, ERRORS, world.video.fps, 10 * world.seed + again)
        found = find_flags(labels, world.video, world.predictions)
        mine = [flag for flag in found if flag.kind == kind]
        count.injected += len(injected)
        count.hit += (hit := hits(mine, injected))
        count.false += len(mine) - hit
        count.others += len(found) - len(mine)
    return count


def false_rate(worlds: list[World]) -> float:
    """Flags per minute of one person, of labels without errors."""
    flags = sum(len(find_flags(world.labels, world.video, world.predictions)) for world in worlds)
    return 60 * flags / sum(len(world.labels) / world.video.fps for world in worlds)


def both_worlds(name: str, seed: int) -> Iterator[World]:
    """The exact and the noisy world of a preset's clip."""
    spec = preset(name, seed=seed)
    truth = Instances.concat([drawn.people for drawn in synthesize(spec)]).sorted()
    return worlds_of(truth, spec.fps, (spec.width, spec.height), spec.frames, 10 * seed + list(PRESETS).index(name))


def worlds_of(truth: Instances, fps: float, size: tuple[int, int], frames: int, seed: int) -> Iterator[World]:
    """The exact and the noisy world of a truth."""
    width, height = size
    video = Video(video_id="0" * 16, name="clip", uri="", width=width, height=height, frame_count=frames, fps=fps)
    yield World(video, propagated(truth), truth, seed)
    yield World(video, propagated(noisy(truth, seed)), noisy(truth, seed + 5_000), seed)


def propagated(labels: Instances) -> Instances:
    """The labels as propagation would have made them."""
    return labels.replace(source=(labels.visibility > 0) * int(Source.PROPAGATED), score=labels.score * float("nan"))


def noisy(truth: Instances, seed: int) -> Instances:
    """The truth as an estimator without gross errors sees it; ids are those of the truth."""
    people = []
    for track in sorted(set(truth.track_id.tolist())):
        seen = estimates(truth.select(truth.track_id == track), seed * 100 + track, _NOISE)
        people.append(seen.replace(track_id=(seen.track_id * 0 + track)))
    return Instances.concat(people).sorted()
