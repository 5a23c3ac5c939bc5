"""Rules on the people of one frame; each gives (N,) True where the instance passes."""

import numpy as np

from poseloom.models.boxes import person_boxes
from poseloom.models.oks import box_area, keypoint_similarity
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.instances import UNLINKED, Instances
from poseloom.schemas.rules import Duplicate, UniqueTrack

_SHARED = 3


def unique_track(instances: Instances, rule: UniqueTrack) -> Bool:
    """No second instance of the track in the frame: all of them fail."""
    key = instances.frame_index.astype(np.int64) << 32 | instances.track_id.astype(np.int64) & 0xFFFFFFFF
    order = np.arange(len(key)) if (np.diff(key) >= 0).all() else np.argsort(key, kind="stable")
    same = np.diff(key[order]) == 0
    repeated = np.zeros(len(key), bool)
    repeated[order[1:][same]] = True
    repeated[order[:-1][same]] = True
    return np.asarray(~repeated | (instances.track_id == UNLINKED))


def duplicate(instances: Instances, rule: Duplicate) -> Bool:
    """No better instance of the same person."""
    passes = np.ones(len(instances), bool)
    passes[duplicates(instances, rule)[0]] = False
    return passes


def duplicates(instances: Instances, rule: Duplicate) -> tuple[I64, I64]:
    """(P,) rows that repeat a better instance of the same person, and (P,) rows of those."""
    frame = instances.frame_index
    order = np.arange(len(frame)) if (np.diff(frame) >= 0).all() else np.argsort(frame, kind="stable")
    boxes = person_boxes(instances)
    worse, better = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    rank = instances.source.max(axis=1)
    edges = np.ascontiguousarray(np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)[order].T)
    apart = 1
    while apart < len(order) and (together := frame[order[apart:]] == frame[order[:-apart]]).any():
        near = np.flatnonzero(together & _overlapping(edges[:, :-apart], edges[:, apart:], rule.min_iou))
        a, b = order[near], order[near + apart]
        same = _oks(instances, boxes, a, b) >= rule.max_oks
        a, b = a[same], b[same]
        first = (rank[a] > rank[b]) | ((rank[a] == rank[b]) & (a < b))
        worse.append(np.where(first, b, a))
        better.append(np.where(first, a, b))
        apart += 1
    return np.concatenate(worse), np.concatenate(better)


def _overlapping(a: F64, b: F64, least: float) -> Bool:
    """(P,) whether the boxes with (4, P) edges left, top, right, bottom have that IoU."""
    width = np.minimum(a[2], b[2]) - np.maximum(a[0], b[0])
    height = np.minimum(a[3], b[3]) - np.maximum(a[1], b[1])
    overlap = np.maximum(width, 0) * np.maximum(height, 0)
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return np.asarray((overlap > 0) & (overlap >= least * (both - overlap)))


def _oks(instances: Instances, boxes: F64, a: I64, b: I64) -> F64:
    """OKS of pairs over shared keypoints with their mean area; 0 with too few."""
    shared = (instances.visibility[a] > 0) & (instances.visibility[b] > 0)
    area = (box_area(boxes[a]) + box_area(boxes[b])) / 2
    xy = instances.keypoints_xy
    similarity = keypoint_similarity(xy[a], area, xy[b], instances.skeleton.sigmas)
    count = shared.sum(axis=1)
    return np.where(count >= _SHARED, (similarity * shared).sum(axis=1) / np.maximum(count, 1), 0)
