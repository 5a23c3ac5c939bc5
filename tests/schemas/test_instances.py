"""Instances: shapes, read-only arrays, and what they refuse."""

from typing import Any

import numpy as np
import pytest

from poseloom.schemas.errors import LabelError
from poseloom.schemas.instances import UNLINKED, Instances, keypoint_extents
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17, POSETRACK


def people(frames: list[int], tracks: list[int] | None = None) -> Instances:
    n = len(frames)
    xy = np.arange(n * 34.0).reshape(n, 17, 2)
    return Instances.build(
        COCO17,
        frames,
        xy,
        np.full((n, 17), 2),
        Source.PREDICTED,
        track_id=tracks or [UNLINKED] * n,
        extra=tuple(map(str, range(n))),
    )


def test_arrays_are_read_only_and_typed() -> None:
    one = people([0])
    with pytest.raises(ValueError, match="read-only"):
        one.keypoints_xy[0, 0, 0] = 1
    assert [str(values.dtype) for values in (one.frame_index, one.score, one.person_id)] == [
        "int32",
        "float32",
        "int64",
    ]


def test_unknown_columns_take_their_unknown_value() -> None:
    one = Instances.build(COCO17, [5], np.ones((1, 17, 2)), np.full((1, 17), 2), Source.PREDICTED)
    assert (one.track_id[0], one.person_id[0], one.extra) == (-1, -1, ("",))
    assert np.isnan(one.score).all()
    assert np.isnan(one.head_xywh).all()
    assert (one.anchor_frame == -1).all()


def test_unlabelled_keypoints_have_no_place_and_no_source() -> None:
    visibility = np.zeros((1, 17))
    visibility[0, 0] = 1
    one = Instances.build(COCO17, [0], np.full((1, 17, 2), 7), visibility, Source.IMPORTED)
    assert one.keypoints_xy[0, :2].tolist() == [[7, 7], [0, 0]]
    assert one.source[0, :2].tolist() == [Source.IMPORTED, Source.NONE]


def test_unlabelled_coordinates_may_be_nan() -> None:
    one = Instances.build(COCO17, [0], np.full((1, 17, 2), np.nan), np.zeros((1, 17)), Source.IMPORTED)
    assert not one.keypoints_xy.any()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_labelled_coordinates_must_be_finite(value: float) -> None:
    xy = np.ones((2, 17, 2))
    xy[1, 9, 1] = value
    with pytest.raises(LabelError, match=rf"got \[1.0, {value}\] for left_wrist of track -1 in frame 6"):
        Instances.build(COCO17, [5, 6], xy, np.full((2, 17), 2), Source.IMPORTED)


def test_visibility_above_two_is_refused() -> None:
    with pytest.raises(LabelError, match="expected visibility 0, 1 or 2, got 3"):
        Instances.build(COCO17, [0], np.ones((1, 17, 2)), np.full((1, 17), 3), Source.IMPORTED)


def test_columns_of_another_length_are_refused_by_name() -> None:
    with pytest.raises(LabelError, match=r"expected track_id of shape \(1,\) for 1 instances of coco17, got \(2,\)"):
        people([0]).replace(track_id=[1, 2])
    with pytest.raises(LabelError, match="expected 1 extra fields, got 0"):
        people([0]).replace(extra=())


def test_extents_hold_the_labelled_keypoints_only() -> None:
    xy = np.array([[[3.0, -4], [10, 20], [99, 99]], [[1, 1], [1, 1], [1, 1]]])
    boxes = keypoint_extents(xy, np.array([[2, 1, 0], [0, 0, 0]], dtype=np.uint8))
    assert boxes[0].tolist() == [3, -4, 7, 24]
    assert np.isnan(boxes[1]).all()


def test_rows_are_selected_with_their_extras() -> None:
    four = people([3, 1, 2, 1], [0, 5, 0, 2])
    assert four.sorted().extra == ("3", "1", "2", "0")
    assert four.in_frames(1, 3).frame_index.tolist() == [1, 2, 1]
    assert four.select(np.array([2, 2])).extra == ("2", "2")
    assert four.select(np.zeros(4, dtype=bool)).extra == ()


def test_parts_of_one_skeleton_are_joined_in_order() -> None:
    both = Instances.concat([people([4]), people([1, 2])])
    assert both.frame_index.tolist() == [4, 1, 2]
    assert both.extra == ("0", "0", "1")
    with pytest.raises(LabelError, match=r"expected instances of one skeleton, got \['coco17', 'posetrack'\]"):
        Instances.concat([people([4]), Instances.empty(POSETRACK)])


@pytest.mark.parametrize(
    ("column", "value"),
    [("frame_index", 2**32), ("frame_index", 1.5), ("track_id", -(2**31) - 1), ("visibility", 258), ("visibility", -1)],
)
def test_numbers_that_a_column_cannot_hold_are_refused_instead_of_wrapped(column: str, value: float) -> None:
    given: dict[str, Any] = {"frame_index": np.array([3]), "track_id": np.array([0]), "visibility": np.full((1, 17), 2)}
    given[column] = np.full_like(given[column], value, dtype=type(value))
    with pytest.raises(LabelError, match=rf"expected {column} as u?int\d+, got {value}"):
        Instances.build(COCO17, keypoints_xy=np.ones((1, 17, 2)), source=Source.PREDICTED, **given)
