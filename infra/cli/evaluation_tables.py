"""The tables of an evaluation."""

from rich.table import Table

from poseloom.infra import report
from poseloom.infra.cli.console import figures_table, output, print_table
from poseloom.tasks.evaluate import Evaluation
from poseloom.tasks.evaluate.tables import coco, per_keypoint, per_sequence

_SHOWN_SEQUENCES = 40
_VARIANTS = ("poseval", "all_frames", "fixed", "verbatim", "ign", "iou", "oks")


def print_evaluation(found: Evaluation) -> None:
    """Print an evaluation: per keypoint, per sequence, COCO's ten figures, and what could not be computed."""
    names = list(found.worst_frames)
    more = f"and {len(names) - _SHOWN_SEQUENCES} more, see --out" if len(names) > _SHOWN_SEQUENCES else ""
    for figures, left_out in (
        (per_keypoint(found), ""),
        (per_sequence(found, names[:_SHOWN_SEQUENCES]), more),
        (coco(found), ""),
    ):
        if figures is not None:
            print_table(_table(figures, left_out))
    output.print(_summary(found), highlight=False, markup=False, soft_wrap=True)
    for path, reason in found.nulls.items():
        if path in found.metrics or path.partition(".")[2] in _VARIANTS:
            output.print(f"no {path}: {reason}", highlight=False, markup=False, soft_wrap=True)
    for warning in found.warnings:
        output.print(f"note: {warning}", highlight=False, markup=False, soft_wrap=True)


def _table(figures: report.Table, left_out: str) -> Table:
    """The figures; a row says how many are not shown."""
    table = figures_table(*figures.columns)
    rows = [[_text(cell) for cell in row] for row in figures.rows]
    total = rows.pop() if figures.has_total else None
    for row in rows:
        table.add_row(*row)
    if left_out:
        table.add_row(left_out)
    if total is not None:
        table.add_section()
        table.add_row(*total, style="bold")
    return table


def _summary(found: Evaluation) -> str:
    counts, figures = found.counts, found.metrics["coco_ap"]
    area = f"; areas: {figures['area']}" if figures else ""
    return (
        f"percent points; {found.skeleton['name']}, {len(found.skeleton['keypoints'])} keypoints{area}\n"
        f"{counts.sequences:,} sequences, {counts.labeled_frames:,} of {counts.frames:,} frames labelled, "
        f"{counts.truth_people:,} people, {counts.predicted_people:,} predictions"
    )


def _text(cell: report.Cell) -> str:
    if cell is None:
        return "–"
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)
