"""The page of an evaluation."""

from collections.abc import Sequence
from pathlib import Path

from poseloom.infra.report import (
    Block,
    Cell,
    Grid,
    Headline,
    Line,
    Picture,
    Section,
    Table,
    Text,
    bars,
    lines,
    write_page,
)
from poseloom.schemas.arrays import U8
from poseloom.tasks.evaluate.pictures import frame_pictures, overlay
from poseloom.tasks.evaluate.results import Evaluation
from poseloom.tasks.evaluate.tables import at, coco, per_keypoint, per_sequence
from poseloom.tasks.evaluate.views import FrameView

_HEADLINE = {
    "PoseTrack AP": (("posetrack_ap",), ("total",)),
    "MOTA": (("posetrack_mota", "poseval"), ("total",)),
    "keypoint HOTA": (("hota_pt21", "fixed"), ("combined", "hota")),
    "COCO AP": (("coco_ap",), ("ap",)),
    "HOTA of people": (("person_hota", "oks"), ("hota",)),
    "IDF1 of people": (("person_hota", "oks"), ("idf1",)),
}
"""Name, the metric's place, and its figure's in it."""
_KIND = {
    "posetrack_ap": "total of poseval, PCKh at half a head",
    "posetrack_mota": "total of poseval, PCKh at half a head",
    "hota_pt21": "PoseTrack21, empty frames fixed",
    "coco_ap": "pycocotools, OKS .50 to .95",
    "person_hota": "TrackEval, OKS",
}
_WITHOUT_REGIONS = ("coco_ap", "ign")
_METRICS = {
    "PoseTrack AP": ("posetrack_ap",),
    "PoseTrack MOTA, poseval": ("posetrack_mota", "poseval"),
    "PoseTrack MOTA, all frames": ("posetrack_mota", "all_frames"),
    "keypoint HOTA, fixed": ("hota_pt21", "fixed"),
    "keypoint HOTA, verbatim": ("hota_pt21", "verbatim"),
    "COCO AP": ("coco_ap",),
    "COCO AP, outside ignore regions": _WITHOUT_REGIONS,
    "HOTA of people, IoU": ("person_hota", "iou"),
    "HOTA of people, OKS": ("person_hota", "oks"),
}
_HOTA = {"hota": "HOTA", "deta": "DetA", "assa": "AssA", "loca": "LocA"}
_TRACKING = _HOTA | {
    "idf1": "IDF1",
    "idp": "IDP",
    "idr": "IDR",
    "mota": "MOTA",
    "id_switches": "id\nswitches",
    "misses": "misses",
    "false_positives": "false\npositives",
}
_SHOWN_PATHS = 4
_LISTED_FRAMES = 60
_POINTS = "Percent points."


def write_report(found: Evaluation, folder: Path, truth: str, predicted: str, videos: str | None = None) -> Path:
    """Write the page of an evaluation.

    Args:
        found: What it found.
        folder: Where the page goes.
        truth: Where the truth came from.
        predicted: Where the predictions came from.
        videos: A video or a folder of these, for the worst frames; without, these are drawn on empty ground.

    Returns:
        The page's path.

    Raises:
        InputError: The folder cannot be written, or several videos have one name.
        VideoError: No video there, or one that cannot be read.
    """
    counts = found.counts
    lead = (
        f"Predictions {predicted} against the truth {truth}: {_some(counts.sequences, 'sequence')}, "
        f"{counts.labeled_frames:,} of {counts.frames:,} frames labelled, "
        f"{_some(counts.truth_people, 'person', 'people')}, {_some(counts.predicted_people, 'prediction')}."
    )
    sections = [
        Section("Summary", _summary(found)),
        Section("Keypoints", _keypoints(found)),
        Section("Sequences", (_sequences(found),)),
        Section("People", _people(found)),
        Section("Keypoint HOTA", _curves(found)),
        Section("Worst frames", _worst(found, videos)),
        Section("How it was measured", _conventions(found)),
    ]
    return write_page(folder, "Evaluation", lead, [section for section in sections if section.blocks])


def _sequences(found: Evaluation) -> Table:
    """All sequences with the main figure of every metric."""
    table = per_sequence(found, list(found.worst_frames))
    caption = f"{_POINTS} Switches are counts. Similarities, areas and frames: see How it was measured."
    return Table(table.columns, table.rows, caption, has_total=True)


def _summary(found: Evaluation) -> tuple[Block, ...]:
    figures = tuple(
        (name, at(found.metrics, (*path, *figure)), _KIND[path[0]]) for name, (path, figure) in _HEADLINE.items()
    )
    warnings = [Text(_sentence(warning), is_warning=True) for warning in (*_missing(found), *found.warnings)]
    return Headline(figures), *warnings


