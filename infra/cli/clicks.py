"""`poseloom benchmark clicks`: what annotating costs with each way to carry a correction."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from poseloom.infra.cli.console import console, figures_table, output, print_table
from poseloom.infra.cli.options import check_out, check_report, names, seed_list
from poseloom.schemas.errors import InputError

if TYPE_CHECKING:
    from poseloom.models.clicks.case import Case
    from poseloom.models.clicks.counting import ClicksNeeded
    from poseloom.tasks.clicks import ClickBenchmark
    from poseloom.tasks.clicks.result import RunResult, StrategyResult


def clicks(
    gt: Annotated[str | None, typer.Option(help="Truth: label file or folder; its labelled frames count.")] = None,
    pred: Annotated[str | None, typer.Option(help="Predictions of the same sequences, with scores.")] = None,
    videos: Annotated[
        str | None, typer.Option(help="Their videos; without them strategies that look at pictures are left out.")
    ] = None,
    preset: Annotated[str | None, typer.Option(help="Generated clips with made-up predictions instead.")] = None,
    seeds: Annotated[str, typer.Option(help="Seeds of the generated clips: 3, 0-4 or 1,5,9.")] = "0-4",
    frames: Annotated[int | None, typer.Option(min=2, help="Frames of a generated clip.")] = None,
    strategies: Annotated[str, typer.Option(help="Which, by commas.")] = "none,linear,point_tracker,poseloom",
    rule: Annotated[
        str,
        typer.Option(
            help="How the oracle chooses frames: first_bad_frame, worst_keypoint, worst_frame; several by commas."
        ),
    ] = "first_bad_frame",
    tracker: Annotated[str, typer.Option(help="Point tracker: lucas_kanade or cotracker.")] = "lucas_kanade",
    rounds: Annotated[int, typer.Option(min=1, help="After so many rounds a video is unreached.")] = 100,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="JSON with everything.")] = None,
    report: Annotated[Path | None, typer.Option(help="Folder for a page with the tables, curves and pictures.")] = None,
) -> None:
    """How many clicks a perfect annotator needs with each way to carry corrections through a video.

    Examples: `poseloom benchmark clicks --preset crossing --seeds 0-4` and
    `poseloom benchmark clicks --gt truth/ --pred predictions/ --videos clips/ --out clicks.json`
    """
    from poseloom.models.points import check_tracker
    from poseloom.tasks.clicks import run_clicks
    from poseloom.tasks.clicks.snapshots import Snapshots

    check_out(out)
    check_report(report)
    check_tracker(tracker, {})
    cases, snapshots = _cases(gt, pred, videos, preset, seeds, frames), Snapshots()
    with console.status("reading …") as status:
        found = run_clicks(
            cases,
            names(strategies),
            names(rule),
            tracker,
            rounds,
            lambda done: status.update(f"done: {done}"),
            snapshots.take,
        )
    _print(found)
    if out is not None:
        out.write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
        output.print(str(out), soft_wrap=True, highlight=False)
    if report is not None:
        from poseloom.tasks.clicks.report import write_report

        length = f", {frames} frames" if frames else ""
        subject = f"generated clips, preset {preset}, seeds {seeds}{length}" if preset else f"{pred}, truth {gt}"
        page = write_report(found, report, subject, snapshots.taken)
        output.print(str(page), soft_wrap=True, highlight=False)


def _cases(
    gt: str | None, pred: str | None, videos: str | None, preset: str | None, seeds: str, frames: int | None
) -> "Iterator[Case]":
    from poseloom.tasks.clicks import generated_cases, labelled_cases

    if preset is not None and not (gt or pred or videos):
        return generated_cases(preset, seed_list(seeds), frames)
    if preset is None and gt is not None and pred is not None:
        return labelled_cases(gt, pred, videos)
    raise InputError("expected either --gt and --pred, or --preset, got " + ("both" if preset else "neither"))


def _print(found: "ClickBenchmark") -> None:
    for rule in dict.fromkeys(run.rule for run in found.runs):
        runs = [run for run in found.runs if run.rule == rule]
        output.print(f"{found.protocol}, {rule}: clicks a tracklet until the AP of its video is reached")
        print_table(_clicks_table(runs))
        output.print(f"AP after clicks on every tracklet, {rule}; rest: of those not acted on")
        table = figures_table("strategy", *_budget_names(runs[0].ap_per_tracklet))
        for run in runs:
            table.add_row(run.strategy, *_figures(run.ap_per_tracklet))
            table.add_row("  rest", *_figures(run.ap_unclicked))
        print_table(table)
    output.print("AP after clicks on every person of every frame; NoC: clicks on single images (failed)")
    print_table(_images_table(found.strategies))
    for note in found.notes:
        console.print(note, style="yellow", highlight=False)


def _clicks_table(runs: "Sequence[RunResult]") -> Table:
    needed = runs[0].vnoc
    targets = [f"@{t.target:.0f}" for t in needed]
    table = figures_table("strategy", *targets, "unreached", "/frame", "kpt", "add", "del", "ids")
    for run in runs:
        last = run.vnoc[-1]
        unreached = " ".join(str(t.unreached) for t in run.vnoc)
        counts = (last.kpt, last.add, last.delete, last.id_edits)
        table.add_row(
            run.strategy,
            *(_cost(t) for t in run.vnoc),
            f"{unreached} / {last.videos}",
            f"{last.per_frame:.2f}",
            *(f"{count:,}" for count in counts),
        )
    table.caption = f"≥: some videos never reached it (unreached); /frame and the following: @{needed[-1].target:.0f}"
    table.caption_justify = "left"
    return table


def _images_table(strategies: "Sequence[StrategyResult]") -> Table:
    noc = strategies[0].noc
    table = figures_table("strategy", *_budget_names(strategies[0].ap_per_frame), *(f"NoC@{n.target:.0f}" for n in noc))
    for strategy in strategies:
        images = [f"{n.rounds:.2f} ({n.failed})" for n in strategy.noc]
        table.add_row(strategy.strategy, *_figures(strategy.ap_per_frame), *images)
    return table


def _budget_names(values: Sequence[float]) -> list[str]:
    return [str(clicks) for clicks in range(len(values))]


def _cost(needed: "ClicksNeeded") -> str:
    return f"{'≥' if needed.unreached else ''}{needed.per_tracklet:.2f}"


def _figures(values: Sequence[float]) -> list[str]:
    return [f"{value:.1f}" for value in values]
