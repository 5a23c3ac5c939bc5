"""PoseTrack files: equal after a round trip, and every quirk of the format."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.posetrack import read_posetrack, write_posetrack
from poseloom.schemas.instances import UNLINKED, Instances
from poseloom.schemas.labels import LabelSet
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17, POSETRACK
from poseloom.schemas.video import Video

NAME = "009473_mpii_test"
SECOND_ID = 10094730001
FOLDERS = {
    "bonn_posetrack/train/posetrack_data": 30,
    "bonn_posetrack/val/posetrack_data": 10,
    "posetrack18_tracks_somof/posetrack_data": 70,
    "posetrack18_mmpose/annotations/val": 2,
    "oracle/gt_posetrack_data": 3,
    "oracle/preds/perfect/pose": 3,
    "oracle/preds/noisy/pose": 3,
    "oracle/preds/gappy/pose": 3,
}


def keypoints(**placed: tuple[float, float, float]) -> list[float]:
    return [number for name in POSETRACK.keypoints for number in placed.get(name, (0, 0, 0))]


def image(frame: int, **fields: Any) -> dict[str, Any]:
    image_id = SECOND_ID - 1 + frame
    return {
        "id": image_id,
        "frame_id": image_id,
        "vid_id": "009473",
        "file_name": f"images/val/{NAME}/{frame:06d}.jpg",
        "is_labeled": True,
        "nframes": 2,
        **fields,
    }


def person(frame: int = 0, **fields: Any) -> dict[str, Any]:
    image_id = SECOND_ID - 1 + frame
    return {
        "id": image_id * 100,
        "image_id": image_id,
        "track_id": 0,
        "category_id": 1,
        "bbox": [1.5, -2.25, 30.0, 40.0],
        "bbox_head": [3, -29, 5, 6],
        "keypoints": keypoints(nose=(10.25, 20, 1)),
        **fields,
    }


def document(*people: dict[str, Any], images: Any = None, **fields: Any) -> dict[str, Any]:
    listed = [image(0), image(1)] if images is None else images
    return {"images": listed, "annotations": list(people), "categories": categories(), **fields}


def categories() -> list[dict[str, Any]]:
    return [{"supercategory": "person", "id": 1, "name": "person", "keypoints": list(POSETRACK.keypoints)}]


def round_trip(original: dict[str, Any]) -> dict[str, Any]:
    before = copy.deepcopy(original)
    written = write_posetrack(read_posetrack(original, NAME))
    assert original == before
    return written


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_real_file_comes_back_equal(folder: str, real_data: Path) -> None:
    paths = sorted((real_data / folder).glob("*.json"))
    assert len(paths) == FOLDERS[folder]
    for path in paths:
        original = json.loads(path.read_bytes())
        assert write_posetrack(read_posetrack(original, path.stem)) == original, path.name


def test_reads_the_genuine_file_into_typed_columns(real_data: Path) -> None:
    path = real_data / "posetrack18_mmpose/annotations/val/009473_mpii_test.json"
    labels = read_posetrack(json.loads(path.read_bytes()), path.stem)
    first = labels.instances
    assert first.keypoints_xy[0, 1].tolist() == [734.1937256, 371.1997375]
    assert first.bbox_xywh[0].tolist() == [631.5, 167.77146757999992, 351.0, 751.4322540400001]
    assert first.head_xywh[0].tolist() == [648, 253, 138, 103]
    assert first.visibility[0].tolist() == [2, 2, 2, 0, 0, 2, 2, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    assert set(first.source[first.visibility > 0].tolist()) == {Source.IMPORTED}
    assert np.isnan(first.score).all()
    assert labels.frames[0].ignore_regions[0][0] == (1907, 228)
    assert (labels.frames[0].frame_index, labels.frames[0].image_id) == (0, 10094730000)


def test_coordinates_outside_the_picture_survive(real_data: Path) -> None:
    path = real_data / "posetrack18_mmpose/annotations/val/012834_mpii_test.json"
    labels = read_posetrack(json.loads(path.read_bytes()), path.stem)
    assert labels.instances.keypoints_xy[..., 1].min() == pytest.approx(-24.9, abs=0.1)
    assert labels.instances.bbox_xywh[:, 1].min() == pytest.approx(-54.6, abs=0.1)


def test_visibility_is_cocos_inside_and_posetracks_outside() -> None:
    original = document(person(keypoints=keypoints(nose=(10, 20, 1), head_top=(11, 5, 0), left_hip=(-3, 0, 0))))
    labels = read_posetrack(original, NAME)
    hip = POSETRACK.index("left_hip")
    assert labels.instances.visibility[0, [0, 1, 2, hip]].tolist() == [2, 0, 1, 1]
    assert write_posetrack(labels) == original


COORDINATE = st.one_of(st.just(0), st.integers(-3000, 3000), st.floats(-1e5, 1e5))
TRIPLES = st.lists(st.tuples(COORDINATE, COORDINATE, st.sampled_from([0, 1, 2])), min_size=17, max_size=17)
SCORES: st.SearchStrategy[list[float]] = st.one_of(st.just([]), st.lists(st.floats(-1, 2), min_size=17, max_size=17))


@given(st.lists(st.tuples(TRIPLES, SCORES), max_size=3))
@settings(max_examples=80, deadline=None)
def test_any_coordinates_flags_and_scores_come_back_equal(people: list[Any]) -> None:
    original = document(
        *(
            person(id=row, track_id=row, keypoints=[n for t in triples for n in t], scores=scores)
            for row, (triples, scores) in enumerate(people)
        )
    )
    assert round_trip(original) == original


def test_a_file_with_flag_2_speaks_cocos_flags() -> None:
    original = document(person(keypoints=keypoints(nose=(10, 20, 2), head_top=(11, 5, 1))))
    labels = read_posetrack(original, NAME)
    assert labels.instances.visibility[0, [0, 2]].tolist() == [2, 1]
    assert write_posetrack(labels) == original


def test_a_visible_keypoint_at_the_origin_is_kept() -> None:
    original = document(person(keypoints=keypoints(nose=(0, 0, 1))))
    assert read_posetrack(original, NAME).instances.visibility[0, 0] == 2
    assert round_trip(original) == original


@pytest.mark.parametrize(
    "absent", ["bbox_head", "bbox", "track_id", "keypoints", "id", "category_id"], ids=lambda field: f"no {field}"
)
def test_absent_fields_of_a_person_stay_absent(absent: str) -> None:
    someone = person()
    del someone[absent]
    assert round_trip(document(someone)) == document(someone)


@pytest.mark.parametrize(
    "fields",
    [
        {"scores": []},
        {"keypoints": []},
        {"keypoints": [0] * 51},
        {"bbox": []},
        {"bbox_head": []},
        {"track_id": -1},
        {"person_id": -1},
        {"person_id": 5473},
        {"bbox": [5.0, 6.0, 0, 0]},
        {"num_keypoints": 1},
        {"num_keypoints": 7},
        {"iscrowd": False, "occlusion": {"by": [3, None, "über"]}},
        {"scores": [0.123456789] * 17},
        {"scores": [0.9] * 17, "keypoints": [0] * 51},
        {"scores": [1.5] + [-0.25] * 16},
        {"scores": [0.5] * 17, "keypoints": keypoints(nose=(1, 2, 0.87))},
    ],
    ids=str,
)
def test_unusual_people_come_back_equal(fields: dict[str, Any]) -> None:
    original = document(person(**fields), person(1))
    assert round_trip(original) == original


@pytest.mark.parametrize(
    "regions",
    [
        {},
        {"ignore_regions_x": [], "ignore_regions_y": []},
        {"ignore_regions_x": [[0, 9.5, -3]], "ignore_regions_y": [[1, 2, 3]]},
        {"ignore_regions_x": [0, 9.5, -3], "ignore_regions_y": [1, 2, 3]},
        {"ignore_regions_x": [[0, 5], [7, 8, 9]], "ignore_regions_y": [[0, 5], [7, 8, 9]]},
        {"ignore_regions_x": [[]], "ignore_regions_y": [[]]},
    ],
    ids=["absent", "none", "one", "flat list", "two", "empty ring"],
)
def test_ignore_regions_come_back_equal(regions: dict[str, Any]) -> None:
    original = document(images=[image(0, **regions), image(1)])
    assert round_trip(original) == original


def test_a_flat_list_is_one_polygon() -> None:
    original = document(images=[image(0, ignore_regions_x=[0, 9, 9], ignore_regions_y=[1, 1, 8])])
    assert read_posetrack(original, NAME).frames[0].ignore_regions == (((0, 1), (9, 1), (9, 8)),)


@pytest.mark.parametrize("flags", [{}, {"is_labeled": False}, {"is_labeled": True}], ids=str)
@pytest.mark.parametrize("boxed", [{}, {"has_labeled_person": True}, {"has_no_densepose": True}], ids=str)
def test_frame_flags_come_back_equal(flags: dict[str, Any], boxed: dict[str, Any]) -> None:
    bare = image(1, **boxed)
    del bare["is_labeled"]
    original = document(person(1, keypoints=[]), images=[image(0), bare | flags])
    assert round_trip(original) == original
    assert read_posetrack(original, NAME).frames[1].is_labeled is flags.get("is_labeled", True)


def test_unlabelled_frames_and_the_files_order_stay() -> None:
    original = document(person(1), person(0), images=[image(1), image(0, is_labeled=False)])
    written = round_trip(original)
    assert written == original
    assert [f.frame_index for f in read_posetrack(original, NAME).frames] == [1, 0]


def test_the_image_id_is_an_opaque_key() -> None:
    # PoseTrack21's document prints T = 1 for a bonn sequence; nothing may be read out of the id.
    images = [image(0, id=10000010099), image(1, id=7)]
    labels = read_posetrack(document(person(image_id=7), images=images), "000001_bonn_train")
    assert labels.instances.frame_index.tolist() == [1]
    assert write_posetrack(labels)["images"] == images


def test_vid_ids_keep_their_zeros() -> None:
    assert round_trip(document(images=[image(0, vid_id="000001")]))["images"][0]["vid_id"] == "000001"


def test_stems_that_reach_nframes_count_from_one() -> None:
    images = [image(0, file_name="a/000001.jpg"), image(1, file_name="a/000002.jpg")]
    assert [f.frame_index for f in read_posetrack(document(images=images), NAME).frames] == [0, 1]


def test_frames_without_numbers_count_by_their_place() -> None:
    images = [image(0, file_name="a/img_9.jpg"), image(1, file_name="a/img_10.jpg")]
    assert [f.frame_index for f in read_posetrack(document(images=images), NAME).frames] == [0, 1]


def test_file_fields_without_categories_stay() -> None:
    original = document(person(), info={"version": 1.5})
    del original["categories"]
    assert round_trip(original) == original


def test_keypoints_in_another_order_are_matched_by_name() -> None:
    shuffled = document(person(keypoints=[*([0] * 48), 10.25, 20, 1]))
    names = shuffled["categories"][0]["keypoints"]
    shuffled["categories"][0]["keypoints"] = names[::-1]
    labels = read_posetrack(shuffled, NAME)
    assert labels.instances.keypoints_xy[0, 0].tolist() == [10.25, 20]
    assert write_posetrack(labels) == shuffled


def test_scores_are_model_output_and_their_absence_a_persons_work() -> None:
    labels = read_posetrack(document(person(scores=[0.75] * 17), person(1)), NAME)
    assert labels.instances.score[0, 0] == np.float32(0.75)
    assert np.isnan(labels.instances.score[0, 1:]).all()
    assert np.isnan(labels.instances.score[1]).all()


def test_an_edit_of_a_typed_column_is_what_is_written() -> None:
    original = document(
        person(scores=[0.123456789] * 17, num_keypoints=7, person_id=3),
        person(1, keypoints=[], bbox_head=[], track_id=4),
    )
    labels = read_posetrack(original, NAME)
    instances = labels.instances
    xy, visibility, score = instances.keypoints_xy.copy(), instances.visibility.copy(), instances.score.copy()
    xy[0, 1], visibility[0, 1], score[0, 1] = (7.5, 8.5), 2, 0.25
    xy[1, 0], visibility[1, 0] = (1.0, 2.0), 1
    heads = instances.head_xywh.copy()
    heads[1] = (1, 2, 3, 4)
    edited = instances.replace(
        keypoints_xy=xy, visibility=visibility, score=score, head_xywh=heads, track_id=[5, 4], person_id=[-1, -1]
    )
    written = write_posetrack(LabelSet(NAME, edited, labels.frames, labels.extra))
    one, two = written["annotations"]
    assert one["keypoints"][:6] == [10.25, 20, 1, 7.5, 8.5, 1]
    assert one["scores"][:3] == [0.123456789, 0.25, 0.123456789]
    assert (one["num_keypoints"], one["track_id"], "person_id" in one) == (2, 5, False)
    assert two["keypoints"][:6] == [1, 2, 0, 0, 0, 0]
    assert two["bbox_head"] == [1, 2, 3, 4]


def test_a_removed_keypoint_is_written_as_zeros() -> None:
    labels = read_posetrack(document(person(scores=[0.5] * 17, num_keypoints=1)), NAME)
    removed = labels.instances.replace(visibility=np.zeros((1, 17)), score=np.full((1, 17), np.nan))
    written = write_posetrack(LabelSet(NAME, removed, labels.frames, labels.extra))["annotations"][0]
    assert written["keypoints"] == [0] * 51
    assert written["num_keypoints"] == 0


def test_extras_that_were_copied_to_another_person_do_not_copy_the_id() -> None:
    labels = read_posetrack(document(person()), NAME)
    both = Instances.concat([labels.instances, labels.instances.replace(frame_index=[1], track_id=[0])])
    written = write_posetrack(LabelSet(NAME, both, labels.frames, labels.extra))["annotations"]
    assert [p["id"] for p in written] == [1009473000000, 1009473000100]
    assert [p["image_id"] for p in written] == [SECOND_ID - 1, SECOND_ID]


def own_labels(name: str, **columns: Any) -> LabelSet:
    xy = np.full((2, 17, 2), 3)
    visibility = np.full((2, 17), 2)
    visibility[:, [3, 4]] = 0
    instances = Instances.build(POSETRACK, [0, 2], xy, visibility, Source.PREDICTED, track_id=[0, 0], **columns)
    return LabelSet(name, instances)


def own_video(name: str, frames: int = 4) -> Video:
    return Video(video_id="0" * 16, name=name, uri="x", width=640, height=480, frame_count=frames, fps=25)


def test_an_export_lists_every_frame_with_all_that_readers_need() -> None:
    written = write_posetrack(own_labels("000007_bonn_train"), own_video("000007_bonn_train"))
    assert [i["id"] for i in written["images"]] == [20000070000, 20000070001, 20000070002, 20000070003]
    assert written["images"][2] == {
        "id": 20000070002,
        "frame_id": 20000070002,
        "vid_id": "000007",
        "file_name": "images/train/000007_bonn_train/000002.jpg",
        "is_labeled": True,
        "has_labeled_person": True,
        "nframes": 4,
        "ignore_regions_x": [],
        "ignore_regions_y": [],
        "width": 640,
        "height": 480,
    }
    assert [i["is_labeled"] for i in written["images"]] == [True, False, True, False]
    someone = written["annotations"][1]
    assert (someone["id"], someone["image_id"], someone["track_id"]) == (2000007000200, 20000070002, 0)
    assert (someone["category_id"], someone["person_id"]) == (1, -1)
    assert written["categories"][0]["keypoints"] == list(POSETRACK.keypoints)
    assert written["categories"][0]["skeleton"][0] == [16, 14]


@pytest.mark.parametrize(
    ("name", "first_id"),
    [("009473_mpii_test", 10094730000), ("000003_bonn_train", 20000030000), ("012345_mpiinew_test", 30123450000)],
)
def test_image_ids_follow_posevals_rule(name: str, first_id: int) -> None:
    assert write_posetrack(own_labels(name), own_video(name))["images"][0]["id"] == first_id


def test_other_names_get_ids_of_their_own_source_number() -> None:
    one, again, two = (write_posetrack(own_labels(n), own_video(n))["images"][0]["id"] for n in ("a", "a", "b"))
    assert one == again != two
    assert {len(str(one)), str(one)[0], str(two)[0]} == {11, "9"}


def test_exported_coordinates_are_floats_and_flags_integers() -> None:
    someone = write_posetrack(own_labels("a"))["annotations"][0]
    assert [type(n) for n in someone["keypoints"][:3]] == [float, float, int]


def test_people_with_scores_export_scores_and_a_persons_keypoint_gets_one() -> None:
    score = np.full((2, 17), np.nan)
    score[0, :3] = (0.9, np.nan, 0.3)
    one, two = write_posetrack(own_labels("a", score=score))["annotations"]
    assert one["scores"][:5] == [0.9, 1, 0.3, 0, 0]
    assert "scores" not in two


def test_an_export_reads_back_to_the_same_columns() -> None:
    labels = own_labels("a", score=np.full((2, 17), 0.1))
    back = read_posetrack(json.loads(json.dumps(write_posetrack(labels, own_video("a")))), "a")
    assert back.instances.frame_index.tolist() == [0, 2]
    np.testing.assert_array_equal(back.instances.keypoints_xy, labels.instances.keypoints_xy)
    np.testing.assert_array_equal(back.instances.visibility, labels.instances.visibility)
    assert back.instances.score[0, 0] == np.float32(0.1)


def test_unknown_tracks_and_boxes_are_absent() -> None:
    instances = own_labels("a").instances.replace(bbox_xywh=np.full((2, 4), np.nan), track_id=[UNLINKED, UNLINKED])
    someone = write_posetrack(LabelSet("a", instances))["annotations"][0]
    assert {"track_id", "bbox", "bbox_head"}.isdisjoint(someone)


def test_more_than_a_hundred_people_in_a_frame_get_unique_ids() -> None:
    crowd = Instances.build(POSETRACK, [0] * 150 + [1], np.ones((151, 17, 2)), np.full((151, 17), 2), Source.PREDICTED)
    ids = [p["id"] for p in write_posetrack(LabelSet("a", crowd))["annotations"]]
    assert len(set(ids)) == 151


def test_frames_added_to_a_file_continue_its_ids_and_folder() -> None:
    labels = read_posetrack(document(person()), NAME)
    written = write_posetrack(labels, own_video(NAME))
    assert [i["id"] - SECOND_ID for i in written["images"]] == [-1, 0, 1, 2]
    assert written["images"][3]["file_name"] == f"images/val/{NAME}/000003.jpg"
    assert [i["nframes"] for i in written["images"]] == [4] * 4
    assert [i["is_labeled"] for i in written["images"]] == [True, False, False, False]


def test_writing_other_skeletons_or_frames_outside_the_video_is_refused() -> None:
    with pytest.raises(LabelError, match="expected instances of posetrack, got coco17"):
        write_posetrack(LabelSet("a", Instances.empty(COCO17)))
    with pytest.raises(LabelError, match="a: expected labels of frames 0 to 1, got frame 2"):
        write_posetrack(own_labels("a"), own_video("a", frames=2))


NAN = float("nan")


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ([], "x: expected a JSON object, got a list of 0"),
        ({"images": []}, "x: expected a field 'annotations', got images"),
        (document(images={}), "x: images: expected a list of objects, got an object of 0 fields"),
        (document(images=[image(0), 3]), r"x: images\[1\]: expected an object, got 3"),
        (document(images=[image(0), image(0)]), r"images\[1\].id: expected a value of its own"),
        (document(images=[image(0), image(0, id=4)]), r"images\[1\].file_name: expected a value of its own"),
        (document(images=[image(0), image(0, id=4, file_name="000000.jpg")]), r"expected a frame of its own"),
        (document(images=[image(0, id="4")]), r"images\[0\].id: expected an integer, got '4'"),
        (document(images=[image(0, id=True)]), r"images\[0\].id: expected an integer, got true"),
        (document(images=[image(0, is_labeled=1)]), r"images\[0\].is_labeled: expected true or false, got 1"),
        (document(images=[image(0, file_name=None)]), r"images\[0\].file_name: expected a string, got null"),
        (document(images=[image(0, width=10**9)]), r"images\[0\].width: expected an integer from 1 to 999999"),
        (document(images=[image(0, height=0)]), r"images\[0\].height: expected an integer from 1 to 999999, got 0"),
        (document(images=[image(0, ignore_regions_x=[])]), r"ignore_regions_y: expected a list of lists"),
        (document(images=[image(0, ignore_regions_x=[[1]], ignore_regions_y=[[]])]), "as many numbers as in"),
        (document(images=[image(0, ignore_regions_x=[[NAN]], ignore_regions_y=[[1]])]), "expected numbers, got nan"),
        (document(person(image_id=5)), r"annotations\[0\].image_id: expected the id of a listed image, got 5"),
        (document(person(keypoints=[0] * 50)), r"annotations\[0\].keypoints: expected 51 numbers, got 50"),
        (document(person(keypoints=None)), r"annotations\[0\].keypoints: expected 51 numbers, got null"),
        (document(person(), person(keypoints=[NAN] * 51)), r"annotations\[1\].keypoints\[0\]: expected a number"),
        (document(person(keypoints=["1"] * 51)), r"keypoints\[0\]: expected a number of at most ±10000000, got '1'"),
        (document(person(keypoints=[True] * 51)), r"keypoints\[0\]: expected a number .*, got true"),
        (document(person(keypoints=[10**400] * 51)), "got an integer of 1329 bits"),
        (document(person(keypoints=keypoints(nose=(1, 1, 0.5)))), r"keypoints\[2\]: expected visibility 0 or 1"),
        (document(person(scores=[0.5] * 16)), r"annotations\[0\].scores: expected 17 numbers, got 16"),
        (document(person(bbox=[1, 2, 3])), r"annotations\[0\].bbox: expected 4 numbers, got 3"),
        (document(person(bbox=[1, 2, 3, 1e308])), r"bbox\[3\]: expected a number of at most"),
        (document(person(track_id=1 << 20)), r"track_id: expected an integer from -1 to 1048575, got 1048576"),
        (document(person(track_id=1.0)), r"track_id: expected an integer from -1 to 1048575, got 1.0"),
        (document(person(weird=NAN)), r"annotations\[0\]: expected JSON values"),
        (document(categories=[{"keypoints": ["nose", "tail"]}]), "expected the keypoints of .*, got nose, tail"),
        (document(categories=[{"keypoints": list(COCO17.keypoints)}]), "expected PoseTrack's keypoints"),
        (document(categories=[{"keypoints": 3}]), r"categories\[0\].keypoints: expected a list of names, got 3"),
    ],
)  # fmt: skip
def test_malformed_documents_are_refused_by_path(broken: Any, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        read_posetrack(broken, "x")
