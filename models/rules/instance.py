"""Rules on single instances; each gives (B,) True where the instance passes."""

import numpy as np

from poseloom.models.rules.block import Block
from poseloom.schemas.arrays import Bool
from poseloom.schemas.rules import Box, InImage, Scale, Sharpness, VisibleKeypoints


def visible_keypoints(block: Block, rule: VisibleKeypoints) -> Bool:
    """Enough keypoints of visibility 2."""
    return np.asarray((block.visibility == 2).sum(axis=0, dtype=np.uint8) >= rule.required(block.skeleton))


def sharpness(block: Block, rule: Sharpness) -> Bool:
    """Sharp enough, or not measured."""
    return np.asarray(~(block.instances.sharpness[block.rows] < rule.minimum))


def scale(block: Block, rule: Scale) -> Bool:
    """Large enough; a person without box and keypoints is not."""
    return np.asarray((block.box[3] >= rule.min_height) & (block.box[2] * block.box[3] >= rule.min_area))


def in_image(block: Block, rule: InImage) -> Bool:
    """Enough of the labelled keypoints inside the picture."""
    (x, y), labelled = block.xy, block.labelled
    inside = labelled & (x >= 0) & (y >= 0) & (x < block.width) & (y < block.height)
    needed = rule.min_share * labelled.sum(axis=0, dtype=np.uint8)
    return np.asarray(inside.sum(axis=0, dtype=np.uint8) >= needed)


def box(block: Block, rule: Box) -> Bool:
    """No labelled keypoint outside the widened box."""
    (x, y), (left, top, width, height) = block.xy, np.ascontiguousarray(block.instances.bbox_xywh[block.rows].T)
    margin_x, margin_y = rule.margin * width, rule.margin * height
    outside = (x < left - margin_x) | (x > left + width + margin_x)
    outside |= (y < top - margin_y) | (y > top + height + margin_y)
    return np.asarray(~(outside & block.labelled).any(axis=0))
