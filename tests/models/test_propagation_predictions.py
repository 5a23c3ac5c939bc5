"""Propagated keypoints beside an estimator's: which of the two is believed, and how far."""

import numpy as np
import pytest

from poseloom.models.propagation.predictions import Predictions, Weighed, weigh
from poseloom.schemas.arrays import F64

T = 21
SIZE = 200.0
HALF_HEAD = 10.0


def straight() -> F64:
    """(T, 1, 2) one keypoint that moves by (2, 1) a frame."""
    return np.asarray(np.arange(T)[:, None, None] * np.array([2.0, 1.0]) + 50)


def beside(predicted: F64, score: float | F64, track: F64 | None = None, closed: bool = False) -> Weighed:
    """What becomes of a track (by default a perfect one) with those scores, beside predictions of score 0.6."""
    track = straight() if track is None else track
    known = np.where(np.isfinite(predicted[..., 0]), 0.6, np.nan)
    scores = np.broadcast_to(score, T)[:, None]
    return weigh(track, scores, Predictions(predicted, known), np.array([SIZE]), closed)


@pytest.mark.parametrize("closed", [False, True])
def test_without_predictions_nothing_changes(closed: bool) -> None:
    result = beside(np.full((T, 1, 2), np.nan), 0.7, closed=closed)
    np.testing.assert_array_equal(result.xy, straight())
    np.testing.assert_array_equal(result.score, np.full((T, 1), 0.7))
    assert not result.predicted.any()


def test_where_the_propagation_is_nearly_certain_it_decides() -> None:
    result = beside(straight() + np.array([15.0, 0.0]), 0.999)
    np.testing.assert_allclose(result.xy[1:], straight()[1:], atol=1.0)
    assert (result.score[1:] > 0.95).all()


def test_where_the_propagation_has_ended_the_prediction_takes_over_within_a_few_frames() -> None:
    track_ends = np.where(np.arange(T) < 4, 0.99, 0.0)
    result = beside(straight() + np.array([6.0, 0.0]), track_ends)
    off = np.linalg.norm(result.xy - straight() - [6.0, 0.0], axis=-1)[:, 0]
    assert off[1] > 4.5
    assert (np.diff(off[3:]) <= 0).all()
    assert result.predicted[12:].all()
    np.testing.assert_allclose(result.score[12:], 0.6)


def test_a_prediction_that_comes_right_is_left_alone_at_once() -> None:
    wrong = np.where(np.arange(T) < 8, 40.0, 0.0)[:, None, None] * np.array([1.0, 0.0])
    result = beside(straight() + wrong, 0.95)
    assert result.predicted[8:].all()


def test_a_track_that_leaves_with_another_person_is_not_followed() -> None:
    leaving = straight() + np.maximum(np.arange(T) - 4, 0)[:, None, None] * np.array([-12.0, 0.0])
    result = beside(straight(), 0.85, leaving)
    assert np.linalg.norm(result.xy - straight(), axis=-1)[1:].max() < HALF_HEAD
    assert result.predicted[12:].all()


def test_a_single_wrong_prediction_says_nothing_about_the_next() -> None:
    wrong = straight()
    wrong[10] += 80
    result = beside(wrong, 0.97)
    assert np.linalg.norm(result.xy - straight(), axis=-1)[11:].max() < 0.5


def test_a_gap_is_the_same_from_both_ends() -> None:
    noise = np.random.default_rng(0).normal(0, 6, (T, 1, 2))
    noise[7] = np.nan
    score = 1 - 0.3 * np.minimum(np.arange(T), np.arange(T)[::-1]) / T
    there, back = (
        beside((straight() + noise)[order], score, straight()[order], closed=True)
        for order in (slice(None), slice(None, None, -1))
    )
    np.testing.assert_allclose(there.xy, back.xy[::-1])
    np.testing.assert_allclose(there.score, back.score[::-1])
    np.testing.assert_array_equal(there.predicted, back.predicted[::-1])


def test_squares_of_independent_errors_are_halved_beside_a_good_track() -> None:
    rng = np.random.default_rng(1)
    errors = rng.normal(0, 4, (T, 400, 2))
    tracks = np.cumsum(rng.normal(0, 0.4, (T, 400, 2)), axis=0)
    score = np.broadcast_to(0.98, (T, 400))
    predictions = Predictions(errors, np.full((T, 400), 0.6))
    result = weigh(tracks, score, predictions, np.full(400, SIZE), closed=False)
    assert (result.xy[1:] ** 2).sum(axis=-1).mean() < 0.5 * (errors[1:] ** 2).sum(axis=-1).mean()
