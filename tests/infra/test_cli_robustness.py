"""`poseloom benchmark robustness`, end to end."""

import json
from pathlib import Path

import numpy as np
import pytest

from poseloom.infra.video import write_video
from poseloom.models.synthetic import preset, synthesize_clip
from poseloom.schemas.formats.coco import write_coco
from poseloom.schemas.labels import FrameLabel, LabelSet
from tests.fixtures.command import poseloom

FRAMES = 12


def test_generated_clips_are_measured_without_any_file(tmp_path: Path) -> None:
    out = tmp_path / "robustness.json"
    ended = poseloom(
        "benchmark", "robustness", "--presets", "easy", "--seeds", "0", "--frames", str(FRAMES),
        "--strategies", "none,point_tracker", "--out", out,
    )  # fmt: skip
    assert ended.code == 0, ended.err
    found = json.loads(out.read_text())
    assert [video["name"] for video in found["videos"]] == ["easy-0"]
    none, tracker = found["strategies"]
    assert none["kept"][0]["consecutive"] == 0
    assert 0 < tracker["kept"][0]["consecutive"] <= tracker["kept"][0]["available"]
    assert "point_tracker" in ended.out
    assert "three videos are needed" in ended.err


def test_labels_with_their_videos_are_measured(tmp_path: Path) -> None:
    spec = preset("easy", frames=FRAMES, seed=3)
    clip = synthesize_clip(spec)
    (tmp_path / "videos").mkdir()
    write_video(tmp_path / "videos" / "park.mp4", iter(clip.frames), spec.fps)
    listed = tuple(FrameLabel(f, f + 1, f"park/{f:06d}.jpg") for f in range(FRAMES))
    (tmp_path / "park.json").write_text(json.dumps(write_coco([LabelSet("park", clip.truth, listed)])))
    ended = poseloom(
        "benchmark", "robustness", "--gt", tmp_path / "park.json", "--videos", tmp_path / "videos",
        "--strategies", "none", "--out", tmp_path / "out.json",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    found = json.loads((tmp_path / "out.json").read_text())
    start = found["videos"][0]["corrected_frame"]
    people = np.unique(clip.truth.track_id[clip.truth.frame_index == start])
    assert found["strategies"][0]["kept"][0]["tracks"] == len(people)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--gt", "x.json"], "expected --gt together with --videos, got only --gt"),
        (["--presets", "nothing"], "expected a preset of easy"),
        (["--seeds", "5-"], "expected --seeds as 3, 0-4 or 1,5,9, got '5-'"),
        (
            ["--strategies", "magic", "--presets", "easy", "--seeds", "0", "--frames", "4"],
            "expected a strategy of none",
        ),
        (["--out", "/nowhere/at/all.json"], "expected a folder for --out at /nowhere/at"),
    ],
)
def test_bad_input_is_one_line(arguments: list[str], message: str) -> None:
    ended = poseloom("benchmark", "robustness", *arguments)
    assert ended.code == 1
    assert message in ended.error
