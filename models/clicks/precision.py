"""COCO's average precision by OKS, frame by frame, so that unchanged frames are matched once."""

import contextlib
import io
from collections.abc import Iterable
from typing import Any

import numpy as np
from pycocotools.cocoeval import COCOeval

from poseloom.models.boxes import person_boxes
from poseloom.models.clicks.case import Case, is_somebody, rows_of_frames
from poseloom.models.metrics.coco_ap import MAX_PREDICTIONS
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.instances import Instances

FrameEvidence = dict[str, Any] | None
"""What pycocotools keeps of one image: matches at all thresholds; None for an image without people."""

_EVERY_AREA = [0.0, 1e10]
_PERSON = 1


class Precision:
    """Average precision of changing labels of one case.

    Of people with equal scores in one frame the one that COCO ranks first is decided by where they
    are, not by their ids.

    Args:
        case: The truth.
    """

    def __init__(self, case: Case) -> None:
        self._case = case
        self._truth = [_truth(case, rows) for rows in case.truth_rows]
        self._known: dict[int, tuple[bytes, FrameEvidence]] = {}

    def evidence(
        self, state: Instances, scores: F64, without_truth: Bool | None = None, without: Bool | None = None
    ) -> list[FrameEvidence]:
        """What each labelled frame contributes.

        Args:
            state: (D) labels sorted by frame; people without a keypoint do not count.
            scores: (D,) of the people.
            without_truth: (G,) people of the truth to leave out.
            without: (D,) labels to leave out.
        """
        there = is_somebody(state) if without is None else is_somebody(state) & ~without
        rows = [group[there[group]] for group in rows_of_frames(state, self._case.frames)]
        return [self._frame(i, state, scores, group, without_truth) for i, group in enumerate(rows)]

    def _frame(self, i: int, state: Instances, scores: F64, rows: I64, without_truth: Bool | None) -> FrameEvidence:
        by_place = np.lexsort(state.keypoints_xy[rows].reshape(len(rows), 2 * len(state.skeleton)).T)
        xy, ranks = state.keypoints_xy[rows][by_place], scores[rows][by_place]
        truth = self._truth[i]
        if without_truth is not None:
            left = ~without_truth[self._case.truth_rows[i]]
            truth = [person for person, kept in zip(truth, left.tolist(), strict=True) if kept]
            return frame_evidence(truth, xy, ranks, self._case.truth.skeleton.sigmas)
        content = xy.tobytes() + ranks.tobytes()
        known = self._known.get(i)
        if known is None or known[0] != content:
            known = content, frame_evidence(truth, xy, ranks, self._case.truth.skeleton.sigmas)
            self._known[i] = known
        return known[1]


def frame_evidence(truth: list[dict[str, Any]], xy: F64, scores: F64, sigmas: Iterable[float]) -> FrameEvidence:
    """One image's people matched by pycocotools: at most 20, the best first, at ten thresholds of OKS.

    Args:
        truth: COCO annotations with `id`, `keypoints`, `bbox`, `area`, `iscrowd` and `ignore`.
        xy: (D, K, 2) keypoints of the predictions; all count as present.
        scores: (D,) of the predictions.
        sigmas: K constants of OKS.
    """
    run = _evaluation([0], sigmas)
    triples = np.concatenate([xy, np.ones((*xy.shape[:2], 1))], axis=2).reshape(len(xy), 3 * xy.shape[1])
    run._gts[0, _PERSON] = truth
    run._dts[0, _PERSON] = [
        {"id": i + 1, "keypoints": keypoints, "score": score, "area": 1.0}
        for i, (keypoints, score) in enumerate(zip(triples, scores.tolist(), strict=True))
    ]
    run.ious[0, _PERSON] = run.computeOks(0, _PERSON)
    found: FrameEvidence = run.evaluateImg(0, _PERSON, _EVERY_AREA, MAX_PREDICTIONS)
    return found


def average_precision(evidence: list[FrameEvidence], sigmas: Iterable[float]) -> float:
    """COCO's AP (mean over OKS .50:.05:.95) of all the frames together, 0..1; NaN without a person in the truth."""
    run = _evaluation(list(range(len(evidence))), sigmas)
    run.evalImgs, run._paramsEval = evidence, run.params
    with contextlib.redirect_stdout(io.StringIO()):
        run.accumulate()
    precision = run.eval["precision"]
    known = precision[precision > -1]
    return float(known.mean()) if known.size else float("nan")


def truth_annotations(truth: Instances, areas: F64) -> list[dict[str, Any]]:
    """COCO annotations of the truth's people; those without a labelled keypoint are ignored, as COCO does."""
    boxes = np.nan_to_num(person_boxes(truth)).tolist()
    triples = np.concatenate([truth.keypoints_xy, truth.visibility[..., None]], axis=2)
    ignored = (truth.visibility == 0).all(axis=1).tolist()
    people = zip(triples, boxes, np.nan_to_num(areas).tolist(), ignored, strict=True)
    return [
        {"id": i + 1, "keypoints": keypoints.ravel(), "bbox": box, "area": area, "iscrowd": 0, "ignore": ignore}
        for i, (keypoints, box, area, ignore) in enumerate(people)
    ]


def _truth(case: Case, rows: I64) -> list[dict[str, Any]]:
    return truth_annotations(case.truth.select(rows), case.areas[rows])


def _evaluation(images: list[int], sigmas: Iterable[float]) -> Any:
    run = COCOeval(iouType="keypoints")
    run.params.imgIds, run.params.catIds = images, [_PERSON]
    run.params.areaRng, run.params.areaRngLbl, run.params.maxDets = [_EVERY_AREA], ["all"], [MAX_PREDICTIONS]
    run.params.kpt_oks_sigmas = np.asarray(tuple(sigmas))
    return run
