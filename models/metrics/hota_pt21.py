"""PoseTrack21's keypoint HOTA, in the kit's two possible readings.

Source: PoseTrack21 kit (anDoer/PoseTrack21@3e61960, `trackeval/metrics/hota_pose.py`,
`trackeval/datasets/posetrack.py`). Similarity of two keypoints: ``max(0, 1 - d / 0.5001)`` with d in
head sizes (0.6 of the head box's diagonal), so alpha .5 means a quarter of a head: not OKS. Keypoints
count where x > 0 and y > 0, whatever their visibility, outside ignore regions, in frames with
`is_labeled`. Each keypoint is assigned on its own similarity alone; the global alignment of other
HOTAs is computed by the kit and not used.

Variants: `verbatim` is the kit as published: a frame without predictions adds the truth of the *whole
sequence* to the misses (its issue #10). `fixed` adds that frame's. They agree where no such frame is,
and in a sequence without any prediction, which the kit counts once.

The kit stops with an error at a labelled frame without truth, or with truth in ignore regions only;
both variants then count that frame's predictions as false. A keypoint without truth and predictions
has hota 0 there (and loca 100) and counts in means: perfect predictions stay below 100 where one of
the keypoints was never annotated.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from poseloom.models.metrics.hota import (
    HotaCurves,
    HotaEvidence,
    HotaFigures,
    Pairs,
    assign,
    combine,
    curves,
    evidence_of_pairs,
    track_numbers,
)
from poseloom.models.metrics.pckh import counted_people, head_sizes, normalised_distances, present_keypoints
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.comparison import Comparison
from poseloom.schemas.errors import LabelError, MetricUndefined

Variant = Literal["fixed", "verbatim"]

_ZERO_SIMILARITY = 0.5001
"""Head sizes at which the similarity reaches 0."""


@dataclass(frozen=True, eq=False)
class HotaPt21Evidence:
    """What one sequence contributes.

    Attributes:
        keypoints: K names, the columns.
        counts: (19, K + 1) per alpha; the last column is the mean over the keypoints, with counts added up.
        repeated_misses: (K + 1,) misses that the `verbatim` variant counts on top.
    """

    keypoints: tuple[str, ...]
    counts: HotaEvidence
    repeated_misses: F64


@dataclass(frozen=True, eq=False)
class HotaPt21:
    """Keypoint HOTA of one or many sequences.

    Attributes:
        variant: "fixed" or "verbatim".
        per_keypoint: Figures of each keypoint.
        total: The kit's 16th column of its COMBINED row: detections pooled over the keypoints,
            association averaged over the keypoints of each sequence.
        keypoint_mean: Mean of the keypoints' figures: the kit's 16th column in the row of one sequence.
        per_alpha: All figures at the 19 thresholds: a column per keypoint, then `total`.
    """

    variant: Variant
    per_keypoint: dict[str, HotaFigures]
    total: HotaFigures
    keypoint_mean: HotaFigures
    per_alpha: HotaCurves


def hota_pt21_evidence(comparison: Comparison) -> HotaPt21Evidence:
    """The evidence of one sequence.

    Raises:
        MetricUndefined: People without head box or track id.
        LabelError: A track twice in one frame.
    """
    used = list(comparison.skeleton.used)
    present = present_keypoints(comparison, "kit")
    people = counted_people(comparison, present)
    truth_present, predicted_present = present[0][:, used], present[1][:, used]
    truth, truth_sizes = _tracks(comparison, "truth", people[0], truth_present)
    predicted, predicted_sizes = _tracks(comparison, "predictions", people[1], predicted_present)
    rows, columns, layers, similarity = _paired(comparison, people, (truth_present, predicted_present))
    pairs = Pairs(layers, truth[rows], predicted[columns], similarity, truth_sizes, predicted_sizes)
    repeated = _repeated_misses(comparison, people, truth_present)
    return HotaPt21Evidence(
        keypoints=tuple(comparison.skeleton.keypoints[k] for k in used),
        counts=_with_mean(evidence_of_pairs(pairs)),
        repeated_misses=np.r_[repeated, repeated.sum()].astype(np.float64),
    )


def hota_pt21(evidence: Sequence[HotaPt21Evidence], variant: Variant) -> HotaPt21:
    """The figures of one or many sequences.

    Raises:
        MetricUndefined: No evidence.
        LabelError: Evidence about different keypoints.
    """
    if not evidence:
        raise MetricUndefined("expected at least one sequence for keypoint HOTA, got none")
    keypoints = evidence[0].keypoints
    if any(e.keypoints != keypoints for e in evidence):
        raise LabelError("expected sequences of one skeleton for keypoint HOTA, got several")
    counts = combine([_counts(e, variant) for e in evidence])
    per_alpha = curves(counts)
    return HotaPt21(
        variant=variant,
        per_keypoint={name: per_alpha.figures(k) for k, name in enumerate(keypoints)},
        total=per_alpha.figures(len(keypoints)),
        keypoint_mean=per_alpha.mean(slice(len(keypoints))),
        per_alpha=per_alpha,
    )


def _counts(evidence: HotaPt21Evidence, variant: Variant) -> HotaEvidence:
    if variant == "fixed":
        return evidence.counts
    return dataclasses.replace(evidence.counts, fn=evidence.counts.fn + evidence.repeated_misses)


def _tracks(comparison: Comparison, side: str, counted: Bool, present: Bool) -> tuple[I64, I64]:
    """(N,) track numbers of all rows (-1 where not counted) and (tracks, K) keypoints of each track."""
    people = comparison.truth if side == "truth" else comparison.predicted
    numbers = np.full(len(people), -1, dtype=np.int64)
    numbers[counted], count = track_numbers(
        comparison.name, side, people.frame_index[counted], people.track_id[counted]
    )
    sizes = np.zeros((count, present.shape[1]), dtype=np.int64)
    np.add.at(sizes, numbers[counted], present[counted])
    return numbers, sizes


def _paired(comparison: Comparison, people: tuple[Bool, Bool], present: tuple[Bool, Bool]) -> tuple[I64, I64, I64, F64]:
    """Truth rows, predicted rows, keypoint columns and similarities of all pairs, in time order."""
    used = list(comparison.skeleton.used)
    truth_xy, predicted_xy = comparison.truth.keypoints_xy[:, used], comparison.predicted_xy[:, used]
    heads = head_sizes(comparison)
    found: list[tuple[I64, I64, I64, F64]] = []
    for truth, predicted in comparison.rows_by_frame():
        g, p = truth[people[0][truth]], predicted[people[1][predicted]]
        if g.size and p.size:
            distances = normalised_distances(truth_xy[g], predicted_xy[p], heads[g], (present[0][g], present[1][p]))
            similarity = _similarity(distances)
            i, j, k = assign(similarity, similarity)
            found.append((g[i], p[j], k, similarity[i, j, k]))
    if not found:
        nobody = np.zeros(0, dtype=np.int64)
        return nobody, nobody, nobody, np.zeros(0)
    rows, columns, layers, similarities = (np.concatenate(part) for part in zip(*found, strict=True))
    return rows, columns, layers, similarities


def _similarity(distances: F64) -> F64:
    """Similarity of normalised distances; a head of no size matches nothing."""
    return np.nan_to_num(np.maximum(-1 / _ZERO_SIMILARITY * distances + 1, 0), nan=0.0)


def _repeated_misses(comparison: Comparison, people: tuple[Bool, Bool], truth_present: Bool) -> I64:
    """(K,) truth that the kit adds beyond each frame's own where nothing was predicted."""
    own, whole = np.zeros(truth_present.shape[1], dtype=np.int64), truth_present.sum(axis=0)
    if not people[1].any():
        return own
    for truth, predicted in comparison.rows_by_frame():
        g = truth[people[0][truth]]
        if g.size and not people[1][predicted].any():
            own += whole - truth_present[g].sum(axis=0)
    return own


def _with_mean(evidence: HotaEvidence) -> HotaEvidence:
    """The evidence with the kit's last column."""
    columns = {field.name: getattr(evidence, field.name) for field in dataclasses.fields(evidence)}
    summed = ("tp", "fn", "fp")
    last = {name: v.sum(axis=1) if name in summed else v.mean(axis=1) for name, v in columns.items()}
    return HotaEvidence(**{name: np.column_stack([v, last[name]]) for name, v in columns.items()})
