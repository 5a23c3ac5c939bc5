"""What people said about keypoints is carried to the frames around, and nothing else changes."""

from itertools import pairwise
from typing import Any, Literal

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poseloom.models.points import point_tracker
from poseloom.models.propagation import PropagationSettings, anchors, needed_frames, needed_ranges, propagate
from poseloom.models.propagation.fusion import GapEvidence, fuse_gap, tail_score
from poseloom.models.synthetic import ClipSpec, synthesize_clip
from poseloom.schemas.arrays import F64, I64, U8, Bool
from poseloom.schemas.errors import VideoError
from poseloom.schemas.ids import instances_digest
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17

K = len(COCO17)
SHAPE = np.random.default_rng(3).uniform((-20, -40), (20, 40), (K, 2))
DEFAULTS = PropagationSettings()
SyntheticClip = tuple[list[U8], Instances]


@pytest.fixture(scope="module")
def panning() -> list[U8]:
    """31 pictures of a texture that moves by (2, 1) pixels a frame."""
    noise = np.random.default_rng(7).integers(0, 255, (300, 360, 3), dtype=np.uint8)
    texture = cv2.GaussianBlur(noise, (0, 0), 2.0)
    return [np.ascontiguousarray(texture[60 - t : 260 - t, 100 - 2 * t : 340 - 2 * t]) for t in range(31)]


def body(t: int) -> F64:
    """All keypoints in frame t of the panning pictures."""
    return np.asarray(SHAPE + [80, 70] + np.array([2.0, 1.0]) * t)


def person(
    frames: npt.ArrayLike,
    *,
    track: int = 0,
    source: Source = Source.CORRECTED,
    visibility: npt.ArrayLike = 2,
    xy: F64 | None = None,
    **columns: Any,
) -> Instances:
    frames = np.atleast_1d(frames)
    xy = np.stack([body(t) for t in frames]) if xy is None else xy
    seen = np.broadcast_to(visibility, (len(frames), K))
    columns = {"track_id": np.full(len(frames), track)} | columns
    return Instances.build(COCO17, frames, xy, seen, source, **columns)


def predictions(frames: npt.ArrayLike, xy: F64 | None = None) -> Instances:
    frames = np.atleast_1d(frames)
    return person(frames, source=Source.PREDICTED, score=np.full((len(frames), K), 0.9), xy=xy)


def carried(
    labels: Instances,
    pictures: list[U8],
    start: int = 0,
    end: int | None = None,
    settings: PropagationSettings = DEFAULTS,
) -> Instances:
    end = len(pictures) if end is None else end
    low, high = needed_frames(labels, start, end, len(pictures), settings)
    frames = (Frame(t, pictures[t]) for t in range(low, high))
    seen = labels.in_frames(min(low, start), max(high, end))
    return propagate(seen, start, end, frames, point_tracker("lucas_kanade"), settings)


def test_anchors_are_keypoints_that_people_placed() -> None:
    scored = person(2, source=Source.IMPORTED, score=np.full((1, K), 0.5))
    labels = Instances.concat([person(0), person(1, source=Source.IMPORTED), scored, predictions(3)])
    assert anchors(labels).all(axis=1).tolist() == [True, True, False, False]
    assert not anchors(person(0, visibility=0)).any()


def test_frames_between_two_anchors_are_filled_where_the_picture_moves(panning: list[U8]) -> None:
    result = carried(person([5, 15]), panning, 5, 16)
    assert result.frame_index.tolist() == list(range(5, 16))
    np.testing.assert_allclose(result.keypoints_xy, [body(t) for t in range(5, 16)], atol=0.3)
    assert (result.source[1:-1] == Source.PROPAGATED).all()
    assert (result.source[[0, -1]] == Source.CORRECTED).all()
    assert result.anchor_frame[1:-1, 0].tolist() == [5, 5, 5, 5, 5, 15, 15, 15, 15]
    assert (result.score[1:-1] > 0.9).all()


def test_a_single_anchor_reaches_both_ways_up_to_the_horizon(panning: list[U8]) -> None:
    result = carried(person(15), panning, settings=PropagationSettings(horizon=4))
    assert result.frame_index.tolist() == list(range(11, 20))
    np.testing.assert_allclose(result.keypoints_xy, [body(t) for t in range(11, 20)], atol=0.5)
    assert set(result.anchor_frame[result.source == Source.PROPAGATED].tolist()) == {15}


