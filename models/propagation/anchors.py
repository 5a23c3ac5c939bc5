"""What people have said about keypoints."""

import numpy as np

from poseloom.schemas.arrays import F64, Bool
from poseloom.schemas.instances import Instances, keypoint_extents
from poseloom.schemas.provenance import Source

_SMALLEST_PERSON = 16.0


def anchors(labels: Instances) -> Bool:
    """(N, K) keypoints that a person placed: corrected, or imported without a score."""
    imported = (labels.source == Source.IMPORTED) & np.isnan(labels.score)
    return np.asarray((labels.visibility > 0) & ((labels.source == Source.CORRECTED) | imported))


def removals(labels: Instances) -> Bool:
    """(N, K) keypoints that a person left out.

    These are corrected away, or missing from an instance that a person labelled in a file.
    """
    left_out = labelled_by_hand(labels)[:, None] & (labels.source == Source.NONE)
    return np.asarray((labels.visibility == 0) & ((labels.source == Source.CORRECTED) | left_out))


def labelled_by_hand(labels: Instances) -> Bool:
    """(N,) instances that a person labelled in a file: with imported keypoints, all without a score."""
    imported = labels.source == Source.IMPORTED
    return np.asarray(imported.any(axis=1) & np.isnan(labels.score).all(axis=1))


def person_sizes(labels: Instances) -> F64:
    """(N,) longer side in pixels of the extent of the labelled keypoints; at least 16."""
    sides = keypoint_extents(labels.keypoints_xy, labels.visibility)[:, 2:].max(axis=1, initial=0.0)
    return np.asarray(np.fmax(sides, _SMALLEST_PERSON))
