"""`--report` of the commands that measure, as a user runs them."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.fixtures.command import poseloom
from tests.fixtures.pages import Page
from tests.fixtures.sequences import FRAMES, posetrack, save

GENERATED = ("--seeds", "1", "--frames", "8", "--strategies", "none,linear")


def test_evaluate_writes_the_page_of_its_figures(tmp_path: Path) -> None:
    gt = save(tmp_path / "gt" / "000001_bonn_test.json", posetrack("000001_bonn_test"))
    pred = save(tmp_path / "pred" / "000001_bonn_test.json", posetrack("000001_bonn_test", shift=9.0, scores=True))
    out, report = tmp_path / "scores.json", tmp_path / "new" / "report"
    ended = poseloom("evaluate", "--gt", gt.parent, "--pred", pred.parent, "--out", out, "--report", report)
    assert ended.code == 0, ended.err
    assert str(report / "index.html") in ended.out
    said, found = Page(report / "index.html"), json.loads(out.read_text())
    assert said.headline["COCO AP"] == f"{found['coco_ap']['ap']:.2f}"
    assert len(said.pictures) == FRAMES, "where there is room, also frames that look alike"


def test_the_oracle_has_a_page_with_its_figures(real_data: Path, tmp_path: Path) -> None:
    oracle = real_data / "oracle"
    arguments = ("--gt", oracle / "gt_posetrack_data", "--pred", oracle / "preds" / "gappy" / "pose")
    ended = poseloom("evaluate", *arguments, "--report", tmp_path)
    assert ended.code == 0, ended.err
    said = Page(tmp_path / "index.html")
    expected = json.loads((oracle / "scores" / "gappy" / "expected_scores.json").read_text())["pt21_kit_box_HOTA"]
    hota = 100 * expected["COMBINED_SEQ"]["HOTA"]
    assert said.table("IoU")["IoU"][0] == f"{hota:.2f}"
    assert next(iter(said.pictures)).endswith(" 0 predictions"), "the gaps are the worst frames"


def test_benchmark_clicks_writes_a_page_with_pictures(tmp_path: Path) -> None:
    arguments = ("--preset", "easy", "--rounds", "2", "--out", tmp_path / "clicks.json")
    ended = poseloom("benchmark", "clicks", *GENERATED, *arguments, "--report", tmp_path / "page")
    assert ended.code == 0, ended.err
    said, found = Page(tmp_path / "page" / "index.html"), json.loads((tmp_path / "clicks.json").read_text())
    first = found["runs"][0]
    assert said.titled("AP@3")[0]["none"] == [f"{ap:.2f}" for ap in first["ap_per_tracklet"]]
    assert [caption.partition(":")[0].partition(" ")[0] for caption in said.pictures] == [
        "predictions",
        "none",
        "linear",
    ]
    assert np.std(next(iter(said.pictures.values()))) > 10, "the clip's picture, no empty ground"
    assert "preset easy, seeds 1, 8 frames" in said.html


def test_benchmark_robustness_writes_a_page(tmp_path: Path) -> None:
    ended = poseloom(
        "benchmark", "robustness", "--presets", "easy", *GENERATED, "--report", tmp_path, "--out", tmp_path / "out.json"
    )
    assert ended.code == 0, ended.err
    (video,) = json.loads((tmp_path / "out.json").read_text())["videos"]
    (videos,) = Page(tmp_path / "index.html").titled("sharpness")
    assert videos["easy-1"][0] == f"{video['sharpness']:,.2f}"


@pytest.mark.parametrize(
    "command",
    [
        ("evaluate", "--gt", "nowhere", "--pred", "nowhere"),
        ("benchmark", "clicks", "--preset", "easy"),
        ("benchmark", "robustness"),
    ],
)
def test_an_unwritable_place_is_told_before_anything_is_computed(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ended = poseloom(*command, "--report", tmp_path / "file" / "report")
    assert ended.code == 1
    assert ended.error == f"error: expected to write a report to {tmp_path}/file/report, got Not a directory"


def test_pictures_without_a_report_are_refused(tmp_path: Path) -> None:
    ended = poseloom("evaluate", "--gt", tmp_path, "--pred", tmp_path, "--videos", tmp_path)
    assert ended.error == "error: expected --report for the pictures of --videos, got none"
