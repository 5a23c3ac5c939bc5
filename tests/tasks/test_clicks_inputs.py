"""Truth, predictions and videos of the click benchmark: whose frames are whose."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from poseloom.schemas.errors import LabelError
from poseloom.tasks.clicks import labelled_cases
from tests.fixtures.sequences import FRAMES, PEOPLE, Json, coco, posetrack, results, save

NAME = "000001_mpii_test"


def tracked_dataset() -> Json:
    dataset = coco()
    for number, annotation in enumerate(dataset["annotations"]):
        annotation["track_id"] = number % PEOPLE
    return dataset


def test_a_results_list_belongs_to_the_images_of_its_ids(tmp_path: Path) -> None:
    dataset = tracked_dataset()
    late = [person for person in results(dataset) if person["image_id"] > 3]
    truth, found = save(tmp_path / "gt.json", dataset), save(tmp_path / "found.json", late)
    (case,) = labelled_cases(str(truth), str(found), None)
    assert np.unique(case.predicted.frame_index).tolist() == [3, 4, 5]
    same = np.isin(case.truth.frame_index, [3, 4, 5])
    np.testing.assert_array_equal(case.predicted.keypoints_xy, case.truth.keypoints_xy[same])


def test_a_results_list_of_other_images_is_refused(tmp_path: Path) -> None:
    dataset = tracked_dataset()
    found = [person | {"image_id": person["image_id"] + 40} for person in results(dataset)]
    with pytest.raises(LabelError, match="expected predictions of image ids of the truth, got 41"):
        list(labelled_cases(str(save(tmp_path / "gt.json", dataset)), str(save(tmp_path / "found.json", found)), None))


def test_predictions_that_number_the_pictures_otherwise_are_refused(tmp_path: Path) -> None:
    truth, found = coco(name="a"), coco(name="a")
    truth["images"] = [image | {"file_name": f"a/shot_{image['id']}.jpg"} for image in truth["images"]]
    found["images"] = [{"id": 99, "file_name": "a/shot_0.jpg"}, *truth["images"]]
    paths = save(tmp_path / "gt.json", truth), save(tmp_path / "found.json", found)
    with pytest.raises(LabelError, match=r"expected a/shot_1.jpg to be frame 0 as in the truth, got frame 1"):
        list(labelled_cases(str(paths[0]), str(paths[1]), None))


def test_truth_and_predictions_follow_a_folder_that_begins_in_the_middle(tmp_path: Path) -> None:
    frames = range(3, 3 + FRAMES)
    truth = save(tmp_path / "gt" / f"{NAME}.json", posetrack(NAME, frames))
    found = save(tmp_path / "pred" / f"{NAME}.json", posetrack(NAME, frames, scores=True))
    folder = tmp_path / "videos" / NAME
    folder.mkdir(parents=True)
    for frame in frames:
        cv2.imwrite(str(folder / f"{frame:06d}.jpg"), np.zeros((32, 48, 3), np.uint8))
    (case,) = labelled_cases(str(truth), str(found), str(tmp_path / "videos"))
    assert case.frames.tolist() == list(range(FRAMES))
    np.testing.assert_array_equal(case.predicted.frame_index, case.truth.frame_index)
    np.testing.assert_array_equal(case.predicted.keypoints_xy, case.truth.keypoints_xy)
