"""Fold propagated keypoints into the instances, by the rank of their sources."""

from typing import Any

import numpy as np

from poseloom.models.propagation.anchors import anchors, labelled_by_hand, removals
from poseloom.models.propagation.boxes import carried_boxes
from poseloom.models.propagation.placements import Placements
from poseloom.models.propagation.plan import NO_ROW
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.instances import Instances, keypoint_extents
from poseloom.schemas.provenance import Source

_ENOUGH, _NEARLY_ALL = 0.5, 0.9
_FEWEST = 3


def fold(labels: Instances, placed: Placements, start_frame: int, end_frame: int) -> Instances:
    """Rows of the half-open frame range with the propagated keypoints, sorted by frame and track.

    Of two placements of one keypoint the one with the higher score stays. What a person said stays.
    Where a person is not labelled yet, they appear only if enough of them comes along, as a few
    keypoints alone are nobody: at least half of what people placed in one of the anchors' frames, or
    nine tenths of the skeleton where an estimator had placed the rest there: it did not see them here.
    Of people who do not come from a labelled file, at least three keypoints: of those who are about
    to leave the picture an estimator finds one or two, and all of them may have been corrected.
    """
    inside = (placed.frame_index >= start_frame) & (placed.frame_index < end_frame)
    placed = placed.select(np.flatnonzero(inside))
    placed = placed.select(np.argsort(placed.score, kind="stable"))
    existing = labels.in_frames(start_frame, end_frame)
    rows, base = _rows(existing, placed)
    said = anchors(base) | removals(base)
    free = ~said[rows, placed.keypoint] & _whole(labels, placed, rows, base, len(existing))[rows]
    return _write(base, len(existing), labels, placed.select(free), rows[free]).sorted()


def _rows(existing: Instances, placed: Placements) -> tuple[I64, Instances]:
    """(P,) row of each placement in the existing rows, extended by blank ones where there is none."""
    keys = _keys(placed.frame_index, placed.track_id)
    known = _keys(existing.frame_index, existing.track_id)
    missing = np.setdiff1d(keys, known)
    shape = (len(missing), len(existing.skeleton))
    blank = Instances.build(
        existing.skeleton, missing >> 32, np.zeros((*shape, 2)), np.zeros(shape), Source.NONE,
        track_id=missing & 0xFFFFFFFF,
    )  # fmt: skip
    known = np.concatenate([known, missing])
    order = np.argsort(known, kind="stable")
    rows = order[np.searchsorted(known, keys, sorter=order)] if len(keys) else np.zeros(0, dtype=np.int64)
    return rows, Instances.concat([existing, blank])


def _whole(labels: Instances, placed: Placements, rows: I64, base: Instances, existing: int) -> Bool:
    """(N,) existing rows, and those of the others that hold enough of a person of an anchor's frame."""
    whole = np.arange(len(base)) < existing
    new = np.flatnonzero(~whole[rows])
    comes = np.zeros(base.visibility.shape, dtype=np.bool_)
    comes[rows[new], placed.keypoint[new]] = True
    placed_by_hand, imported = anchors(labels), labelled_by_hand(labels)
    for anchor in (placed.before[new], placed.after[new]):
        row, known = np.unique(np.stack([rows[new], anchor])[:, anchor != NO_ROW], axis=1)
        there = labels.visibility[known] > 0
        by_hand = (placed_by_hand[known] == there).all(axis=1)
        needed = np.where(by_hand, _ENOUGH * there.sum(axis=1), _NEARLY_ALL * len(labels.skeleton.used))
        needed = np.where(imported[known], needed, np.maximum(needed, _FEWEST))
        whole[row[(comes[row] & there).sum(axis=1) >= needed]] = True
    return whole


def _write(base: Instances, existing: int, labels: Instances, placed: Placements, rows: I64) -> Instances:
    columns: dict[str, Any] = {
        name: np.array(getattr(base, name))
        for name in ("keypoints_xy", "visibility", "score", "source", "anchor_frame", "sharpness", "bbox_xywh",
                     "head_xywh", "person_id")
    }  # fmt: skip
    at = (rows, placed.keypoint)
    columns["keypoints_xy"][at] = placed.xy
    columns["visibility"][at] = _visibility(labels, placed)
    columns["score"][at] = placed.score
    columns["source"][at] = Source.PROPAGATED
    columns["anchor_frame"][at] = _nearer_anchor(labels, placed)
    changed = np.zeros(len(base), dtype=np.bool_)
    changed[rows] = True
    columns["sharpness"][changed] = np.nan
    fresh = changed & (np.arange(len(base)) >= existing)
    boxes, heads, person_id = carried_boxes(base.replace(**columns), labels, placed, rows, fresh)
    columns["bbox_xywh"][fresh], columns["head_xywh"][fresh], columns["person_id"][fresh] = boxes, heads, person_id
    extents = keypoint_extents(columns["keypoints_xy"], columns["visibility"])
    columns["bbox_xywh"][changed] = _union(columns["bbox_xywh"][changed], extents[changed])
    done = base.replace(**columns)
    keep: Bool = changed | (np.arange(len(base)) < existing)
    return done.select(keep)


def _keys(frame_index: np.ndarray, track_id: np.ndarray) -> I64:
    return (frame_index.astype(np.int64) << 32) | (track_id.astype(np.int64) & 0xFFFFFFFF)


def _visibility(labels: Instances, placed: Placements) -> I64:
    """2 where all the anchors are visible, else 1."""
    seen = [
        np.where(row >= 0, labels.visibility[row, placed.keypoint], 2) if len(labels) else np.zeros(0)
        for row in (placed.before, placed.after)
    ]
    return np.minimum(*seen).astype(np.int64)


def _nearer_anchor(labels: Instances, placed: Placements) -> I64:
    far = np.iinfo(np.int32).max
    before = np.where(placed.before >= 0, placed.frame_index - labels.frame_index[placed.before], far)
    after = np.where(placed.after >= 0, labels.frame_index[placed.after] - placed.frame_index, far)
    return labels.frame_index[np.where(before <= after, placed.before, placed.after)].astype(np.int64)


def _union(boxes: F64, extents: F64) -> F64:
    """xywh boxes grown to contain the extents; boxes that are not known become the extents."""
    low = np.fmin(boxes[:, :2], extents[:, :2])
    high = np.fmax(boxes[:, :2] + boxes[:, 2:], extents[:, :2] + extents[:, 2:])
    return np.concatenate([low, high - low], axis=1)