def test_wide_gaps_are_two_open_ends(panning: list[U8]) -> None:
    result = carried(person([0, 30]), panning, settings=PropagationSettings(max_gap=20, horizon=5))
    assert result.frame_index.tolist() == [*range(6), *range(25, 31)]


def test_anchors_too_far_apart_in_space_are_two_open_ends(panning: list[U8]) -> None:
    jumped = person([10, 16], xy=np.stack([body(10), body(16) + np.array([500.0, 0])]))
    result = carried(jumped, panning, settings=PropagationSettings(horizon=2))
    assert 13 not in result.frame_index


def test_human_keypoints_are_never_touched(panning: list[U8]) -> None:
    labels = Instances.concat([person([0, 20]), person(10, xy=body(10)[None] + 7.0), person(4, source=Source.IMPORTED)])
    result = carried(labels, panning)
    for frame, xy in ((0, body(0)), (4, body(4)), (10, body(10) + 7), (20, body(20))):
        row = result.frame_index == frame
        np.testing.assert_array_equal(result.keypoints_xy[row][0], xy)
        assert (result.source[row] == labels.source[labels.frame_index == frame]).all()


def test_a_removed_keypoint_stays_removed_and_ends_propagation(panning: list[U8]) -> None:
    gone = np.full((1, K), int(Source.CORRECTED))
    seen = np.full(K, 2)
    seen[9] = 0
    labels = Instances.concat([person(5), person(10, visibility=seen).replace(source=gone), person(11)])
    result = carried(labels, panning, 0, 31, PropagationSettings(horizon=20))
    assert result.visibility[result.frame_index == 10][0, 9] == 0
    assert result.source[result.frame_index == 10][0, 9] == Source.CORRECTED
    assert (result.visibility[(result.frame_index > 5) & (result.frame_index != 10), 9] > 0).any()
    assert set(result.anchor_frame[(result.frame_index > 10), 9].tolist()) <= {-1, 11}
    assert set(result.anchor_frame[(result.frame_index < 10), 9].tolist()) <= {-1, 5}


def test_a_keypoint_left_out_of_a_hand_labelled_person_is_not_filled_in(panning: list[U8]) -> None:
    seen = np.full((3, K), 2)
    seen[1, 9] = 0
    result = carried(person([0, 10, 20], source=Source.IMPORTED, visibility=seen), panning)
    assert result.visibility[result.frame_index == 10][0, 9] == 0
    assert set(result.anchor_frame[result.frame_index == 9][0].tolist()) == {0, 10}


def test_a_person_left_out_of_a_hand_labelled_frame_is_not_filled_in(panning: list[U8]) -> None:
    other = person([0, 10, 20], track=1, source=Source.IMPORTED)
    result = carried(Instances.concat([person([0, 20], source=Source.IMPORTED), other]), panning)
    own = result.select(result.track_id == 0)
    assert 10 not in own.frame_index
    assert set(own.anchor_frame[(own.frame_index > 0) & (own.frame_index < 10)].flat) <= {-1, 0}
    assert set(own.anchor_frame[(own.frame_index > 10) & (own.frame_index < 20)].flat) <= {-1, 20}


def test_a_correction_of_one_person_says_nothing_about_the_others(panning: list[U8]) -> None:
    result = carried(Instances.concat([person([0, 20], source=Source.IMPORTED), person(10, track=1)]), panning)
    assert (result.visibility[(result.frame_index == 10) & (result.track_id == 0)] == 2).sum() == K


def jump(lost: Bool, people: I64 | None = None) -> GapEvidence:
    """Ten keypoints that are 30 pixels higher in the middle of three pictures; some are lost by the tracker."""
    start = np.stack([np.arange(10) * 20.0, np.arange(10) * 20.0], axis=1)
    tracks = np.stack([start, start - [0, 30], start])
    drift = np.arange(3)[:, None, None] * np.array([100.0, 0])
    none = np.full((10, 2), np.nan)
    return GapEvidence(
        before=start, after=start, outer_before=none, outer_after=none, outer_frames=none,
        forward=np.where(lost[:, None], start + drift, tracks),
        backward=np.where(lost[:, None], start + drift[::-1], tracks),
        sizes=np.full(10, 200.0), people=np.zeros(10, dtype=np.int64) if people is None else people,
    )  # fmt: skip


def test_a_keypoint_that_the_tracker_lost_moves_with_its_person() -> None:
    gap = jump(np.arange(10) == 4)
    xy, score = fuse_gap(gap)
    np.testing.assert_allclose(xy[1], gap.before - [0, 30], atol=3)
    assert score[1, 4] < score[1, 5]


