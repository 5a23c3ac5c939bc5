"""Corrections: what an edit changes, and what it must not."""

import numpy as np

from poseloom.models.corrections import apply_corrections
from poseloom.schemas.correction import ChangeTrack, Correction, Edit, MoveKeypoint, RemoveInstance, RemoveKeypoint
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17

NOSE, WRIST = COCO17.index("nose"), COCO17.index("left_wrist")


def _labels() -> Instances:
    """Tracks 0 and 1 in frames 0 and 1; every keypoint of track t in frame f is at (10 t, f)."""
    frames, tracks = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    xy = np.broadcast_to(np.stack([10.0 * tracks, frames], axis=1)[:, None], (4, 17, 2))
    score = np.full((4, 17), 0.5)
    return Instances.build(COCO17, frames, xy, np.full((4, 17), 2), Source.PREDICTED, track_id=tracks, score=score)


def _corrected(*edits: Edit) -> Instances:
    return apply_corrections(_labels(), [Correction(video_id="v", annotator="ada", edits=edits)])


def _row(labels: Instances, frame: int, track: int) -> int:
    (row,) = np.flatnonzero((labels.frame_index == frame) & (labels.track_id == track))
    return int(row)


def test_moved_keypoint_is_corrected_and_loses_its_score() -> None:
    labels = _corrected(MoveKeypoint(frame_index=1, track_id=0, keypoint="left_wrist", x=3.25, y=-2.0, visibility=1))
    row = _row(labels, 1, 0)
    assert labels.keypoints_xy[row, WRIST].tolist() == [3.25, -2.0]
    assert labels.visibility[row, WRIST] == 1
    assert labels.source[row, WRIST] == Source.CORRECTED
    assert np.isnan(labels.score[row, WRIST])
    assert labels.bbox_xywh[row].tolist() == [0.0, -2.0, 3.25, 3.0]


def test_edit_leaves_every_other_value_alone() -> None:
    before, after = _labels(), _corrected(MoveKeypoint(frame_index=1, track_id=0, keypoint="nose", x=1, y=1))
    changed = (before.keypoints_xy != after.keypoints_xy).any(axis=-1)
    assert np.argwhere(changed).tolist() == [[_row(after, 1, 0), NOSE]]


def test_later_edit_of_the_same_keypoint_wins() -> None:
    first = MoveKeypoint(frame_index=0, track_id=0, keypoint="nose", x=1, y=1)
    labels = _corrected(first, first.model_copy(update={"x": 2.0}))
    assert labels.keypoints_xy[_row(labels, 0, 0), NOSE].tolist() == [2.0, 1.0]


def test_removed_keypoint_stays_known_as_removed() -> None:
    labels = _corrected(RemoveKeypoint(frame_index=0, track_id=1, keypoint="nose"))
    row = _row(labels, 0, 1)
    assert (labels.visibility[row, NOSE], labels.source[row, NOSE]) == (0, Source.CORRECTED)


def test_removed_instance_keeps_an_empty_corrected_row() -> None:
    labels = _corrected(RemoveInstance(frame_index=0, track_id=1))
    row = _row(labels, 0, 1)
    assert not labels.visibility[row].any()
    assert (labels.source[row] == Source.CORRECTED).all()


def test_edit_of_an_absent_person_makes_a_row_with_that_keypoint_only() -> None:
    labels = _corrected(MoveKeypoint(frame_index=7, track_id=3, keypoint="nose", x=5, y=6))
    row = _row(labels, 7, 3)
    assert len(labels) == 5
    assert np.flatnonzero(labels.visibility[row]).tolist() == [NOSE]
    assert labels.bbox_xywh[row].tolist() == [5, 6, 0, 0]


def test_change_track_swaps_where_both_are_present() -> None:
    labels = _corrected(ChangeTrack(frame_index=1, track_id=0, to_track_id=1, end_frame=2))
    assert labels.keypoints_xy[_row(labels, 1, 0), NOSE].tolist() == [10.0, 1.0]
    assert labels.keypoints_xy[_row(labels, 0, 0), NOSE].tolist() == [0.0, 0.0]


def test_edit_after_change_track_addresses_the_new_identity() -> None:
    labels = _corrected(
        ChangeTrack(frame_index=0, track_id=0, to_track_id=7, end_frame=2),
        MoveKeypoint(frame_index=1, track_id=7, keypoint="nose", x=99, y=99),
    )
    assert sorted(set(labels.track_id.tolist())) == [1, 7]
    assert labels.keypoints_xy[_row(labels, 1, 7), NOSE].tolist() == [99, 99]


def test_same_batch_has_one_id_and_another_batch_another() -> None:
    edit = RemoveInstance(frame_index=0, track_id=1)
    one = Correction(video_id="v", annotator="ada", edits=(edit,))
    assert one.correction_id == Correction(video_id="v", annotator="ada", edits=(edit,)).correction_id
    assert one.correction_id != Correction(video_id="v", annotator="bob", edits=(edit,)).correction_id


def test_edit_of_a_keypoint_the_skeleton_lacks_changes_nothing() -> None:
    labels = _corrected(
        MoveKeypoint(frame_index=1, track_id=0, keypoint="head_top", x=1, y=1),
        MoveKeypoint(frame_index=1, track_id=0, keypoint="nose", x=2, y=3),
    )
    assert labels.keypoints_xy[_row(labels, 1, 0), NOSE].tolist() == [2, 3]
    assert int((labels.source == Source.CORRECTED).sum()) == 1


def test_change_track_to_the_end_of_time_is_quick() -> None:
    labels = _corrected(ChangeTrack(frame_index=0, track_id=0, to_track_id=5, end_frame=10**12))
    assert sorted(set(labels.track_id.tolist())) == [1, 5]
