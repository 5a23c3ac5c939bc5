"""Pictures in and people out: the checks and the one construction all estimators share."""

from collections.abc import Sequence

import numpy as np

from poseloom.schemas.arrays import F64, I32, U8
from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.instances import Instances, keypoint_extents
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import Skeleton


def check_pictures(images: Sequence[U8], frame_index: I32) -> None:
    """Refuse anything but B pictures of shape (H, W, 3) uint8 with B frame indices.

    Raises:
        EstimatorError: Says what came.
    """
    if len(images) != len(frame_index):
        raise EstimatorError(f"expected a frame index for each of {len(images)} pictures, got {len(frame_index)}")
    for image, frame in zip(images, frame_index, strict=True):
        if image.ndim != 3 or image.shape[2] != 3 or image.size == 0 or image.dtype != np.uint8:
            raise EstimatorError(
                f"expected a picture of shape (H, W, 3) uint8, got {image.shape} {image.dtype} for frame {frame}"
            )


def people_in_picture(
    skeleton: Skeleton, frame: int, boxes: F64, keypoints: F64, size_hw: tuple[int, int]
) -> Instances:
    """Unlinked instances of one picture.

    Args:
        skeleton: Meaning of the K axis.
        frame: Index of the picture.
        boxes: (N, 4) xywh pixels; NaN rows become the extents of the keypoints.
        keypoints: (N, K, 4): x and y in pixels, COCO visibility, score. A keypoint outside the picture
            was not seen but guessed, so it becomes unlabelled.
        size_hw: Height and width of the picture.
    """
    xy, score = keypoints[..., :2], np.clip(keypoints[..., 3], 0.0, 1.0)
    height, width = size_hw
    inside = ((xy >= 0.0) & (xy <= (width, height))).all(axis=-1)
    visibility = np.where(inside & (score > 0.0), keypoints[..., 2], 0).astype(np.uint8)
    some = (visibility > 0).any(axis=1)
    xy, score, visibility, boxes = xy[some], score[some], visibility[some], boxes[some]
    unknown = np.isnan(boxes).any(axis=1, keepdims=True)
    return Instances.build(
        skeleton,
        np.full(len(xy), frame),
        xy,
        visibility,
        Source.PREDICTED,
        score=np.where(visibility > 0, score, 0.0),
        bbox_xywh=np.where(unknown, keypoint_extents(xy, visibility), boxes),
    )
