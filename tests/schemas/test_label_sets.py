"""Label sets: one instance of a track in a frame."""

import time

import numpy as np
import pytest

from poseloom.schemas.errors import LabelError
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import LabelSet
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17, Skeleton

DOT = Skeleton("dot", ("dot",), (), (0.1,))


def labels(frames: object, tracks: object) -> LabelSet:
    n = len(np.asarray(frames))
    people = Instances.build(DOT, frames, np.ones((n, 1, 2)), np.full((n, 1), 2), Source.IMPORTED, track_id=tracks)  # type: ignore[arg-type]
    return LabelSet("seq", people)


def test_unlinked_instances_may_share_a_frame() -> None:
    labels([0, 0, 0], [-1, -1, 4]).check_unique_tracks()
    labels([0, 1, 1], [4, 4, 5]).check_unique_tracks()
    labels([], []).check_unique_tracks()


def test_the_first_row_that_repeats_a_track_in_a_frame_is_named() -> None:
    with pytest.raises(LabelError, match="expected one instance of track 7 in frame 9 of seq, got two"):
        labels([9, 2, 9, 2], [7, 1, 7, 1]).check_unique_tracks()


def test_the_check_is_vectorised() -> None:
    million = labels(np.arange(1_000_000) // 10, np.arange(1_000_000) % 10)
    started = time.perf_counter()
    million.check_unique_tracks()
    # 0.05 s measured; a Python loop over the rows takes more than 0.5 s on the same machine.
    assert time.perf_counter() - started < 0.5


def test_the_skeleton_is_that_of_the_instances() -> None:
    assert LabelSet("a", Instances.empty(COCO17)).skeleton is COCO17
