"""`poseloom flags` on a release of one generated clip whose labels lose a person for eight frames."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from poseloom.infra.storage import open_workspace
from poseloom.infra.video import content_id, write_video
from poseloom.models.synthetic import ClipSpec, synthesize_clip
from poseloom.schemas.instances import UNLINKED
from poseloom.schemas.provenance import Source
from poseloom.tasks.predictions import remember_predictions
from poseloom.tasks.release import publish_release
from poseloom.tasks.tables import write_instances
from poseloom.tasks.videos import known_index
from tests.fixtures.command import poseloom
from tests.fixtures.releases import labelled, recipe


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flags")
    clip = synthesize_clip(ClipSpec(people=2, frames=40, width=320, height=180, seed=4))
    write_video(folder / "walk.mp4", clip.frames, 25.0)
    store = open_workspace(str(folder / "out")).store
    index = known_index(store, content_id(str(folder / "walk.mp4")), str(folder / "walk.mp4"))
    truth = clip.truth.sorted()
    gone = (truth.track_id == 1) & (truth.frame_index >= 20) & (truth.frame_index < 28)
    labels = truth.select(~gone).replace(score=np.full(truth.select(~gone).score.shape, np.nan))
    assert set(labels.source[labels.visibility > 0].tolist()) == {int(Source.IMPORTED)}
    publish_release(store, [labelled(labels, index.video)], recipe(), {"passed": True})
    return folder / "out"


def test_the_missing_person_is_the_worst_in_table_json_and_sheet(workspace: Path, tmp_path: Path) -> None:
    ended = poseloom("flags", "--workspace", workspace, "--sheet", tmp_path / "worst.png")
    assert ended.code == 0, ended.err
    lines = [line.split() for line in ended.out.splitlines()]
    assert ["walk", "missing", "1", "0.32", "20"] in lines
    assert ["0.32", "walk", "20-27", "1", "missing:", "none", "for", "0.32", "s"] in lines
    assert "drift is not judged where no estimator has run: walk" in ended.out
    sheet = cv2.imread(str(tmp_path / "worst.png"))
    assert sheet is not None
    assert sheet.shape[0] > 480
    assert sheet.std() > 10
    found = json.loads(poseloom("flags", "-w", workspace, "--kind", "missing", "--json").out)
    assert [one["video"] for one in found] == ["walk"]
    (flag,) = found[0]["flags"]
    assert (flag["kind"], flag["start_frame"], flag["end_frame"], flag["track_id"]) == ("missing", 20, 28, 1)
    assert not found[0]["drift_judged"]


def test_predictions_that_a_run_remembers_make_drift_visible(workspace: Path) -> None:
    store = open_workspace(str(workspace)).store
    (video,) = json.loads(poseloom("flags", "-w", workspace, "--json").out)
    key = "stages/predict/some.parquet"
    truth = synthesize_clip(ClipSpec(people=2, frames=40, width=320, height=180, seed=4)).truth
    write_instances(store, key, truth.replace(track_id=np.full(len(truth), UNLINKED)))
    remember_predictions(store, video["video_id"], [key])
    (video,) = json.loads(poseloom("flags", "-w", workspace, "--json").out)
    assert video["drift_judged"]
    assert {flag["kind"] for flag in video["flags"]} == {"missing"}
    remember_predictions(store, video["video_id"], [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--sheet", "worst.txt"), "expected --sheet as a *.png or *.jpg, got worst.txt"),
        (("--video", "nobody"), "expected --video to name a video of release latest, got 'nobody'"),
        (("--version", "9.9.9"), "9.9.9"),
        (("--kind", "swap", "--sheet", "nothing.png"), "expected at least one flag"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    workspace: Path, arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = poseloom("flags", "--workspace", workspace, *arguments)
    assert ended.code == 1
    assert message in ended.error
    assert list(tmp_path.iterdir()) == []


def test_an_empty_workspace_has_no_release(tmp_path: Path) -> None:
    open_workspace(str(tmp_path / "out"))
    assert "expected a release" in poseloom("flags", "-w", tmp_path / "out").error


def test_nobody_is_nothing_to_look_at(workspace: Path) -> None:
    ended = poseloom("flags", "-w", workspace, "--kind", "swap")
    assert ended.out.splitlines()[0] == "nothing to look at"
