"""All measures of predictions against a truth, one sequence in memory at a time."""

from collections.abc import Callable, Mapping
from typing import Any

from poseloom.schemas.comparison import Comparison
from poseloom.schemas.errors import LabelError, MetricUndefined
from poseloom.schemas.skeleton import Skeleton
from poseloom.tasks.evaluate.comparing import AREAS, Area, Conventions, compared, settled
from poseloom.tasks.evaluate.counting import Counts, counted
from poseloom.tasks.evaluate.inputs import open_parts
from poseloom.tasks.evaluate.measures import MEASURES, Measure
from poseloom.tasks.evaluate.pairing import paired
from poseloom.tasks.evaluate.results import Evaluation, Json, without_nan
from poseloom.tasks.evaluate.views import FrameView, worst_views
from poseloom.tasks.evaluate.worst import WorstFrame, ranked_frames

Watch = Callable[[int, int], None]
"""Told after each sequence how many parts are done, and of how many."""

_WORST_FRAMES = 5
_RANKS = "COCO AP ranks them as 1, PoseTrack AP behind all others"
_NO_REGIONS = "the truth has no ignore regions"


def evaluate(
    truth: str,
    predicted: str,
    skeleton: Skeleton | None = None,
    version: str = "latest",
    area: Area | None = None,
    watch: Watch = lambda done, total: None,
) -> Evaluation:
    """Evaluate predictions: label files, folders of them, workspaces or releases.

    Args:
        truth: Path or URI of the truth.
        predicted: Path or URI of the predictions.
        skeleton: Convert both sides to it; None: they have one.
        version: Release of workspaces.
        area: Where OKS takes areas from; None: the truth's file if it has them, else its boxes.
        watch: Is told the progress.

    Raises:
        InputError: Labels that cannot be read, contradict themselves, or contradict the other side.
        ReleaseError: No such release.
    """
    truth_parts, predicted_parts = open_parts(truth, version), open_parts(predicted, version)
    how, pairs = settled(paired(truth_parts, predicted_parts), skeleton, area)
    gathered, counts, worst = _Gathered(), Counts(), dict[str, tuple[WorstFrame, ...]]()
    views: list[FrameView] = []
    watch(0, len(truth_parts))
    for done, pair in enumerate(pairs, 1):
        comparison, left_out = compared(pair, how)
        if comparison.name in worst:
            raise LabelError(f"expected sequences of different names in the truth, got {comparison.name} twice")
        gathered.add(comparison)
        counts += counted(comparison, left_out)
        ranked = ranked_frames(comparison)
        worst[comparison.name] = ranked[:_WORST_FRAMES]
        views = worst_views(views, comparison, ranked)
        watch(min(done, len(truth_parts)), len(truth_parts))
    nulls: dict[str, str] = {}
    metrics = gathered.results(how, list(worst), nulls)
    return Evaluation(
        skeleton=_skeleton(how),
        metrics=metrics,
        counts=counts,
        nulls=nulls,
        warnings=_warnings(counts, how, metrics),
        worst_frames=worst,
        views=tuple(views),
    )


