"""PoseTrack18/21 JSON to label sets."""

from typing import Any

import numpy as np

from poseloom.schemas.arrays import F64
from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.categories import Layout, layout_of, plain_layout
from poseloom.schemas.formats.extras import pack, without
from poseloom.schemas.formats.frame_numbers import frame_numbers
from poseloom.schemas.formats.images import check_images, check_one_per_frame, frames_of_people
from poseloom.schemas.formats.keypoints import (
    POSETRACK_FLAGS,
    POSETRACK_FLAGS_012,
    Flags,
    are_flags,
    decode_scores,
    encode_scores,
)
from poseloom.schemas.formats.people import AsRead, read_track_ids
from poseloom.schemas.formats.rows import MISSING, NUMBER_LIMIT, Json, Rows
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import FrameLabel, LabelSet, Polygon
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import POSETRACK

FORMAT = "posetrack"
_IMAGE_FIELDS = ("id", "file_name", "is_labeled", "ignore_regions_x", "ignore_regions_y")
_PERSON_FIELDS = ("image_id", "track_id", "person_id", "bbox", "bbox_head", "keypoints", "scores")


def read_posetrack(document: Json, name: str) -> LabelSet:
    """The labels of one PoseTrack sequence.

    Keypoints are IMPORTED; those of annotations with `scores` carry them, others NaN (a person's).
    Frame indices are the pictures' six-digit names (see `frame_numbers`).

    Args:
        document: Parsed JSON.
        name: Sequence name, the file's stem.

    Raises:
        LabelError: Not such a document; names the JSON path.
    """
    images = Rows.of(document, name, "images")
    people = Rows.of(document, name, "annotations")
    layout = layout_of(document, name) or plain_layout(POSETRACK)
    if layout.skeleton != POSETRACK:
        raise LabelError(f"{name}: categories: expected PoseTrack's keypoints, got those of {layout.skeleton.name}")
    frames = _read_frames(images)
    triples, scores = _raw_keypoints(people, layout)
    flags = POSETRACK_FLAGS_012 if (triples[..., 2] == 2).any() else POSETRACK_FLAGS
    instances = _read_people(people, frames, triples, scores, flags)
    as_read = {"flags": "012"} if flags is POSETRACK_FLAGS_012 else {}
    return LabelSet(name, instances, frames, pack(FORMAT, without(document, ("images", "annotations")), as_read, name))


def _read_frames(images: Rows) -> tuple[FrameLabel, ...]:
    ids, names = check_images(images)
    counts = images.integers("nframes", default=0, low=0, high=100_000_000)
    numbers = frame_numbers(names, int(counts.max(initial=0)) or None)
    check_one_per_frame(images, range(len(images)), numbers)
    frames = []
    for row, item in enumerate(images.items):
        labeled = item.get("is_labeled", MISSING)
        if labeled is not MISSING and type(labeled) is not bool:
            raise images.error(row, "is_labeled", "true or false", labeled)
        regions, as_read = _read_regions(images, row)
        if labeled is MISSING:
            as_read["is_labeled"] = None
        extra = pack(FORMAT, without(item, _IMAGE_FIELDS), as_read, f"{images.where}[{row}]")
        frames.append(FrameLabel(numbers[row], int(ids[row]), names[row], labeled is not False, regions, extra))
    return tuple(frames)


def _read_regions(images: Rows, row: int) -> tuple[tuple[Polygon, ...], Json]:
    item = images.items[row]
    if "ignore_regions_x" not in item and "ignore_regions_y" not in item:
        return (), {"ignore_regions": None}
    xs, flat = _read_rings(images, row, "ignore_regions_x")
    ys, _ = _read_rings(images, row, "ignore_regions_y")
    if list(map(len, xs)) != list(map(len, ys)):
        raise images.error(row, "ignore_regions_y", "as many numbers as in ignore_regions_x", item["ignore_regions_y"])
    return tuple(tuple(zip(x, y, strict=True)) for x, y in zip(xs, ys, strict=True)), (
        {"ignore_regions": "flat"} if flat else {}
    )


def _read_rings(images: Rows, row: int, field: str) -> tuple[list[list[float]], bool]:
    """One coordinate of all polygons, and whether the file held a single flat list."""
    value = images.items[row].get(field, MISSING)
    flat = isinstance(value, list) and bool(value) and isinstance(value[0], int | float)
    rings: Any = [value] if flat else value
    if not isinstance(rings, list) or not all(isinstance(ring, list) for ring in rings):
        raise images.error(row, field, "a list of lists of numbers", value)
    for number in (number for ring in rings for number in ring):
        if type(number) not in (int, float) or not abs(number) <= NUMBER_LIMIT:
            raise images.error(row, field, "numbers", number)
    return rings, flat


def _raw_keypoints(people: Rows, layout: Layout) -> tuple[F64, F64]:
    """(N, K, 3) triples and (N, K) scores in skeleton order; NaN where not given."""
    k = len(layout.skeleton)
    order = list(layout.to_skeleton)
    triples = people.numbers("keypoints", 3 * k).reshape(-1, k, 3)
    scores = people.numbers("scores", k)
    odd = ~are_flags(triples[..., 2]) & np.isnan(scores) & ~np.isnan(triples[..., 2])
    if odd.any():
        row, slot = (int(i) for i in np.argwhere(odd)[0])
        raise people.error(row, f"keypoints[{3 * slot + 2}]", "visibility 0 or 1", float(triples[row, slot, 2]))
    return triples[:, order], scores[:, order]


def _read_people(people: Rows, frames: tuple[FrameLabel, ...], raw: F64, raw_scores: F64, flags: Flags) -> Instances:
    triples = np.nan_to_num(raw, nan=0.0)
    xy, visibility = flags.decode(triples)
    score = decode_scores(raw_scores, visibility)
    as_read = AsRead(people)
    as_read.keep_differing("keypoints", raw, flags.encode(xy, visibility))
    as_read.keep_differing("scores", raw_scores, encode_scores(score, visibility))
    for field in ("bbox", "bbox_head", "scores", "keypoints"):
        as_read.keep_blank(field, [])
    for field in ("track_id", "person_id"):
        as_read.keep_blank(field, -1)
    as_read.keep_absent("keypoints")
    as_read.keep_count(visibility)
    return Instances.build(
        POSETRACK,
        frames_of_people(people, frames),
        xy,
        visibility,
        Source.IMPORTED,
        track_id=read_track_ids(people),
        person_id=people.integers("person_id", default=-1, low=-1),
        bbox_xywh=people.numbers("bbox", 4),
        head_xywh=people.numbers("bbox_head", 4),
        score=score,
        extra=as_read.extras(FORMAT, _PERSON_FIELDS),
    )
