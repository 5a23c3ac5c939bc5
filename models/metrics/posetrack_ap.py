"""PoseTrack's average precision of keypoints (PCKh at 0.5).

poseval's definition (leonid-pishchulin/poseval@4258a15, `eval_helpers.assignGTmulti`, `evaluateAP.py`),
which the PoseTrack21 kit repeats (`metrics/map.py`):

1. Frames that are labelled and list somebody; keypoints and people as in `pckh`.
2. pck of a prediction and a person: share of the person's keypoints within half a head size.
   A prediction keeps only its best person (the first of equals), then a person keeps the best prediction
   that is left (the first of equals) if it hits anything. Every keypoint of other predictions is false.
3. A keypoint without a score ranks as -9999; `PosetrackAp.unscored` says how many did.
4. Per keypoint: VOC's all-point average precision over all sequences' keypoints by falling score.

Deviations: frames that are not labelled are left out first, as the PoseTrack21 kit does and its data
need; the kit's truncation of scores in all-integer files is not repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poseloom.models.metrics.by_keypoint import ByKeypoint, by_keypoint, shared_keypoints
from poseloom.models.metrics.measured_frames import measured_frames, used_keypoints
from poseloom.models.metrics.pckh import MATCH_DISTANCE, PresenceRule
from poseloom.models.metrics.ranking import falling_order
from poseloom.schemas.arrays import F64, I64, U8, Bool
from poseloom.schemas.comparison import Comparison

MISSING_SCORE = -9999.0
"""Rank of a keypoint that came without a score."""


@dataclass(frozen=True, eq=False)
class ApEvidence:
    """What one sequence contributes; P predicted people, J keypoints of the skeleton's used slots.

    Attributes:
        keypoints: J names.
        scores: (J, P) in file order of frames and people; NaN where there is no keypoint.
        hits: (J, P / 8) bits: the keypoint is a true positive.
        annotated: (J,) keypoints of the truth.
        unscored: Predicted keypoints that came without a score.
    """

    keypoints: tuple[str, ...]
    scores: F64
    hits: U8
    annotated: I64
    unscored: int


@dataclass(frozen=True)
class PosetrackAp:
    """Average precision of keypoints, with precision and recall of all predictions.

    Attributes:
        ap: As poseval prints it: a keypoint that is predicted but never annotated has none and is left
            out of the total; one that is never predicted has 0.
        precision: Of all predicted keypoints; 0 without any.
        recall: Of all annotated keypoints; NaN as for `ap`.
        kit_ap: As the PoseTrack21 kit prints it: never annotated is 0, also in the means.
        kit_recall: Likewise.
        unscored: Predicted keypoints without a score, which all rank last and alike.
    """

    ap: ByKeypoint
    precision: ByKeypoint
    recall: ByKeypoint
    kit_ap: ByKeypoint
    kit_recall: ByKeypoint
    unscored: int


def ap_evidence(comparison: Comparison, rule: PresenceRule = "poseval") -> ApEvidence:
    """Collect a sequence's keypoints, scored and judged.

    Args:
        comparison: Truth beside predictions.
        rule: Which keypoints are present, see `present_keypoints`; "kit" for the PoseTrack21 kit's own.

    Raises:
        MetricUndefined: A person with keypoints has no head box.
    """
    used = list(comparison.skeleton.used)
    scores = [np.zeros((0, len(used)))]
    hits = [np.zeros((0, len(used)), dtype=bool)]
    annotated, unscored = np.zeros(len(used), dtype=np.int64), 0
    for frame in measured_frames(comparison, rule):
        if frame.annotated:
            (in_truth, predicted), given = frame.present, comparison.keypoint_scores[frame.predicted][:, used]
            scores.append(np.where(predicted, np.nan_to_num(given, nan=MISSING_SCORE), np.nan))
            hits.append(_true_positives(frame.distances <= MATCH_DISTANCE, in_truth.sum(axis=1)))
            annotated += in_truth.sum(axis=0)
            unscored += int((predicted & np.isnan(given)).sum())
    return ApEvidence(
        keypoints=used_keypoints(comparison),
        scores=np.ascontiguousarray(np.concatenate(scores).T),
        hits=np.packbits(np.concatenate(hits).T, axis=1),
        annotated=annotated,
        unscored=unscored,
    )


def posetrack_ap(evidence: Sequence[ApEvidence]) -> PosetrackAp:
    """Figures of the sequences together.

    Equal scores of a keypoint rank as `falling_order` says, which depends on the order of sequences,
    frames and people.

    Raises:
        LabelError: No sequence, or sequences of different keypoints.
    """
    keypoints = shared_keypoints([sequence.keypoints for sequence in evidence])
    ap, precision, recall = 100 * np.array([_figures_of(evidence, k) for k in range(len(keypoints))]).T
    return PosetrackAp(
        ap=by_keypoint(keypoints, ap),
        precision=by_keypoint(keypoints, precision),
        recall=by_keypoint(keypoints, recall),
        kit_ap=by_keypoint(keypoints, np.nan_to_num(ap)),
        kit_recall=by_keypoint(keypoints, np.nan_to_num(recall)),
        unscored=sum(sequence.unscored for sequence in evidence),
    )


def _true_positives(close: Bool, annotated: I64) -> Bool:
    """(D, J) hits of a frame from (G, D, J) closeness and (G,) numbers of annotated keypoints."""
    g, d, j = close.shape
    hits = np.zeros((d, j), dtype=bool)
    if not g or not d:
        return hits
    pck = close.sum(axis=2) / np.maximum(annotated, 1)[:, None]
    kept = np.where(np.arange(g)[:, None] == pck.argmax(axis=0), pck, 0.0)
    people = np.flatnonzero(kept.max(axis=1) > 0)
    matched = kept.argmax(axis=1)[people]
    hits[matched] = close[people, matched]
    return hits


def _figures_of(evidence: Sequence[ApEvidence], keypoint: int) -> tuple[float, float, float]:
    """Figures of one keypoint over all sequences; one is put together at a time, which saves memory."""
    scores = [sequence.scores[keypoint] for sequence in evidence]
    hits = [np.unpackbits(e.hits[keypoint], count=len(s)) for e, s in zip(evidence, scores, strict=True)]
    annotated = int(sum(sequence.annotated[keypoint] for sequence in evidence))
    return _figures(np.concatenate(scores), np.concatenate(hits).astype(bool), annotated)


def _figures(scores: F64, hits: Bool, annotated: int) -> tuple[float, float, float]:
    """Average precision, precision and recall of one keypoint; scores are NaN where it is not predicted."""
    given = ~np.isnan(scores)
    if not given.any():
        return 0.0, 0.0, 0.0
    if not annotated:
        return np.nan, 0.0, np.nan
    falling = falling_order(scores[given])
    found = np.cumsum(hits[given][falling])
    recall, precision = found / annotated, found / np.arange(1, len(found) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    average = float(np.sum(np.diff(recall, prepend=0.0) * envelope))
    return average, float(precision[-1]), float(recall[-1])
