"""COCO keypoints datasets to label sets."""

from pathlib import PurePosixPath

import numpy as np

from poseloom.schemas.arrays import F64, I32, I64
from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.categories import Layout, layout_of, plain_layout
from poseloom.schemas.formats.extras import pack, without
from poseloom.schemas.formats.frame_numbers import folder_of, frame_numbers
from poseloom.schemas.formats.images import check_images, check_one_per_frame, frames_of_people
from poseloom.schemas.formats.keypoints import COCO_FLAGS, are_flags, decode_scores, encode_scores
from poseloom.schemas.formats.people import AsRead, read_track_ids
from poseloom.schemas.formats.rows import Json, Rows
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import FrameLabel, LabelSet
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17

FORMAT = "coco"
_IMAGE_FIELDS = ("id", "file_name")
_PERSON_FIELDS = ("image_id", "track_id", "bbox", "keypoints", "scores")


def read_coco_dataset(document: Json, name: str) -> list[LabelSet]:
    """One label set per folder of pictures, in order of first appearance.

    A folder is a video: its label set is named by the folder's last part (by the whole folder where two
    end alike; by `name` for pictures without a folder). Frame indices are six-digit picture names, or
    else the place of the picture in the natural order of the folder's names. Keypoints are IMPORTED;
    those of annotations with `scores` (poseloom's addition, as in PoseTrack) carry them. The skeleton
    is the one whose keypoints the categories name, in any order.

    Raises:
        LabelError: Not such a document; names the JSON path.
    """
    images = Rows.of(document, name, "images")
    people = Rows.of(document, name, "annotations")
    layout = layout_of(document, name)
    if layout is None and any("keypoints" in item for item in people.items):
        raise LabelError(f"{name}: categories: expected a category with keypoints, got none")
    folders = _read_frames(images)
    frames = {frame.image_id: frame for group in folders.values() for frame in group}
    folder_number = {frame.image_id: i for i, group in enumerate(folders.values()) for frame in group}
    index = frames_of_people(people, frames.values())
    group = np.array([folder_number[item["image_id"]] for item in people.items], dtype=np.int64)
    instances = _read_people(people, layout or plain_layout(COCO17), index, group)
    extra = pack(FORMAT, without(document, ("images", "annotations")), {}, name)
    if not folders:
        return [LabelSet(name, instances, (), extra)]
    rows = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group, minlength=len(folders)))[:-1])
    return [
        LabelSet(set_name, instances.select(mine), group_frames, extra)
        for set_name, mine, group_frames in zip(_set_names(list(folders), name), rows, folders.values(), strict=True)
    ]


def _read_frames(images: Rows) -> dict[str, tuple[FrameLabel, ...]]:
    """Frames by folder."""
    ids, names = check_images(images)
    rows_of: dict[str, list[int]] = {}
    for row, file_name in enumerate(names):
        rows_of.setdefault(folder_of(file_name), []).append(row)
    as_read = AsRead(images)
    if [row for rows in rows_of.values() for row in rows] != list(range(len(images))):
        as_read.keep("position", range(len(images)))
    extras = as_read.extras(FORMAT, _IMAGE_FIELDS)
    folders = {}
    for folder, rows in rows_of.items():
        numbers = frame_numbers([names[row] for row in rows])
        check_one_per_frame(images, rows, numbers)
        folders[folder] = tuple(
            FrameLabel(number, int(ids[row]), names[row], extra=extras[row])
            for row, number in zip(rows, numbers, strict=True)
        )
    return folders


def _set_names(folders: list[str], name: str) -> list[str]:
    ends = [PurePosixPath(folder).name for folder in folders]
    return [end if end and ends.count(end) == 1 else folder or name for end, folder in zip(ends, folders, strict=True)]


def _read_people(people: Rows, layout: Layout, frame_index: I32, group: I64) -> Instances:
    raw = _raw_keypoints(people, layout)
    xy, visibility = COCO_FLAGS.decode(np.nan_to_num(raw, nan=0.0))
    raw_scores = people.numbers("scores", len(layout.skeleton))[:, list(layout.to_skeleton)]
    score = decode_scores(raw_scores, visibility)
    as_read = AsRead(people)
    as_read.keep_differing("keypoints", raw, COCO_FLAGS.encode(xy, visibility))
    as_read.keep_differing("scores", raw_scores, encode_scores(score, visibility))
    as_read.keep_blank("scores", [])
    as_read.keep_blank("keypoints", [])
    as_read.keep_blank("bbox", [])
    as_read.keep_blank("track_id", -1)
    as_read.keep_absent("keypoints")
    as_read.keep_count(visibility)
    if (np.diff(group) < 0).any():
        as_read.keep("position", range(len(people)))
    return Instances.build(
        layout.skeleton,
        frame_index,
        xy,
        visibility,
        Source.IMPORTED,
        track_id=read_track_ids(people),
        score=score,
        bbox_xywh=people.numbers("bbox", 4),
        extra=as_read.extras(FORMAT, _PERSON_FIELDS),
    )


def _raw_keypoints(people: Rows, layout: Layout) -> F64:
    """(N, K, 3) triples in skeleton order; NaN where not given."""
    k = len(layout.skeleton)
    triples = people.numbers("keypoints", 3 * k).reshape(-1, k, 3)
    odd = ~are_flags(triples[..., 2]) & ~np.isnan(triples[..., 2])
    if odd.any():
        row, slot = (int(i) for i in np.argwhere(odd)[0])
        raise people.error(row, f"keypoints[{3 * slot + 2}]", "visibility 0, 1 or 2", float(triples[row, slot, 2]))
    return triples[:, list(layout.to_skeleton)]
