"""What people said about each keypoint of each person, in order of time."""

from dataclasses import dataclass

import numpy as np

from poseloom.models.propagation.anchors import anchors, removals
from poseloom.schemas.arrays import I64, Bool
from poseloom.schemas.instances import Instances


@dataclass(frozen=True)
class Statements:
    """S statements, sorted by track, keypoint and frame.

    Attributes:
        row: (S,) row of the labels.
        keypoint: (S,) slot of the skeleton.
        track_id: (S,) person.
        frame: (S,) frame.
        placed: (S,) whether the keypoint was placed; else it was removed.
        has_next: (S,) whether the statement after it is about the same keypoint of the same track.
    """

    row: I64
    keypoint: I64
    track_id: I64
    frame: I64
    placed: Bool
    has_next: Bool


def statements(labels: Instances) -> Statements:
    """All placed and removed keypoints of linked instances."""
    placed = anchors(labels)
    row, keypoint = np.nonzero((placed | removals(labels)) & (labels.track_id >= 0)[:, None])
    order = np.lexsort((labels.frame_index[row], keypoint, labels.track_id[row]))
    row, keypoint = row[order], keypoint[order]
    track_id = labels.track_id[row].astype(np.int64)
    has_next = np.zeros(len(row), dtype=np.bool_)
    has_next[:-1] = (track_id[1:] == track_id[:-1]) & (keypoint[1:] == keypoint[:-1])
    frame = labels.frame_index[row].astype(np.int64)
    return Statements(row, keypoint, track_id, frame, placed[row, keypoint], has_next)
