"""What every point tracker promises. CoTracker joins where the user has its code (COTRACKER_HUB)."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from poseloom.models.points import point_tracker
from poseloom.schemas.arrays import U8
from poseloom.schemas.ports import PointTracker


@pytest.fixture(params=["lucas_kanade", "cotracker-offline", "cotracker-online"])
def tracker(request: pytest.FixtureRequest, tmp_path: Path) -> PointTracker:
    name, _, mode = request.param.partition("-")
    if name == "lucas_kanade":
        return point_tracker(name)
    hub = os.environ.get("COTRACKER_HUB")
    if not hub:
        pytest.skip("set COTRACKER_HUB to a checkout of facebookresearch/co-tracker (CC-BY-NC) to test its adapter")
    model = torch.hub.load(  # type: ignore[no-untyped-call]
        hub, f"cotracker3_{mode}", source="local", pretrained=False
    ).model
    torch.save(model.state_dict(), tmp_path / "random.pth")
    return point_tracker(name, mode=mode, hub=hub, checkpoint=tmp_path / "random.pth", device="cpu")


@pytest.fixture
def pictures(rng: np.random.Generator) -> list[U8]:
    picture = cv2.GaussianBlur(rng.integers(0, 255, (64, 96, 3), dtype=np.uint8), (0, 0), 2.0)
    return [np.roll(picture, t, axis=1) for t in range(4)]


POINTS = np.array([[20.25, 30.5], [60.0, 40.0], [33.3, 12.7]])


def test_the_first_row_is_the_query(tracker: PointTracker, pictures: list[U8]) -> None:
    tracks = tracker.track(pictures, POINTS)
    np.testing.assert_array_equal(tracks.xy[0], POINTS)
    assert tracks.xy.shape == (4, 3, 2)
    assert tracks.xy.dtype == np.float64


def test_confidence_is_a_probability_for_every_point_and_picture(tracker: PointTracker, pictures: list[U8]) -> None:
    confidence = tracker.track(pictures, POINTS).confidence
    assert confidence.shape == (4, 3)
    assert confidence.dtype == np.float32
    assert ((confidence >= 0) & (confidence <= 1)).all()


def test_the_same_pictures_and_points_give_the_same_tracks(tracker: PointTracker, pictures: list[U8]) -> None:
    first, second = tracker.track(pictures, POINTS), tracker.track(pictures, POINTS)
    np.testing.assert_array_equal(first.xy, second.xy)
    np.testing.assert_array_equal(first.confidence, second.confidence)


def test_one_picture_gives_the_query_back(tracker: PointTracker, pictures: list[U8]) -> None:
    np.testing.assert_array_equal(tracker.track(pictures[:1], POINTS).xy, POINTS[None])


def test_no_points_give_no_tracks(tracker: PointTracker, pictures: list[U8]) -> None:
    assert tracker.track(pictures, np.zeros((0, 2))).xy.shape == (4, 0, 2)


def test_inputs_and_global_randomness_stay_untouched(tracker: PointTracker, pictures: list[U8]) -> None:
    before, points = [picture.copy() for picture in pictures], POINTS.copy()
    state = torch.random.get_rng_state()
    tracker.track(pictures, points)
    assert torch.equal(state, torch.random.get_rng_state())
    np.testing.assert_array_equal(points, POINTS)
    assert all(np.array_equal(a, b) for a, b in zip(before, pictures, strict=True))
