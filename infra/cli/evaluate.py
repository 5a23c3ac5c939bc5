"""`poseloom evaluate`: predictions against a truth, in the figures of the field."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from poseloom.infra.cli.console import console, output
from poseloom.infra.cli.options import check_report
from poseloom.schemas.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(evaluate)


def evaluate(
    gt: Annotated[
        str,
        typer.Option(
            "--gt",
            help="Truth: PoseTrack or COCO JSON, .slp or label Parquet; a folder of these; a workspace; a release (`DIR/releases/1.0.0`).",
        ),
    ],
    pred: Annotated[str, typer.Option("--pred", help="Predictions: the same kinds, or a COCO results list.")],
    skeleton: Annotated[
        str | None,
        typer.Option(help="Convert both sides to `posetrack` or `coco17`; without it they must be in one skeleton."),
    ] = None,
    version: Annotated[str, typer.Option(help="Release of workspaces.")] = "latest",
    area: Annotated[
        Literal["file", "box"] | None,
        typer.Option(
            help="Areas for OKS: `file` (the annotations' own) or `box` (0.53 of it). [default: the file's if it has them]"
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write all figures as JSON.")] = None,
    report: Annotated[
        Path | None, typer.Option(help="Folder for a page with the tables, curves and worst frames.")
    ] = None,
    videos: Annotated[
        str | None, typer.Option(help="The videos, or a folder of them: the report shows its frames on their pictures.")
    ] = None,
) -> None:
    """Evaluate predictions: PoseTrack AP and MOTA, keypoint HOTA, COCO AP, person HOTA and IDF1.

    Figures are percent points and equal those of the field's kits: poseval, the PoseTrack21 kit, pycocotools, TrackEval.
    A metric that the labels cannot give (no head boxes, no track ids) is left out with its reason; the others are computed.

    Example: `poseloom evaluate --gt posetrack_data/val --pred predictions --out scores.json --report page`
    """
    from poseloom.infra.cli.evaluation_tables import print_evaluation
    from poseloom.infra.cli.progress import ProgressBars
    from poseloom.schemas.skeleton import skeleton_named
    from poseloom.tasks.evaluate import evaluate as run

    target = skeleton_named(skeleton) if skeleton else None
    if out is not None:
        _check_writable(out)
    _check_pictures(report, videos)
    with ProgressBars(console) as bars:

        def watch(done: int, total: int) -> None:
            bars.advance("evaluate") if done else bars.start("evaluate", total)

        found = run(gt, pred, target, version, area, watch)
    print_evaluation(found)
    if out is not None:
        with out.open("w", encoding="utf-8") as file:
            found.write(file)
        output.print(str(out), soft_wrap=True, highlight=False)
    if report is not None:
        from poseloom.tasks.evaluate.report import write_report

        with console.status("writing the report …"):
            page = write_report(found, report, gt, pred, videos)
        output.print(str(page), soft_wrap=True, highlight=False)


def _check_pictures(report: Path | None, videos: str | None) -> None:
    """Refuse a report that could not be written, before computing its figures.

    Raises:
        InputError: Says why.
        VideoError: No video there.
    """
    from poseloom.infra.video import find_videos

    check_report(report)
    if videos is not None:
        if report is None:
            raise InputError("expected --report for the pictures of --videos, got none")
        find_videos([videos])


def _check_writable(out: Path) -> None:
    """Refuse a place where the figures could not go, before computing them.

    Raises:
        InputError: Says why.
    """
    try:
        with out.open("ab"):
            pass
        if not out.stat().st_size:
            out.unlink()
    except OSError as error:
        raise InputError(f"expected --out as a file that can be written, got {out}: {error.strerror}") from error
