"""Frames that stay right after one correction in a blurred frame (IMPose §V-F, made exact)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from poseloom.models.robustness.similarity import similarity_to
from poseloom.schemas.arrays import F64, U8, Bool
from poseloom.schemas.errors import LabelError
from poseloom.schemas.instances import Instances


@dataclass(frozen=True)
class Kept:
    """How long one person's labels stay right.

    Attributes:
        track_id: The person.
        threshold: OKS that counts as right.
        available: Labelled frames of the person after the corrected one.
        consecutive: How many of them are right before the first that is not.
        total: How many of them are right.
        all_keypoints: How many of them have every labelled keypoint right before the first that has not.
    """

    track_id: int
    threshold: float
    available: int
    consecutive: int
    total: int
    all_keypoints: int


def picture_sharpness(image: U8) -> float:
    """Variance of the 3×3 Laplacian of an (H, W, 3) uint8 RGB picture; blur lowers it."""
    return float(cv2.Laplacian(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())


def blurred_frame(sharpness: F64, labelled: Iterable[int]) -> int:
    """The most blurred frame of the first half, or the labelled frame nearest to it (the earlier of two).

    Args:
        sharpness: (T,) `picture_sharpness` of every frame.
        labelled: Frames with a labelled person.

    Raises:
        LabelError: No labelled frame.
    """
    known = sorted(labelled)
    if not known:
        raise LabelError("expected a frame with labelled people to correct, got none")
    worst = int(np.argmin(sharpness[: max(1, -(-len(sharpness) // 2))]))
    return min(known, key=lambda frame: (abs(frame - worst), frame))


def frames_kept(labels: Instances, truth: Instances, start_frame: int, thresholds: Sequence[float]) -> list[Kept]:
    """How long everyone corrected in `start_frame` stays right; frames where the truth has nothing do not count."""
    right = similarity_to(labels, truth)
    rows = []
    for track in np.unique(truth.track_id[truth.frame_index == start_frame]).tolist():
        mine = (truth.track_id == track) & (truth.frame_index > start_frame) & (truth.visibility > 0).any(axis=1)
        order = np.flatnonzero(mine)[np.argsort(truth.frame_index[mine], kind="stable")]
        labelled = truth.visibility[order] > 0
        oks = (right[order] * labelled).sum(axis=1) / np.maximum(labelled.sum(axis=1), 1)
        worst = np.where(labelled, right[order], 1.0).min(axis=1, initial=1.0)
        rows += [
            Kept(track, t, len(order), _before_failure(oks >= t), int((oks >= t).sum()), _before_failure(worst >= t))
            for t in thresholds
        ]
    return rows


def _before_failure(passes: Bool) -> int:
    return int(np.cumprod(passes).sum())
