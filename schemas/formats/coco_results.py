"""COCO results lists: one object per detected person, no images, confidences in the third place."""

from typing import Any

import numpy as np

from poseloom.schemas.arrays import F32, F64, U8, Bool
from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.extras import pack, unpack
from poseloom.schemas.formats.keypoints import decode_scores, encode_scores, keep_as_read
from poseloom.schemas.formats.people import AsRead, put_keypoints, put_known, read_track_ids
from poseloom.schemas.formats.rows import Json, Rows
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import FrameLabel, LabelSet
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17, HUMANART21, Skeleton

FORMAT = "coco_results"
_FIELDS = ("image_id", "track_id", "bbox", "keypoints")
_BY_COUNT = {len(skeleton): skeleton for skeleton in (COCO17, HUMANART21)}


def read_coco_results(document: list[Json], name: str) -> LabelSet:
    """The predictions of a results list as one label set.

    A results list names no pictures, so frames are its image ids in ascending order; they are the
    video's frames only if all of them are there. Keypoints are IMPORTED with their confidence, clipped
    to 0..1, as score; one with confidence 0 is not labelled. Lists without keypoints (detections) become
    boxes with no keypoints of COCO-17.

    Raises:
        LabelError: Not such a list; names the JSON path.
    """
    people = Rows.of_list(document, name)
    skeleton = _skeleton(people)
    image_ids, frame_index = np.unique(people.integers("image_id"), return_inverse=True)
    raw = people.numbers("keypoints", 3 * len(skeleton)).reshape(-1, len(skeleton), 3)
    xy, visibility, score = _decode(np.nan_to_num(raw, nan=0.0))
    as_read = AsRead(people)
    as_read.keep_differing("keypoints", raw, _encode(xy, visibility, score))
    as_read.keep_blank("keypoints", [])
    as_read.keep_blank("bbox", [])
    as_read.keep_blank("track_id", -1)
    as_read.keep_absent("keypoints")
    instances = Instances.build(
        skeleton,
        frame_index,
        xy,
        visibility,
        Source.IMPORTED,
        score=score,
        track_id=read_track_ids(people),
        bbox_xywh=people.numbers("bbox", 4),
        extra=as_read.extras(FORMAT, _FIELDS),
    )
    frames = tuple(FrameLabel(index, image_id, "") for index, image_id in enumerate(image_ids.tolist()))
    return LabelSet(name, instances, frames, pack(FORMAT, {}, {}, name))


def write_coco_results(labels: LabelSet) -> list[Json]:
    """The results list of a label set, in its order.

    Image ids are those of its frames, the frame index where a frame is not listed. People that did not
    come from a results list get the mean keypoint score as `score`.
    """
    instances = labels.instances
    image_of = {frame.frame_index: frame.image_id for frame in labels.frames}
    unpacked = [unpack(FORMAT, extra) for extra in instances.extra]
    triples = result_triples(instances, [a for _, a in unpacked])
    keypoints = triples.reshape(len(instances), 3 * len(labels.skeleton)).tolist()
    labelled = (instances.visibility > 0).sum(axis=1).tolist()
    confidence = encode_scores(instances.score, instances.visibility)
    people = []
    for row, (fields, read) in enumerate(unpacked):
        mean = float(confidence[row].sum()) / max(1, labelled[row])
        person: Json = dict(fields) if fields is not None else {"category_id": 1, "score": mean}
        frame, track_id, box = int(instances.frame_index[row]), int(instances.track_id[row]), instances.bbox_xywh[row]
        person["image_id"] = image_of.get(frame, frame)
        put_known(person, read, "track_id", track_id, blank=track_id < 0)
        put_known(person, read, "bbox", box.tolist(), blank=bool(np.isnan(box).any()))
        put_keypoints(person, read, keypoints[row], labelled[row])
        people.append(person)
    return people


def result_triples(instances: Instances, as_read: list[Json]) -> F64:
    """(N, K, 3) coordinates and confidences: as they were read wherever that still means the typed columns."""

    def still_means(before: F64, rows: list[int]) -> Bool:
        xy, visibility, score = _decode(before)
        typed: Any = instances.score[rows]
        same_place = (xy == instances.keypoints_xy[rows]).all(axis=-1) & (visibility == instances.visibility[rows])
        return np.asarray(same_place & np.isclose(score, typed, rtol=0, atol=0, equal_nan=True))

    triples = _encode(instances.keypoints_xy, instances.visibility, instances.score)
    keep_as_read(triples, {row: a["keypoints"] for row, a in enumerate(as_read) if a.get("keypoints")}, still_means)
    return triples


def _skeleton(people: Rows) -> Skeleton:
    for row, item in enumerate(people.items):
        if item.get("keypoints"):
            numbers = item["keypoints"]
            count = len(numbers) if isinstance(numbers, list) else 0
            if count % 3 or count // 3 not in _BY_COUNT:
                counts = " or ".join(f"{3 * k} ({s.name})" for k, s in _BY_COUNT.items())
                raise LabelError(f"{people.where}[{row}].keypoints: expected {counts} numbers, got {count}")
            return _BY_COUNT[count // 3]
    return COCO17


def _decode(triples: F64) -> tuple[F64, U8, F32]:
    """Coordinates, visibility and score of (N, K, 3) triples."""
    labelled = triples[..., 2] > 0
    visibility = np.where(labelled, np.uint8(2), np.uint8(0))
    return np.where(labelled[..., None], triples[..., :2], 0.0), visibility, decode_scores(triples[..., 2], visibility)


def _encode(xy: F64, visibility: U8, score: F32) -> F64:
    located = np.where(visibility[..., None] > 0, xy, 0.0)
    return np.concatenate([located, encode_scores(score, visibility)[..., None]], axis=-1)
