"""Made-up estimates err as they say, for a while, and the same way for the same seed."""

import numpy as np
import pytest

from poseloom.models.oks import box_area
from poseloom.models.synthetic.estimates import EstimateErrors, estimates
from poseloom.schemas.arrays import F64
from poseloom.schemas.ids import instances_digest
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17

K = len(COCO17)
FLAWLESS = EstimateErrors(jitter=0, miss=0, miss_hidden=0, swap=0, invert=0, lost=0, lost_hidden=0, invented=0)
FRAMES = 400


def walkers(apart: float = 500.0, visibility: int = 2) -> Instances:
    """Two people who walk side by side, with boxes of 100 x 200."""
    shape = np.random.default_rng(2).uniform((0, 0), (100, 200), (K, 2))
    rows = [(track, frame) for frame in range(FRAMES) for track in (0, 1)]
    corners = np.array([(apart * track + frame, 50.0) for track, frame in rows])
    return Instances.build(
        COCO17, [frame for _, frame in rows], corners[:, None] + shape, np.full((len(rows), K), visibility),
        Source.IMPORTED, track_id=[track for track, _ in rows],
        bbox_xywh=np.concatenate([corners, np.tile([100.0, 200.0], (len(rows), 1))], axis=1),
    )  # fmt: skip


def with_only(**errors: float) -> EstimateErrors:
    return EstimateErrors(**(FLAWLESS.model_dump() | errors))


def offsets(truth: Instances, found: Instances) -> F64:
    """(N, K, 2) errors in OKS's units; both sorted, nobody lost, nobody invented."""
    unit = np.sqrt(box_area(truth.bbox_xywh))[:, None] * 2 * np.asarray(COCO17.sigmas)
    return np.asarray((found.keypoints_xy - truth.keypoints_xy) / unit[..., None])


def test_an_estimator_without_errors_says_the_truth() -> None:
    truth = walkers()
    found = estimates(truth, 0, FLAWLESS)
    np.testing.assert_array_equal(found.keypoints_xy, truth.keypoints_xy)
    np.testing.assert_array_equal(found.track_id, truth.track_id)
    assert (found.source == Source.PREDICTED).all()
    assert found.score.min() > 0.5


def test_equal_seeds_give_equal_estimates_whatever_the_order_of_people() -> None:
    truth = walkers()
    shuffled = truth.select(np.random.default_rng(1).permutation(len(truth)))
    first = instances_digest(estimates(truth, 3))
    assert first == instances_digest(estimates(shuffled, 3))
    assert first != instances_digest(estimates(truth, 4))


@pytest.mark.parametrize(("visibility", "spread"), [(2, 0.3), (1, 0.9)])
def test_jitter_has_the_spread_that_was_asked_for_and_drifts(visibility: int, spread: float) -> None:
    truth = walkers(visibility=visibility)
    off = offsets(truth, estimates(truth, 0, with_only(jitter=0.3, hidden=3.0, memory=0.9)))
    assert off.std() == pytest.approx(spread, rel=0.1)
    track = off[::2].reshape(FRAMES, -1)
    assert np.corrcoef(track[1:].ravel(), track[:-1].ravel())[0, 1] == pytest.approx(0.9, abs=0.05)


def test_misses_come_in_episodes_of_the_mean_length_with_lower_scores() -> None:
    truth = walkers()
    found = estimates(truth, 0, with_only(miss=0.01, miss_length=8.0, miss_size=5.0))
    wrong = np.linalg.norm(offsets(truth, found), axis=-1) > 0
    begins = wrong[2:] & ~wrong[:-2]
    assert wrong.sum() / begins.sum() == pytest.approx(8.0, rel=0.25)
    assert found.score[wrong].mean() < found.score[~wrong].mean() - 0.2


def test_swaps_change_the_sides_of_one_limb() -> None:
    truth = walkers()
    found = estimates(truth, 0, with_only(swap=0.02))
    arms = [COCO17.index(name) for name in ("left_elbow", "right_elbow", "left_wrist", "right_wrist")]
    swapped = (found.keypoints_xy[:, arms] == truth.keypoints_xy[:, [arms[1], arms[0], arms[3], arms[2]]]).all(
        axis=(1, 2)
    )
    right = (found.keypoints_xy[:, arms] == truth.keypoints_xy[:, arms]).all(axis=(1, 2))
    assert 0 < swapped.sum() < len(truth) / 2
    assert (swapped ^ right).all()


def test_limbs_are_taken_from_people_who_overlap_and_from_no_one_else() -> None:
    apart = walkers()
    np.testing.assert_array_equal(estimates(apart, 0, with_only(invert=0.1)).keypoints_xy, apart.keypoints_xy)
    near = walkers(apart=40.0)
    found = estimates(near, 0, with_only(invert=0.1))
    wrong = (found.keypoints_xy != near.keypoints_xy).any(axis=-1)
    other = near.keypoints_xy[np.arange(len(near)) ^ 1]
    assert wrong.any()
    np.testing.assert_array_equal(found.keypoints_xy[wrong], other[wrong])


def test_lost_people_are_gone_for_a_while_and_invented_ones_are_unsure() -> None:
    truth = walkers()
    lost = estimates(truth, 0, with_only(lost=0.02, lost_length=6.0))
    assert 0.75 < len(lost) / len(truth) < 0.98
    invented = estimates(truth, 0, with_only(invented=0.05))
    extra = len(invented) - len(truth)
    assert 0.1 * FRAMES < extra < FRAMES
    sure = np.sort(np.nanmean(invented.score, axis=1))
    assert sure[: extra // 2].max() < 0.6 < sure[extra:].min()


def test_what_the_truth_does_not_label_is_not_predicted() -> None:
    truth = walkers()
    seen = truth.visibility.copy()
    seen[:, 3:5] = 0
    blind = truth.replace(visibility=seen, keypoints_xy=np.where(seen[..., None] > 0, truth.keypoints_xy, 0))
    found = estimates(blind, 0)
    assert (found.visibility[:, 3:5] == 0).all()
    assert (found.visibility[:, 5:] == 2).all()


def test_nobody_is_estimated_as_nobody() -> None:
    assert len(estimates(Instances.empty(COCO17), 0)) == 0
