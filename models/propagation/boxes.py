"""Boxes of instances that exist only because their keypoints were propagated."""

import numpy as np

from poseloom.models.propagation.placements import Placements
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.instances import Instances, keypoint_extents

_HEAD = ("nose", "head_bottom", "head_top", "left_eye", "right_eye", "left_ear", "right_ear")


def carried_boxes(
    people: Instances, labels: Instances, placed: Placements, rows: I64, fresh: Bool
) -> tuple[F64, F64, I64]:
    """Person boxes, head boxes and person ids of the fresh rows, from the nearest anchors on both sides.

    A person box keeps its margins around the keypoints, a head box its size and its place relative
    to the head's keypoints; between two anchors both are interpolated in time.

    Args:
        people: Rows with their propagated keypoints.
        labels: Rows with the anchors.
        placed: P placements.
        rows: (P,) row of each placement in `people`.
        fresh: (N,) rows of `people` that need boxes.
    """
    before, after = _nearest_anchors(len(people), labels, placed, rows)
    before, after = before[fresh], after[fresh]
    first, second = np.where(before >= 0, before, after), np.where(after >= 0, after, before)
    frame, first_frame, second_frame = (
        people.frame_index[fresh].astype(np.float64), labels.frame_index[first], labels.frame_index[second],
    )  # fmt: skip
    weight = ((frame - first_frame) / np.maximum(second_frame - first_frame, 1)).clip(0, 1)[:, None]
    xy, visibility = people.keypoints_xy[fresh], people.visibility[fresh]
    margins = _blend(_margins(labels, first, visibility), _margins(labels, second, visibility), weight)
    extents = keypoint_extents(xy, visibility)
    boxes = np.concatenate([extents[:, :2] - margins[:, :2], extents[:, 2:] + margins[:, :2] + margins[:, 2:]], axis=1)
    heads = _blend(_moved_heads(labels, first, xy, visibility), _moved_heads(labels, second, xy, visibility), weight)
    return boxes, heads, np.maximum(labels.person_id[first], labels.person_id[second])


def _nearest_anchors(count: int, labels: Instances, placed: Placements, rows: I64) -> tuple[I64, I64]:
    """(N,) label rows of the last anchor before and the first anchor after each row; -1 where none."""
    before, after = np.full(count, -1), np.full(count, -1)
    order = np.argsort(labels.frame_index[placed.before], kind="stable")
    order = order[placed.before[order] >= 0]
    before[rows[order]] = placed.before[order]
    order = np.argsort(-labels.frame_index[placed.after], kind="stable")
    order = order[placed.after[order] >= 0]
    after[rows[order]] = placed.after[order]
    return before, after


def _margins(labels: Instances, anchor: I64, visibility: np.ndarray) -> F64:
    """(N, 4) pixels from the keypoints out to the box's left, top, right and bottom in the anchor frame.

    Only the keypoints that are known in both frames count; without them or a box, margins are 0.
    """
    common = np.where(visibility > 0, labels.visibility[anchor], 0).astype(np.uint8)
    extents, boxes = keypoint_extents(labels.keypoints_xy[anchor], common), labels.bbox_xywh[anchor]
    low = extents[:, :2] - boxes[:, :2]
    high = boxes[:, :2] + boxes[:, 2:] - extents[:, :2] - extents[:, 2:]
    return np.asarray(np.maximum(np.nan_to_num(np.concatenate([low, high], axis=1), nan=0.0), 0.0))


def _moved_heads(labels: Instances, anchor: I64, xy: F64, visibility: np.ndarray) -> F64:
    """(N, 4) head boxes of the anchors, moved as the head's keypoints did."""
    common = (visibility > 0) & (labels.visibility[anchor] > 0)
    is_head = np.array([name in _HEAD for name in labels.skeleton.keypoints])
    head = np.where((common & is_head).any(axis=1)[:, None], common & is_head, common)
    moved = np.where(head[..., None], xy - labels.keypoints_xy[anchor], 0.0).sum(axis=1)
    boxes = np.array(labels.head_xywh[anchor])
    boxes[:, :2] += moved / np.maximum(head.sum(axis=1), 1)[:, None]
    return boxes


def _blend(first: F64, second: F64, weight: F64) -> F64:
    """Interpolated in time; what only one of the two knows is taken from it."""
    both = (1 - weight) * first + weight * second
    return np.where(np.isnan(both), np.where(np.isnan(first), second, first), both)
