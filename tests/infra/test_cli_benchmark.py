"""`poseloom benchmark clicks`, end to end."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poseloom.infra.cli import main
from poseloom.infra.video import write_video
from poseloom.models.synthetic.estimates import estimates
from poseloom.schemas.formats.posetrack import write_posetrack
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import FrameLabel, LabelSet
from poseloom.schemas.ports import Frame
from poseloom.schemas.skeleton import COCO17, POSETRACK, conversion
from tests.fixtures.click_cases import people

KEYS = [(track, frame) for frame in range(8) for track in (0, 1)]


def write(folder: Path, name: str, labels: Instances) -> None:
    folder.mkdir(exist_ok=True)
    listed = tuple(FrameLabel(f, 10000 + f, f"images/val/{name}/{f:06d}.jpg") for f in range(8))
    document = write_posetrack(LabelSet(name, labels.convert(conversion(COCO17, POSETRACK)), listed))
    document["images"][-1]["is_labeled"] = False
    (folder / f"{name}.json").write_text(json.dumps(document))


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Truth and predictions of two sequences of 8 frames, the last of them not labelled."""
    truth = people(KEYS)
    for i, name in enumerate(("000001_mpii_test", "000002_mpii_test")):
        write(tmp_path / "gt", name, truth)
        write(tmp_path / "pred", name, estimates(truth, i))
    return tmp_path / "gt", tmp_path / "pred"


