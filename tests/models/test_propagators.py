"""What each strategy makes of corrections."""

import cv2
import numpy as np
import pytest

from poseloom.models.corrections import apply_corrections
from poseloom.models.points import point_tracker
from poseloom.models.propagation import PropagationSettings, continue_inference, propagate
from poseloom.models.propagators import propagator
from poseloom.models.propagators.point_tracker import TrackedPoints
from poseloom.schemas.arrays import U8
from poseloom.schemas.correction import Correction, MoveKeypoint
from poseloom.schemas.errors import InputError
from poseloom.schemas.ids import instances_digest
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17

K = len(COCO17)
WRIST = 9


@pytest.fixture(scope="module")
def panning() -> list[U8]:
    """41 pictures of a texture that moves by (2, 1) pixels a frame."""
    noise = np.random.default_rng(7).integers(0, 255, (300, 380, 3), dtype=np.uint8)
    texture = cv2.GaussianBlur(noise, (0, 0), 2.0)
    return [np.ascontiguousarray(texture[60 - t : 260 - t, 100 - 2 * t : 340 - 2 * t]) for t in range(41)]


def predictions(frames: range, offset: float = 0.0) -> Instances:
    """One person whose keypoints move by (2, 1) a frame, predicted that far off."""
    xy = np.stack([np.full((K, 2), (100.0, 80.0)) + offset + np.array([2.0, 1.0]) * t for t in frames])
    visibility, score = np.full(xy.shape[:2], 2), np.full(xy.shape[:2], 0.6)
    track = np.zeros(len(frames), dtype=np.int32)
    return Instances.build(COCO17, np.array(frames), xy, visibility, Source.PREDICTED, track_id=track, score=score)


def corrected(
    labels: Instances, at: dict[int, tuple[float, float]], keypoint: int = WRIST, gone: bool = False
) -> Instances:
    """The labels with one keypoint moved, or taken away, in some frames."""
    xy, source, score = labels.keypoints_xy.copy(), labels.source.copy(), labels.score.copy()
    visibility = labels.visibility.copy()
    for frame, place in at.items():
        row = int(np.flatnonzero(labels.frame_index == frame)[0])
        xy[row, keypoint], source[row, keypoint], score[row, keypoint] = place, Source.CORRECTED, np.nan
        visibility[row, keypoint] = 0 if gone else 2
    return labels.replace(keypoints_xy=xy, source=source, score=score, visibility=visibility)


def frames(pictures: list[U8]) -> list[Frame]:
    return [Frame(t, image) for t, image in enumerate(pictures)]


def wrists(labels: Instances) -> list[list[float]]:
    found: list[list[float]] = labels.keypoints_xy[:, WRIST].tolist()
    return found


def test_without_propagation_nothing_else_changes() -> None:
    labels = corrected(predictions(range(5)), {2: (7, 7)})
    assert instances_digest(propagator("none").propagate(labels, 5, iter(()))) == instances_digest(labels)


def test_linear_fills_straight_lines_between_corrections_and_leaves_the_rest() -> None:
    labels = corrected(predictions(range(7)), {1: (0, 0), 5: (8, 40)})
    result = propagator("linear").propagate(labels, 7, iter(()))
    assert wrists(result)[1:6] == [[0, 0], [2, 10], [4, 20], [6, 30], [8, 40]]
    assert wrists(result)[::6] == wrists(labels)[::6]
    assert result.source[:, WRIST].tolist() == [1, 4, 3, 3, 3, 4, 1]
    np.testing.assert_array_equal(np.delete(result.keypoints_xy, WRIST, 1), np.delete(labels.keypoints_xy, WRIST, 1))


def test_linear_bridges_any_gap_and_puts_people_where_nobody_was_predicted() -> None:
    ends = predictions(range(101)).select(np.array([0, 100]))
    for keypoint in range(K):
        ends = corrected(ends, {0: (0, 0), 100: (100, 200)}, keypoint)
    result = propagator("linear").propagate(ends, 101, iter(()))
    np.testing.assert_allclose(wrists(result), [[t, 2 * t] for t in range(101)])
    assert (result.visibility[50] > 0).sum() == K