class _Gathered:
    """What each measure needs of the sequences so far, or why it cannot be had."""

    def __init__(self) -> None:
        self._evidence: dict[tuple[str, ...], list[Any]] = {measure.path: [] for measure in MEASURES}
        self._undefined: dict[tuple[str, ...], str] = {}
        self._regions = False

    def add(self, comparison: Comparison) -> None:
        """Take one sequence in."""
        regions = any(frame.ignore_regions for frame in comparison.frames)
        self._regions |= regions
        computed: dict[Callable[[Comparison], Any], Any] = {}
        for measure in MEASURES:
            if measure.path in self._undefined:
                continue
            if measure.without_regions and not regions:
                self._evidence[measure.path].append(self._evidence[measure.without_regions][-1])
                continue
            try:
                if measure.evidence not in computed:
                    computed[measure.evidence] = measure.evidence(comparison)
                self._evidence[measure.path].append(computed[measure.evidence])
            except MetricUndefined as error:
                self._undefined[measure.path] = str(error)
                self._evidence[measure.path] = []

    def results(self, how: Conventions, names: list[str], nulls: dict[str, str]) -> dict[str, Json | None]:
        """The figures by metric; reasons of those that are None go to `nulls`. Uses the evidence up."""
        found: dict[str, Json | None] = {}
        for measure in MEASURES:
            metric, *variant = measure.path
            if not variant:
                found[metric] = self._block(measure, how, names, nulls)
                continue
            group = found.setdefault(metric, {})
            if group is not None:
                group[variant[0]] = self._block(measure, how, names, nulls)
        return {metric: _none_of_nones(block, metric, nulls) for metric, block in found.items()}

    def _block(self, measure: Measure, how: Conventions, names: list[str], nulls: dict[str, str]) -> Json | None:
        path = ".".join(measure.path)
        reason = self._undefined.get(measure.path)
        if measure.without_regions and not self._regions:
            reason = _NO_REGIONS
        if reason is not None:
            nulls[path] = reason
            return None
        evidence = self._evidence.pop(measure.path)  # so that memory holds one measure's working set at a time
        together = without_nan(measure.figures(evidence, False), _headline(path), measure.undefined, nulls)
        by_sequence = {
            name: without_nan(measure.figures([one], True), f"{path}.per_sequence.{name}", measure.undefined, nulls)
            for name, one in zip(names, evidence, strict=True)
        }
        return {
            "similarity": measure.similarity,
            "area": measure.area.format(area=AREAS[how.area]),
            "frames": measure.frames,
            **({"combined": together} if _headline(path) != path else together),
            "per_sequence": by_sequence,
        }


def _headline(path: str) -> str:
    """Where the figures of all sequences together stand."""
    return f"{path}.combined" if path.startswith("hota_pt21.") else path


def _skeleton(how: Conventions) -> Json:
    sides = {"truth": how.truth, "predictions": how.predicted}
    return {
        "name": how.skeleton.name,
        "keypoints": [how.skeleton.keypoints[k] for k in how.skeleton.used],
        **{side: own.name if own else None for side, own in sides.items()},
        "left_out": {side: list(how.lost(own)) if own else [] for side, own in sides.items()},
    }


def _none_of_nones(block: Json | None, metric: str, nulls: dict[str, str]) -> Json | None:
    """None for a metric all of whose variants are None for one reason."""
    if not block or any(value is not None for value in block.values()):
        return block
    reasons = dict.fromkeys(nulls.pop(f"{metric}.{variant}") for variant in block)
    nulls[metric] = "; ".join(reasons)
    return None


def _warnings(counts: Counts, how: Conventions, metrics: Mapping[str, Json | None]) -> tuple[str, ...]:
    people, unscored = counts.predicted_people, counts.predicted_people_without_scores
    empty, unlisted = counts.sequences_without_predictions, counts.predicted_people_in_unlisted_frames
    crowded, absent = counts.frames_over_20_predictions, _never_annotated(metrics["posetrack_mota"])
    said = [
        (empty, f"{empty} of {counts.sequences} sequences have no predictions and are scored as empty"),
        (unlisted, f"{unlisted} predictions lie in frames that the truth does not list: they do not count"),
        (unscored, f"{unscored} of {people} predictions have no score: {_RANKS}"),
        (crowded, f"{crowded} frames have over 20 predictions: COCO AP takes the 20 best"),
        (
            len(absent),
            f"the truth has no {', '.join(absent)}: as in the kits, its AP and HOTA are 0 and enter the means",
        ),
    ]
    for side, own in (("truth", how.truth), ("predictions", how.predicted)):
        lost = how.lost(own) if own else ()
        said.append((len(lost), f"{', '.join(lost)} of the {side} take no part: the other side cannot have them"))
    return tuple(text for count, text in said if count)


def _never_annotated(mota: Json | None) -> list[str]:
    block = mota and mota["all_frames"]
    return [name for name, value in block["per_joint"].items() if value is None] if block else []
