"""COCO's keypoint AP and AR, by pycocotools itself (2.0.11, `cocoeval.py`).

Matching is pycocotools' `evaluate` on one sequence at a time, of which only what its `accumulate` needs
is kept; figures are its `accumulate` over all sequences. Images take part in the order of their ids, as
there. People are annotated in labelled frames only; a keypoint is labelled where its visibility is not 0
(PoseTrack's v = 0 with coordinates is an occluded keypoint: it counts).

Areas of predictions, which decide only whether an unmatched prediction counts for AP_M and AP_L, follow
`loadRes`: the box where one is given, else the extent of all K keypoints, placeholders at (0, 0) included.
"""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval, Params

from poseloom.models.boxes import person_boxes
from poseloom.models.metrics.pckh import present_keypoints
from poseloom.schemas.arrays import F64, I64, U8, Bool
from poseloom.schemas.comparison import Comparison

MAX_PREDICTIONS = 20
"""Predictions of one picture that take part, best scores first (`maxDets` of COCO's keypoint task)."""

Regions = Literal["raw", "ign"]
"""What ignore regions do: nothing, or the rule of `coco_evidence`."""

_THRESHOLDS, _AREAS = 10, 3


@dataclass(frozen=True, eq=False)
class CocoEvidence:
    """Matches of one sequence: D predictions at T = 10 thresholds in A = 3 ranges of area (all, medium, large).

    Attributes:
        name: Sequence name.
        image_ids: (D,) image of each prediction; ascending, best scores first within an image.
        scores: (D,) confidences.
        matched: (A, T, D / 8) bits: somebody of the truth was found.
        ignored: (A, T, D / 8) bits: the prediction counts neither as right nor as wrong.
        people: (A,) people of the truth to be found.
        truncated: Pictures with more than `MAX_PREDICTIONS` predictions.
    """

    name: str
    image_ids: I64
    scores: F64
    matched: U8
    ignored: U8
    people: I64
    truncated: int


@dataclass(frozen=True)
class CocoAp:
    """COCO's ten figures in percent points; NaN where the truth has nobody of that size."""

    ap: float
    ap50: float
    ap75: float
    ap_m: float
    ap_l: float
    ar: float
    ar50: float
    ar75: float
    ar_m: float
    ar_l: float


def coco_evidence(comparison: Comparison, regions: Regions = "raw") -> CocoEvidence:
    """Matches of one sequence.

    Args:
        comparison: Truth beside predictions; predictions without a score rank as 1, like a person's word.
        regions: "raw" knows no ignore regions, as COCO; with "ign" the truth's keypoints inside one are
            unlabelled and predictions all of whose keypoints lie inside are dropped.
    """
    visible, kept = _taking_part(comparison, regions)
    images = sorted((frame.image_id, frame.frame_index) for frame in comparison.frames if frame.is_labeled)
    number = {frame_index: place for place, (_, frame_index) in enumerate(images, 1)}
    people = _people(comparison, visible, number)
    predictions = _predictions(comparison, kept, number)
    matching = _match(people, predictions, len(images), comparison.skeleton.sigmas)
    per_image = np.bincount([prediction["image_id"] for prediction in predictions], minlength=1)
    truncated = int((per_image > MAX_PREDICTIONS).sum())
    return _evidence(comparison.name, matching, [image_id for image_id, _ in images], truncated)


def coco_ap(evidence: Sequence[CocoEvidence]) -> CocoAp:
    """The ten figures of one or many sequences."""
    names = [e.name for e in evidence]
    image_ids = np.concatenate([e.image_ids for e in evidence])
    sequence = np.repeat(np.argsort(np.argsort(names)), [len(e.scores) for e in evidence])
    order = np.lexsort((sequence, image_ids))
    scores = np.concatenate([e.scores for e in evidence])[order]
    people = np.sum([e.people for e in evidence], axis=0)
    at_thresholds = []
    for threshold in range(_THRESHOLDS):
        matched, ignored = (_bits(evidence, field, threshold)[:, order] for field in ("matched", "ignored"))
        at_thresholds.append(_accumulate(scores, matched, ignored, people, threshold))
    precision, recall = (np.array(values) for values in zip(*at_thresholds, strict=True))
    half, three_quarters = 0, 5
    return CocoAp(
        ap=_mean(precision[:, :, 0]),
        ap50=_mean(precision[half, :, 0]),
        ap75=_mean(precision[three_quarters, :, 0]),
        ap_m=_mean(precision[:, :, 1]),
        ap_l=_mean(precision[:, :, 2]),
        ar=_mean(recall[:, 0]),
        ar50=_mean(recall[half, 0]),
        ar75=_mean(recall[three_quarters, 0]),
        ar_m=_mean(recall[:, 1]),
        ar_l=_mean(recall[:, 2]),
    )


def _taking_part(comparison: Comparison, regions: Regions) -> tuple[Bool, Bool]:
    """(G, K) labelled keypoints of the truth, and (D,) predictions that take part."""
    truth, predicted = comparison.truth, comparison.predicted
    visible, everyone = truth.visibility > 0, np.ones(len(predicted), dtype=bool)
    if regions == "raw":
        return visible, everyone
    frames = [frame.frame_index for frame in comparison.frames if frame.ignore_regions]
    ignoring_truth, ignoring = np.isin(truth.frame_index, frames), np.isin(predicted.frame_index, frames)
    outside_truth, outside = present_keypoints(comparison, "poseval")
    had_some = (predicted.visibility[:, list(comparison.skeleton.used)] > 0).any(axis=1)
    return visible & (outside_truth | ~ignoring_truth[:, None]), ~(ignoring & had_some & ~outside.any(axis=1))