def test_a_keypoint_that_the_tracker_lost_does_not_move_with_another_person() -> None:
    gap = jump(np.arange(10) == 4, (np.arange(10) == 4).astype(np.int64))
    np.testing.assert_allclose(fuse_gap(gap)[0][1, 4], gap.before[4], atol=0.1)


def test_where_the_tracker_lost_a_person_interpolation_is_left() -> None:
    gap = jump(np.ones(10, dtype=bool))
    np.testing.assert_allclose(fuse_gap(gap)[0], np.stack([gap.before] * 3), atol=0.1)


def test_a_one_sided_point_is_doubted_when_it_leaves_its_person() -> None:
    motion = np.zeros((3, 10, 2))
    motion[1:, :9] = [60, 0]
    sure, people = np.ones((3, 10)), np.zeros(10, dtype=np.int64)
    score = tail_score(sure, motion, np.full(10, 200.0), people)
    assert (score[1:, 9] < score[1:, 0] - 0.1).all()
    alone = tail_score(sure[:2, :2], np.array([[[0.0, 0], [0, 0]], [[60, 0], [0, 0]]]), np.full(2, 200.0), np.arange(2))
    assert alone[1, 0] < alone[1, 1] - 0.1


def test_predictions_between_two_anchors_give_way(panning: list[U8]) -> None:
    wrong = predictions(range(1, 10), xy=np.stack([body(t) + 30 for t in range(1, 10)]))
    result = carried(Instances.concat([person([0, 10]), wrong]), panning, 0, 11)
    np.testing.assert_allclose(result.keypoints_xy, [body(t) for t in range(11)], atol=0.3)
    assert np.isnan(result.sharpness[1:-1]).all()


def test_beside_an_anchor_predictions_take_over_once_they_agree(panning: list[U8]) -> None:
    xy = np.stack([body(t) + (30 if t < 8 else 0) for t in range(1, 20)])
    result = carried(Instances.concat([person(0), predictions(range(1, 20), xy=xy)]), panning, 0, 20)
    assert (result.source[1:8] == Source.PROPAGATED).all()
    assert (result.source[8:] == Source.PREDICTED).all()


def test_points_that_leave_the_picture_stop(panning: list[U8]) -> None:
    labels = person(20, xy=SHAPE[None] * 0.3 + [225, 100])
    result = carried(labels, panning, 20, 31)
    placed = result.visibility > 0
    assert 0 < placed[-1].sum() < K
    assert (result.keypoints_xy[placed][:, 0] <= 240).all()


@pytest.mark.parametrize(("clicked", "appears"), [(1, False), (15, False), (16, True)])
def test_a_person_whom_an_estimator_did_not_see_appears_with_nine_tenths_of_their_keypoints(
    panning: list[U8], clicked: int, appears: bool
) -> None:
    source = np.where(np.arange(K) < clicked, Source.CORRECTED, Source.PREDICTED)[None]
    labels = person([4, 8]).replace(source=np.repeat(source, 2, axis=0))
    result = carried(labels, panning, 0, 9, PropagationSettings(horizon=2))
    assert result.frame_index.tolist() == ([2, 3, 4, 5, 6, 7, 8] if appears else [4, 8])


def test_half_of_a_person_is_counted_from_what_is_labelled_of_them(panning: list[U8]) -> None:
    seen, gone = np.where(np.arange(K) < 8, 2, 0), np.where(np.arange(K) < 3, 2, 0)
    labels = person([4, 8], visibility=np.stack([seen, gone]), source=Source.IMPORTED)
    result = carried(labels, panning, 4, 9, PropagationSettings(horizon=0))
    assert result.frame_index.tolist() == [4, 5, 6, 7, 8]
    assert (result.visibility[1:4] > 0).sum(axis=1).tolist() == [3, 3, 3]


@pytest.mark.parametrize(("seen", "appears"), [(2, False), (3, True)])
def test_one_or_two_corrected_keypoints_at_the_border_are_nobody_elsewhere(
    panning: list[U8], seen: int, appears: bool
) -> None:
    labels = person([4, 8], visibility=np.where(np.arange(K) < seen, 2, 0))
    assert (6 in carried(labels, panning, 0, 9, PropagationSettings(horizon=0)).frame_index) == appears
    by_file = labels.replace(source=np.where(labels.visibility > 0, Source.IMPORTED, Source.NONE))
    assert 6 in carried(by_file, panning, 0, 9, PropagationSettings(horizon=0)).frame_index