def _missing(found: Evaluation) -> list[str]:
    """Metrics that the labels do not give, those of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for name, path in _METRICS.items():
        block = at(found.metrics, path[:1])
        place = path[0] if block is None else ".".join(path)
        if place in found.nulls and path != _WITHOUT_REGIONS:
            by_reason.setdefault(found.nulls[place], []).append(name)
    return [f"No {'; no '.join(names)}: {reason}" for reason, names in by_reason.items()]


def _keypoints(found: Evaluation) -> tuple[Block, ...]:
    table = per_keypoint(found)
    if table is None:
        return ()
    names = found.skeleton["keypoints"]
    series = {"PoseTrack AP": 1, "keypoint HOTA": 4}
    values = {name: [_number(row[column]) for row in table.rows[:-1]] for name, column in series.items()}
    caption = f"{_POINTS} AP and MOTA as poseval counts them; HOTA as PoseTrack21, empty frames fixed."
    return (
        bars([name.replace("_", " ") for name in names], values, "percent points", y_range=(0, 100)),
        Table(table.columns, table.rows, caption, has_total=True),
    )


def _people(found: Evaluation) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if table := coco(found):
        area = at(found.metrics, ("coco_ap", "area"))
        caption = f"COCO keypoints, OKS with {area}; 20 predictions a frame at most. {_POINTS}"
        blocks.append(Table(table.columns, table.rows, caption))
    tracking = {name: at(found.metrics, ("person_hota", name)) for name in ("iou", "oks")}
    if any(tracking.values()):
        rows = [
            (name.upper() if name == "oks" else "IoU", *(at(block, (key,)) for key in _TRACKING))
            for name, block in tracking.items()
        ]
        caption = f"Tracking of people as TrackEval counts it. {_POINTS} Switches, misses, false positives: counts."
        blocks.append(Table(("similarity", *_TRACKING.values()), tuple(rows), caption))
    return tuple(blocks)


def _curves(found: Evaluation) -> tuple[Block, ...]:
    variants = {name: at(found.metrics, ("hota_pt21", name, "combined", "per_alpha")) for name in ("fixed", "verbatim")}
    if not all(variants.values()):
        return ()
    plots = tuple(
        lines(
            [
                Line(title, curves["alpha"], curves[key])
                for key, title in (("hota", "HOTA"), ("deta", "DetA"), ("assa", "AssA"))
            ],
            "similarity threshold α",
            "percent points",
            y_range=(0, 100),
            caption=f"{name}: {at(found.metrics, ('hota_pt21', name, 'frames'))}.",
        )
        for name, curves in variants.items()
    )
    said = "PoseTrack21's keypoint HOTA, all sequences. Similarity 1: the exact place; 0.5: a quarter of a head off."
    rows = tuple(
        (name, *(at(found.metrics, ("hota_pt21", name, "combined", key)) for key in _HOTA)) for name in variants
    )
    return Text(said), Grid(plots), Table(("variant", *_HOTA.values()), rows, f"Means over α. {_POINTS}")


def _worst(found: Evaluation, videos: str | None) -> tuple[Block, ...]:
    views = sorted(found.views, key=lambda view: view.found.mean_oks)
    if not views:
        return ()
    given: Sequence[U8 | None] = [None] * len(views)
    if videos is not None:
        given = frame_pictures(views, videos, len(found.worst_frames) == 1)
    said = (
        "Frames in which people were found least well, 10 frames apart and 4 of a sequence where there are enough. "
        "Thin white: the truth. Colours: predictions, a colour for each track, light on the left side of the body and "
        "dark on the right. Mean OKS: every person of the truth with the prediction that suits best, 0 without any."
    )
    pictures = tuple(
        Picture(overlay(view, picture), _caption(view, picture is None and videos is not None))
        for view, picture in zip(views, given, strict=True)
    )
    ranked = sorted(
        ((frame, name) for name, frames in found.worst_frames.items() for frame in frames), key=lambda item: item[0]
    )
    rows: list[tuple[Cell, ...]] = [
        (name, str(f.frame_index), f.file_name, f.mean_oks, f.people, f.predicted)
        for f, name in ranked[:_LISTED_FRAMES]
    ]
    columns = ("sequence", "frame", "picture", "mean OKS", "people", "predictions")
    caption = (
        f"At most 5 frames of a sequence and {_LISTED_FRAMES} in all, the worst first. Mean OKS in percent points."
    )
    return Text(said), Grid(pictures), Table(columns, tuple(rows), caption)


def _caption(view: FrameView, is_missing: bool) -> str:
    frame = view.found
    people = f"{_some(frame.people, 'person', 'people')}, {_some(frame.predicted, 'prediction')}"
    if len(view.predicted) < frame.predicted:
        people += f", the {len(view.predicted)} surest shown"
    missing = "; no video of this name has the frame" if is_missing else ""
    return f"{view.sequence}, frame {frame.frame_index}: mean OKS {frame.mean_oks:.2f}, {people}{missing}"


def _conventions(found: Evaluation) -> tuple[Block, ...]:
    skeleton = found.skeleton
    sides = [("truth", skeleton["truth"]), ("predictions", skeleton["predictions"])]
    origin = ", ".join(f"{side} in {name or 'no skeleton: there are none'}" for side, name in sides)
    said = (
        f"Compared in {skeleton['name']} over {len(skeleton['keypoints'])} keypoints ({origin}). "
        "All figures are percent points unless they are counts."
    )
    columns = ("metric", "similarity", "area", "frames")
    blocks = {name: at(found.metrics, path) for name, path in _METRICS.items()}
    rows = [(name, *(block[key] for key in columns[1:])) for name, block in blocks.items() if block]
    counts = [(name.replace("_", " "), value) for name, value in vars(found.counts).items()]
    parts: list[Block] = [Text(said), Table(columns, tuple(rows)), Table(("count", "number"), tuple(counts))]
    if found.nulls:
        parts.append(Table(("figures that are null", "why"), tuple(_nulls(found)), "A null is shown as –."))
    return tuple(parts)


def _nulls(found: Evaluation) -> list[tuple[Cell, ...]]:
    """Nulls of one reason together."""
    by_reason: dict[str, list[str]] = {}
    for path, reason in found.nulls.items():
        by_reason.setdefault(reason, []).append(path)
    rows: list[tuple[Cell, ...]] = []
    for reason, paths in by_reason.items():
        more = f" and {len(paths) - _SHOWN_PATHS} more" if len(paths) > _SHOWN_PATHS else ""
        rows.append((", ".join(paths[:_SHOWN_PATHS]) + more, reason))
    return rows


def _number(cell: Cell) -> float:
    return cell if isinstance(cell, int | float) else float("nan")


def _some(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