def _people(comparison: Comparison, visible: Bool, number: dict[int, int]) -> list[dict[str, Any]]:
    """The truth as COCO annotations; people with neither keypoints nor box can be neither found nor missed."""
    truth = comparison.truth
    boxes, counts = person_boxes(truth), visible.sum(axis=1)
    triples = _flat(truth.keypoints_xy, visible)
    known = np.flatnonzero((counts > 0) | np.isfinite(boxes).all(axis=1))
    return [
        {
            "id": int(row) + 1,  # pycocotools takes a match with id 0 for none
            "image_id": number[int(truth.frame_index[row])],
            "category_id": 1,
            "keypoints": triples[row],
            "num_keypoints": int(counts[row]),
            "area": float(comparison.areas[row]),
            "bbox": boxes[row],
            "iscrowd": int(comparison.crowd[row]),
        }
        for row in known
        if int(truth.frame_index[row]) in number
    ]


def _predictions(comparison: Comparison, kept: Bool, number: dict[int, int]) -> list[dict[str, Any]]:
    predicted, xy = comparison.predicted, comparison.predicted_xy
    scores = np.nan_to_num(comparison.instance_scores, nan=1.0)
    triples = _flat(xy, predicted.visibility)
    extents = (xy.max(axis=1) - xy.min(axis=1)).prod(axis=1)
    areas = np.where(np.isfinite(predicted.bbox_xywh).all(axis=1), predicted.bbox_xywh[:, 2:].prod(axis=1), extents)
    return [
        {
            "id": int(row) + 1,
            "image_id": number[int(predicted.frame_index[row])],
            "category_id": 1,
            "keypoints": triples[row],
            "score": float(scores[row]),
            "area": float(areas[row]),
        }
        for row in np.flatnonzero(kept)
        if int(predicted.frame_index[row]) in number
    ]


def _flat(xy: F64, thirds: Bool | U8) -> F64:
    """(N, 3 K) keypoints as COCO lists them."""
    return np.concatenate([xy, thirds[..., None]], axis=2).reshape(len(xy), 3 * xy.shape[1])


def _match(
    people: list[dict[str, Any]], predictions: list[dict[str, Any]], images: int, sigmas: Sequence[float]
) -> COCOeval:
    """pycocotools after its `evaluate`: per range of area and image, a dictionary of matches or None."""
    with contextlib.redirect_stdout(io.StringIO()):
        sides = [_coco(people, images), _coco(predictions, images)]
        matching = COCOeval(*sides, iouType="keypoints")
        matching.params.kpt_oks_sigmas = np.asarray(sigmas)
        matching.evaluate()
    return matching


def _coco(annotations: list[dict[str, Any]], images: int) -> COCO:
    coco = COCO()
    coco.dataset = {
        "images": [{"id": number} for number in range(1, images + 1)],
        "categories": [{"id": 1}],
        "annotations": annotations,
    }
    coco.createIndex()
    return coco


def _evidence(name: str, matching: COCOeval, image_ids: list[int], truncated: int) -> CocoEvidence:
    found = [[e for e in row if e is not None] for row in np.array(matching.evalImgs, dtype=object).reshape(_AREAS, -1)]
    matches, ignores = (
        [np.concatenate([np.zeros((_THRESHOLDS, 0)), *(e[field] for e in row)], axis=1) for row in found]
        for field in ("dtMatches", "dtIgnore")
    )
    everything = found[0]
    counts = [len(e["dtScores"]) for e in everything]
    of_image = np.array([image_ids[e["image_id"] - 1] for e in everything], dtype=np.int64)
    return CocoEvidence(
        name=name,
        image_ids=np.repeat(of_image, counts),
        scores=np.array([score for e in everything for score in e["dtScores"]], dtype=np.float64),
        matched=np.packbits(np.array(matches) != 0, axis=2),
        ignored=np.packbits(np.array(ignores) != 0, axis=2),
        people=np.array([sum(np.count_nonzero(e["gtIgnore"] == 0) for e in row) for row in found], dtype=np.int64),
        truncated=truncated,
    )


def _bits(evidence: Sequence[CocoEvidence], field: str, threshold: int) -> Bool:
    """(A, D) of all sequences at one threshold."""
    packed = ((getattr(e, field)[:, threshold], len(e.scores)) for e in evidence)
    return np.concatenate([np.unpackbits(bits, axis=1, count=count) for bits, count in packed], axis=1).astype(bool)


def _accumulate(scores: F64, matched: Bool, ignored: Bool, people: I64, threshold: int) -> tuple[F64, F64]:
    """(R, A) precision and (A,) recall of pycocotools over all predictions as those of one image.

    One threshold at a time: all at once takes ten times the memory and equal time.
    """
    accumulating = COCOeval(iouType="keypoints")
    params: Params = accumulating.params
    params.imgIds, params.catIds, params.maxDets = [1], [1], [len(scores)]
    params.iouThrs = params.iouThrs[threshold : threshold + 1]
    accumulating._paramsEval = params
    accumulating.evalImgs = [
        {"dtScores": scores, "dtMatches": found[None], "dtIgnore": left[None], "gtIgnore": np.zeros(count)}
        for found, left, count in zip(matched, ignored, people.tolist(), strict=True)
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        accumulating.accumulate()
    return accumulating.eval["precision"][0, :, 0, :, 0], accumulating.eval["recall"][0, 0, :, 0]


def _mean(values: F64) -> float:
    """Percent points, as `summarize` averages; it marks what cannot be known by -1."""
    known = values[values > -1]
    return 100 * float(known.mean()) if known.size else float("nan")
