"""Labels to other tools and back: nothing changed is nothing, and everything that changed is what changed."""

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sleap_io

from poseloom.infra.labels import LabelFile, read_edited, read_label_sets, write_edited
from poseloom.infra.storage import open_store
from poseloom.models.corrections import apply_corrections
from poseloom.models.differences import difference
from poseloom.schemas.correction import ChangeTrack, Edit, MoveKeypoint, RemoveInstance, RemoveKeypoint
from poseloom.schemas.edit_format import EditFormat
from poseloom.schemas.editing import ExportRecord
from poseloom.schemas.errors import InputError, LabelError, ReleaseError
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import LabelSet
from poseloom.schemas.ports import Store
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17, POSETRACK, Skeleton
from poseloom.schemas.video import Video
from poseloom.tasks.corrections_exchange import export_labels, read_changes
from tests.fixtures.walkers import CUT_OFF, FRAMES, HIDDEN, STREET, release_of, walkers

FORMATS = list(EditFormat)
OCCLUDING = (EditFormat.CVAT, EditFormat.COCO, EditFormat.POSETRACK)


def _skeleton(form: EditFormat) -> Skeleton:
    return POSETRACK if form == EditFormat.POSETRACK else COCO17


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "workspace")


def _exported(store: Store, form: EditFormat, folder: Path, frames: tuple[int, int] | None = None) -> Path:
    release_of(store, walkers(_skeleton(form)))
    path = folder / f"edited.{form.value}"
    path.write_bytes(export_labels(store, "latest", "street", form, frames)[1])
    return path


def _edits(store: Store, path: Path, **options: Any) -> tuple[Edit, ...]:
    (change,) = read_changes(store, [str(path)], "ada", **options)
    return change.correction.edits if change.correction else ()


def _rewritten(path: Path, form: EditFormat, change: Callable[[Instances], Instances], release: str = "1.0.0") -> None:
    """The file as a tool would write it after somebody changed its people."""
    (found,) = read_edited(LabelFile(str(path), path.read_bytes()), form)
    people = change(found.labels.instances)
    frames = found.frames or frozenset()
    record = ExportRecord(
        video=STREET.name, video_id=STREET.video_id, format=form.value, release=release,
        skeleton=people.skeleton.name, start_frame=min(frames), end_frame=max(frames) + 1,
    )  # fmt: skip
    path.write_bytes(write_edited(LabelSet("street", people), STREET, record, form))


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("frames", [None, (2, 7)])
def test_nothing_changed_is_no_correction(
    store: Store, tmp_path: Path, form: EditFormat, frames: tuple[int, int] | None
) -> None:
    path = _exported(store, form, tmp_path, frames)
    (change,) = read_changes(store, [str(path)], "ada")
    assert change.correction is None
    assert change.frames == frozenset(range(*(frames or (0, FRAMES))))
    assert change.boxes == 0


@pytest.mark.parametrize("form", FORMATS)
def test_moved_keypoint_is_the_one_edit_and_keeps_its_flag(store: Store, tmp_path: Path, form: EditFormat) -> None:
    path = _exported(store, form, tmp_path)
    slot = _skeleton(form).index(HIDDEN)

    def move(people: Instances) -> Instances:
        xy = people.keypoints_xy.copy()
        xy[(people.frame_index == 4) & (people.track_id == 0), slot] = (321.5, 123.25)
        return people.replace(keypoints_xy=xy)

    _rewritten(path, form, move)
    (edit,) = _edits(store, path)
    assert isinstance(edit, MoveKeypoint)
    assert (edit.frame_index, edit.track_id, edit.keypoint, edit.visibility) == (4, 0, HIDDEN, 1)
    assert (edit.x, edit.y) == pytest.approx((321.5, 123.25), abs=1e-6)


@pytest.mark.parametrize("form", OCCLUDING)
def test_flag_alone_is_an_edit_that_keeps_the_exact_place(store: Store, tmp_path: Path, form: EditFormat) -> None:
    path = _exported(store, form, tmp_path)
    slot = _skeleton(form).index("nose")

    def hide(people: Instances) -> Instances:
        flags = people.visibility.copy()
        flags[(people.frame_index == 1) & (people.track_id == 1), slot] = 1
        return people.replace(visibility=flags)

    _rewritten(path, form, hide)
    expected = MoveKeypoint(frame_index=1, track_id=1, keypoint="nose", x=60.123, y=10.456, visibility=1)
    assert _edits(store, path) == (expected,)


