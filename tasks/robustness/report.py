"""The page of the robustness benchmark."""

from pathlib import Path
from typing import Literal

from poseloom.infra.report import Block, Cell, Plot, Section, Table, Text, bars, write_page
from poseloom.tasks.robustness.result import FramesKept, OcclusionRecovery, RobustnessBenchmark

_Kind = Literal["consecutive", "total", "all_keypoints"]
_KINDS: dict[_Kind, str] = {
    "consecutive": "number of frames before the first wrong one",
    "total": "number of frames that are right",
    "all_keypoints": "number of frames before the first in which any keypoint is wrong",
}


def write_report(found: RobustnessBenchmark, folder: Path, subject: str) -> Path:
    """Write the page of a robustness benchmark.

    Args:
        found: What it found.
        folder: Where the page goes.
        subject: Which videos it was run on.

    Returns:
        The page's path.

    Raises:
        InputError: The folder cannot be written.
    """
    lead = (
        f"How long one correction holds on {subject}: {len(found.videos):,} videos, everybody corrected once, nothing "
        "else seen, and propagation forward to the end of the video."
    )
    sections = (
        Section("Frames kept", _kept(found)),
        Section("Recovery after occlusions", _recovery(found)),
        Section("Videos", (_videos(found),)),
        Section("How it was measured", _conventions(found)),
    )
    return write_page(folder, "Robustness", lead, sections)


def _kept(found: RobustnessBenchmark) -> tuple[Block, ...]:
    said = Text(
        "Everybody is put right in the most blurred frame of the first half of the video. Frames kept are labelled "
        "frames of a person after it, until the OKS falls below the threshold; the line over the bars is all there are."
    )
    notes = (Text(f"{note[:1].upper()}{note[1:]}.", is_warning=True) for note in found.notes)
    return said, *notes, _kept_bars(found), *(_kept_table(found, kind) for kind in _KINDS)


def _kept_bars(found: RobustnessBenchmark) -> Plot:
    groups = _shown_groups(found)
    cells = [kept for kept in found.strategies[0].kept if kept.group in groups]
    values = {
        one.strategy: [_number(kept.consecutive) for kept in one.kept if kept.group in groups]
        for one in found.strategies
    }
    return bars(
        [_title(kept) for kept in cells],
        values,
        "frames",
        limits=("available", [_number(kept.available) for kept in cells]),
        caption="Mean frames of a person before the first that is wrong, by videos and OKS.",
    )


def _shown_groups(found: RobustnessBenchmark) -> set[str]:
    grouped = {str(video.group) for video in found.videos if video.group != "all"}
    return grouped or {"all"}


def _kept_table(found: RobustnessBenchmark, kind: _Kind) -> Table:
    head = found.strategies[0].kept
    rows: list[tuple[Cell, ...]] = [
        (one.strategy, *(getattr(kept, kind) for kept in one.kept)) for one in found.strategies
    ]
    rows.append(("available", *(kept.available for kept in head)))
    rows.append(("people", *(kept.tracks for kept in head)))
    columns = ("strategy", *(_title(kept) for kept in head))
    caption = f"Mean {_KINDS[kind]}, by videos and OKS; 'all' has also the videos that are neither blurred nor clear."
    return Table(columns, tuple(rows), caption)


def _recovery(found: RobustnessBenchmark) -> tuple[Block, ...]:
    head = found.strategies[0].recovery
    if not any(one.events for one in head):
        return (Text("No keypoint of the truth is hidden between two frames in which it is visible.", is_warning=True),)
    said = Text(
        f"Everybody is put right in the last frame before a keypoint is hidden ({found.hidden}); found again is a "
        "keypoint that is at its place in the first frame after it."
    )
    values = {one.strategy: [_number(cell.rate) for cell in one.recovery] for one in found.strategies}
    plot = bars(
        [_length(cell) for cell in head],
        values,
        "percent of occlusions",
        y_range=(0, 100),
        caption="Keypoints found again, by length of the occlusion and similarity.",
    )
    rows: list[tuple[Cell, ...]] = [(one.strategy, *(cell.rate for cell in one.recovery)) for one in found.strategies]
    rows.append(("occlusions", *(cell.events for cell in head)))
    rows.append(("mean frames", *(cell.mean_frames for cell in head)))
    caption = "Percent of the occlusions; short: at most 30 frames. Similarity of a keypoint: its term of the OKS."
    return said, plot, Table(("strategy", *(_length(cell) for cell in head)), tuple(rows), caption)


def _videos(found: RobustnessBenchmark) -> Table:
    videos = sorted(found.videos, key=lambda video: video.sharpness)
    rows = tuple((video.name, video.sharpness, _group(video.group), str(video.corrected_frame)) for video in videos)
    caption = (
        "Least sharp first. Sharpness: variance of the Laplacian, mean over the frames. The least sharp third of the "
        "videos is called blurred, the sharpest third clear."
    )
    return Table(("video", "sharpness", "group", "corrected frame"), rows, caption)


def _conventions(found: RobustnessBenchmark) -> tuple[Block, ...]:
    named = ("similarity", "area", "frames", "hidden", "tracker")
    rows: list[tuple[Cell, ...]] = [(name, getattr(found, name)) for name in named]
    seconds = tuple((one.strategy, one.seconds) for one in found.strategies)
    return Table(("convention", "value"), tuple(rows)), Table(("strategy", "seconds"), seconds)


def _title(kept: FramesKept) -> str:
    return f"{kept.group}\n≥ {kept.threshold:.2f}"


def _length(cell: OcclusionRecovery) -> str:
    return f"{cell.length}\n≥ {cell.threshold:.2f}"


def _group(group: str) -> str:
    return "–" if group == "all" else group


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
