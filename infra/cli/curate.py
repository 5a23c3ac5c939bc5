"""`poseloom curate`: the main job."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from poseloom.infra.cli.console import console, output
from poseloom.infra.cli.options import parse_options, read_rules

if TYPE_CHECKING:
    from poseloom.schemas.report import Report
    from poseloom.tasks.parameters import Execution, Parameters


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(curate)


def curate(
    videos: Annotated[
        list[str],
        typer.Argument(
            metavar="VIDEO...", help="Video files, image folders, folders or globs of either, s3:// prefixes."
        ),
    ],
    workspace: Annotated[
        str, typer.Option("--workspace", "-w", help="Where results live: a directory or s3://bucket/prefix.")
    ],
    labels: Annotated[
        str | None,
        typer.Option(help="Labels to start from: PoseTrack or COCO JSON (file or folder), SLEAP .slp, label Parquet."),
    ] = None,
    estimator: Annotated[
        str,
        typer.Option(help="Finds people in every frame (`poseloom estimator list`); `imported` only uses --labels."),
    ] = "imported",
    estimator_option: Annotated[
        list[str] | None,
        typer.Option("--estimator-option", "-o", metavar="KEY=VALUE", help="Option of the estimator; repeatable."),
    ] = None,
    tracker: Annotated[
        str, typer.Option(help="Point tracker of the propagation: `lucas_kanade` or `cotracker`.")
    ] = "lucas_kanade",
    tracker_option: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="Option of the tracker; repeatable.")
    ] = None,
    rules: Annotated[
        str | None, typer.Option(help="Annotation rules (TOML); start from the output of `poseloom rules`.")
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the data set, for its card.")] = "poses",
    workers: Annotated[int, typer.Option(min=0, help="Parallel workers; 0: one a core.")] = 0,
    gpus_per_worker: Annotated[float, typer.Option(min=0, help="GPU fraction each worker claims.")] = 0.0,
    ray_address: Annotated[
        str | None, typer.Option(help="An existing Ray cluster, e.g. `auto`; default: a private one.")
    ] = None,
    frames_per_shard: Annotated[int, typer.Option(min=1, help="Longest shard; never changes a label.")] = 64,
    max_failed_shards: Annotated[int, typer.Option(min=0, help="Publish although this many shards failed.")] = 0,
) -> None:
    """Turn videos and sparse labels into a verified release.

    Run it again and nothing is recomputed; kill it and run it again, and it resumes at the missing shards.

    Example: `poseloom curate clips/*.mp4 --labels labels/ --workspace out`
    """
    from poseloom.tasks.parameters import Execution, Parameters

    parameters = Parameters(
        name=name,
        estimator=estimator,
        estimator_options=parse_options(estimator_option),
        tracker=tracker,
        tracker_options=parse_options(tracker_option),
        rules=read_rules(rules),
    )
    execution = Execution(
        workers=workers or cores(),
        gpus_per_worker=gpus_per_worker,
        ray_address=ray_address,
        frames_per_shard=frames_per_shard,
        max_failed_shards=max_failed_shards,
    )
    print_report(run_curate(videos, workspace, labels, parameters, execution))


def run_curate(
    videos: list[str], workspace: str, labels: str | None, parameters: "Parameters", execution: "Execution"
) -> "Report":
    """Run the curate flow under progress bars, unless the same run already finished."""
    from poseloom.infra.storage import open_workspace
    from poseloom.tasks.plan import finished_report, plan_run

    store = open_workspace(workspace).store
    with console.status("reading the inputs …"):
        plan = plan_run(store, videos, labels, parameters)
    if report := finished_report(store, plan):
        console.print("nothing to do: the same run has already finished", style="green")
        return report
    console.print("starting Prefect and Ray …", style="dim")
    from poseloom.flows.curate import curate as flow
    from poseloom.flows.server import require_server
    from poseloom.infra.cli.progress import ProgressBars
    from poseloom.tasks.progress import watched_by

    require_server()
    with ProgressBars(console) as bars, watched_by(bars):
        return flow(videos, workspace, labels, parameters, execution)


def print_report(report: "Report") -> None:
    """Show what came out: one line a fact, never folded, so that a digest can be copied."""
    from poseloom.tasks.report import report_rows

    rows = report_rows(report)
    width = max(len(what) for what, _ in rows)
    for what, value in rows:
        output.print(f"{what:<{width}}  {value}", soft_wrap=True, highlight=False, markup=False)


def cores() -> int:
    """CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