@pytest.mark.parametrize("form", FORMATS)
def test_removed_person_removed_keypoint_and_swapped_ids(store: Store, tmp_path: Path, form: EditFormat) -> None:
    path = _exported(store, form, tmp_path)
    slot = _skeleton(form).index("nose")

    def edit(people: Instances) -> Instances:
        flags, track = people.visibility.copy(), people.track_id.copy()
        flags[(people.frame_index == 2) & (people.track_id == 1), slot] = 0
        swapped = (people.frame_index >= 6) & (people.track_id < 2)
        track[swapped] = 1 - track[swapped]
        gone = (people.frame_index == 5) & (people.track_id == 5)
        return people.replace(visibility=flags, track_id=track).select(~gone).sorted()

    _rewritten(path, form, edit)
    assert _edits(store, path) == (
        ChangeTrack(frame_index=6, track_id=1, to_track_id=0, end_frame=8),
        RemoveKeypoint(frame_index=2, track_id=1, keypoint="nose"),
        RemoveInstance(frame_index=5, track_id=5),
    )


@pytest.mark.parametrize("form", FORMATS)
def test_applied_edits_give_what_the_tool_showed(store: Store, tmp_path: Path, form: EditFormat) -> None:
    """Everything at once, on the exact labels: afterwards the same file holds no edit any more."""
    people = walkers(_skeleton(form))
    path = _exported(store, form, tmp_path)

    def edit(people: Instances) -> Instances:
        return people.replace(
            keypoints_xy=people.keypoints_xy + np.where(people.visibility[..., None] > 0, 7.0, 0.0),
            track_id=np.where(people.track_id == 5, 9, people.track_id),
        ).select(people.frame_index != 3)

    _rewritten(path, form, edit)
    (change,) = read_changes(store, [str(path)], "ada")
    assert change.correction is not None
    after = apply_corrections(people, [change.correction])
    assert not after.visibility[after.frame_index == 3].any()
    placed = after.replace(source=np.where(after.visibility > 0, Source.IMPORTED, Source.NONE))
    release_of(store, placed.select(np.flatnonzero((after.visibility > 0).any(axis=1))))
    _rewritten(path, form, lambda people: people, "2.0.0")
    assert _edits(store, path) == ()


@pytest.mark.parametrize("form", FORMATS)
def test_real_tracks_come_back_as_they_went(real_data: Path, form: EditFormat) -> None:
    """Ids, visibility (where the format has it) and places, against the file's own and not against a re-reading."""
    files = [
        *sorted((real_data / "bonn_posetrack" / "train" / "posetrack_data").glob("*.json"))[:2],
        *sorted((real_data / "posetrack18_tracks_somof").rglob("*.json"))[:3],
    ]
    assert len(files) == 5
    for labels in (read_label_sets(str(file))[0] for file in files):
        people = labels.instances.select(np.flatnonzero((labels.instances.visibility > 0).any(axis=1)))
        end = int(people.frame_index.max()) + 1
        video = Video(video_id="0" * 16, name="v", uri="", width=1920, height=1080, frame_count=end, fps=25)
        record = ExportRecord(
            video="v", video_id="0" * 16, format=form.value, release="1.0.0", skeleton=people.skeleton.name,
            start_frame=0, end_frame=end,
        )  # fmt: skip
        (back,) = read_edited(LabelFile("v", write_edited(replace(labels, instances=people), video, record, form)))
        if form not in OCCLUDING:
            people = people.replace(visibility=np.where(people.visibility == 1, 2, people.visibility))
        assert len(people) > 50
        assert difference(people, back.labels.instances, tolerance_px=0.00501) == []


# --- who is new, and who is nobody ------------------------------------------------------------------------------------


