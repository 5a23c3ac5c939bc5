"""Blur of a person: variance of the Laplacian on the crop, at one scale for all people."""

import cv2
import numpy as np

from poseloom.schemas.arrays import F64, U8

CROP_HEIGHT = 128
"""Crops are brought to this height, so that a person's figure does not depend on the distance."""


def sharpness(image: U8, bbox_xywh: F64) -> float:
    """Variance of the Laplacian of the person crop (Pech-Pacheco et al., ICPR 2000).

    Args:
        image: (H, W, 3) uint8 RGB, or (H, W) uint8 grey.
        bbox_xywh: (4,) pixels; cut at the picture's border.

    Returns:
        The variance in squared grey levels, NaN where the crop is empty or the box unknown.
    """
    if not np.isfinite(bbox_xywh).all():
        return float("nan")
    limit = np.array(image.shape[1::-1])
    low = np.clip(np.floor(bbox_xywh[:2]), 0, limit).astype(int)
    high = np.clip(np.ceil(bbox_xywh[:2] + bbox_xywh[2:]), 0, limit).astype(int)
    if (high <= low).any():
        return float("nan")
    crop = np.ascontiguousarray(image[low[1] : high[1], low[0] : high[0]])
    grey = crop if crop.ndim == 2 else cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    factor = CROP_HEIGHT / grey.shape[0]
    size = (max(1, round(grey.shape[1] * factor)), CROP_HEIGHT)
    scaled = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR)
    return float(cv2.Laplacian(scaled, cv2.CV_32F).var())
