"""A tracker that remembers gives what the tracker gives."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from poseloom.models.clicks.memory import RememberingTracker
from poseloom.models.points import point_tracker
from poseloom.models.points.lucas_kanade import LucasKanade
from poseloom.schemas.arrays import F64, U8
from poseloom.schemas.ports import Frame, PointTracks


class Counting(LucasKanade):
    """Lucas-Kanade that counts the points it followed."""

    followed = 0

    def track(self, images: Sequence[U8], points_xy: F64) -> PointTracks:
        self.followed += len(points_xy)
        return super().track(images, points_xy)


@pytest.fixture(scope="module")
def pictures() -> tuple[Frame, ...]:
    noise = np.random.default_rng(7).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    texture = cv2.GaussianBlur(noise, (0, 0), 2.0)
    return tuple(Frame(t, np.roll(texture, 2 * t, axis=1)) for t in range(8))


def asked(rng: np.random.Generator, pictures: tuple[Frame, ...]) -> tuple[list[U8], F64]:
    """A random run, either way, and random ones of a few points."""
    points = np.random.default_rng(1).uniform(20, 100, (6, 2))
    start, end = sorted(rng.choice(9, 2, replace=False).tolist())
    images = [frame.image for frame in pictures[start:end]]
    return images[:: int(rng.choice([-1, 1]))], points[rng.permutation(6)[: int(rng.integers(0, 6))]]


def test_answers_are_the_same_bit_for_bit(pictures: tuple[Frame, ...], rng: np.random.Generator) -> None:
    plain, remembering = point_tracker("lucas_kanade"), RememberingTracker(point_tracker("lucas_kanade"), pictures)
    for _ in range(60):
        images, points = asked(rng, pictures)
        expected, got = plain.track(images, points), remembering.track(images, points)
        np.testing.assert_array_equal(got.xy, expected.xy)
        np.testing.assert_array_equal(got.confidence, expected.confidence)


def test_points_are_followed_once(pictures: tuple[Frame, ...]) -> None:
    counting = Counting()
    remembering = RememberingTracker(counting, pictures)
    images, points = [frame.image for frame in pictures], np.array([[30.0, 40], [50, 60]])
    remembering.track(images, points)
    remembering.track(images[:4], points[::-1])
    remembering.track(images, np.vstack([points, [[70.0, 20]]]))
    assert counting.followed == 3
    remembering.track(images[::-1], points)
    remembering.track([images[0], images[2]], points)
    assert counting.followed == 7