def test_person_drawn_in_sleap_gets_a_free_id(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.SLP, tmp_path)
    project = sleap_io.load_slp(str(path), open_videos=False)
    project.tracks.append(sleap_io.Track("somebody"))
    xy = np.full((17, 2), np.nan)
    xy[0] = (10.0, 20.0)
    drawn = sleap_io.Instance.from_numpy(xy, skeleton=project.skeleton, track=project.tracks[-1])
    project.labeled_frames[3].instances.append(drawn)
    sleap_io.save_slp(project, str(path.with_suffix(".2")), verbose=False)
    (edit,) = _edits(store, path.with_suffix(".2"))
    assert edit == MoveKeypoint(frame_index=3, track_id=6, keypoint="nose", x=10.5, y=20.5)


def test_track_named_beyond_the_limit_in_sleap_is_refused(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.SLP, tmp_path)
    project = sleap_io.load_slp(str(path), open_videos=False)
    project.tracks[1].name = "1048576"
    sleap_io.save_slp(project, str(path.with_suffix(".2")), verbose=False)
    with pytest.raises(LabelError, match="expected track ids below 1048576, got 1048576"):
        _edits(store, path.with_suffix(".2"))


def test_prediction_that_a_user_copied_and_moved_is_one_move(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.SLP, tmp_path)
    project = sleap_io.load_slp(str(path), open_videos=False)
    frame = project.labeled_frames[2]
    (predicted,) = frame.predicted_instances
    xy = predicted.numpy()
    xy[0] += (4.0, 0.0)
    copied = sleap_io.Instance.from_numpy(
        xy, skeleton=project.skeleton, track=predicted.track, from_predicted=predicted
    )
    frame.instances.append(copied)
    sleap_io.save_slp(project, str(path.with_suffix(".2")), verbose=False)
    (edit,) = _edits(store, path.with_suffix(".2"))
    assert isinstance(edit, MoveKeypoint)
    assert (edit.frame_index, edit.track_id, edit.keypoint) == (2, 0, "nose")
    assert (edit.x, edit.y) == pytest.approx((4.123, 20.456))


