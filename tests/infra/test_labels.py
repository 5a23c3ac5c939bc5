"""Label files of every kind, at paths and in S3, and their match with videos."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pyarrow.parquet as pq
import pytest
import sleap_io

from poseloom.infra.labels import files, labels_digest, match_labels, read_label_sets
from poseloom.schemas.errors import InputError, LabelError
from poseloom.schemas.formats.coco import write_coco, write_coco_results
from poseloom.schemas.formats.posetrack import write_posetrack
from poseloom.schemas.instances import UNLINKED, Instances
from poseloom.schemas.labels import FrameLabel, LabelSet
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17, POSETRACK, Skeleton
from poseloom.schemas.tables import to_table
from poseloom.schemas.video import Video


def video(name: str, frames: int = 4, width: int = 640, height: int = 480, video_id: str | None = None) -> Video:
    return Video(
        video_id=video_id or name, name=name, uri=f"/v/{name}", width=width, height=height, frame_count=frames, fps=25
    )


def labels(name: str, skeleton: Skeleton = COCO17, frames: tuple[int, ...] = (0, 2), **columns: Any) -> LabelSet:
    n, k = len(frames), len(skeleton)
    xy = np.arange(n * k * 2).reshape(n, k, 2) + 0.25
    people = Instances.build(skeleton, frames, xy, np.full((n, k), 2), Source.PREDICTED, track_id=range(n), **columns)
    return LabelSet(name, people)


def save(path: Path, document: Any) -> str:
    path.write_text(json.dumps(document))
    return str(path)


# --- kinds, told by content ------------------------------------------------------------------------------------------


def test_a_posetrack_file_is_known_by_its_content(tmp_path: Path) -> None:
    path = save(tmp_path / "seq.labels", write_posetrack(labels("seq", POSETRACK), video("seq")))
    (found,) = read_label_sets(path)
    assert (found.skeleton, len(found.frames), len(found.instances)) == (POSETRACK, 4, 2)


def test_posetrack_predictions_without_categories_are_known(tmp_path: Path) -> None:
    document = write_posetrack(labels("seq", POSETRACK), video("seq"))
    del document["categories"]
    assert read_label_sets(save(tmp_path / "seq.json", document))[0].skeleton is POSETRACK


def test_a_coco_file_with_posetracks_keypoints_keeps_cocos_flags(tmp_path: Path) -> None:
    occluded = labels("seq", POSETRACK)
    occluded = LabelSet("seq", occluded.instances.replace(visibility=np.ones((2, 17))))
    (found,) = read_label_sets(save(tmp_path / "a.json", write_coco([occluded])))
    assert found.name == "seq"
    assert set(found.instances.visibility.ravel().tolist()) == {1}


def test_a_results_list_is_known(tmp_path: Path) -> None:
    (found,) = read_label_sets(save(tmp_path / "preds.json", write_coco_results(labels("x"))))
    assert (found.name, found.instances.frame_index.tolist()) == ("preds", [0, 1])


def test_a_label_table_is_known(tmp_path: Path) -> None:
    original = labels("seq").instances
    pq.write_table(to_table(original), tmp_path / "seq.parquet")
    (found,) = read_label_sets(str(tmp_path / "seq.parquet"))
    np.testing.assert_array_equal(found.instances.keypoints_xy, original.keypoints_xy)
    assert found.name == "seq"


def test_a_folder_holds_one_sequence_per_file(real_data: Path) -> None:
    folder = real_data / "bonn_posetrack/val/posetrack_data"
    sets = read_label_sets(str(folder))
    assert [s.name for s in sets] == sorted(p.stem for p in folder.glob("*.json"))
    assert sum(len(s.instances) for s in sets) == 2691


# --- SLEAP -----------------------------------------------------------------------------------------------------------


def test_sleap_users_win_over_their_predictions(real_data: Path) -> None:
    (found,) = read_label_sets(str(real_data / "sleap_dance/dance.mp4.labels.slp"))
    people = found.instances
    assert (found.name, found.skeleton) == ("dance", COCO17)
    assert people.frame_index.tolist() == list(range(450))
    assert set(people.track_id.tolist()) == {UNLINKED}
    by_users = np.isnan(people.score).all(axis=1)
    assert np.flatnonzero(by_users).tolist() == [0, 1, 2]
    assert set(people.source[people.visibility > 0].tolist()) == {Source.IMPORTED}


def test_sleap_points_agree_with_an_independent_conversion(real_data: Path) -> None:
    (found,) = read_label_sets(str(real_data / "sleap_dance/dance.mp4.labels.slp"))
    other = json.loads((real_data / "sleap_dance/dance_coco17.json").read_bytes())["instances"]
    users = {i["frame"]: i for i in other if i["kind"] == "user"}
    expected = [users.get(i["frame"], i) for i in other if i["kind"] == "predicted"]
    triples = np.array([i["keypoints"] for i in expected], dtype=float).reshape(-1, 17, 3)
    # Its v = 1 are the three right ankles that the prediction lacked: placeholders marked not visible.
    there = triples[..., 2] == 2
    np.testing.assert_array_equal(found.instances.visibility, np.where(there, 2, 0))
    # SLEAP's origin is the centre of the top-left pixel, ours its corner; the conversion has three decimals.
    np.testing.assert_allclose(found.instances.keypoints_xy[there], triples[there][:, :2] + 0.5, atol=6e-4)
    assert found.instances.score[3, 0] == pytest.approx(expected[3]["scores"][0], abs=1e-4)


def sleap_file(path: Path, nodes: tuple[str, ...]) -> str:
    skeleton = sleap_io.Skeleton(list(nodes))
    track = sleap_io.Track("anna")
    points = np.arange(2 * len(nodes), dtype=float).reshape(-1, 2)
    points[1] = np.nan
    predicted = sleap_io.PredictedInstance.from_numpy(
        points, skeleton=skeleton, point_scores=np.full(len(nodes), 0.5), score=0.5, track=track
    )
    clips = [sleap_io.Video(filename=name, open_backend=False) for name in ("C:\\clips\\one.mp4", "two.mp4")]
    frames = [sleap_io.LabeledFrame(video=clips[0], frame_idx=7, instances=[predicted])]
    sleap_io.Labels(frames, videos=clips, tracks=[track], skeletons=[skeleton]).save(str(path))
    return str(path)


def test_sleap_tracks_videos_and_node_order_are_kept(tmp_path: Path) -> None:
    one, two = read_label_sets(sleap_file(tmp_path / "a.slp", COCO17.keypoints[::-1]))
    assert (one.name, two.name, len(two.instances)) == ("one", "two", 0)
    assert one.instances.track_id.tolist() == [0]
    assert one.instances.frame_index.tolist() == [7]
    assert one.instances.keypoints_xy[0, 0].tolist() == [32.5, 33.5]
    assert one.instances.visibility[0].tolist() == [2] * 15 + [0, 2]
    assert one.instances.score[0, 0] == 0.5
    assert np.isnan(one.instances.score[0, 15])


def test_sleap_skeletons_we_do_not_know_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"expected the keypoints of coco17, .*, got head, tail"):
        read_label_sets(sleap_file(tmp_path / "fly.slp", ("head", "tail")))


# --- S3 --------------------------------------------------------------------------------------------------------------


def test_labels_in_s3_read_like_local_ones(real_data: Path, s3_uri: str) -> None:
    local = real_data / "oracle/gt_posetrack_data"
    fs, prefix = fsspec.core.url_to_fs(s3_uri)
    fs.put([str(p) for p in sorted(local.glob("*.json"))], f"{prefix}/labels/")
    assert [s.name for s in read_label_sets(f"{s3_uri}/labels")] == [s.name for s in read_label_sets(str(local))]
    assert labels_digest(f"{s3_uri}/labels") == labels_digest(str(local))
    (one,) = read_label_sets(f"{s3_uri}/labels/001912_bonn_test.json")
    assert write_posetrack(one) == json.loads((local / "001912_bonn_test.json").read_bytes())


def test_sleap_projects_in_s3_are_read(real_data: Path, s3_uri: str) -> None:
    fs, prefix = fsspec.core.url_to_fs(s3_uri)
    fs.put(str(real_data / "sleap_dance/dance.mp4.labels.slp"), f"{prefix}/dance.slp")
    assert len(read_label_sets(f"{s3_uri}/dance.slp")[0].instances) == 450


def test_missing_labels_in_s3_are_named(s3_uri: str) -> None:
    with pytest.raises(InputError, match=rf"expected labels at {s3_uri}/none.json, found nothing there"):
        read_label_sets(f"{s3_uri}/none.json")


def test_labels_in_an_s3_that_does_not_answer_are_refused(s3_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(InputError, match=rf"expected to read labels at {s3_uri}/a.json, got EndpointConnectionError"):
        read_label_sets(f"{s3_uri}/a.json")


# --- digests ---------------------------------------------------------------------------------------------------------


def test_the_digest_follows_names_and_bytes_not_the_place(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.json").write_text("{}")
    shutil.copy(tmp_path / "two/a.json", tmp_path / "b.json")
    same = labels_digest(str(tmp_path / "one"))
    assert same == labels_digest(str(tmp_path / "two"))
    assert same != labels_digest(str(tmp_path / "b.json"))
    (tmp_path / "two/a.json").write_text("[]")
    assert same != labels_digest(str(tmp_path / "two"))


# --- unreadable input ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{\n "images": [,]}', "Expecting value at line 2, column 13"),
        (b"", "Expecting value at line 1, column 1"),
        (b"\x00\x00\x00 ftypisom", "expected JSON, SLEAP or Parquet labels at .*a.json"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"images": ' + b"9" * 5000 + b"}", "expected JSON, SLEAP or Parquet labels"),
        (b"\x89HDF\r\n\x1a\nbroken", "expected a SLEAP project at .*a.json"),
        (b"PAR1broken", "expected a Parquet file at .*a.json"),
        (b'"text"', "expected a JSON object, got 'text'"),
        (b"{}", "expected a field 'images', got an empty object"),
        (b"[3]", r"a\[0\]: expected an object, got 3"),
    ],
)
def test_files_that_are_no_labels_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(LabelError, match=message):
        read_label_sets(str(tmp_path / "a.json"))


def test_hdf5_that_is_no_sleap_project_is_refused(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"] = [1, 2]
    with pytest.raises(LabelError, match=r"expected a SLEAP project at .*a.h5"):
        read_label_sets(str(tmp_path / "a.h5"))


@pytest.mark.parametrize("extra", ["tall", "7", '{"coco": 7}', '{"coco": {}, "as_read": []}', "[" * 100_000])
def test_a_table_whose_extras_are_none_of_ours_is_refused(tmp_path: Path, extra: str) -> None:
    pq.write_table(to_table(labels("seq", extra=("", extra)).instances), tmp_path / "a.parquet")
    with pytest.raises(LabelError, match=r"a.parquet: expected extra to be JSON objects by format, got .* in row 1"):
        read_label_sets(str(tmp_path / "a.parquet"))


def test_another_parquet_table_is_refused(tmp_path: Path) -> None:
    table = to_table(labels("a").instances).replace_schema_metadata(None)
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(LabelError, match=r"a.parquet: expected a label table of schema 1, got another table"):
        read_label_sets(str(tmp_path / "a.parquet"))


def test_missing_empty_and_foreign_places_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected labels at .*/none, found nothing there"):
        read_label_sets(str(tmp_path / "none"))
    with pytest.raises(InputError, match=r"expected label files \(.json, .slp, .parquet\) in .*, found none"):
        read_label_sets(str(tmp_path))
    with pytest.raises(InputError, match="expected a local path or s3://… of labels, got http://x"):
        read_label_sets("http://x")


def test_huge_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(files.SIZE_LIMIT_BYTES + 1)
    with pytest.raises(InputError, match="at most 2147483648 bytes, got 2147483649"):
        read_label_sets(str(tmp_path / "huge.json"))


# --- matching --------------------------------------------------------------------------------------------------------


def test_labels_and_videos_match_by_name() -> None:
    matched = match_labels([labels("b"), labels("a")], [video("a"), video("b"), video("c")])
    assert {video_id: found.name for video_id, found in matched.items()} == {"a": "a", "b": "b"}


def test_one_of_each_belongs_together() -> None:
    assert match_labels([labels("x")], [video("y")])["y"].name == "x"


def test_posetrack_labels_match_by_folder_and_by_vid_id(tmp_path: Path) -> None:
    document = write_posetrack(labels("000007_bonn_train", POSETRACK), video("000007_bonn_train"))
    (renamed,) = read_label_sets(save(tmp_path / "renamed.json", document))
    assert match_labels([renamed], [video("x"), video("000007_bonn_train")]) == {"000007_bonn_train": renamed}
    assert match_labels([renamed], [video("x"), video("000007")]) == {"000007": renamed}


def test_labels_of_another_video_are_named() -> None:
    with pytest.raises(LabelError, match="expected labels of a, b, got labels of c, d"):
        match_labels([labels("c"), labels("a"), labels("d")], [video("a"), video("b")])


def test_ambiguous_matches_are_refused() -> None:
    twins = [video("a", video_id="1"), video("a", video_id="2")]
    with pytest.raises(LabelError, match="expected one video named a, got /v/a, /v/a"):
        match_labels([labels("a")], twins)
    with pytest.raises(LabelError, match="expected one label set for a, got a and a"):
        match_labels([labels("a"), labels("a")], [video("a"), video("b")])


def test_labels_outside_the_frame_range_are_refused() -> None:
    with pytest.raises(LabelError, match=r"a \(/v/a\): expected labels of frames 0 to 3, got frame 4"):
        match_labels([labels("a", frames=(0, 9, 4))], [video("a")])


def test_labels_of_another_picture_size_are_refused(tmp_path: Path) -> None:
    document = write_coco([labels("a")], {"a": video("a")})
    sets = read_label_sets(save(tmp_path / "coco.json", document))
    assert match_labels(sets, [video("a")])["a"].name == "a"
    with pytest.raises(LabelError, match=r"expected labels of 64x48 pictures as in /v/a, got 640x480 in frame 0"):
        match_labels(sets, [video("a", width=64, height=48)])


def test_two_instances_of_a_track_in_a_frame_are_refused() -> None:
    twice = labels("a", frames=(1, 1))
    twice = LabelSet("a", twice.instances.replace(track_id=[5, 5]))
    with pytest.raises(LabelError, match="expected one instance of track 5 in frame 1 of a, got two"):
        match_labels([twice], [video("a")])


def test_unnumbered_pictures_are_frames_only_when_all_are_listed(tmp_path: Path) -> None:
    (preds,) = read_label_sets(save(tmp_path / "p.json", write_coco_results(labels("x"))))
    assert match_labels([preds], [video("p", frames=2)]) == {"p": preds}
    with pytest.raises(LabelError, match=r"six-digit frame numbers or all 4 frames of /v/p listed, got 2 pictures"):
        match_labels([preds], [video("p", frames=4)])


def test_labels_of_an_image_folder_belong_to_the_picture_of_their_name() -> None:
    names = [f"images/val/a/{number:06d}.jpg" for number in (46, 48)]
    frames = tuple(FrameLabel(number, number, name) for number, name in zip((46, 48), names, strict=True))
    found = replace(labels("a", frames=(46, 48)), frames=frames)
    pictures = {"a": ["000046.jpg", "000047.jpg", "000048.jpg", "000049.jpg"]}
    placed = match_labels([found], [video("a")], pictures)["a"]
    assert placed.instances.frame_index.tolist() == [0, 2]
    assert [(frame.frame_index, frame.file_name) for frame in placed.frames] == list(zip((0, 2), names, strict=True))


def test_labels_without_a_video_are_left_out_where_every_video_has_its_own() -> None:
    matched = match_labels([labels("a"), labels("b"), labels("c")], [video("b")])
    assert {video_id: found.name for video_id, found in matched.items()} == {"b": "b"}
