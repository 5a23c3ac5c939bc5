"""Label Studio's JSON, in documents written by hand after its documentation."""

from typing import Any

import pytest

from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.labelstudio import read_labelstudio
from poseloom.schemas.skeleton import COCO17

NOSE, WRIST = COCO17.index("nose"), COCO17.index("left_wrist")
Json = dict[str, Any]


def _vertex(name: str, x: float, y: float) -> Json:
    return {"id": name, "x": x, "y": y, "prevPointId": None, "isBezier": False}


def _keyframe(frame: int, *vertices: Json, enabled: bool = True) -> Json:
    return {"frame": frame, "enabled": enabled, "closed": False, "vertices": list(vertices)}


def _region(*keyframes: Json, region_id: str = "track-3", **changes: Any) -> Json:
    value = {"sequence": list(keyframes), "labels": ["person"], "framesCount": 8}
    size = {"original_width": 200, "original_height": 100, "image_rotation": 0}
    return {"id": region_id, "type": "videovectorlabels", "value": value} | size | changes


def _task(*regions: Json, **data: Any) -> list[Json]:
    return [{"id": 1, "data": {"video": "/data/upload/1/street.mp4", **data}, "annotations": [{"result": [*regions]}]}]


def test_percents_become_pixels_and_frames_count_from_zero() -> None:
    still = _keyframe(3, _vertex("nose", 25.0, 30.0))
    gone = _keyframe(4, _vertex("nose", 25.0, 30.0), enabled=False)
    (found,) = read_labelstudio(_task(_region(still, gone)), "back")
    people = found.labels.instances
    assert (people.frame_index.tolist(), people.track_id.tolist()) == ([2], [3])
    assert people.keypoints_xy[0, NOSE].tolist() == [50.0, 30.0]
    assert people.visibility[0].sum() == 2
    assert found.names == ("street", "/data/upload/1/street.mp4", "back")
    assert found.frames is None


def test_between_keyframes_vertices_move_in_straight_lines_and_the_last_one_holds() -> None:
    first = _keyframe(1, _vertex("nose", 0.0, 0.0), _vertex("left_wrist", 50.0, 50.0))
    second = _keyframe(5, _vertex("nose", 8.0, 40.0))
    (found,) = read_labelstudio(_task(_region(second, first)), "back")
    people = found.labels.instances
    assert people.frame_index.tolist() == list(range(8))
    assert people.keypoints_xy[:, NOSE].tolist() == [[0, 0], [4, 10], [8, 20], [12, 30], *[[16, 40]] * 4]
    assert people.visibility[:, WRIST].tolist() == [2, 2, 2, 2, 0, 0, 0, 0]


def test_region_of_another_id_is_somebody_new() -> None:
    keyframe = _keyframe(1, _vertex("nose", 1.0, 1.0))
    (found,) = read_labelstudio(_task(_region(keyframe), _region(keyframe, region_id="xK3f_")), "back")
    assert found.new_tracks == {4}


def test_export_record_in_the_data_says_where_it_came_from() -> None:
    record = {
        "video": "street", "video_id": "aa", "format": "labelstudio", "release": "1.0.0", "skeleton": "coco17",
        "start_frame": 2, "end_frame": 5,
    }  # fmt: skip
    (found,) = read_labelstudio(_task(poseloom=record), "back")
    assert (len(found.labels.instances), found.release, found.frames) == (0, "1.0.0", frozenset({2, 3, 4}))
    with pytest.raises(LabelError, match=r"back\[0\]\.data: expected an export record.*poseloom\.start_frame"):
        read_labelstudio(_task(poseloom=record | {"start_frame": "2"}), "back")


