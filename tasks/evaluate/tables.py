"""The figures of an evaluation as tables, for the terminal and for the page."""

from collections.abc import Sequence
from typing import Any

from poseloom.infra.report import Cell, Table
from poseloom.tasks.evaluate.results import Evaluation, Json

Path = tuple[str, ...]

_COCO = {
    "ap": "AP",
    "ap50": "AP\n.50",
    "ap75": "AP\n.75",
    "ap_m": "AP\nmedium",
    "ap_l": "AP\nlarge",
    "ar": "AR",
    "ar50": "AR\n.50",
    "ar75": "AR\n.75",
    "ar_m": "AR\nmedium",
    "ar_l": "AR\nlarge",
}

_PER_KEYPOINT: dict[str, tuple[Path, str | None]] = {
    "PoseTrack\nAP": (("posetrack_ap",), None),
    "MOTA": (("posetrack_mota", "poseval"), None),
    "MOTA\nall frames": (("posetrack_mota", "all_frames"), None),
    "keypoint\nHOTA": (("hota_pt21", "fixed", "combined"), "hota"),
    "keypoint\nDetA": (("hota_pt21", "fixed", "combined"), "deta"),
    "keypoint\nAssA": (("hota_pt21", "fixed", "combined"), "assa"),
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


def per_keypoint(found: Evaluation) -> Table | None:
    """PoseTrack's figures of every keypoint; None where the labels give none of them."""
    blocks = {head: at(found.metrics, path) for head, (path, _) in _PER_KEYPOINT.items()}
    if not any(blocks.values()):
        return None
    rows: list[tuple[Cell, ...]] = []
    for keypoint in found.skeleton["keypoints"]:
        figures = [at(blocks[head], ("per_joint", keypoint)) for head in blocks]
        fields = [field for _, field in _PER_KEYPOINT.values()]
        rows.append((keypoint, *(at(f, (field,)) if field else f for f, field in zip(figures, fields, strict=True))))
    totals = (at(blocks[head], (field or "total",)) for head, (_, field) in _PER_KEYPOINT.items())
    return Table(("keypoint", *blocks), (*rows, ("total", *totals)), has_total=True)


def per_sequence(found: Evaluation, names: Sequence[str]) -> Table:
    """The main figure of every metric for those sequences, and for all sequences together."""
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            *(at(found.metrics, (*path, "per_sequence", name, *figure)) for path, figure in _PER_SEQUENCE.values()),
        )
        for name in names
    ]
    totals = (at(found.metrics, (*_together(path), *figure)) for path, figure in _PER_SEQUENCE.values())
    return Table(("sequence", *_PER_SEQUENCE), (*rows, ("all", *totals)), has_total=True)


def coco(found: Evaluation) -> Table | None:
    """COCO's ten figures, with and without ignore regions; None where there are none."""
    figures = found.metrics["coco_ap"]
    if figures is None:
        return None
    variants: dict[str, Json | None] = {"everywhere": figures, "outside ignore regions": figures["ign"]}
    rows = [(name, *(block[key] for key in _COCO)) for name, block in variants.items() if block is not None]
    return Table(("COCO", *_COCO.values()), tuple(rows))


def at(block: Any, path: Path) -> Any:
    """What lies at a path of the figures; None where a part of the path is None."""
    for key in path:
        if block is None:
            return None
        block = block[key]
    return block


def _together(path: Path) -> Path:
    return (*path, "combined") if path[0] == "hota_pt21" else path
