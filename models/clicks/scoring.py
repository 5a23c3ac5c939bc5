"""How certain a whole person is."""

import numpy as np

from poseloom.schemas.arrays import F64, I64
from poseloom.schemas.instances import Instances


def instance_scores(instances: Instances) -> F64:
    """(N,) mean score of the labelled keypoints, a person's own (without score) counting 1; 0 without any."""
    labelled = instances.visibility > 0
    score = np.where(labelled, np.nan_to_num(instances.score.astype(np.float64), nan=1.0), 0.0)
    return np.asarray(score.sum(axis=1) / np.maximum(labelled.sum(axis=1), 1))


def keys_of(instances: Instances) -> I64:
    """(N,) one number for the frame and track id of each row; ascending for sorted, linked instances."""
    return (instances.frame_index.astype(np.int64) << 32) | instances.track_id.astype(np.int64)


def lookup(keys: I64, known: I64, values: F64, missing: F64) -> F64:
    """(N,) the value of each key among the known ones (sorted), or what it has instead."""
    if not len(known):
        return missing
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.where(known[at] == keys, values[at], missing)