class Benchmark:
    """The command, in this process; what it shows as one line."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capfd = monkeypatch, capfd

    def __call__(self, *arguments: Any, fails: bool = False) -> str:
        self._monkeypatch.setattr("sys.argv", ["poseloom", "benchmark", "clicks", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        shown = self._capfd.readouterr()
        assert bool(end.value.code) == fails, shown.err
        return " ".join((shown.err if fails else shown.out + shown.err).split())


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Benchmark:
    monkeypatch.setenv("COLUMNS", "200")
    return Benchmark(monkeypatch, capfd)


def test_labels_without_videos_give_the_strategies_that_need_none(
    benchmark: Benchmark, folders: tuple[Path, Path], tmp_path: Path
) -> None:
    gt, pred = folders
    out = tmp_path / "clicks.json"
    shown = benchmark("--gt", gt, "--pred", pred, "--out", out, "--rule", "first_bad_frame,worst_frame")
    assert "poseloom is left out: it looks at pictures, and 2 sequences have none" in shown
    assert "VNoC-1, worst_frame" in shown
    found = json.loads(out.read_text())
    assert [(run["strategy"], run["rule"]) for run in found["runs"]] == [
        (name, rule) for name in ("none", "linear") for rule in ("first_bad_frame", "worst_frame")
    ]
    first = found["runs"][0]["vnoc"][2]
    assert first["tracklets"] == 4
    assert first["clicks"] == first["kpt"] + first["add"] + first["delete"]
    assert first["per_tracklet"] == first["clicks"] / 4
    assert {video["name"] for video in found["runs"][0]["videos"]} == {"000001_mpii_test", "000002_mpii_test"}
    assert [noc["images"] for noc in found["strategies"][0]["noc"]] == [14, 14, 14]
    again = tmp_path / "again.json"
    benchmark("--gt", gt, "--pred", pred, "--out", again, "--rule", "first_bad_frame,worst_frame")
    for document in (found, repeated := json.loads(again.read_text())):
        for run in document["runs"]:
            assert run.pop("seconds") > 0
    assert found == repeated


def test_perfect_predictions_cost_nothing(benchmark: Benchmark, folders: tuple[Path, Path], tmp_path: Path) -> None:
    gt, _ = folders
    out = tmp_path / "clicks.json"
    benchmark("--gt", gt, "--pred", gt, "--strategies", "none", "--out", out)
    found = json.loads(out.read_text())
    assert [target["clicks"] for target in found["runs"][0]["vnoc"]] == [0, 0, 0]
    assert found["strategies"][0]["ap_per_frame"] == pytest.approx([100] * 4)
    assert found["nulls"] == {}


def test_figures_that_cannot_be_given_are_null_with_a_reason(benchmark: Benchmark, tmp_path: Path) -> None:
    one = people([(0, 0)])
    write(tmp_path / "gt", "000001_mpii_test", one)
    write(tmp_path / "pred", "000001_mpii_test", one.replace(keypoints_xy=one.keypoints_xy + 30))
    out = tmp_path / "clicks.json"
    benchmark("--gt", tmp_path / "gt", "--pred", tmp_path / "pred", "--strategies", "none", "--out", out)
    found = json.loads(out.read_text())
    assert found["runs"][0]["ap_unclicked"][1] is None
    assert found["nulls"]["runs.0.ap_unclicked.1"] == "nobody is left in the truth to measure"
    assert not math.isnan(found["runs"][0]["ap_unclicked"][0])


def test_with_videos_all_strategies_run(benchmark: Benchmark, folders: tuple[Path, Path], tmp_path: Path) -> None:
    gt, pred = folders
    (tmp_path / "clips").mkdir()
    for seed, name in enumerate(("000001_mpii_test", "000002_mpii_test")):
        picture = np.random.default_rng(seed).integers(0, 255, (420, 640, 3), dtype=np.uint8)
        write_video(tmp_path / "clips" / f"{name}.mp4", (Frame(t, picture) for t in range(8)), 25.0)
    out = tmp_path / "clicks.json"
    benchmark("--gt", gt, "--pred", pred, "--videos", tmp_path / "clips", "--rounds", 2, "--out", out)
    found = json.loads(out.read_text())
    assert [run["strategy"] for run in found["runs"]] == ["none", "linear", "point_tracker", "poseloom"]
    assert found["notes"] == []


def test_generated_clips_need_no_files(benchmark: Benchmark, tmp_path: Path) -> None:
    out = tmp_path / "clicks.json"
    shown = benchmark("--preset", "easy", "--seeds", "3", "--frames", 6, "--rounds", 2, "--out", out)
    assert "point_tracker" in shown
    assert json.loads(out.read_text())["runs"][0]["videos"][0]["name"] == "easy-3"


BOTH = ("--gt", "GT", "--pred", "PRED")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "expected either --gt and --pred, or --preset, got neither"),
        (("--gt", "GT"), "expected either --gt and --pred, or --preset, got neither"),
        ((*BOTH, "--preset", "easy"), "or --preset, got both"),
        (("--gt", "GT", "--pred", "nowhere"), "nowhere"),
        ((*BOTH, "--strategies", "magic"), "expected strategies of none, linear, point_tracker, poseloom, got 'magic'"),
        ((*BOTH, "--strategies", "none,none"), "expected strategies once each"),
        ((*BOTH, "--rule", "luck"), "expected rules of first_bad_frame, worst_keypoint, worst_frame, got 'luck'"),
        ((*BOTH, "--tracker", "magic"), "expected a point tracker of"),
        ((*BOTH, "--strategies", "poseloom"), "expected pictures for poseloom, got labels without videos"),
        ((*BOTH, "--out", "no/such/folder/x.json"), "expected a folder for --out"),
        (("--preset", "magic"), "expected a preset of"),
        (("--preset", "easy", "--seeds", "4-1"), "expected --seeds as 3, 0-4 or 1,5,9, got '4-1'"),
        (("--preset", "easy", "--seeds", "x"), "expected --seeds"),
    ],
)
def test_bad_input_is_told_in_one_line(
    benchmark: Benchmark, folders: tuple[Path, Path], arguments: tuple[str, ...], message: str
) -> None:
    gt, pred = folders
    places = {"GT": str(gt), "PRED": str(pred)}
    assert message in benchmark(*(places.get(argument, argument) for argument in arguments), fails=True)


def test_sequences_without_their_counterpart_are_named(benchmark: Benchmark, folders: tuple[Path, Path]) -> None:
    gt, pred = folders
    (pred / "000002_mpii_test.json").rename(pred / "000003_mpii_test.json")
    assert "got none of 000002_mpii_test in" in benchmark("--gt", gt, "--pred", pred, fails=True)
    (gt / "000002_mpii_test.json").unlink()
    assert "expected predictions of sequences of" in benchmark("--gt", gt, "--pred", pred, fails=True)


def test_predictions_in_another_skeleton_are_refused(benchmark: Benchmark, tmp_path: Path) -> None:
    from poseloom.schemas.formats.coco import write_coco

    truth = people(KEYS)
    write(tmp_path / "gt", "000001_mpii_test", truth)
    listed = tuple(FrameLabel(f, f + 1, f"{f:06d}.jpg") for f in range(8))
    (tmp_path / "pred.json").write_text(json.dumps(write_coco([LabelSet("a", truth, listed)])))
    told = benchmark("--gt", tmp_path / "gt", "--pred", tmp_path / "pred.json", fails=True)
    assert "expected predictions in the truth's skeleton posetrack, got coco17" in told
