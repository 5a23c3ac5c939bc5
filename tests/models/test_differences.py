"""Differences: the edits that lead from labels before to labels after, no more and no less."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from poseloom.models.corrections import apply_corrections
from poseloom.models.differences import difference
from poseloom.schemas.correction import ChangeTrack, Correction, Edit, MoveKeypoint, RemoveInstance, RemoveKeypoint
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17

FRAMES, PEOPLE = 6, 3
NOSE, WRIST = COCO17.index("nose"), COCO17.index("left_wrist")


def _labels() -> Instances:
    """Keypoint k of track t in frame f is at (100 t + k, 10 f + k); all visible."""
    frame, track = (a.ravel() for a in np.meshgrid(np.arange(FRAMES), np.arange(PEOPLE), indexing="ij"))
    xy = np.stack([100.0 * track, 10.0 * frame], axis=1)[:, None] + np.arange(17.0)[:, None]
    return Instances.build(COCO17, frame, xy, np.full((len(frame), 17), 2), Source.PREDICTED, track_id=track)


def _row(labels: Instances, frame: int, track: int) -> int:
    (row,) = np.flatnonzero((labels.frame_index == frame) & (labels.track_id == track))
    return int(row)


def _applied(before: Instances, edits: list[Edit]) -> Instances:
    if not edits:
        return before.sorted()
    return apply_corrections(before, [Correction(video_id="v", annotator="ada", edits=tuple(edits))])


def _people(labels: Instances) -> dict[tuple[int, int], list[tuple[float, float, int]]]:
    """What counts of the people who have a labelled keypoint."""
    return {
        (int(labels.frame_index[i]), int(labels.track_id[i])): [
            (float(x), float(y), int(v)) if v else (0.0, 0.0, 0)
            for (x, y), v in zip(labels.keypoints_xy[i], labels.visibility[i], strict=True)
        ]
        for i in range(len(labels))
        if labels.visibility[i].any()
    }


def _with(labels: Instances, row: int, slot: int, xy: tuple[float, float], visibility: int = 2) -> Instances:
    places, flags = labels.keypoints_xy.copy(), labels.visibility.copy()
    places[row, slot], flags[row, slot] = xy, visibility
    return labels.replace(keypoints_xy=places, visibility=flags)


def test_nothing_changed_is_no_edit() -> None:
    assert difference(_labels(), _labels()) == []


def test_moved_hidden_and_removed_keypoints_are_one_edit_each() -> None:
    before = _labels()
    after = _with(before, _row(before, 2, 1), WRIST, (3.5, 4.5))
    after = _with(after, _row(before, 2, 1), NOSE, (100, 20), 1)
    after = _with(after, _row(before, 4, 0), NOSE, (0, 0), 0)
    assert difference(before, after) == [
        MoveKeypoint(frame_index=2, track_id=1, keypoint="nose", x=100, y=20, visibility=1),
        MoveKeypoint(frame_index=2, track_id=1, keypoint="left_wrist", x=3.5, y=4.5),
        RemoveKeypoint(frame_index=4, track_id=0, keypoint="nose"),
    ]


def test_missing_person_is_one_removal_and_a_new_one_all_its_keypoints() -> None:
    before = _labels()
    gone = before.select(~((before.frame_index == 3) & (before.track_id == 2)))
    assert difference(before, gone) == [RemoveInstance(frame_index=3, track_id=2)]
    edits = difference(gone, before)
    assert [type(edit) for edit in edits] == [MoveKeypoint] * 17


def test_ids_swapped_from_a_frame_on_are_one_edit() -> None:
    before = _labels()
    track = np.where((before.frame_index >= 2) & (before.track_id < 2), 1 - before.track_id, before.track_id)
    after = before.replace(track_id=track).sorted()
    assert difference(before, after) == [ChangeTrack(frame_index=2, track_id=1, to_track_id=0, end_frame=6)]


def test_two_unrelated_renamings_that_overlap_are_two_edits() -> None:
    before = _labels()
    track = before.track_id.copy()
    track[(before.track_id == 0) & (before.frame_index < 4)] = 7
    track[(before.track_id == 1) & (before.frame_index >= 2)] = 8
    assert difference(before, before.replace(track_id=track).sorted()) == [
        ChangeTrack(frame_index=0, track_id=0, to_track_id=7, end_frame=4),
        ChangeTrack(frame_index=2, track_id=1, to_track_id=8, end_frame=6),
    ]


def test_renaming_leaps_over_frames_where_the_person_is_absent_only() -> None:
    before = _labels()
    absent = before.select(~((before.track_id == 0) & (before.frame_index == 3)))
    track = np.where(absent.track_id == 0, 9, absent.track_id)
    (edit,) = difference(absent, absent.replace(track_id=track).sorted())
    assert edit == ChangeTrack(frame_index=0, track_id=0, to_track_id=9, end_frame=6)
    kept = np.where((before.track_id == 0) & (before.frame_index != 3), 9, before.track_id)
    assert len(difference(before, before.replace(track_id=kept).sorted())) == 2


def test_renamed_person_with_a_moved_keypoint_is_a_renaming_and_a_move() -> None:
    before = _labels()
    track = np.where((before.frame_index == 5) & (before.track_id == 2), 11, before.track_id)
    after = before.replace(track_id=track).sorted()
    after = _with(after, _row(after, 5, 11), NOSE, (1, 2))
    assert difference(before, after) == [
        ChangeTrack(frame_index=5, track_id=2, to_track_id=11, end_frame=6),
        MoveKeypoint(frame_index=5, track_id=11, keypoint="nose", x=1, y=2),
    ]


def test_what_the_tool_could_not_show_is_not_changed() -> None:
    """The tool rounds to whole pixels and knows no occlusion; the annotator moved the wrist alone."""
    before = _labels()
    before = before.replace(keypoints_xy=before.keypoints_xy + 0.4, visibility=np.ones_like(before.visibility))
    seen = before.replace(keypoints_xy=np.round(before.keypoints_xy), visibility=np.full_like(before.visibility, 2))
    after = _with(seen, _row(seen, 0, 0), WRIST, (50, 60))
    assert difference(before, after, seen) == [
        MoveKeypoint(frame_index=0, track_id=0, keypoint="left_wrist", x=50, y=60, visibility=1)
    ]


def test_place_within_the_tolerance_is_the_same_place() -> None:
    before = _labels()
    after = before.replace(keypoints_xy=before.keypoints_xy + 0.01)
    assert difference(before, after, tolerance_px=0.02) == []
    assert len(difference(before, after, tolerance_px=0.005)) == FRAMES * PEOPLE * 17


@st.composite
def _people_in_frames(draw: st.DrawFn) -> Instances:
    """Few places and few ids, so that people agree, swap, vanish and appear often."""
    keys = draw(st.sets(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=10))
    poses = {who: draw(st.sampled_from(range(5))) for who in keys}
    rows = []
    for frame, track in sorted(keys):
        pose = poses[frame, track]
        changed = draw(st.dictionaries(st.integers(0, 16), st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=4))
        row = np.array([[100.0 * pose + k, 7.0 * k, 2.0] for k in range(17)])
        for slot, (x, flag) in changed.items():
            row[slot] = (x, x, flag) if flag else (0, 0, 0)
        rows.append(row)
    table = np.array(rows)
    frames, tracks = np.array(sorted(keys)).T
    return Instances.build(COCO17, frames, table[..., :2], table[..., 2], Source.IMPORTED, track_id=tracks)


@settings(max_examples=400, deadline=None)
@given(_people_in_frames(), _people_in_frames())
def test_applied_to_the_before_it_gives_the_after(before: Instances, after: Instances) -> None:
    edits = difference(before, after)
    assert _people(_applied(before, edits)) == _people(after)
    assert difference(before, before) == []
    assert edits == difference(before, after)
