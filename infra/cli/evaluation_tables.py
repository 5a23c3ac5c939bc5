"""The tables of an evaluation."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from poseloom.tasks.evaluate import Evaluation

Json = dict[str, Any]
Path = tuple[str, ...]

_PER_KEYPOINT: dict[str, tuple[Path, str | None]] = {
    "AP": (("posetrack_ap",), None),
    "MOTA": (("posetrack_mota", "poseval"), None),
    "MOTA\nall frames": (("posetrack_mota", "all_frames"), None),
    "HOTA": (("hota_pt21", "fixed", "combined"), "hota"),
    "DetA": (("hota_pt21", "fixed", "combined"), "deta"),
    "AssA": (("hota_pt21", "fixed", "combined"), "assa"),
}
_PER_SEQUENCE: dict[str, tuple[Path, Path]] = {
    "PoseTrack\nAP": (("posetrack_ap",), ("total",)),
    "MOTA": (("posetrack_mota", "poseval"), ("total",)),
    "MOTA\nall frames": (("posetrack_mota", "all_frames"), ("total",)),
    "keypoint\nHOTA": (("hota_pt21", "fixed"), ("hota",)),
    "COCO\nAP": (("coco_ap",), ("ap",)),
    "HOTA\nIoU": (("person_hota", "iou"), ("hota",)),
    "HOTA\nOKS": (("person_hota", "oks"), ("hota",)),
    "IDF1\nOKS": (("person_hota", "oks"), ("idf1",)),
    "switches\nOKS": (("person_hota", "oks"), ("id_switches",)),
}
_COCO = ("ap", "ap50", "ap75", "ap_m", "ap_l", "ar", "ar50", "ar75", "ar_m", "ar_l")
_SHOWN_SEQUENCES = 40
_WIDEST = 1_000
_VARIANTS = ("poseval", "all_frames", "fixed", "verbatim", "ign", "iou", "oks")


def print_evaluation(found: Evaluation, console: Console) -> None:
    """Print an evaluation: per keypoint, per sequence, COCO's ten figures, and what could not be computed."""
    metrics, names = dict(found.metrics), list(found.worst_frames)
    tables = [
        _per_keypoint(metrics, found.skeleton["keypoints"]),
        _per_sequence(metrics, names),
        _coco(metrics["coco_ap"]),
    ]
    for table in tables:
        if table is not None:
            _print_whole(table, console)
    console.print(_summary(found), highlight=False, markup=False, soft_wrap=True)
    for path, reason in found.nulls.items():
        if path in metrics or path.partition(".")[2] in _VARIANTS:
            console.print(f"no {path}: {reason}", highlight=False, markup=False, soft_wrap=True)
    for warning in found.warnings:
        console.print(f"note: {warning}", highlight=False, markup=False, soft_wrap=True)


def _print_whole(table: Table, console: Console) -> None:
    """Print a table in its own width, so that no name is cut where the terminal is narrow or none at all."""
    width = console.width
    needed = Measurement.get(console, console.options.update(max_width=_WIDEST), table).maximum
    console.width = max(width, needed)
    console.print(table)
    console.width = width
    console.print()


def _per_keypoint(metrics: Json, keypoints: Sequence[str]) -> Table | None:
    columns = {head: _at(metrics, path) for head, (path, _) in _PER_KEYPOINT.items()}
    if not any(columns.values()):
        return None
    table = _table("keypoint", columns)
    for keypoint in keypoints:
        cells = []
        for head, (_, field) in _PER_KEYPOINT.items():
            value = _at(columns[head], ("per_joint", keypoint))
            cells.append(_text(value if field is None else _at(value, (field,))))
        table.add_row(keypoint, *cells)
    totals = [_at(columns[head], (field or "total",)) for head, (_, field) in _PER_KEYPOINT.items()]
    table.add_section()
    table.add_row("total", *map(_text, totals), style="bold")
    return table


def _per_sequence(metrics: Json, names: list[str]) -> Table:
    table = _table("sequence", _PER_SEQUENCE)
    for name in names[:_SHOWN_SEQUENCES]:
        table.add_row(
            name,
            *(_text(_at(metrics, (*path, "per_sequence", name, *figure))) for path, figure in _PER_SEQUENCE.values()),
        )
    if len(names) > _SHOWN_SEQUENCES:
        table.add_row(f"and {len(names) - _SHOWN_SEQUENCES} more, see --out")
    table.add_section()
    totals = (
        _at(metrics, (*path, "combined", *figure)) if path[0] == "hota_pt21" else _at(metrics, (*path, *figure))
        for path, figure in _PER_SEQUENCE.values()
    )
    table.add_row("all", *map(_text, totals), style="bold")
    return table


def _coco(figures: Json | None) -> Table | None:
    if figures is None:
        return None
    table = _table("COCO", _COCO)
    table.add_row("OKS", *(_text(figures[name]) for name in _COCO))
    if figures["ign"] is not None:
        table.add_row("without ignore regions", *(_text(figures["ign"][name]) for name in _COCO))
    return table


def _summary(found: Evaluation) -> str:
    counts, coco = found.counts, found.metrics["coco_ap"]
    area = f"; areas: {coco['area']}" if coco else ""
    return (
        f"percent points; {found.skeleton['name']}, {len(found.skeleton['keypoints'])} keypoints{area}\n"
        f"{counts.sequences:,} sequences, {counts.labeled_frames:,} of {counts.frames:,} frames labelled, "
        f"{counts.truth_people:,} people, {counts.predicted_people:,} predictions"
    )


def _table(first: str, heads: Sequence[str] | Json) -> Table:
    table = Table(first, box=None, padding=(0, 2, 0, 0))
    for head in heads:
        table.add_column(head, justify="right")
    return table


def _at(block: Any, path: Path) -> Any:
    for key in path:
        if block is None:
            return None
        block = block[key]
    return block


def _text(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.2f}"