def _document(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.mark.parametrize("form", [EditFormat.COCO, EditFormat.POSETRACK])
def test_person_without_a_track_id_is_refused(store: Store, tmp_path: Path, form: EditFormat) -> None:
    path = _exported(store, form, tmp_path)
    document = _document(path)
    del document["annotations"][4]["track_id"]
    path.write_text(json.dumps(document))
    with pytest.raises(LabelError, match=r"edited.*a track id for everybody, got none in frame 1"):
        _edits(store, path)


def test_new_id_beyond_the_limit_is_refused_with_its_place(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.COCO, tmp_path)
    document = _document(path)
    document["annotations"][2]["track_id"] = 1 << 20
    path.write_text(json.dumps(document))
    with pytest.raises(LabelError, match=r"annotations\[2\]\.track_id: expected an integer from -1 to 1048575"):
        _edits(store, path)


def test_one_person_twice_in_a_frame_is_refused(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.COCO, tmp_path)
    document = _document(path)
    document["annotations"][1]["track_id"] = 0
    path.write_text(json.dumps(document))
    with pytest.raises(LabelError, match="one instance of track 0 in frame 0"):
        _edits(store, path)


# --- which release, which video, which frames ------------------------------------------------------------------------


def _without_record(path: Path) -> None:
    document = _document(path)
    del document["poseloom"]
    path.write_text(json.dumps(document))


def test_file_that_forgot_its_release_needs_it_said(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.COCO, tmp_path)
    _without_record(path)
    with pytest.raises(InputError, match="--base"):
        _edits(store, path)
    assert _edits(store, path, base="1.0.0") == ()
    with pytest.raises(ReleaseError, match=r"9\.0\.0"):
        _edits(store, path, base="9.0.0")


def test_file_of_one_release_is_no_file_of_another(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.CVAT, tmp_path)
    with pytest.raises(InputError, match=r"an export of release 2\.0\.0, got one of 1\.0\.0"):
        _edits(store, path, base="2.0.0")


def test_unknown_video_is_refused_by_name(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.COCO, tmp_path)
    path.write_text(path.read_text().replace(STREET.video_id, "00000000000000bb"))
    with pytest.raises(InputError, match=r"edited\.coco: expected a video of the release \(street\)"):
        _edits(store, path)
    assert _edits(store, path, video="street") == ()


def test_another_skeleton_is_refused(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.COCO, tmp_path)
    assert release_of(store, walkers(POSETRACK)) == "2.0.0"
    path.write_text(path.read_text().replace('"release":"1.0.0"', '"release":"2.0.0"'))
    with pytest.raises(LabelError, match="expected keypoints of posetrack, got coco17"):
        _edits(store, path)


def test_another_picture_size_is_refused(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.COCO, tmp_path)
    path.write_text(path.read_text().replace('"width":640', '"width":1280'))
    with pytest.raises(LabelError, match="expected labels of 640x480 pictures"):
        _edits(store, path)


def test_frames_outside_the_video_are_refused(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.CVAT, tmp_path)
    path.write_text(path.read_text().replace("<stop_frame>7<", "<stop_frame>8<").replace('frame="7"', 'frame="8"'))
    with pytest.raises(LabelError, match=r"edited.cvat \(street\): expected frames below 8|edited.*8"):
        _edits(store, path)


def test_people_outside_the_frames_of_the_file_are_refused(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.CVAT, tmp_path)
    path.write_text(path.read_text().replace("<stop_frame>7<", "<stop_frame>5<"))
    with pytest.raises(LabelError, match="expected people in frames 0:6, got 6"):
        _edits(store, path)


def test_two_files_about_one_frame_are_refused(store: Store, tmp_path: Path) -> None:
    first, second = tmp_path / "a.xml", tmp_path / "b.xml"
    release_of(store, walkers(COCO17))
    for path, frames in ((first, (0, 5)), (second, (4, 8))):
        path.write_bytes(export_labels(store, "latest", "", EditFormat.CVAT, frames)[1])
    with pytest.raises(InputError, match=r"got frame 4 in .*a\.xml and .*b\.xml"):
        read_changes(store, [str(first), str(second)], "ada")


def test_pictures_that_are_no_numbers_keep_their_frames(store: Store, tmp_path: Path) -> None:
    """A part of an image folder: places among the exported pictures are not places in the video."""
    release_of(store, walkers(COCO17), pictures=tuple(f"walk/{name}.jpg" for name in "abcdefgh"))
    path = tmp_path / "part.json"
    path.write_bytes(export_labels(store, "latest", "street", EditFormat.COCO, (3, 7))[1])
    assert _edits(store, path) == ()
    document = _document(path)
    image = next(image for image in document["images"] if image["file_name"] == "walk/f.jpg")
    annotation = next(a for a in document["annotations"] if a["image_id"] == image["id"])
    annotation["keypoints"][0] = 99.0
    path.write_text(json.dumps(document))
    (edit,) = _edits(store, path)
    assert (edit.frame_index, edit.track_id) == (5, annotation["track_id"])


def test_changed_box_is_counted_and_no_edit(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.COCO, tmp_path)
    document = _document(path)
    document["annotations"][0]["bbox"] = [1.0, 2.0, 300.0, 400.0]
    path.write_text(json.dumps(document))
    (change,) = read_changes(store, [str(path)], "ada")
    assert (change.correction, change.boxes) == (None, 1)


def test_archive_of_cvat_is_read_as_it_was_downloaded(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.CVAT, tmp_path)
    with zipfile.ZipFile(tmp_path / "task.zip", "w") as archive:
        archive.write(path, "annotations.xml")
    assert _edits(store, tmp_path / "task.zip") == ()


def test_wrong_ranges_and_formats_are_refused_before_anything_is_written(store: Store) -> None:
    release_of(store, walkers(COCO17))
    for frames in ((3, 3), (-1, 2), (0, 9)):
        with pytest.raises(InputError, match="expected frames within 0:8"):
            export_labels(store, "latest", "street", EditFormat.CVAT, frames)
    with pytest.raises(LabelError, match="expected instances of posetrack, got coco17"):
        export_labels(store, "latest", "street", EditFormat.POSETRACK)


def test_unlabelled_keypoints_stay_unlabelled(store: Store, tmp_path: Path) -> None:
    path = _exported(store, EditFormat.CVAT, tmp_path)
    (found,) = read_edited(LabelFile(str(path), path.read_bytes()))
    people = found.labels.instances
    assert not people.visibility[:, COCO17.index(CUT_OFF)].any()
    assert (people.visibility[:, COCO17.index(HIDDEN)] == 1).all()
    assert found.release == "1.0.0"
