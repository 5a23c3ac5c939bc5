import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from poseloom.infra.labels import match_labels, read_label_sets
from poseloom.infra.overlay import contact_sheet
from poseloom.infra.video import open_video
from poseloom.models.rules import verdicts
from poseloom.schemas.instances import Instances
from poseloom.schemas.rules import RuleSet
from poseloom.schemas.skeleton import COCO17, POSETRACK
from tests.fixtures.command import poseloom

_SMALL = ("--size", "160x96", "--frames", "4")
_NAME = "500007_mpii_test"


def _bytes(folder: Path) -> dict[str, bytes]:
    """Everything but the contents of videos: x264 is not reproducible to the bit on small pictures."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): b"" if path.suffix == ".mp4" else path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("synth") / "crowd"
    ended = poseloom("synth", "--preset", "crowd", "--seed", "7", *_SMALL, "--video", "--out", out)
    assert ended.code == 0, ended.err
    assert f"where   {out}" in ended.out
    return out


def test_a_sequence_is_laid_out_as_posetrack21(crowd: Path) -> None:
    names = set(_bytes(crowd))
    assert names == {
        *(f"images/val/{_NAME}/{frame:06d}.jpg" for frame in range(4)),
        f"posetrack_data/val/{_NAME}.json",
        f"coco/val/{_NAME}.json",
        f"sheets/{_NAME}.jpg",
        f"videos/{_NAME}.mp4",
        f"origins/val/{_NAME}.json",
        "README.md",
    }


def test_the_posetrack_file_has_what_the_kits_need(crowd: Path) -> None:
    document = json.loads((crowd / "posetrack_data" / "val" / f"{_NAME}.json").read_text())
    assert [image["file_name"] for image in document["images"]] == [
        f"images/val/{_NAME}/{frame:06d}.jpg" for frame in range(4)
    ]
    assert [image["id"] for image in document["images"]] == [15000070000 + frame for frame in range(4)]
    for image in document["images"]:
        assert image["is_labeled"] is True
        assert image["nframes"] == 4
        assert image["ignore_regions_x"]
        assert len(image["ignore_regions_x"]) == len(image["ignore_regions_y"])
    ids = [person["person_id"] for person in document["annotations"]]
    assert set(ids) <= set(range(50000700, 50000712))
    for person in document["annotations"]:
        assert len(person["bbox_head"]) == len(person["bbox"]) == 4
        assert len(person["keypoints"]) == 51
        assert person["keypoints"][9:15] == [0.0] * 6
        assert person["track_id"] in range(12)


def test_both_label_files_say_the_same_of_the_same_people(crowd: Path) -> None:
    (posetrack,) = read_label_sets(str(crowd / "posetrack_data" / "val"))
    (coco,) = read_label_sets(str(crowd / "coco" / "val"))
    assert (posetrack.skeleton, coco.skeleton) == (POSETRACK, COCO17)
    both: tuple[Instances, Instances] = (posetrack.instances.sorted(), coco.instances.sorted())
    assert np.array_equal(both[0].track_id, both[1].track_id)
    assert np.array_equal(both[0].bbox_xywh, both[1].bbox_xywh)
    for keypoint in ("nose", "left_wrist", "right_ankle"):
        (a, b) = (people.skeleton.index(keypoint) for people in both)
        assert np.array_equal(both[0].visibility[:, a], both[1].visibility[:, b])
        assert np.array_equal(both[0].keypoints_xy[:, a], both[1].keypoints_xy[:, b])


def test_poseloom_reads_its_pictures_video_and_labels(crowd: Path, tmp_path: Path) -> None:
    for video in (crowd / "images" / "val" / _NAME, crowd / "videos" / f"{_NAME}.mp4"):
        reader = open_video(str(video))
        assert (reader.video.frame_count, reader.video.width, reader.video.height) == (4, 160, 96)
        for folder in ("posetrack_data", "coco"):
            sets = read_label_sets(str(crowd / folder / "val"))
            labels = match_labels(sets, [reader.video])[reader.video.video_id].instances
            contact_sheet(reader, labels, 2, tmp_path / "sheet.png")
            failed = verdicts(labels, 160, 96, RuleSet())
            for rule in ("unique_track", "duplicate"):
                assert all(
                    failed[name].to_pylist() == [True] * len(labels) for name in failed.column_names if rule in name
                )


def test_the_same_command_again_changes_nothing(crowd: Path) -> None:
    before = _bytes(crowd)
    ended = poseloom("synth", "--preset", "crowd", "--seed", "7", *_SMALL, "--video", "--out", crowd)
    assert ended.code == 0
    assert "is there already" in ended.err
    assert _bytes(crowd) == before


def test_the_same_command_elsewhere_gives_the_same_bytes(crowd: Path, tmp_path: Path) -> None:
    poseloom("synth", "--preset", "crowd", "--seed", "7", *_SMALL, "--video", "--out", tmp_path / "again")
    assert _bytes(tmp_path / "again") == _bytes(crowd)


def test_what_an_interrupted_run_left_is_made_whole(crowd: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(crowd, out)
    origin = out / "origins" / "val" / f"{_NAME}.json"
    origin.write_text(origin.read_text().replace('"complete": true', '"complete": false'))
    (out / "images" / "val" / _NAME / "000003.jpg").unlink()
    (out / "coco" / "val" / f"{_NAME}.json").write_text("{")
    assert poseloom("synth", "--preset", "crowd", "--seed", "7", *_SMALL, "--video", "--out", out).code == 0
    assert _bytes(out) == _bytes(crowd)


def test_another_clip_in_the_same_place_is_refused(crowd: Path) -> None:
    before = _bytes(crowd)
    ended = poseloom("synth", "--preset", "crowd", "--seed", "7", "--size", "160x96", "--frames", "5", "--out", crowd)
    assert ended.code == 1
    assert "found one of another spec" in ended.error
    assert _bytes(crowd) == before


def test_what_poseloom_did_not_write_is_never_touched(tmp_path: Path) -> None:
    own = tmp_path / "posetrack_data" / "val" / "000000_mpii_test.json"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    ended = poseloom("synth", *_SMALL, "--out", tmp_path)
    assert ended.code == 1
    assert "found something that poseloom did not generate" in ended.error
    assert own.read_text() == "mine"


def test_training_seeds_make_the_training_split(tmp_path: Path) -> None:
    ended = poseloom("synth", "--people", "1", "--seed", "10000", "--count", "2", *_SMALL, "--out", tmp_path)
    assert ended.code == 0
    names = ["010000_mpii_train", "010001_mpii_train"]
    assert sorted(path.stem for path in (tmp_path / "posetrack_data" / "train").iterdir()) == names
    assert not (tmp_path / "posetrack_data" / "val").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--preset", "hard"), "expected a preset of easy, crossing, blur, occlusion, crowd, got 'hard'"),
        (("--size", "640"), "expected --size as WIDTHxHEIGHT of at most five digits"),
        (("--size", "10x10"), "expected width in range, got 10"),
        (("--people", "0"), "expected people in range, got 0"),
        (("--fps", "-1"), "expected fps in range, got -1"),
        (("--fps", "inf"), "expected fps in range, got inf"),
        (("--seed", "100000"), "expected seeds below 100,000"),
        (("--seed", "9999", "--count", "2"), "expected seeds of one split"),
        (("--assets", "nowhere"), "expected the folder of an asset pack, found none: nowhere"),
    ],
)
def test_bad_values_are_refused_before_anything_is_written(
    arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    ended = poseloom("synth", *arguments, "--out", tmp_path / "out")
    assert ended.code == 1
    assert message in ended.error
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    ended = poseloom("synth", *_SMALL, "--out", tmp_path / "out")
    assert ended.code == 1
    assert str(tmp_path / "out") in ended.error
