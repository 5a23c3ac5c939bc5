"""How far labels are from the truth, in pixels and in heads."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from poseloom.schemas.arrays import F64
from poseloom.schemas.errors import LabelError
from poseloom.schemas.instances import Instances

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Accuracy:
    """Distance of labels from the truth over all keypoints that the truth labels.

    Attributes:
        keypoints: Labelled keypoints of the truth.
        found: How many of them the labels have, too.
        mean_px: Mean distance of those found, pixels.
        median_px: Median distance of those found, pixels.
        within_half_head: Share of the truth's keypoints found within half a head of their place, 0..1.
            A head is the diagonal of the truth's head box times 0.6, as in PCKh.
    """

    keypoints: int
    found: int
    mean_px: float
    median_px: float
    within_half_head: float


def accuracy(labels: Instances, truth: Instances) -> Accuracy:
    """Compare instances of the same frame and track id; both of one skeleton.

    Raises:
        LabelError: Different skeletons.
    """
    if labels.skeleton != truth.skeleton:
        raise LabelError(f"expected labels in the truth's skeleton {truth.skeleton.name}, got {labels.skeleton.name}")
    ours, theirs = matched_rows(labels, truth)
    wanted = truth.visibility > 0
    distance: F64 = np.full(wanted.shape, np.inf)
    known = labels.visibility[ours] > 0
    apart = np.linalg.norm(labels.keypoints_xy[ours] - truth.keypoints_xy[theirs], axis=-1)
    distance[theirs] = np.where(known, apart, np.inf)
    heads = 0.6 * np.hypot(truth.head_xywh[:, 2], truth.head_xywh[:, 3])
    close = distance <= 0.5 * heads[:, None]
    found = distance[wanted & np.isfinite(distance)]
    return Accuracy(
        keypoints=int(wanted.sum()),
        found=len(found),
        mean_px=float(found.mean()) if len(found) else float("nan"),
        median_px=float(np.median(found)) if len(found) else float("nan"),
        within_half_head=float(close[wanted].mean()) if wanted.any() else float("nan"),
    )


def matched_rows(labels: Instances, truth: Instances) -> tuple[Rows, Rows]:
    """Row indices of the instances that both sides have, by frame and track id, pair by pair."""
    ours, theirs = (i.frame_index.astype(np.int64) * (1 << 31) + i.track_id for i in (labels, truth))
    _, ours_at, theirs_at = np.intersect1d(ours, theirs, return_indices=True)
    return ours_at, theirs_at
