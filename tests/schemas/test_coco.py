"""COCO keypoints files: equal after a round trip, folders as videos, every malformation by path."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.coco import read_coco, read_coco_results, write_coco, write_coco_results
from poseloom.schemas.formats.posetrack import read_posetrack
from poseloom.schemas.instances import UNLINKED, Instances
from poseloom.schemas.labels import LabelSet
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17, HUMANART21, POSETRACK, Skeleton
from poseloom.schemas.video import Video

RESULTS = [
    "coco_keypoints/example_coco_preds.json",
    "coco_keypoints/person_keypoints_val2014_fakekeypoints100_results.json",
    "coco_keypoints/test_coco_det_AP_H_56.json",
    "posetrack18_mmpose/annotations/human_detections.json",
]


def image(image_id: int, file_name: str, **fields: Any) -> dict[str, Any]:
    return {"id": image_id, "file_name": file_name, "width": 64, "height": 48, "license": 3, **fields}


def person(image_id: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": 900 + image_id,
        "image_id": image_id,
        "category_id": 1,
        "iscrowd": 0,
        "area": 12.5,
        "segmentation": [[1.5, 2, 3, 4.25, 5, 6]],
        "bbox": [1.0, -2.5, 30, 40],
        "num_keypoints": 2,
        "keypoints": [10, 20, 2, 11.5, -21, 1, *[0] * 45],
        **fields,
    }


def category(skeleton: Skeleton = COCO17, **fields: Any) -> dict[str, Any]:
    return {"supercategory": "person", "id": 1, "name": "person", "keypoints": list(skeleton.keypoints), **fields}


def document(images: Any = None, people: Any = None, **fields: Any) -> dict[str, Any]:
    return {
        "info": {"year": 2020, "description": "d"},
        "licenses": [{"id": 3, "url": "u"}],
        "categories": [category()],
        "images": [image(7, "a/000004.jpg")] if images is None else images,
        "annotations": [person(7)] if people is None else people,
        **fields,
    }


def round_trip(original: dict[str, Any]) -> dict[str, Any]:
    return write_coco(read_coco(copy.deepcopy(original), "x"))


def video(frames: int = 6) -> Video:
    return Video(video_id="0" * 16, name="a", uri="x", width=64, height=48, frame_count=frames, fps=25)


def test_the_real_dataset_comes_back_equal(real_data: Path) -> None:
    original = json.loads((real_data / "coco_keypoints/example_coco_val.json").read_bytes())
    (labels,) = read_coco(original, "val")
    assert (labels.skeleton, len(labels.frames), len(labels.instances)) == (COCO17, 4, 14)
    assert write_coco([labels]) == original


@pytest.mark.parametrize("path", RESULTS)
def test_every_real_results_list_comes_back_equal(path: str, real_data: Path) -> None:
    original = json.loads((real_data / path).read_bytes())
    (labels,) = read_coco(original, "preds")
    assert write_coco_results(labels) == original


def test_real_results_carry_their_confidences(real_data: Path) -> None:
    original = json.loads((real_data / RESULTS[0]).read_bytes())
    people = read_coco_results(original, "preds").instances
    assert people.score[0, 0] == np.float32(0.964827835559845)
    assert people.keypoints_xy[0, 0].tolist() == original[0]["keypoints"][:2]
    assert set(people.source.ravel().tolist()) == {Source.IMPORTED}


def test_annotations_become_typed_columns() -> None:
    (labels,) = read_coco(document(people=[person(7, track_id=3)]), "x")
    people = labels.instances
    assert (labels.name, people.frame_index.tolist(), people.track_id.tolist()) == ("a", [4], [3])
    assert people.bbox_xywh[0].tolist() == [1, -2.5, 30, 40]
    assert people.keypoints_xy[0, :3].tolist() == [[10, 20], [11.5, -21], [0, 0]]
    assert people.visibility[0, :3].tolist() == [2, 1, 0]
    assert np.isnan(people.score).all()


@pytest.mark.parametrize(
    "fields",
    [
        {"track_id": 0},
        {"track_id": -1},
        {"keypoints": []},
        {"bbox": []},
        {"num_keypoints": 0},
        {"iscrowd": 1, "segmentation": {"counts": [1, 2], "size": [3, 4]}, "note": None},
        {"keypoints": [5, 6, 0, *[0] * 48]},
        {"area": 12345678.123456789},
    ],
    ids=str,
)
def test_unusual_annotations_come_back_equal(fields: dict[str, Any]) -> None:
    original = document(people=[person(7, **fields)])
    assert round_trip(original) == original


@pytest.mark.parametrize("absent", ["keypoints", "bbox", "num_keypoints", "area", "segmentation", "id"])
def test_absent_fields_stay_absent(absent: str) -> None:
    someone = person(7)
    del someone[absent]
    assert round_trip(document(people=[someone])) == document(people=[someone])


@pytest.mark.parametrize(
    "original",
    [
        document(images=[], people=[]),
        document(people=[]),
        {"categories": [category()], "images": [], "annotations": []},
        document(categories=[{"id": 2, "name": "dog"}, category() | {"skeleton": [[16, 14]]}]),
        document(categories=[category()] * 2),
    ],
    ids=["empty", "no people", "bare", "with dogs", "twice"],
)
def test_unusual_documents_come_back_equal(original: dict[str, Any]) -> None:
    assert round_trip(original) == original


def test_detections_without_keypoint_categories_are_boxes() -> None:
    box = {"id": 1, "image_id": 7, "category_id": 5, "bbox": [1, 2, 3, 4]}
    original = document(people=[box], categories=[{"id": 5, "name": "person"}])
    assert round_trip(original) == original


def test_each_folder_is_a_video_even_when_files_interleave() -> None:
    images = [image(1, "v/a/000000.jpg"), image(2, "v/b/000000.jpg"), image(3, "v/a/000001.jpg")]
    original = document(images, [person(3), person(2), person(1)])
    a, b = read_coco(original, "x")
    assert (a.name, b.name) == ("a", "b")
    assert a.instances.frame_index.tolist() == [1, 0]
    assert b.instances.frame_index.tolist() == [0]
    assert write_coco([a, b]) == original
    assert write_coco([b, a]) == original


def test_folders_that_end_alike_keep_their_whole_name() -> None:
    names = [labels.name for labels in read_coco(document([image(1, "u/a/1.jpg"), image(2, "v\\a\\1.jpg")], []), "x")]
    assert names == ["u/a", "v/a"]


def test_pictures_without_a_folder_take_the_documents_name() -> None:
    assert [labels.name for labels in read_coco(document([image(7, "000000000785.jpg")]), "x")] == ["x"]


def test_frames_are_six_digit_names_or_else_natural_order() -> None:
    numbered = document([image(1, "a/000010.jpg"), image(2, "a/000005.jpg")], [])
    assert [f.frame_index for f in read_coco(numbered, "x")[0].frames] == [10, 5]
    named = document([image(1, "a/f10.jpg"), image(2, "a/f9.jpg"), image(3, "a/f100.jpg")], [])
    assert [f.frame_index for f in read_coco(named, "x")[0].frames] == [1, 0, 2]


@pytest.mark.parametrize("skeleton", [COCO17, POSETRACK, HUMANART21], ids=lambda s: s.name)
def test_the_skeleton_is_found_by_names_in_any_order(skeleton: Skeleton) -> None:
    k = len(skeleton)
    backwards = category(keypoints=list(skeleton.keypoints[::-1]))
    placed = [n for slot in range(k) for n in (slot + 0.5, slot, 2)]
    original = document(people=[person(7, keypoints=placed, num_keypoints=k)], categories=[backwards])
    (labels,) = read_coco(original, "x")
    assert labels.skeleton is skeleton
    assert labels.instances.keypoints_xy[0, 0].tolist() == [k - 0.5, k - 1]
    assert write_coco([labels]) == original


def test_an_edit_of_a_typed_column_is_what_is_written() -> None:
    original = document(people=[person(7, num_keypoints=9, keypoints=[5, 6, 0, 7, 8, 2, *[0] * 45])])
    (labels,) = read_coco(original, "x")
    xy, visibility = labels.instances.keypoints_xy.copy(), labels.instances.visibility.copy()
    xy[0, 2], visibility[0, 2] = (1.25, 2.5), 1
    edited = labels.instances.replace(keypoints_xy=xy, visibility=visibility, bbox_xywh=[[0, 0, 1, 1]], track_id=[8])
    someone = write_coco([LabelSet("a", edited, labels.frames, labels.extra)])["annotations"][0]
    assert someone["keypoints"][:9] == [5, 6, 0, 7, 8, 2, 1.25, 2.5, 1]
    assert (someone["num_keypoints"], someone["bbox"], someone["track_id"]) == (2, [0, 0, 1, 1], 8)
    assert someone["segmentation"] == original["annotations"][0]["segmentation"]


def test_an_edited_confidence_is_what_is_written() -> None:
    labels = read_coco_results([{"image_id": 1, "score": 0.5, "keypoints": [1, 2, 0.123456789] * 17}], "x")
    score = labels.instances.score.copy()
    score[0, 0] = 0.25
    (someone,) = write_coco_results(LabelSet("x", labels.instances.replace(score=score), labels.frames))
    assert someone["keypoints"][:6] == [1, 2, 0.25, 1, 2, 0.123456789]


def own_labels(name: str = "a") -> LabelSet:
    xy = np.full((2, 17, 2), 3)
    people = Instances.build(COCO17, [0, 4], xy, np.full((2, 17), 2), Source.PREDICTED, track_id=[1, UNLINKED])
    return LabelSet(name, people.replace(score=np.full((2, 17), 0.5)))


def test_the_area_of_a_new_person_is_053_of_the_box() -> None:
    labels = own_labels()
    boxed = labels.instances.replace(bbox_xywh=np.tile([1.0, 2.0, 10.0, 20.0], (2, 1)))
    written = write_coco([LabelSet(labels.name, boxed)], {"a": video()})
    assert [person["area"] for person in written["annotations"]] == pytest.approx([106.0, 106.0])


def test_an_export_lists_every_frame_of_a_given_video() -> None:
    written = write_coco([own_labels()], {"a": video()})
    assert [i["file_name"] for i in written["images"]] == [f"a/{frame:06d}.jpg" for frame in range(6)]
    assert [i["id"] for i in written["images"]] == [1, 2, 3, 4, 5, 6]
    assert {(i["width"], i["height"]) for i in written["images"]} == {(64, 48)}
    one, two = written["annotations"]
    assert (one["id"], one["image_id"], one["track_id"], one["num_keypoints"]) == (1, 1, 1, 17)
    assert (two["id"], two["image_id"], "track_id" in two) == (2, 5, False)
    assert (one["iscrowd"], one["area"], one["category_id"]) == (0, 0, 1)
    assert written["categories"][0]["skeleton"][0] == [16, 14]


def test_an_export_of_several_videos_reads_back_by_folder() -> None:
    back = read_coco(json.loads(json.dumps(write_coco([own_labels("a"), own_labels("b")]))), "x")
    assert [labels.name for labels in back] == ["a", "b"]
    for labels in back:
        assert labels.instances.frame_index.tolist() == [0, 4]
        np.testing.assert_array_equal(labels.instances.keypoints_xy, own_labels().instances.keypoints_xy)


def test_posetrack_labels_export_without_posetracks_own_fields(real_data: Path) -> None:
    path = real_data / "posetrack18_mmpose/annotations/val/009473_mpii_test.json"
    labels = read_posetrack(json.loads(path.read_bytes()), path.stem)
    written = write_coco([labels])
    assert set(written["images"][0]) == {"id", "file_name"}
    assert written["images"][0]["id"] == 10094730000
    assert set(written["annotations"][0]) == {
        *("id", "image_id", "category_id", "iscrowd", "area", "num_keypoints", "track_id", "bbox", "keypoints")
    }
    (back,) = read_coco(written, "x")
    np.testing.assert_array_equal(back.instances.visibility, labels.instances.visibility)
    np.testing.assert_array_equal(back.instances.keypoints_xy, labels.instances.keypoints_xy)


def test_label_sets_that_cannot_share_a_file_are_refused() -> None:
    with pytest.raises(LabelError, match="one skeleton for a COCO file, got coco17, posetrack"):
        write_coco([own_labels(), LabelSet("b", Instances.empty(POSETRACK))])
    with pytest.raises(LabelError, match="one skeleton for a COCO file, got nothing"):
        write_coco([])
    with pytest.raises(LabelError, match="expected label sets of one COCO file, got other file fields in a than x"):
        write_coco([*read_coco(document([], []), "x"), own_labels()])
    with pytest.raises(LabelError, match="a: expected labels of frames 0 to 3, got frame 4"):
        write_coco([own_labels()], {"a": video(frames=4)})


def test_new_results_carry_the_mean_confidence() -> None:
    one, two = write_coco_results(own_labels())
    assert (one["image_id"], two["image_id"], one["score"]) == (0, 4, 0.5)
    assert one["keypoints"][:3] == [3, 3, 0.5]


def test_results_without_confidence_are_not_labelled() -> None:
    original = [{"image_id": 3, "keypoints": [5, 6, 0] * 17}]
    labels = read_coco_results(original, "x")
    assert not labels.instances.visibility.any()
    assert write_coco_results(labels) == original


NAN = float("nan")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (None, "x: expected a JSON object, got null"),
        ({}, "x: expected a field 'images', got an empty object"),
        ({"images": [], "info": 1}, "x: expected a field 'annotations', got images, info"),
        (document(images=[image(1, "a"), image(1, "b")]), r"images\[1\].id: expected a value of its own"),
        (document(images=[image(7, "a"), image(8, "a")]), r"images\[1\].file_name: expected a value of its own"),
        (document(images=[image(7, "000001.jpg"), image(8, "000001.png")]), r"images\[1\].file_name: expected a frame"),
        (document(images=[image(7, "a", height=-3)]), r"images\[0\].height: expected an integer from 1"),
        (document(images=[{"id": 7}]), r"images\[0\].file_name: expected a string, got nothing"),
        (document(people=[person(8)]), r"annotations\[0\].image_id: expected the id of a listed image, got 8"),
        (document(people=[person(7), person(7, keypoints=[0] * 50)]), r"\[1\].keypoints: expected 51 numbers, got 50"),
        (document(people=[person(7, keypoints=[0.5] * 51)]), r"keypoints\[2\]: expected visibility 0, 1 or 2, got 0.5"),
        (document(people=[person(7, keypoints=[NAN, 0, 2] * 17)]), r"annotations\[0\].keypoints\[0\]: .*, got nan"),
        (document(people=[person(7, bbox=["a"] * 4)]), r"annotations\[0\].bbox\[0\]: expected a number .*, got 'a'"),
        (document(people=[person(7, track_id=None)]), r"track_id: expected an integer from -1 to 1048575, got null"),
        (document(people=[person(7, area=NAN)]), r"annotations\[0\]: expected JSON values"),
        (document(people=[7]), r"annotations\[0\]: expected an object, got 7"),
        (document(categories=[]), "categories: expected a category with keypoints, got none"),
        (document(categories={}), "categories: expected a list of objects, got an object of 0 fields"),
        (document(categories=[category(keypoints=["head", "tail"])]), r"expected .* of coco17, .* got head, tail"),
        (document(categories=[category(), category(HUMANART21)]), "one list of keypoints, got 2 different ones"),
        ([{"keypoints": [0] * 51}], r"x\[0\].image_id: expected an integer, got nothing"),
        ([{"image_id": 1, "keypoints": [0] * 50}], r"x\[0\].keypoints: expected 51 \(coco17\) or 63 \(humanart21\)"),
        ([{"image_id": 1, "keypoints": [0] * 51}, 3], r"x\[1\]: expected an object, got 3"),
    ],
)  # fmt: skip
def test_malformed_documents_are_refused_by_path(broken: Any, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        read_coco(broken, "x")


def test_model_keypoints_keep_their_scores_through_a_file() -> None:
    score = np.full((1, 17), 0.25, np.float32)
    score[0, 3] = np.nan
    model = Instances.build(
        COCO17, [0], np.full((1, 17, 2), 5.5), np.full((1, 17), 2), Source.PROPAGATED, track_id=[4], score=score
    )
    human = Instances.build(COCO17, [0], np.full((1, 17, 2), 9.5), np.full((1, 17), 2), Source.IMPORTED, track_id=[5])
    written = write_coco([LabelSet("street", Instances.concat([model, human]))])
    (back,) = read_coco(written, "street")
    assert back.instances.score[0].tolist() == [1.0 if k == 3 else 0.25 for k in range(17)]
    assert np.isnan(back.instances.score[1]).all()
    assert "scores" not in written["annotations"][1]
