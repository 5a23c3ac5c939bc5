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

from poseloom.models.metrics.by_keypoint import shared_keypoints
from poseloom.models.metrics.hota import HotaCurves, HotaEvidence, HotaFigures, combine, curves
from poseloom.models.metrics.hota_pairs import Pairs, assign, evidence_of_pairs
from poseloom.models.metrics.measured_frames import MeasuredFrame, measured_frames, used_keypoints
from poseloom.models.metrics.tracks import track_numbers
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.comparison import Comparison

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
    keypoints = used_keypoints(comparison)
    frames = [_assigned(frame) for frame in measured_frames(comparison, "kit")]
    truth, truth_tracks = track_numbers(comparison.name, "truth", comparison.truth, [f.truth for f in frames])
    predicted, predicted_tracks = track_numbers(
        comparison.name, "predictions", comparison.predicted, [f.predicted for f in frames]
    )
    truth_sizes = np.zeros((truth_tracks, len(keypoints)), dtype=np.int64)
    predicted_sizes = np.zeros((predicted_tracks, len(keypoints)), dtype=np.int64)
    for frame in frames:
        truth_sizes[truth[frame.truth]] += frame.present[0]
        predicted_sizes[predicted[frame.predicted]] += frame.present[1]
    column, rows, columns, similarity = _joined(frames)
    pairs = Pairs(column, truth[rows], predicted[columns], similarity, truth_sizes, predicted_sizes)
    repeated = _repeated_misses(frames, truth_sizes.sum(axis=0))
    return HotaPt21Evidence(
        keypoints=keypoints,
        counts=_with_mean(evidence_of_pairs(pairs)),
        repeated_misses=np.r_[repeated, repeated.sum()].astype(np.float64),
    )


def hota_pt21(evidence: Sequence[HotaPt21Evidence], variant: Variant) -> HotaPt21:
    """The figures of one or many sequences.

    Raises:
        LabelError: No sequence, or sequences of different keypoints.
    """
    keypoints = shared_keypoints([e.keypoints for e in evidence])
    per_alpha = curves(combine([_counts(e, variant) for e in evidence]))
    return HotaPt21(
        variant=variant,
        per_keypoint={name: per_alpha.figures(k) for k, name in enumerate(keypoints)},
        total=per_alpha.figures(len(keypoints)),
        keypoint_mean=per_alpha.mean(slice(len(keypoints))),
        per_alpha=per_alpha,
    )


@dataclass(frozen=True, eq=False)
class _Assigned:
    """One labelled frame with its M pairs.

    Attributes:
        truth: (G,) rows of the truth.
        predicted: (D,) rows of the predictions.
        present: (G, K) and (D, K) keypoints that count.
        pairs: (M,) keypoint, truth row, predicted row, similarity.
    """

    truth: I64
    predicted: I64
    present: tuple[Bool, Bool]
    pairs: tuple[I64, I64, I64, F64]


def _assigned(frame: MeasuredFrame) -> _Assigned:
    similarity = _similarity(frame.distances)
    i, j, k = assign(similarity, similarity)
    pairs = k, frame.truth[i], frame.predicted[j], similarity[i, j, k]
    return _Assigned(frame.truth, frame.predicted, frame.present, pairs)


def _joined(frames: list[_Assigned]) -> tuple[I64, I64, I64, F64]:
    nobody = np.zeros(0, dtype=np.int64)
    parts = zip((nobody, nobody, nobody, np.zeros(0)), *(frame.pairs for frame in frames), strict=True)
    column, rows, columns, similarity = (np.concatenate(part) for part in parts)
    return column, rows, columns, similarity


def _similarity(distances: F64) -> F64:
    """Similarity of distances in head sizes; a head of no size matches nothing."""
    return np.nan_to_num(np.maximum(-1 / _ZERO_SIMILARITY * distances + 1, 0), nan=0.0)


def _repeated_misses(frames: list[_Assigned], whole: I64) -> I64:
    """(K,) truth that the kit adds beyond each frame's own where nothing was predicted."""
    if not any(frame.predicted.size for frame in frames):
        return np.zeros_like(whole)
    empty = [whole - frame.present[0].sum(axis=0) for frame in frames if frame.truth.size and not frame.predicted.size]
    return np.asarray(np.sum([np.zeros_like(whole), *empty], axis=0))


def _counts(evidence: HotaPt21Evidence, variant: Variant) -> HotaEvidence:
    if variant == "fixed":
        return evidence.counts
    return dataclasses.replace(evidence.counts, fn=evidence.counts.fn + evidence.repeated_misses)


def _with_mean(evidence: HotaEvidence) -> HotaEvidence:
    """The evidence with the kit's last column."""
    columns = {field.name: getattr(evidence, field.name) for field in dataclasses.fields(evidence)}
    summed = ("tp", "fn", "fp")
    last = {name: v.sum(axis=1) if name in summed else v.mean(axis=1) for name, v in columns.items()}
    return HotaEvidence(**{name: np.column_stack([v, last[name]]) for name, v in columns.items()})