def test_a_person_fades_out_when_half_of_their_tracks_have_ended(panning: list[U8]) -> None:
    leaving = body(10)
    leaving[:9] = [236, 100] - np.arange(9)[:, None] * [0, 4]
    result = carried(person(10, xy=leaving[None]), panning, 10, 31)
    assert result.frame_index.max() < 20
    assert ((result.visibility > 0).sum(axis=1) >= 9).all()


def test_other_tracks_and_unlinked_instances_pass_through(panning: list[U8]) -> None:
    other = predictions([3, 4]).replace(track_id=np.array([7, -1]))
    result = carried(Instances.concat([person([0, 10]), other]), panning, 0, 11)
    kept = result.select(np.isin(result.track_id, [7, -1]))
    assert instances_digest(kept) == instances_digest(other.sorted())


def test_ranges_asked_together_need_what_each_needs_alone() -> None:
    labels = Instances.concat([person([0, 10, 14, 29]), person([3, 25], track=1), predictions([7, 8])])
    for length in (1, 4, 31):
        ranges = [(start, min(start + length, 31)) for start in range(0, 31, length)]
        alone = [needed_frames(labels, start, end, 31, DEFAULTS) for start, end in ranges]
        assert needed_ranges(labels, ranges, 31, DEFAULTS) == alone
    assert needed_ranges(person([5, 9]), [(0, 4), (6, 8)], 31, PropagationSettings(horizon=0)) == [(0, 0), (5, 10)]


def test_without_anchors_labels_come_back_sorted_and_no_picture_is_read(panning: list[U8]) -> None:
    labels = predictions([9, 3, 5])
    assert needed_frames(labels, 0, 20, 31, DEFAULTS) == (0, 0)
    result = propagate(labels, 0, 20, iter(()), point_tracker("lucas_kanade"), DEFAULTS)
    assert instances_digest(result) == instances_digest(labels.sorted())


def test_new_instances_carry_boxes_heads_and_person(panning: list[U8]) -> None:
    box, head = np.array([[10.0, 5, 200, 150]]), np.array([[70.0, 30, 20, 24]])
    move = np.array([[2.0, 1, 0, 0]])
    labels = person(
        [0, 10], person_id=np.array([42, 42]), bbox_xywh=np.concatenate([box, box + 10 * move]),
        head_xywh=np.concatenate([head, head + 10 * move]),
    )  # fmt: skip
    result = carried(labels, panning, 5, 6)
    np.testing.assert_allclose(result.bbox_xywh, box + 5 * move, atol=0.5)
    np.testing.assert_allclose(result.head_xywh, head + 5 * move, atol=0.5)
    assert result.person_id.tolist() == [42]
    assert result.extra == ("",)


def test_an_existing_box_grows_to_hold_its_propagated_keypoints(panning: list[U8]) -> None:
    small = predictions(5).replace(bbox_xywh=np.array([[90.0, 75, 1, 1]]))
    result = carried(Instances.concat([person([0, 10]), small]), panning, 5, 6)
    low, high = result.bbox_xywh[0, :2], result.bbox_xywh[0, :2] + result.bbox_xywh[0, 2:]
    assert (result.keypoints_xy[0] >= low - 1e-9).all()
    assert (result.keypoints_xy[0] <= high + 1e-9).all()


def test_visibility_is_that_of_both_anchors(panning: list[U8]) -> None:
    seen = np.full((2, K), 2)
    seen[1, 4] = 1
    result = carried(person([0, 4], visibility=seen), panning, 2, 3)
    assert result.visibility[0].tolist() == [1 if k == 4 else 2 for k in range(K)]


def test_adjacent_anchors_and_single_frames_need_nothing(panning: list[U8]) -> None:
    assert needed_frames(person([10, 11]), 10, 12, 31, DEFAULTS) == (10, 10)
    one = carried(person(0), panning[:1])
    assert one.frame_index.tolist() == [0]


def test_missing_pictures_are_refused(panning: list[U8]) -> None:
    frames = (Frame(t, panning[t]) for t in range(8))
    with pytest.raises(VideoError, match="expected the pictures of frames 0 to 10 to propagate through, got 0 to 7"):
        propagate(person([0, 10]), 0, 11, frames, point_tracker("lucas_kanade"), DEFAULTS)


@pytest.fixture(scope="module")
def clip() -> SyntheticClip:
    generated = synthesize_clip(ClipSpec(frames=41, width=320, height=192, people=3, motion="fast", seed=5))
    return [frame.image for frame in generated.frames], generated.truth


