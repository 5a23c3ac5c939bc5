"""Occlusions that the truth shows, and whether a keypoint is found again after them (IMPose §V-F, made exact)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from poseloom.models.robustness.similarity import similarity_to
from poseloom.schemas.arrays import F64, I64, U8, Bool
from poseloom.schemas.instances import Instances


@dataclass(frozen=True)
class Occlusion:
    """One keypoint of one person out of sight.

    Attributes:
        track_id: The person.
        keypoint: Slot of the skeleton.
        before: Last frame that shows it.
        after: First frame that shows it again.
    """

    track_id: int
    keypoint: int
    before: int
    after: int

    @property
    def duration(self) -> int:
        """Frames between the two."""
        return self.after - self.before - 1


def occlusions(truth: Instances, labelled: Sequence[int]) -> list[Occlusion]:
    """All occlusions of the truth that end.

    A keypoint is in sight where its visibility is 2, and out of sight where it is occluded,
    unlabelled, or its person has no row. Only labelled frames say so; the others count for the
    duration alone.

    Args:
        truth: People with track ids.
        labelled: The frames that were labelled.
    """
    frames = np.unique(np.asarray(labelled, dtype=np.int64))
    return [
        Occlusion(track, int(k), int(frames[start]), int(frames[end]))
        for track in np.unique(truth.track_id).tolist()
        for k, start, end in _hidden_runs(_in_sight(truth, track, frames))
    ]


def recovered(labels: Instances, truth: Instances, events: Sequence[Occlusion]) -> F64:
    """(E,) similarity of each keypoint, in the labels of that person, with its place when it is seen again."""
    right = similarity_to(labels, truth)
    row = {key: i for i, key in enumerate(zip(truth.frame_index.tolist(), truth.track_id.tolist(), strict=True))}
    return np.array([right[row[event.after, event.track_id], event.keypoint] for event in events], dtype=np.float64)


def _in_sight(truth: Instances, track: int, frames: I64) -> Bool:
    """(F, K) whether each keypoint of the track is in sight."""
    mine = np.flatnonzero((truth.track_id == track) & np.isin(truth.frame_index, frames))
    visibility: U8 = np.zeros((len(frames), truth.visibility.shape[1]), dtype=np.uint8)
    visibility[np.searchsorted(frames, truth.frame_index[mine])] = truth.visibility[mine]
    return np.asarray(visibility == 2)


def _hidden_runs(in_sight: Bool) -> Iterator[tuple[int, int, int]]:
    """Keypoint, last place in sight and next place in sight around every run of hidden ones in between."""
    for k in range(in_sight.shape[1]):
        seen = np.flatnonzero(in_sight[:, k])
        for gap in np.flatnonzero(np.diff(seen) > 1):
            yield k, int(seen[gap]), int(seen[gap + 1])
