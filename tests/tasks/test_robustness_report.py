"""The page of the robustness benchmark: its figures are the result's."""

from pathlib import Path

import pytest

from poseloom.tasks.robustness import RobustnessBenchmark
from poseloom.tasks.robustness.report import write_report
from poseloom.tasks.robustness.result import FramesKept, OcclusionRecovery, StrategyRobustness, VideoSharpness
from tests.fixtures.pages import Page

THRESHOLDS = (0.75, 0.85, 0.95)


def kept(strategy: int, group: str, i: int) -> FramesKept:
    """Figures that are all different."""
    base = 10 * strategy + {"all": 1, "blurred": 2, "clear": 3}[group] + i / 8
    return FramesKept.model_validate({
        "group": group, "threshold": THRESHOLDS[i], "tracks": 1_200 + i, "available": 55.5, "consecutive": base,
        "total": base + 20, "all_keypoints": base / 3, "consecutive_by_video": base,
    })  # fmt: skip


def recovery(strategy: int, length: str, i: int, rate: float | None) -> OcclusionRecovery:
    events = 7 if rate is not None else 0
    return OcclusionRecovery.model_validate({
        "length": length, "threshold": THRESHOLDS[i], "events": events, "rate": rate and rate + strategy + i,
        "mean_frames": 12.125 if events else None,
    })  # fmt: skip


@pytest.fixture
def benchmark() -> RobustnessBenchmark:
    return RobustnessBenchmark(
        tracker="lucas_kanade",
        videos=(
            VideoSharpness(name="sharp", sharpness=812.5, group="clear", corrected_frame=12),
            VideoSharpness(name="soft", sharpness=33.125, group="blurred", corrected_frame=1_034),
            VideoSharpness(name="middle", sharpness=99.0, group="all", corrected_frame=0),
        ),
        strategies=tuple(
            StrategyRobustness(
                strategy=name,
                kept=tuple(kept(s, group, i) for group in ("all", "blurred", "clear") for i in range(3)),
                recovery=tuple(
                    recovery(s, length, i, rate) for length, rate in (("short", 40.0), ("long", None)) for i in range(3)
                ),
                seconds=1.5,
            )
            for s, name in enumerate(("none", "poseloom"))
        ),
    )


def test_the_figures_of_the_page_are_those_of_the_result(benchmark: RobustnessBenchmark, tmp_path: Path) -> None:
    said = Page(write_report(benchmark, tmp_path, "three videos"))
    tables = said.titled("blurred\n≥ 0.85")
    for table, kind in zip(tables, ("consecutive", "total", "all_keypoints"), strict=True):
        for one in benchmark.strategies:
            assert table[one.strategy] == [f"{getattr(cell, kind):.2f}" for cell in one.kept]
        assert table["available"] == ["55.50"] * 9
        assert table["people"] == ["1,200", "1,201", "1,202"] * 3
    (recovered,) = said.titled("long\n≥ 0.95")
    assert recovered["none"] == ["40.00", "41.00", "42.00", "–", "–", "–"]
    assert recovered["poseloom"] == ["41.00", "42.00", "43.00", "–", "–", "–"]
    assert recovered["occlusions"] == ["7", "7", "7", "0", "0", "0"]
    assert recovered["mean frames"][:4] == ["12.12", "12.12", "12.12", "–"]
    (videos,) = said.titled("sharpness")
    assert list(videos) == ["soft", "middle", "sharp"]
    assert videos["soft"] == ["33.12", "blurred", "1034"]


def test_bars_compare_blurred_with_clear_below_what_was_available(
    benchmark: RobustnessBenchmark, tmp_path: Path
) -> None:
    words = Page(write_report(benchmark, tmp_path, "three videos")).html
    bars = words[words.index("<svg") : words.index("</svg>")]
    for word in ("blurred", "clear", "available", "none", "poseloom", "≥ 0.95"):
        assert f">{word}</text>" in bars
    assert ">all</text>" not in bars


def test_without_occlusions_that_is_said(benchmark: RobustnessBenchmark, tmp_path: Path) -> None:
    nothing = tuple(recovery(0, length, i, None) for length in ("short", "long") for i in range(3))
    strategies = tuple(one.model_copy(update={"recovery": nothing}) for one in benchmark.strategies)
    said = Page(write_report(benchmark.model_copy(update={"strategies": strategies}), tmp_path, "three videos"))
    assert any("No keypoint of the truth is hidden" in warning for warning in said.warnings)


def test_too_few_videos_are_said_and_shown_together(benchmark: RobustnessBenchmark, tmp_path: Path) -> None:
    alone = {"videos": (benchmark.videos[2],), "notes": ("three videos are needed",)}
    said = Page(write_report(benchmark.model_copy(update=alone), tmp_path, "one video"))
    assert said.warnings == ["Three videos are needed."]
    assert ">all</text>" in said.html


def test_the_page_needs_nothing_else_and_is_the_same_twice(benchmark: RobustnessBenchmark, tmp_path: Path) -> None:
    pages = [Page(write_report(benchmark, tmp_path / name, "three videos")) for name in ("a", "b")]
    assert pages[0].foreign() == []
    assert pages[0].html == pages[1].html