def sparse(truth: Instances, seed: int, source: Source = Source.CORRECTED) -> Instances:
    """Human labels on random frames and keypoints, removals, and wrong predictions on other frames."""
    rng = np.random.default_rng(seed)
    human = truth.select(rng.random(len(truth)) < 0.12)
    kept = (rng.random(human.visibility.shape) < 0.8) & (human.visibility > 0)
    human = Instances.build(
        COCO17, human.frame_index, human.keypoints_xy, np.where(kept, human.visibility, 0), source,
        track_id=human.track_id,
    )  # fmt: skip
    removed = ~kept & (rng.random(kept.shape) < 0.3)
    human = human.replace(source=np.where(removed, Source.CORRECTED, human.source))
    rest = truth.select(~np.isin(truth.frame_index * 64 + truth.track_id, human.frame_index * 64 + human.track_id))
    rest = rest.select(rng.random(len(rest)) < 0.5)
    guess = Instances.build(
        COCO17, rest.frame_index, rest.keypoints_xy + rng.normal(0, 3, rest.keypoints_xy.shape), rest.visibility,
        Source.PREDICTED, track_id=rest.track_id, score=np.full(rest.visibility.shape, 0.5),
    )  # fmt: skip
    return Instances.concat([human, guess]).sorted()


@settings(max_examples=16, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    source=st.sampled_from([Source.CORRECTED, Source.IMPORTED]),
    cuts=st.sets(st.integers(1, 40), max_size=5),
    limits=st.tuples(st.integers(0, 12), st.integers(1, 15)),
)
def test_the_result_does_not_depend_on_how_the_video_is_cut(
    clip: SyntheticClip, seed: int, source: Source, cuts: set[int], limits: tuple[int, int]
) -> None:
    pictures, truth = clip
    labels = sparse(truth, seed, source)
    how = PropagationSettings(horizon=limits[0], max_gap=limits[1])
    borders = [0, *sorted(cuts), len(pictures)]
    whole = carried(labels, pictures, settings=how)
    parts = [carried(labels, pictures, *cut, settings=how) for cut in pairwise(borders)]
    assert instances_digest(Instances.concat(parts)) == instances_digest(whole)


def test_all_labels_and_pictures_give_what_the_needed_ones_give(clip: SyntheticClip) -> None:
    pictures, truth = clip
    labels = sparse(truth, 1)
    frames = (Frame(t, picture) for t, picture in enumerate(pictures))
    whole = propagate(labels, 13, 21, frames, point_tracker("lucas_kanade"), DEFAULTS)
    assert instances_digest(whole) == instances_digest(carried(labels, pictures, 13, 21))


@pytest.mark.parametrize("motion", ["slow", "fast"])
def test_fusion_is_right_at_least_as_often_as_interpolation(motion: Literal["slow", "fast"]) -> None:
    generated = synthesize_clip(ClipSpec(frames=41, width=480, height=270, people=3, motion=motion, seed=9))
    pictures, truth = [frame.image for frame in generated.frames], generated.truth
    result = carried(truth.select(truth.frame_index % 10 == 0), pictures)
    at = {(int(f), int(t)): i for i, (f, t) in enumerate(zip(truth.frame_index, truth.track_id, strict=True))}
    rows = [at[int(f), int(t)] for f, t in zip(result.frame_index, result.track_id, strict=True)]
    ours = np.linalg.norm(result.keypoints_xy - truth.keypoints_xy[rows], axis=-1)
    linear = np.full_like(ours, np.nan)
    for i, (frame, track) in enumerate(zip(result.frame_index.tolist(), result.track_id.tolist(), strict=True)):
        before, after = (at.get((f, track)) for f in (frame - frame % 10, frame - frame % 10 + 10))
        if frame % 10 and before is not None and after is not None:
            s = frame % 10 / 10
            guess = (1 - s) * truth.keypoints_xy[before] + s * truth.keypoints_xy[after]
            both = (truth.visibility[before] > 0) & (truth.visibility[after] > 0)
            linear[i] = np.where(both, np.linalg.norm(guess - truth.keypoints_xy[rows[i]], axis=-1), np.nan)
    counts = np.isfinite(linear) & (truth.visibility[rows] > 0)
    half_head = np.broadcast_to(0.3 * np.hypot(*truth.head_xywh[rows, 2:].T)[:, None], ours.shape)[counts]
    right = (ours[counts] <= half_head).mean(), (linear[counts] <= half_head).mean()
    assert counts.sum() > 1000
    assert right[0] >= right[1] + (0.05 if motion == "fast" else 0.0)
