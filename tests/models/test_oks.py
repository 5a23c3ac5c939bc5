import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from poseloom.models.oks import box_area, oks_matrix
from poseloom.schemas.skeleton import AREA_OF_BOX, COCO17


def _coco_oks(truth_xy: np.ndarray, visibility: np.ndarray, area: np.ndarray, other_xy: np.ndarray) -> np.ndarray:
    """pycocotools' own (D, G) matrix, detections in the given order."""
    truth, found = COCO(), COCO()
    frame = {"images": [{"id": 1}], "categories": [{"id": 1}]}
    truth.dataset = frame | {
        "annotations": [
            {"id": i + 1, "image_id": 1, "category_id": 1, "area": float(area[i]), "iscrowd": 0, "num_keypoints": 17,
             "bbox": [0, 0, 1, 1], "keypoints": np.c_[truth_xy[i], visibility[i]].ravel().tolist()}
            for i in range(len(truth_xy))
        ]
    }  # fmt: skip
    found.dataset = frame | {
        "annotations": [
            {"id": i + 1, "image_id": 1, "category_id": 1, "score": 1 - 0.01 * i, "area": 1.0, "iscrowd": 0,
             "bbox": [0, 0, 1, 1], "keypoints": np.c_[other_xy[i], np.ones(17)].ravel().tolist()}
            for i in range(len(other_xy))
        ]
    }  # fmt: skip
    truth.createIndex()
    found.createIndex()
    evaluation = COCOeval(truth, found, "keypoints")
    evaluation._prepare()
    return np.asarray(evaluation.computeOks(1, 1))


def test_oks_equals_pycocotools(rng: np.random.Generator) -> None:
    truth = rng.uniform(0, 200, (5, 17, 2))
    other = np.concatenate([truth + rng.normal(0, 8, truth.shape), rng.uniform(0, 200, (3, 17, 2))])
    visibility = rng.integers(0, 3, (5, 17)).astype(np.uint8)
    area = rng.uniform(500, 20000, 5)
    expected = _coco_oks(truth, visibility, area, other).T
    assert oks_matrix(truth, visibility, area, other, COCO17.sigmas) == pytest.approx(expected, rel=1e-9)


def test_oks_of_one_displaced_keypoint_is_the_formula() -> None:
    truth, other = np.zeros((1, 17, 2)), np.zeros((1, 17, 2))
    other[0, 0] = (3, 4)
    visible = np.zeros((1, 17), np.uint8)
    visible[0, :2] = 2, 1
    expected = (np.exp(-25 / (2 * 400 * (2 * 0.026) ** 2)) + 1) / 2
    assert oks_matrix(truth, visible, np.array([400.0]), other, COCO17.sigmas)[0, 0] == pytest.approx(expected)


def test_a_person_without_labelled_keypoints_has_no_oks() -> None:
    nobody = np.zeros((1, 17), np.uint8)
    assert np.isnan(oks_matrix(np.zeros((1, 17, 2)), nobody, np.ones(1), np.zeros((2, 17, 2)), COCO17.sigmas)).all()


def test_area_is_the_usual_share_of_the_box() -> None:
    assert AREA_OF_BOX == 0.53
    assert box_area(np.array([[5.0, 6.0, 10.0, 20.0]])) == pytest.approx([106.0])
