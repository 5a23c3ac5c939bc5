"""NoC on single images, counted by hand."""

import numpy as np
import pytest

from poseloom.models.clicks.case import Case, case
from poseloom.models.clicks.images import alone, image_clicks, rounds_of_images
from poseloom.models.propagators.none import Nothing
from poseloom.schemas.instances import Instances
from tests.fixtures.click_cases import Clairvoyant, toy


def rounds(video: Case) -> list[tuple[float, ...]]:
    return rounds_of_images(video, alone(Nothing(), ()), (75.0, 85.0, 95.0))


def test_every_round_clicks_the_worst_keypoint_of_every_person() -> None:
    """Image one: 15/17 = 0.88, two rounds to go. Image two: nothing to do."""
    found = rounds(toy([(0, 0), (0, 1)], [(0, 0), (0, 1)], {(0, 0): [3, 9]}))
    assert found[0] == pytest.approx((0.8, 0.9, 1.0))
    assert found[1] == pytest.approx((1.0,))
    assert [image_clicks(found, target).rounds for target in (75, 85, 95)] == [0.0, 0.5, 1.0]
    assert image_clicks(found, 95).failed == 0


def test_an_image_that_cannot_be_saved_by_clicks_counts_seventeen() -> None:
    """Nobody can click on a person whom nobody predicted: 51 of 101 recalls at most."""
    found = rounds(toy([(0, 0), (1, 0)], [(0, 0)]))
    assert found[0][0] == pytest.approx(51 / 101)
    one = image_clicks(found, 75)
    assert (one.rounds, one.failed, one.images) == (17.0, 1, 1)


def test_the_worst_keypoint_is_that_with_the_largest_distance_in_shares_of_the_picture() -> None:
    """30 pixels to the side are more than 200 down, in a picture of 100 x 1000."""
    video = toy([(0, 0)], [(0, 0)])
    xy = video.predicted.keypoints_xy.copy()
    xy[0, 3, 0] += 30
    xy[0, 9, 1] += 200
    clicked: list[int] = []

    def refine(people: Instances, frame: int) -> Instances:
        clicked.append(int(np.flatnonzero(np.isnan(people.score[0]))[0]))
        return people.replace(score=np.full(people.score.shape, 0.5), keypoints_xy=video.truth.keypoints_xy)

    for size, first in (((100, 1000), 3), (None, 9)):
        seen = case("toy", video.truth, video.predicted.replace(keypoints_xy=xy), video.frames, 1, (), size)
        rounds_of_images(seen, refine, (95.0,))
        assert clicked.pop() == first


def test_a_refiner_may_right_what_was_not_clicked() -> None:
    video = toy([(0, 0)], [(0, 0)], {(0, 0): [3, 9, 11]})

    def refine(people: Instances, frame: int) -> Instances:
        return people.replace(keypoints_xy=video.truth.keypoints_xy)

    assert rounds_of_images(video, refine, (95.0,))[0] == pytest.approx((0.7, 1.0))


def test_a_strategy_alone_with_one_frame_knows_only_that() -> None:
    keys = [(0, 0), (0, 1)]
    video = toy(keys, keys, {key: [3] for key in keys})
    found = rounds_of_images(video, alone(Clairvoyant(video.truth), ()), (95.0,))
    assert [len(image) for image in found] == [2, 2]


def test_an_image_whose_ap_is_just_below_the_target_goes_on() -> None:
    """Nine of ten thresholds on one person give 0.8999999999999999 in floating point, as in Click-Pose's loop."""
    found = rounds_of_images(toy([(0, 0)], [(0, 0)], {(0, 0): [3]}), alone(Nothing(), ()), (90.0,))
    assert image_clicks(found, 90).rounds == 1.0
