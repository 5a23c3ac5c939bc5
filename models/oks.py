"""Object keypoint similarity, COCO's definition."""

import numpy as np
import numpy.typing as npt

from poseloom.schemas.arrays import F64, U8
from poseloom.schemas.skeleton import AREA_OF_BOX

_EPSILON = float(np.spacing(1))


def box_area(bbox_xywh: F64) -> F64:
    """(N,) areas in square pixels for OKS from (N, 4) boxes."""
    return np.asarray(AREA_OF_BOX * bbox_xywh[:, 2] * bbox_xywh[:, 3])


def oks_matrix(truth_xy: F64, truth_visibility: U8, area: F64, other_xy: F64, sigmas: npt.ArrayLike) -> F64:
    """(G, D) similarity of G labelled instances with D others.

    The mean over the truth's labelled keypoints (visibility > 0) of
    ``exp(-d**2 / (2 * area * (2 * sigma)**2))``, as in pycocotools' ``COCOeval.computeOks``.

    Args:
        truth_xy: (G, K, 2) pixels.
        truth_visibility: (G, K).
        area: (G,) square pixels, see `box_area`.
        other_xy: (D, K, 2) pixels; every keypoint counts as present.
        sigmas: (K,) constants of the skeleton.

    Returns:
        NaN rows for instances without a labelled keypoint, which COCO ignores.
    """
    labelled = (truth_visibility > 0)[:, None]
    similarity = keypoint_similarity(truth_xy[:, None], area[:, None], other_xy[None], sigmas)
    with np.errstate(invalid="ignore"):
        return np.asarray((similarity * labelled).sum(axis=2) / labelled.sum(axis=2))


def keypoint_similarity(truth_xy: F64, area: F64, other_xy: F64, sigmas: npt.ArrayLike) -> F64:
    """(…, K) similarity of each keypoint, ``exp(-keypoint_error)``; the same shapes."""
    return np.asarray(np.exp(-keypoint_error(truth_xy, area, other_xy, sigmas)))


def keypoint_error(truth_xy: F64, area: F64, other_xy: F64, sigmas: npt.ArrayLike) -> F64:
    """(…, K) squared distances in units of what OKS forgives, ``d**2 / (2 * area * (2 * sigma)**2)``.

    Unlike the similarity it still ranks keypoints that are far off.

    Args:
        truth_xy: (…, K, 2) pixels.
        area: (…) square pixels; broadcasts with the leading axes of both.
        other_xy: (…, K, 2) pixels.
        sigmas: (K,) constants of the skeleton.
    """
    offset = truth_xy - other_xy
    squared = np.einsum("...c,...c->...", offset, offset)
    variance = (2 * np.asarray(sigmas, dtype=np.float64)) ** 2
    return np.asarray(squared / (2 * (area[..., None] + _EPSILON) * variance))
