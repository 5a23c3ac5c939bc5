"""`poseloom evaluate` as a user runs it."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.command import Ended, poseloom
from tests.fixtures.sequences import posetrack, save

NAME = "000001_bonn_test"
POSEVAL = {"neck": "head_bottom"}
KIT = {
    name: name.lower().replace("-", "_")
    for name in (
        "HOTA",
        "DetA",
        "AssA",
        "DetRe",
        "DetPr",
        "AssRe",
        "AssPr",
        "LocA",
        "RHOTA",
        "FragA",
        "FA-HOTA",
        "FA-RHOTA",
    )
}


def evaluated(real_data: Path, variant: str, folder: Path) -> tuple[dict[str, Any], Ended]:
    """The JSON document of an oracle's predictions."""
    oracle, out = real_data / "oracle", folder / "scores.json"
    ended = poseloom(
        "evaluate", "--gt", oracle / "gt_posetrack_data", "--pred", oracle / "preds" / variant / "pose", "--out", out
    )
    assert ended.code == 0, ended.err
    document: dict[str, Any] = json.loads(out.read_text())
    return document, ended


@pytest.mark.parametrize("variant", ["perfect", "noisy", "gappy"])
def test_every_figure_of_the_oracle_through_the_command(real_data: Path, tmp_path: Path, variant: str) -> None:
    found, ended = evaluated(real_data, variant, tmp_path)
    expected = json.loads((real_data / "oracle" / "scores" / variant / "expected_scores.json").read_text())
    differences = []
    for name, figures in expected["poseval"].items():
        differences += _poseval(_of(found["posetrack_ap"], name), figures["AP"]["ap"])
        differences += _poseval(_of(found["posetrack_ap"], name)["precision"], figures["AP"]["pre"])
        tracking = _of(found["posetrack_mota"]["poseval"], name)
        differences += _poseval(tracking, figures["MOT"]["mota"])
        differences += _poseval(tracking["motp_poseval"], figures["MOT"]["motp"])
    for name, figures in expected["pt21_kit_pose_mAP"].items():
        kit = _of(found["posetrack_ap"], name.removesuffix(".json"))["kit"]
        groups = kit["groups"] | {"Total": kit["total"]}
        differences += [groups[group] - value for group, value in figures["map"].items()]
        recall = kit["recall"]["groups"] | {"Total": kit["recall"]["total"]}
        differences += [recall[group] - value for group, value in figures["recall"].items()]
    hota = found["hota_pt21"]
    differences += _hota(hota["verbatim"], expected["pt21_kit_keypoint_HOTA"])
    if variant == "gappy":
        fixed = real_data / "oracle" / "scores" / variant / "expected_scores_hota_emptyframe_fixed.json"
        differences += _hota(hota["fixed"], json.loads(fixed.read_text()))
    for name, figures in expected["pt21_kit_box_HOTA"].items():
        ours = _of(found["person_hota"]["iou"], name)
        differences += [ours[key] - 100 * figures[kit] for kit, key in KIT.items()]
    assert len(differences) > 600
    assert max(map(abs, differences)) < 1e-6
    table = ended.out.splitlines()
    assert any(f"{found['posetrack_ap']['total']:.2f}" in line for line in table if line.startswith("total"))
    assert any(f"{found['coco_ap']['ap']:.2f}" in line for line in table if line.startswith("all"))


def _of(block: dict[str, Any], name: str) -> dict[str, Any]:
    """Figures of one sequence, or of all."""
    figures: dict[str, Any] = block if name in ("total", "COMBINED_SEQ") else block["per_sequence"][name]
    return figures


def _poseval(ours: dict[str, Any], theirs: dict[str, float]) -> list[float]:
    """Differences; poseval's NaN is our null."""
    flat = ours["per_joint"] | {"total": ours["total"]}
    pairs = [(flat[POSEVAL.get(name, name)], value) for name, value in theirs.items()]
    assert [a is None for a, _ in pairs] == [b is None or math.isnan(b) for _, b in pairs]
    return [a - b for a, b in pairs if a is not None]


def _hota(ours: dict[str, Any], theirs: dict[str, Any]) -> list[float]:
    differences = []
    for name, figures in theirs.items():
        together = name == "COMBINED_SEQ"
        found = ours["combined"] if together else ours["per_sequence"][name.removesuffix(".json")]
        for kit, key in KIT.items():
            differences.append(found[key] - 100 * figures[kit]["average"])
        for kit in KIT if together else ("HOTA", "DetA", "AssA"):
            joints = {joint: value for joint, value in figures[kit].items() if joint != "average"}
            differences += [found["per_joint"][joint][KIT[kit]] - 100 * value for joint, value in joints.items()]
    return differences


def test_the_same_command_writes_the_same_bytes(tmp_path: Path) -> None:
    gt = save(tmp_path / "gt" / f"{NAME}.json", posetrack(NAME)).parent
    pred = save(tmp_path / "pred" / f"{NAME}.json", posetrack(NAME, shift=2.0, scores=True)).parent
    for out in ("a.json", "b.json"):
        assert poseloom("evaluate", "--gt", gt, "--pred", pred, "--out", tmp_path / out).code == 0
    first, second = (tmp_path / out for out in ("a.json", "b.json"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("place", ["nowhere/scores.json", "."])
def test_an_unwritable_place_is_told_before_anything_is_computed(tmp_path: Path, place: str) -> None:
    ended = poseloom("evaluate", "--gt", "nothing", "--pred", "nothing", "--out", tmp_path / place)
    assert ended.code == 1
    assert "expected --out as a file that can be written" in ended.error


def test_bad_input_is_one_line(tmp_path: Path) -> None:
    gt = save(tmp_path / "gt.json", posetrack(NAME))
    pred = save(tmp_path / "pred.json", posetrack(NAME, range(3)))
    ended = poseloom("evaluate", "--gt", gt, "--pred", pred)
    assert ended.code == 1
    assert "expected predictions that list the 6 frames of the truth, got 3" in ended.error
    assert "expected a skeleton of" in poseloom("evaluate", "--gt", gt, "--pred", gt, "--skeleton", "stick").error


def test_what_cannot_be_computed_is_printed_with_its_reason(tmp_path: Path) -> None:
    gt = save(tmp_path / "gt" / f"{NAME}.json", posetrack(NAME, bbox_head=None))
    ended = poseloom("evaluate", "--gt", gt, "--pred", save(tmp_path / f"{NAME}.json", posetrack(NAME, scores=True)))
    assert ended.code == 0
    assert "no posetrack_ap: 000001_bonn_test: expected a head box" in ended.out
    assert any(line.startswith(NAME) and "100.00" in line for line in ended.out.splitlines())
    assert "no hota_pt21: 000001_bonn_test: expected a head box" in ended.out
