import numpy as np
import pytest

from poseloom.models.boxes import iou_matrix, person_boxes
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17


def test_iou_by_hand() -> None:
    a = np.array([[0.0, 0, 10, 10], [0, 0, 0, 0], [np.nan] * 4])
    b = np.array([[0.0, 0, 10, 10], [5, 0, 10, 10], [10, 0, 5, 5], [2, 2, 5, 4]])
    assert iou_matrix(a, b)[0] == pytest.approx([1, 50 / 150, 0, 20 / 100])
    assert (iou_matrix(a, b)[1:] == 0).all()


def test_iou_of_nobody_is_empty() -> None:
    assert iou_matrix(np.zeros((0, 4)), np.ones((3, 4))).shape == (0, 3)


def test_a_missing_box_is_the_extent_of_the_keypoints() -> None:
    xy = np.zeros((2, 17, 2))
    xy[:, 0], xy[:, 1] = (2, 3), (7, 13)
    visibility = np.zeros((2, 17), np.uint8)
    visibility[:, :2] = 2
    boxes = np.array([[np.nan] * 4, [1.0, 1, 20, 20]])
    people = Instances.build(COCO17, [0, 0], xy, visibility, Source.PREDICTED, bbox_xywh=boxes)
    assert person_boxes(people).tolist() == [[2, 3, 5, 10], [1, 1, 20, 20]]
