"""`poseloom benchmark robustness`: how long one correction holds."""

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from poseloom.infra.cli.console import console, figures_table, output, print_table
from poseloom.infra.cli.options import check_out, check_report, names, seed_list
from poseloom.schemas.errors import InputError

if TYPE_CHECKING:
    from poseloom.models.clicks.case import Case
    from poseloom.tasks.robustness import RobustnessBenchmark
    from poseloom.tasks.robustness.result import StrategyRobustness


def robustness(
    gt: Annotated[str | None, typer.Option(help="Truth: label file or folder; its labelled frames count.")] = None,
    videos: Annotated[str | None, typer.Option(help="The videos of the truth.")] = None,
    presets: Annotated[str, typer.Option(help="Generated clips instead, by commas.")] = "easy,blur,occlusion",
    seeds: Annotated[str, typer.Option(help="Seeds of the generated clips: 3, 0-4 or 1,5,9.")] = "0-2",
    frames: Annotated[int | None, typer.Option(min=2, help="Frames of a generated clip.")] = None,
    strategies: Annotated[str, typer.Option(help="Which, by commas.")] = "none,linear,point_tracker,poseloom",
    tracker: Annotated[str, typer.Option(help="Point tracker: lucas_kanade or cotracker.")] = "lucas_kanade",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="JSON with everything.")] = None,
    report: Annotated[Path | None, typer.Option(help="Folder for a page with the tables and bars.")] = None,
) -> None:
    """How many frames stay right after one correction, in blur and without, and what is found again after occlusions.

    One frame of the truth is given, nothing else, and each strategy carries it forward to the end.

    Examples: `poseloom benchmark robustness --presets easy,blur --seeds 0-4` and
    `poseloom benchmark robustness --gt truth/ --videos clips/ --out robustness.json`
    """
    from poseloom.models.points import check_tracker
    from poseloom.tasks.robustness import run_robustness

    check_out(out)
    check_report(report)
    check_tracker(tracker, {})
    cases = _cases(gt, videos, presets, seeds, frames)
    with console.status("reading …") as status:
        found = run_robustness(cases, names(strategies), tracker, lambda done: status.update(f"done: {done}"))
    _print(found)
    if out is not None:
        out.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
        output.print(str(out), soft_wrap=True, highlight=False)
    if report is not None:
        from poseloom.tasks.robustness.report import write_report

        length = f", {frames} frames" if frames else ""
        subject = gt or f"generated clips, presets {presets}, seeds {seeds}{length}"
        output.print(str(write_report(found, report, subject)), soft_wrap=True, highlight=False)


def _cases(gt: str | None, videos: str | None, presets: str, seeds: str, frames: int | None) -> "Iterator[Case]":
    from poseloom.tasks.clicks import generated_cases, labelled_cases

    if (gt is None) != (videos is None):
        raise InputError(f"expected --gt together with --videos, got only {'--gt' if videos is None else '--videos'}")
    if gt is not None:
        return labelled_cases(gt, None, videos)
    return chain.from_iterable(generated_cases(name, seed_list(seeds), frames) for name in names(presets))


def _print(found: "RobustnessBenchmark") -> None:
    output.print("Frames right after one correction, before the first wrong one: mean over people (of so many)")
    print_table(_kept_table(found.strategies))
    output.print("Keypoints found again after an occlusion, %: mean over occlusions")
    print_table(_recovery_table(found.strategies))
    for group in ("blurred", "clear"):
        of_group = [f"{video.name} ({video.sharpness:.0f})" for video in found.videos if video.group == group]
        output.print(f"{group}: {', '.join(of_group) or 'none'}", soft_wrap=True, highlight=False)
    for note in found.notes:
        console.print(note, style="yellow", highlight=False)


def _kept_table(strategies: "Sequence[StrategyRobustness]") -> Table:
    kept = [k for k in strategies[0].kept if k.tracks]
    table = figures_table("strategy", *(f"{k.group} @{k.threshold:g}" for k in kept))
    for strategy in strategies:
        cells = [_share(k.consecutive, k.available) for k in strategy.kept if k.tracks]
        table.add_row(strategy.strategy, *cells)
    return table


def _recovery_table(strategies: "Sequence[StrategyRobustness]") -> Table:
    seen = [r for r in strategies[0].recovery if r.events]
    table = figures_table("strategy", *(f"{r.length} @{r.threshold:g}" for r in seen))
    for strategy in strategies:
        table.add_row(strategy.strategy, *(f"{r.rate:.1f}" for r in strategy.recovery if r.rate is not None))
    table.add_row("occlusions (mean frames)", *(f"{r.events:,} ({r.mean_frames:.1f})" for r in seen))
    return table


def _share(value: float | None, of: float | None) -> str:
    return "–" if value is None or of is None else f"{value:.1f} ({of:.1f})"
