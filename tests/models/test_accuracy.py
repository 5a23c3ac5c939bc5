"""Accuracy against hand-computed distances."""

import numpy as np
import pytest

from poseloom.models.accuracy import accuracy
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17


def _one(xy: list[tuple[float, float]], frame: int = 0, track: int = 0) -> Instances:
    """One instance whose first keypoints lie there; its head box has a diagonal of 50, so a head is 30 px."""
    points, visibility = np.zeros((1, 17, 2)), np.zeros((1, 17))
    points[0, : len(xy)], visibility[0, : len(xy)] = xy, 2
    head = [[0.0, 0.0, 30.0, 40.0]]
    return Instances.build(COCO17, [frame], points, visibility, Source.IMPORTED, track_id=[track], head_xywh=head)


def test_distances_are_means_over_keypoints_found() -> None:
    result = accuracy(_one([(3, 4), (0, 20)]), _one([(0, 0), (0, 0), (0, 0), (0, 0)]))
    assert (result.keypoints, result.found) == (4, 2)
    assert result.mean_px == 12.5
    assert result.within_half_head == 0.25


def test_another_track_or_frame_is_not_found() -> None:
    result = accuracy(Instances.concat([_one([(0, 0)], frame=1), _one([(0, 0)], track=1)]), _one([(0, 0)]))
    assert (result.found, result.within_half_head) == (0, 0.0)
    assert np.isnan(result.mean_px)


def test_half_a_head_is_inclusive() -> None:
    assert accuracy(_one([(15, 0)]), _one([(0, 0)])).within_half_head == 1.0
    assert accuracy(_one([(15.01, 0)]), _one([(0, 0)])).within_half_head == 0.0


@pytest.mark.parametrize("side", [0, 1])
def test_nothing_on_one_side_is_no_error(side: int) -> None:
    pair = [_one([(0, 0)]), _one([(0, 0)])]
    pair[side] = Instances.empty(COCO17)
    assert accuracy(*pair).found == 0