def test_linear_does_not_cross_a_removal() -> None:
    labels = corrected(predictions(range(7)), {0: (0, 0), 6: (60, 60)})
    result = propagator("linear").propagate(corrected(labels, {3: (0, 0)}, gone=True), 7, iter(()))
    assert Source.PROPAGATED not in result.source


def test_linear_keeps_tracks_and_keypoints_apart() -> None:
    one = corrected(predictions(range(5)), {0: (0, 0)})
    two = corrected(predictions(range(5)).replace(track_id=np.ones(5)), {4: (9, 9)})
    other = corrected(one, {4: (1, 1)}, keypoint=3)
    result = propagator("linear").propagate(Instances.concat([other, two]), 5, iter(()))
    assert Source.PROPAGATED not in result.source


def test_point_tracker_follows_forward_until_the_next_correction(panning: list[U8]) -> None:
    labels = corrected(predictions(range(41), offset=30.0), {5: (110, 85), 20: (110, 85)})
    result = propagator("point_tracker", point_tracker("lucas_kanade")).propagate(labels, 41, iter(frames(panning)))
    moved = np.array(wrists(result))
    for first, last in ((5, 20), (20, 41)):
        expected = [(110 + 2 * (t - first), 85 + t - first) for t in range(first, last)]
        np.testing.assert_allclose(moved[first:last], expected, atol=0.6)
    assert wrists(result)[:5] == wrists(labels)[:5]
    assert (result.source[np.r_[6:20, 21:41], WRIST] == Source.PROPAGATED).all()


def test_point_tracker_stops_at_its_horizon_at_removals_and_where_it_loses_the_point(panning: list[U8]) -> None:
    labels = predictions(range(41))
    reach = TrackedPoints(point_tracker("lucas_kanade"), horizon=4)
    result = reach.propagate(corrected(labels, {10: (110, 85)}), 41, iter(frames(panning)))
    assert np.flatnonzero(result.source[:, WRIST] == Source.PROPAGATED).tolist() == [11, 12, 13, 14]
    removed = corrected(corrected(labels, {10: (110, 85)}), {13: (0, 0)}, gone=True)
    result = reach.propagate(removed, 41, iter(frames(panning)))
    assert np.flatnonzero(result.source[:, WRIST] == Source.PROPAGATED).tolist() == [11, 12]
    leaving = corrected(labels, {10: (233, 100)})
    result = propagator("point_tracker", point_tracker("lucas_kanade")).propagate(leaving, 41, iter(frames(panning)))
    carried = result.source[:, WRIST] == Source.PROPAGATED
    assert carried[11]
    assert not carried[14:].any()


def test_poseloom_is_what_the_annotator_calls(panning: list[U8]) -> None:
    edits = tuple(
        MoveKeypoint(frame_index=t, track_id=0, keypoint="left_wrist", x=100 + 2 * t, y=80 + t) for t in (5, 15)
    )
    log = [Correction(video_id="v", annotator="a", edits=edits)]
    labels, tracker = predictions(range(41), offset=9.0), point_tracker("lucas_kanade")
    after = continue_inference(labels, log, 41, iter(frames(panning)), tracker, PropagationSettings())
    same = apply_corrections(labels, log)
    direct = propagate(same, 0, 41, iter(frames(panning)), tracker, PropagationSettings())
    ours = propagator("poseloom", tracker).propagate(same, 41, iter(frames(panning)))
    assert instances_digest(after) == instances_digest(direct) == instances_digest(ours)
    np.testing.assert_allclose(wrists(after)[6:15], [(100 + 2 * t, 80 + t) for t in range(6, 15)], atol=0.6)


def test_unknown_strategies_and_missing_trackers_are_refused() -> None:
    with pytest.raises(InputError, match="expected a strategy of none, linear, point_tracker, poseloom, got 'magic'"):
        propagator("magic")
    with pytest.raises(InputError, match="expected a point tracker for the strategy poseloom, got none"):
        propagator("poseloom")
