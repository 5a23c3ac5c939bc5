"""The curate flow on a real Prefect server, real Ray actors and a generated clip."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from poseloom.infra.cluster import ray_cluster
from poseloom.infra.storage import open_workspace
from poseloom.infra.video import open_video
from poseloom.models.accuracy import accuracy
from poseloom.schemas.correction import Correction, MoveKeypoint
from poseloom.schemas.errors import CheckError, InputError, LabelError, ShardError
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.report import Report
from poseloom.schemas.rules import parse_rules
from poseloom.tasks.corrections import append_correction
from poseloom.tasks.parameters import Execution, Parameters
from poseloom.tasks.predictions import read_predictions
from poseloom.tasks.release import read_labels, verify_release
from tests.fixtures.clips import Clip, write_clip, write_labels

SHORT = Execution(workers=2, frames_per_shard=15)


@pytest.fixture(scope="module", autouse=True)
def services(prefect_server: str) -> Iterator[None]:
    with ray_cluster(None, 2):
        yield


def _curate(clip: Clip, workspace: Path, execution: Execution = SHORT, parameters: Parameters | None = None) -> Report:
    from poseloom.flows.curate import curate

    return curate([str(clip.video)], str(workspace), str(clip.labels), parameters or Parameters(), execution)


def _labels(workspace: Path, version: str = "latest") -> Instances:
    ((_, labels),) = read_labels(open_workspace(workspace).store, version, dropped=True)
    return labels


def _stage(report: Report, name: str) -> tuple[int, int]:
    stage = next(stage for stage in report.stages if stage.name == name)
    return stage.shards, stage.reused


@pytest.fixture(scope="module")
def first(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """A workspace with release 1.0.0; tests read it only."""
    workspace = tmp_path_factory.mktemp("first")
    return workspace, _curate(clip, workspace)


def test_sparse_labels_become_dense_and_verify(clip: Clip, first: tuple[Path, Report]) -> None:
    workspace, report = first
    assert (report.version, report.published, report.frames) == ("1.0.0", True, 60)
    assert len(_labels(workspace)) == 60 * 2
    assert verify_release(workspace).ok
    assert accuracy(_labels(workspace), clip.truth).within_half_head > 0.8


def test_labels_given_are_released_untouched(clip: Clip, first: tuple[Path, Report]) -> None:
    labels, given = _labels(first[0]), clip.truth.select(clip.truth.frame_index % 10 == 0).sorted()
    at_given = labels.select(labels.frame_index % 10 == 0)
    assert np.array_equal(at_given.keypoints_xy[given.visibility > 0], given.keypoints_xy[given.visibility > 0])
    assert (at_given.source[given.visibility > 0] == Source.IMPORTED).all()


def test_digest_depends_neither_on_workers_nor_on_shards(
    clip: Clip, first: tuple[Path, Report], tmp_path: Path
) -> None:
    other = _curate(clip, tmp_path, Execution(workers=1, frames_per_shard=7))
    assert other.digest == first[1].digest


def test_identities_are_those_of_an_unsharded_run(clip: Clip, tmp_path: Path) -> None:
    from poseloom.flows.curate import curate

    worker = Path(__file__).parents[1] / "fixtures" / "halves_worker.py"
    parameters = Parameters(estimator="external", estimator_options={"command": f"{sys.executable} {worker}"})
    digests = set()
    for frames_per_shard in (60, 7):
        out = tmp_path / str(frames_per_shard)
        execution = Execution(workers=2, frames_per_shard=frames_per_shard)
        digests.add(curate([str(clip.video)], str(out), None, parameters, execution).digest)
    assert len(digests) == 1
    ((entry, labels),) = read_labels(open_workspace(out).store, "latest", dropped=True)
    predictions = read_predictions(open_workspace(out).store, entry.video_id, labels.skeleton)
    assert predictions is not None
    assert len(predictions) == len(labels)
    assert [sorted(set(_labels(out).track_id[_labels(out).frame_index == f].tolist())) for f in (0, 59)] == [[0, 1]] * 2


def test_pictures_keep_their_names_and_exports_come_back_to_them(clip: Clip, tmp_path: Path) -> None:
    from poseloom.flows.curate import curate

    folder = tmp_path / "images" / "square"
    folder.mkdir(parents=True)
    for frame in open_video(str(clip.video)).frames(0, 4):
        cv2.imwrite(str(folder / f"{frame.frame_index + 46:06d}.png"), frame.image[..., ::-1])
    worker = Path(__file__).parents[1] / "fixtures" / "halves_worker.py"
    options = {"command": f"{sys.executable} {worker}"}
    first = Parameters(estimator="external", estimator_options=options)
    curate([str(folder)], str(tmp_path / "one"), None, first, SHORT)
    exported = tmp_path / "one" / "releases" / "1.0.0" / "json" / "posetrack21" / "square.json"
    names = [image["file_name"] for image in json.loads(exported.read_text())["images"]]
    assert [name.rsplit("/", 1)[1] for name in names] == [f"{n:06d}.png" for n in range(46, 50)]
    curate([str(folder)], str(tmp_path / "two"), str(exported), Parameters(), SHORT)
    one, two = _labels(tmp_path / "one"), _labels(tmp_path / "two")
    assert np.array_equal(one.frame_index, two.frame_index)
    shoulder = one.skeleton.index("left_shoulder"), two.skeleton.index("left_shoulder")
    assert np.array_equal(one.keypoints_xy[:, shoulder[0]], two.keypoints_xy[:, shoulder[1]])


def test_same_run_again_computes_nothing_and_publishes_nothing(clip: Clip, tmp_path: Path) -> None:
    one, two = _curate(clip, tmp_path), _curate(clip, tmp_path)
    assert (two.version, two.digest, two.published) == (one.version, one.digest, False)
    assert all(stage.reused == stage.shards for stage in two.stages if stage.name not in ("ingest", "check", "publish"))


def test_correction_recomputes_its_shards_only_and_is_kept(clip: Clip, tmp_path: Path) -> None:
    _curate(clip, tmp_path)
    store = open_workspace(tmp_path).store
    ((entry, _),) = read_labels(store, "latest")
    move = MoveKeypoint(frame_index=35, track_id=1, keypoint="left_wrist", x=77.25, y=42.5)
    append_correction(store, Correction(video_id=entry.video_id, annotator="ada", edits=(move,)))
    report = _curate(clip, tmp_path)
    assert report.version == "2.0.0"
    assert report.keypoints["corrected"] == 1
    assert _stage(report, "propagate") == (4, 1)  # the windows of all but frames 0-14 hold frame 35
    labels = _labels(tmp_path)
    (row,) = np.flatnonzero((labels.frame_index == 35) & (labels.track_id == 1))
    slot = labels.skeleton.index("left_wrist")
    assert labels.keypoints_xy[row, slot].tolist() == [77.25, 42.5]
    near = np.flatnonzero((labels.track_id == 1) & np.isin(labels.frame_index, (34, 36)))
    assert (labels.anchor_frame[near, slot] == 35).all()
    untouched = np.ones(labels.visibility.shape, dtype=bool)
    untouched[np.isin(labels.frame_index, range(21, 50)) & (labels.track_id == 1)] = False
    before = _labels(tmp_path, "1.0.0")
    assert np.array_equal(labels.keypoints_xy[untouched], before.keypoints_xy[untouched])


def test_failed_video_is_named_and_takes_no_other_down(clip: Clip, tmp_path: Path) -> None:
    from poseloom.flows.curate import curate

    broken = tmp_path / "broken.mp4"
    broken.write_bytes(clip.video.read_bytes()[:2000])
    videos, workspace = [str(clip.video), str(broken)], str(tmp_path / "out")
    with pytest.raises(ShardError, match=r"expected at most 0 failed shards, got 1: ingest .*broken.mp4"):
        curate(videos, workspace, str(clip.labels), Parameters(), SHORT)
    tolerant = SHORT.model_copy(update={"max_failed_shards": 1})
    report = curate(videos, workspace, str(clip.labels), Parameters(), tolerant)
    assert [failed.name for failed in report.failed] == [str(broken)]
    assert (report.videos, report.frames) == (1, 60)


def test_failed_checks_block_the_publish(clip: Clip, tmp_path: Path) -> None:
    rules = parse_rules("[checks]\nmin_kept_rows = 100000\n")
    with pytest.raises(CheckError, match="expected every quality check to hold"):
        _curate(clip, tmp_path, parameters=Parameters(rules=rules))
    assert not (tmp_path / "releases").exists()


def test_video_added_later_makes_a_minor_release(clip: Clip, tmp_path: Path) -> None:
    from poseloom.flows.curate import curate

    second = write_clip(tmp_path / "clips", "square", frames=20, seed=5)
    folder = tmp_path / "labels"
    folder.mkdir()
    for each in (clip, second):
        write_labels(folder / each.labels.name, each.video.stem, each.truth.select(each.truth.frame_index % 10 == 0))
    videos, out = [str(clip.video), str(second.video)], str(tmp_path / "out")
    one = curate(videos[:1], out, str(folder / "street.json"), Parameters(), SHORT)
    two = curate(videos, out, str(folder), Parameters(), SHORT)
    assert (one.version, two.version) == ("1.0.0", "1.1.0")


def test_labels_of_another_video_are_refused(clip: Clip, tmp_path: Path) -> None:
    beyond = clip.truth.select(clip.truth.frame_index == 59)
    labels = tmp_path / "labels.json"
    write_labels(labels, "street", beyond.replace(frame_index=beyond.frame_index + 100))
    with pytest.raises(LabelError, match="159"):
        _curate(Clip(clip.video, labels, clip.truth), tmp_path / "out")


def test_neither_labels_nor_estimator_is_refused(clip: Clip, tmp_path: Path) -> None:
    from poseloom.flows.curate import curate

    with pytest.raises(InputError, match="expected labels to start from or an estimator, got neither"):
        curate([str(clip.video)], str(tmp_path), None, Parameters(), SHORT)
