"""Figures by keypoint, by body part and in the mean, as PoseTrack's tables print them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poseloom.schemas.arrays import F64
from poseloom.schemas.errors import LabelError

_GROUPS = {
    "Head": ("nose", "eye", "ear", "head_bottom", "head_top"),
    "Shou": ("shoulder",),
    "Elb": ("elbow",),
    "Wri": ("wrist",),
    "Hip": ("hip",),
    "Knee": ("knee",),
    "Ankl": ("ankle",),
}


@dataclass(frozen=True)
class ByKeypoint:
    """One figure in percent points; NaN where the definition gives none.

    Attributes:
        per_joint: Figure of each keypoint, in skeleton order.
        groups: Mean of each body part, by poseval's heading; NaN as soon as one of its keypoints is.
        total: Mean over the keypoints that have a figure (not over the groups).
    """

    per_joint: dict[str, float]
    groups: dict[str, float]
    total: float


def by_keypoint(keypoints: Sequence[str], figures: F64) -> ByKeypoint:
    """Figures of J keypoints with poseval's means (`eval_helpers.getCum`, `computeMetrics`)."""
    per_joint = dict(zip(keypoints, figures.tolist(), strict=True))
    parts = {group: [per_joint[name] for name in keypoints if _part(name) in names] for group, names in _GROUPS.items()}
    known = figures[~np.isnan(figures)]
    return ByKeypoint(per_joint, {group: _mean(part) for group, part in parts.items()}, _mean(known.tolist()))


def shared_keypoints(evidence: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The one keypoint list of all sequences.

    Raises:
        LabelError: No sequence, or sequences of different keypoints.
    """
    if not evidence or any(keypoints != evidence[0] for keypoints in evidence):
        kinds = len(set(evidence))
        raise LabelError(f"expected sequences of one skeleton, got {kinds} skeletons in {len(evidence)} sequences")
    return evidence[0]


def _part(keypoint: str) -> str:
    return keypoint.removeprefix("left_").removeprefix("right_")


def _mean(figures: list[float]) -> float:
    return float(np.mean(figures)) if figures else float("nan")
