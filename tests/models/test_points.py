"""Lucas-Kanade follows what moves, and says when it no longer can."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from poseloom.models.points import point_tracker
from poseloom.models.points.lucas_kanade import LucasKanade
from poseloom.schemas.arrays import U8
from poseloom.schemas.errors import EstimatorError


def blurred_noise(rng: np.random.Generator) -> U8:
    noise = rng.integers(0, 255, (160, 200, 3), dtype=np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 2.0), np.uint8)


@pytest.fixture
def texture(rng: np.random.Generator) -> U8:
    """A blurred noise picture with structure everywhere."""
    return blurred_noise(rng)


def shifted(picture: U8, dx: float, dy: float) -> U8:
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return np.asarray(cv2.warpAffine(picture, matrix, picture.shape[1::-1], borderMode=cv2.BORDER_REFLECT), np.uint8)


def test_points_follow_a_shift_to_a_tenth_of_a_pixel(texture: U8) -> None:
    steps = [(1.5 * t, -0.75 * t) for t in range(6)]
    points = np.array([[80.0, 90.0], [120.5, 60.25]])
    tracks = LucasKanade().track([shifted(texture, *step) for step in steps], points)
    np.testing.assert_allclose(tracks.xy, points + np.array(steps)[:, None], atol=0.1)
    assert (tracks.confidence > 0.9).all()


def test_still_pictures_keep_points_where_they_are(texture: U8) -> None:
    points = np.array([[50.0, 50.0], [150.25, 100.75]])
    tracks = LucasKanade().track([texture] * 5, points)
    np.testing.assert_allclose(tracks.xy, np.broadcast_to(points, (5, 2, 2)), atol=0.02)


def test_a_point_that_leaves_the_picture_is_lost_for_good(texture: U8) -> None:
    pictures = [shifted(texture, 8 * t, 0) for t in range(4)] + [shifted(texture, 8 * t, 0) for t in (3, 2, 1, 0)]
    tracks = LucasKanade().track(pictures, np.array([[185.0, 80.0]]))
    assert tracks.confidence[1, 0] > 0.5
    assert (tracks.confidence[3:, 0] == 0).all()
    np.testing.assert_array_equal(tracks.xy[3:, 0], np.broadcast_to(tracks.xy[3, 0], (5, 2)))


def test_a_point_outside_the_first_picture_is_never_tracked(texture: U8) -> None:
    tracks = LucasKanade().track([texture, texture], np.array([[-3.0, 20.0]]))
    assert (tracks.confidence == 0).all()
    np.testing.assert_array_equal(tracks.xy[1], [[-3.0, 20.0]])


def test_confidence_falls_when_the_picture_changes_entirely(texture: U8, rng: np.random.Generator) -> None:
    other = blurred_noise(rng)
    points = rng.uniform(30, 130, (40, 2))
    kept = LucasKanade().track([texture, shifted(texture, 2, 1)], points).confidence[1]
    lost = LucasKanade().track([texture, other], points).confidence[1]
    assert np.median(kept) > 0.95
    assert np.median(lost) < 0.2


def test_an_unknown_tracker_or_option_is_named() -> None:
    with pytest.raises(EstimatorError, match="expected a point tracker of lucas_kanade, cotracker, got 'csrt'"):
        point_tracker("csrt")
    with pytest.raises(EstimatorError, match="got speed"):
        point_tracker("lucas_kanade", speed=3)


def test_cotracker_without_code_or_weights_says_how_to_get_them(tmp_path: Path) -> None:
    with pytest.raises(EstimatorError, match=r"pip install git\+https://github.com/facebookresearch/co-tracker"):
        point_tracker("cotracker")
    with pytest.raises(EstimatorError, match="expected CoTracker3 from torch"):
        point_tracker("cotracker", hub=str(tmp_path))
