"""Occlusions in hand-made tracks."""

import numpy as np
import pytest

from poseloom.models.robustness import Occlusion, occlusions, recovered
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17

NOSE, WRIST = COCO17.index("nose"), COCO17.index("left_wrist")


def track(visibility: dict[int, dict[int, int]], track_id: int = 0) -> Instances:
    """One person by frame; keypoints are in sight unless said otherwise; 100-pixel boxes."""
    frames = sorted(visibility)
    flags = np.full((len(frames), 17), 2)
    for row, frame in enumerate(frames):
        for keypoint, flag in visibility[frame].items():
            flags[row, keypoint] = flag
    n = len(frames)
    return Instances.build(
        COCO17, frames, np.full((n, 17, 2), 50.0), flags, Source.IMPORTED,
        track_id=np.full(n, track_id), bbox_xywh=np.tile([0.0, 0.0, 100.0, 100.0], (n, 1)),
    )  # fmt: skip


def test_a_keypoint_that_is_hidden_and_seen_again_is_one_event() -> None:
    truth = track({0: {}, 1: {WRIST: 1}, 2: {WRIST: 0}, 3: {}})
    (event,) = occlusions(truth, range(4))
    assert event == Occlusion(0, WRIST, before=0, after=3)
    assert event.duration == 2


def test_what_is_never_seen_again_or_was_never_seen_before_is_none() -> None:
    assert occlusions(track({0: {WRIST: 1}, 1: {}, 2: {NOSE: 0}}), range(3)) == []


def test_a_person_without_a_row_is_out_of_sight_with_every_keypoint() -> None:
    events = occlusions(track({0: {}, 2: {}}), range(3))
    assert len(events) == 17
    assert {event.duration for event in events} == {1}


def test_frames_that_nobody_labelled_are_no_evidence_but_count_as_time() -> None:
    assert occlusions(track({0: {}, 2: {}}), [0, 2]) == []
    truth = track({0: {}, 4: {WRIST: 1}, 9: {}})
    (event,) = occlusions(truth, [0, 4, 9])
    assert event.duration == 8


def test_recovery_needs_the_keypoint_at_its_place_under_its_own_id() -> None:
    truth = track({0: {}, 1: {WRIST: 1}, 2: {}})
    events = occlusions(truth, range(3))
    xy = np.array(truth.keypoints_xy)
    xy[2, WRIST] += 30
    assert recovered(truth, truth, events) == [1.0]
    off = np.exp(-(30**2 + 30**2) / (2 * 5300 * (2 * COCO17.sigmas[WRIST]) ** 2))
    assert recovered(truth.replace(keypoints_xy=xy), truth, events) == pytest.approx([off])
    assert recovered(truth.replace(track_id=[0, 0, 1]), truth, events) == [0.0]
    assert recovered(truth.in_frames(0, 2), truth, events) == [0.0]
