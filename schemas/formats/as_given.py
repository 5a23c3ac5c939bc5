"""Numbers of people exactly as their label file gave them, for figures that must not be rounded.

`Instances` holds what everything else needs: scores as float32 in 0..1, no coordinates where nothing is
labelled. A file may say more (a score of 1.7, a place for a keypoint of confidence 0), and the extras
keep it; a value that was edited since is the edited one.
"""

import json
from dataclasses import dataclass

import numpy as np

from poseloom.schemas.arrays import F64, Bool
from poseloom.schemas.formats import coco_reading, coco_results, posetrack_reading
from poseloom.schemas.formats.extras import unpack
from poseloom.schemas.formats.keypoints import COCO_FLAGS, POSETRACK_FLAGS, POSETRACK_FLAGS_012, Flags
from poseloom.schemas.formats.people import flag_triples, score_rows
from poseloom.schemas.formats.rows import Json
from poseloom.schemas.labels import LabelSet


@dataclass(frozen=True, eq=False)
class AsGiven:
    """What a label file says about N people of K keypoints.

    Attributes:
        xy: (N, K, 2) pixels, also where a keypoint counts as missing.
        keypoint_scores: (N, K) confidences; 1 where a person placed one keypoint of a scored instance, NaN
            for instances without scores.
        instance_scores: (N,) confidence of the whole person (the field ``score``), else the mean of those of
            the labelled keypoints; NaN without either.
        areas: (N,) square pixels that a COCO file gives; NaN where it gives none.
        crowd: (N,) what COCO marks as a crowd.
    """

    xy: F64
    keypoint_scores: F64
    instance_scores: F64
    areas: F64
    crowd: Bool


def as_given(labels: LabelSet) -> AsGiven:
    """Numbers of a label set's people as its file gave them."""
    people = labels.instances
    origin, fields, as_read = _unpacked(people.extra)
    if origin == coco_results.FORMAT:
        triples = coco_results.result_triples(people, as_read)
        scores = triples[..., 2].copy()
    else:
        triples = flag_triples(people, as_read, _flags(labels, origin))
        scores = score_rows(people, as_read)
    labelled = people.visibility > 0
    scores[np.isnan(people.score).all(axis=1)] = np.nan
    given = _numbers(fields, "score")
    coco = [item if origin == coco_reading.FORMAT else {} for item in fields]
    return AsGiven(
        xy=triples[..., :2],
        keypoint_scores=scores,
        instance_scores=np.where(np.isnan(given), _means(scores, labelled), given),
        areas=_numbers(coco, "area"),
        crowd=np.array([bool(item.get("iscrowd", 0)) for item in coco], dtype=bool),
    )


def _unpacked(extras: tuple[str, ...]) -> tuple[str, list[Json], list[Json]]:
    """The format most rows came from, and each row's untyped fields and `as_read` of that format."""
    documents = [json.loads(extra) if extra else {} for extra in extras]
    formats = (coco_results.FORMAT, coco_reading.FORMAT, posetrack_reading.FORMAT, "slp")
    origin = next((name for name in formats if any(name in document for document in documents)), "")
    known = [document if origin in document else {} for document in documents]
    return origin, [d.get(origin, {}) for d in known], [d.get("as_read", {}) for d in known]


def _flags(labels: LabelSet, origin: str) -> Flags:
    if origin != posetrack_reading.FORMAT:
        return COCO_FLAGS
    _, as_read = unpack(origin, labels.extra)
    return POSETRACK_FLAGS_012 if as_read.get("flags") == "012" else POSETRACK_FLAGS


def _numbers(fields: list[Json], name: str) -> F64:
    """(N,) numbers; NaN where the field is absent or none."""
    values = (item.get(name) for item in fields)
    return np.array([v if isinstance(v, int | float) and not isinstance(v, bool) else np.nan for v in values], float)


def _means(scores: F64, labelled: Bool) -> F64:
    """(N,) means over the labelled keypoints; NaN without scores or keypoints."""
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(labelled, scores, 0.0).sum(axis=1) / labelled.sum(axis=1))
