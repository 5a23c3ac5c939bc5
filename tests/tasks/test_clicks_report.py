"""The page of the click benchmark: its figures are the result's, and the pictures show the labels before and after."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from poseloom.infra.overlay.palette import WHITE, track_colour
from poseloom.models.clicks.counting import ClicksNeeded
from poseloom.tasks.clicks import ClickBenchmark, run_clicks
from poseloom.tasks.clicks.report import write_report
from poseloom.tasks.clicks.snapshots import Snapshot, Snapshots
from tests.fixtures.click_cases import toy
from tests.fixtures.pages import Page

KEYS = [(track, frame) for frame in range(4) for track in (0, 1)]
WRONG = {(0, 1): range(3, 8), (0, 2): range(2, 9), (1, 3): range(5)}
"""Keypoints that are far off, by person and frame: frame 2 is the worst."""
RULES = ("first_bad_frame", "worst_frame")

Found = tuple[ClickBenchmark, tuple[Snapshot, ...]]


@pytest.fixture(scope="module")
def found() -> Found:
    snapshots = Snapshots()
    benchmark = run_clicks([toy(KEYS, KEYS, WRONG)], ("none", "linear"), RULES, rounds=4, show=snapshots.take)
    return benchmark, snapshots.taken


def page(found: Found, folder: Path) -> Page:
    return Page(write_report(found[0], folder, "a toy", found[1]))


def cost(needed: ClicksNeeded) -> str:
    return f"{'≥ ' if needed.unreached else ''}{needed.per_tracklet:.2f}"


def test_the_figures_of_the_page_are_those_of_the_result(found: Found, tmp_path: Path) -> None:
    benchmark, _ = found
    said = page(found, tmp_path)
    for table, rule in zip(said.titled("AP 75"), RULES, strict=True):
        runs = [run for run in benchmark.runs if run.rule == rule]
        for run in runs:
            unreached = [str(needed.unreached) for needed in run.vnoc]
            assert table[run.strategy] == [*map(cost, run.vnoc), *unreached, "1"]
    assert any(needed.unreached for run in benchmark.runs for needed in run.vnoc), "a bound that must be shown as one"
    tracklet, unclicked, frame = said.titled("AP@3")
    for run in benchmark.runs[::2]:
        assert tracklet[run.strategy] == [f"{ap:.2f}" for ap in run.ap_per_tracklet]
        assert unclicked[run.strategy] == [f"{ap:.2f}" for ap in run.ap_unclicked]
    (images,) = said.titled("NoC@85")
    for one in benchmark.strategies:
        assert frame[one.strategy] == [f"{ap:.2f}" for ap in one.ap_per_frame]
        assert images[one.strategy] == [cell for n in one.noc for cell in (f"{n.rounds:.2f}", str(n.failed))]
    videos = [row for row in said.rows if row[0] == "toy"]
    assert len(videos) == len(benchmark.runs)
    for row, run in zip(videos, benchmark.runs[::2] + benchmark.runs[1::2], strict=True):
        (video,) = run.videos
        clicks = [f"{'' if r else '≥ '}{c}" for c, r in zip(video.clicks, video.reached, strict=True)]
        figures = [str(video.tracklets), f"{video.start_ap:.2f}", f"{video.end_ap:.2f}", str(video.rounds)]
        assert row == ["toy", run.strategy, *figures, *clicks]


def test_the_headline_is_the_highest_target_that_somebody_reaches(found: Found, tmp_path: Path) -> None:
    benchmark, _ = found
    said = page(found, tmp_path)
    runs = benchmark.runs[::2]
    reached = [i for i in range(3) if any(not run.vnoc[i].unreached for run in runs)]
    assert said.headline == {run.strategy: cost(run.vnoc[max(reached, default=2)]) for run in runs}


def test_every_split_of_the_clicks_is_told(found: Found, tmp_path: Path) -> None:
    said = page(found, tmp_path)
    rows = [row for row in said.rows if row[0] == "linear" and row[1] == "95"]
    for row, run in zip(rows, found[0].runs[2:], strict=True):
        n = run.vnoc[-1]
        assert row[5:] == [str(v) for v in (n.clicks, n.kpt, n.add, n.delete, n.id_edits, n.unreached)]
        assert n.clicks == n.kpt + n.add + n.delete > 0


def test_pictures_show_the_worst_frame_before_and_after(found: Found, tmp_path: Path) -> None:
    _, taken = found
    said = page(found, tmp_path)
    assert [(snapshot.strategy, snapshot.frame_index) for snapshot in taken] == [("", 2), ("none", 2), ("linear", 2)]
    assert taken[0].rounds == 0
    assert all(0 < snapshot.rounds <= 3 for snapshot in taken[1:])
    assert taken[0].mean_oks == pytest.approx(100 * (1 + 10 / 17) / 2), "7 of one person's 17 keypoints are far off"
    captions = [f"predictions: mean OKS {taken[0].mean_oks:.2f}"]
    captions += [f"{s.strategy} after {s.rounds} rounds: mean OKS {s.mean_oks:.2f}" for s in taken[1:]]
    assert list(said.pictures) == captions
    picture = said.pictures[captions[0]].astype(int)
    for colour in (WHITE, track_colour(0), track_colour(1)):
        assert (np.abs(picture - colour).max(axis=2) < 40).any()


def test_only_the_first_video_and_rule_are_looked_at() -> None:
    snapshots = Snapshots()
    second = replace(toy(KEYS, KEYS, {(1, 0): range(9)}), name="another")
    run_clicks([toy(KEYS, KEYS, WRONG), second], ("none",), RULES, rounds=1, show=snapshots.take)
    assert [(snapshot.video, snapshot.frame_index, snapshot.strategy) for snapshot in snapshots.taken] == [
        ("toy", 2, ""),
        ("toy", 2, "none"),
    ]


def test_the_page_needs_nothing_else_and_is_the_same_twice(found: Found, tmp_path: Path) -> None:
    pages = [page(found, tmp_path / name) for name in ("a", "b")]
    assert pages[0].foreign() == []
    assert pages[0].html == pages[1].html


def test_notes_and_nulls_are_shown(found: Found, tmp_path: Path) -> None:
    benchmark = found[0].model_copy(update={"notes": ("poseloom is left out",), "nulls": {"runs.0.x": "nobody"}})
    said = Page(write_report(benchmark, tmp_path, "a toy"))
    assert said.warnings == ["poseloom is left out."]
    assert ["runs.0.x", "nobody"] in said.rows
    assert "Before and after" not in said.headings