def test_the_last_annotation_that_was_not_cancelled_counts_and_predictions_only_without_one() -> None:
    old, new = (_region(_keyframe(8, _vertex("nose", x, 1.0))) for x in (10.0, 20.0))
    task = _task(old)[0]
    task["predictions"] = [{"result": [new]}]
    assert read_labelstudio([task], "b")[0].labels.instances.keypoints_xy[0, NOSE, 0] == 20.0
    task["annotations"] = [{"result": [new]}, {"result": [old], "was_cancelled": True}]
    assert read_labelstudio([task], "b")[0].labels.instances.keypoints_xy[0, NOSE, 0] == 40.0
    task["annotations"] = []
    assert read_labelstudio([task], "b")[0].labels.instances.keypoints_xy[0, NOSE, 0] == 40.0


def _point(name: str, x: float, y: float, region_id: str, **more: Any) -> Json:
    value = {"x": x, "y": y, "width": 0.5, "keypointlabels": [name]}
    size = {"original_width": 200, "original_height": 100, "image_rotation": 0}
    return {"id": region_id, "type": "keypointlabels", "value": value} | size | more


def _person(region_id: str, track: str) -> Json:
    value = {"x": 0, "y": 0, "width": 10, "height": 10, "rectanglelabels": ["person"]}
    return {"id": region_id, "type": "rectanglelabels", "value": value, "meta": {"text": [track]}}


def _picture(name: str, *regions: Json) -> Json:
    return {"data": {"image": name}, "annotations": [{"result": [*regions]}]}


def test_keypoints_on_pictures_belong_to_rectangles_by_parent_or_relation() -> None:
    tasks = [
        _picture("/data/local/street/1f2e-000004.jpg", _person("a", "7"), _point("nose", 50, 50, "b", parentID="a")),
        _picture(
            "/data/local/street/000006.jpg",
            _point("left_wrist", 10, 20, "c"),
            _person("d", "8"),
            {"type": "relation", "from_id": "c", "to_id": "d", "direction": "right"},
        ),
        _picture("/data/local/street/000007.jpg"),
    ]
    (found,) = read_labelstudio(tasks, "back")
    people = found.labels.instances
    assert (people.frame_index.tolist(), people.track_id.tolist()) == ([4, 6], [7, 8])
    assert people.keypoints_xy[0, NOSE].tolist() == [100.0, 50.0]
    assert people.keypoints_xy[1, WRIST].tolist() == [20.0, 20.0]
    assert found.frames == frozenset({4, 6, 7})
    assert found.names == ("street", "back")


STILL = _keyframe(1, _vertex("nose", 1.0, 1.0))


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([7], r"b\[0\]: expected an object"),
        (_task(_region(_keyframe(0, _vertex("nose", 1, 1)))), r"sequence\[0\]\.frame: expected an integer from 1"),
        (_task(_region(STILL, original_width=0)), "expected original_width and original_height"),
        (_task(_region(STILL, image_rotation=90)), "image_rotation: expected 0, got 90"),
        (_task(_region(STILL, region_id="track-9999999")), r"result\[0\]\.id: expected a track id from 0 to 1048575"),
        (_task(_region(_keyframe(1, _vertex("nose", float("nan"), 1)))), r"vertices\[0\]\.x: expected a percent"),
        (_task(_region(_keyframe(1, _vertex("nose", 1, 1), _vertex("nose", 2, 2)))), "one vertex per keypoint"),
        (_task(_region(_keyframe(1, _vertex("point-1", 1, 1)))), "expected the keypoints of coco17"),
        (_task(_region({"frame": 1, "vertices": 3})), r"vertices: expected a list of objects, got 3"),
        ([_picture("street/first.jpg")], r"b\[0\]\.data\.image: expected a name that ends in six digits"),
        ([_picture("000001.jpg", _point("nose", 1, 1, "b"))], r"result\[0\]\.parentID: expected the id of a person"),
        ([_picture("000001.jpg", _person("a", "who"))], r"result\[0\]\.meta\.text: expected a track id"),
        ([{"annotations": []}], r"b\[0\]\.data\.image: expected the picture's name"),
    ],
)
def test_what_is_wrong_is_refused_with_its_path(document: Any, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        read_labelstudio(document, "b")
