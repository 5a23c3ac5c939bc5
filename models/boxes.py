"""Boxes in xywh pixels."""

import numpy as np

from poseloom.schemas.arrays import F64, Bool
from poseloom.schemas.instances import Instances, keypoint_extents


def iou_matrix(a_xywh: F64, b_xywh: F64) -> F64:
    """(A, B) intersection over union; 0 where a box is empty or unknown (NaN)."""
    low = np.maximum(a_xywh[:, None, :2], b_xywh[None, :, :2])
    high = np.minimum((a_xywh[:, :2] + a_xywh[:, 2:])[:, None], (b_xywh[:, :2] + b_xywh[:, 2:])[None])
    overlap = np.clip(high - low, 0, None).prod(axis=2)
    union = a_xywh[:, 2:].prod(axis=1)[:, None] + b_xywh[:, 2:].prod(axis=1)[None] - overlap
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.nan_to_num(overlap / union, nan=0.0, posinf=0.0))


def person_boxes(instances: Instances) -> F64:
    """(N, 4) the instances' boxes, or the extents of their keypoints where no box is known."""
    unknown: Bool = np.logical_not(np.isfinite(instances.bbox_xywh).all(axis=1))
    if not unknown.any():
        return instances.bbox_xywh
    extents = keypoint_extents(instances.keypoints_xy, instances.visibility)
    return np.where(unknown[:, None], extents, instances.bbox_xywh)
