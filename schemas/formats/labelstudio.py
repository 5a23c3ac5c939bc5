"""Label Studio's JSON: people as `VideoVector` regions, or as `KeyPointLabels` on single pictures.

Coordinates are percents of the picture. A video region is a list of keyframes between which vertices
move in straight lines; Label Studio counts frames from 1. A vertex is a keypoint: its `id` is the
keypoint's name. Label Studio has no visibility: what is there is visible.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import numpy as np

from poseloom.schemas.editing import RECORD_FIELD, Edited, ExportRecord
from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.labelstudio_pictures import read_pictures
from poseloom.schemas.formats.labelstudio_regions import picture_size, pixels, track_number
from poseloom.schemas.formats.person_rows import (
    Keypoints,
    PersonRows,
    new_ids,
    skeleton_holding,
    with_keypoints,
)
from poseloom.schemas.formats.rows import Json, Rows
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import LabelSet
from poseloom.schemas.skeleton import skeleton_named
from poseloom.schemas.video import Video

_FIRST_FRAME = 1
_TRACK = "track-"


def write_labelstudio(labels: LabelSet, video: Video, record: ExportRecord) -> list[Json]:
    """One task with a region per person; import it into a project with `Video` and `VideoVector` tags."""
    people = with_keypoints(labels.instances)
    regions = [
        _region(people.select(people.track_id == track), track, video, record)
        for track in np.unique(people.track_id).tolist()
    ]
    return [{"data": {"video": video.name, RECORD_FIELD: record.model_dump()}, "annotations": [{"result": regions}]}]


def _region(person: Instances, track: int, video: Video, record: ExportRecord) -> Json:
    frames = person.frame_index.tolist()
    sequence: list[Json] = []
    for row, frame in enumerate(frames):
        vertices = _vertices(person, row, video)
        sequence.append({"frame": frame + _FIRST_FRAME, "enabled": True, "closed": False, "vertices": vertices})
        gap = row + 1 == len(frames) or frames[row + 1] > frame + 1
        if gap and frame + 1 < record.end_frame:
            sequence.append(sequence[-1] | {"frame": frame + 1 + _FIRST_FRAME, "enabled": False})
    return {
        "id": f"{_TRACK}{track}",
        "type": "videovector",
        "from_name": "pose",
        "to_name": "video",
        "original_width": video.width,
        "original_height": video.height,
        "image_rotation": 0,
        "value": {"sequence": sequence, "framesCount": video.frame_count, "labels": ["person"]},
    }


def _vertices(person: Instances, row: int, video: Video) -> list[Json]:
    percents = 100.0 * person.keypoints_xy[row] / (video.width, video.height)
    return [
        {
            "id": person.skeleton.keypoints[slot],
            "x": float(percents[slot, 0]),
            "y": float(percents[slot, 1]),
            "prevPointId": None,
            "isBezier": False,
        }
        for slot in np.flatnonzero(person.visibility[row] > 0).tolist()
    ]


def read_labelstudio(document: Any, name: str) -> list[Edited]:
    """What a Label Studio export says of each video: its last annotation, or else its last prediction.

    Video regions are identified by their id ``track-<track id>``; those with another id are new
    people. Pictures: see `read_pictures`.

    Raises:
        LabelError: Not such an export; names the JSON path.
    """
    tasks = Rows.of_list(document, name)
    videos, pictures = [], []
    for number, task in enumerate(tasks.items):
        where = f"{name}[{number}]"
        results, record = _results(task, where), _record(task, where)
        if any(_sequence(region) is not None for region in results.items) or (record and not results.items):
            videos.append(_video(task, results, record, name))
        else:
            pictures.append((task, results, where))
    return videos + read_pictures(pictures, name)


def _results(task: Json, where: str) -> Rows:
    for field in ("annotations", "predictions"):
        given = Rows.of_list(task.get(field, []), f"{where}.{field}")
        kept = [(i, item) for i, item in enumerate(given.items) if not item.get("was_cancelled")]
        if kept:
            number, last = kept[-1]
            return Rows.of(last, f"{where}.{field}[{number}]", "result")
    return Rows.of_list([], where)


def _record(task: Json, where: str) -> ExportRecord | None:
    data = task.get("data")
    return ExportRecord.of(data.get(RECORD_FIELD), f"{where}.data") if isinstance(data, dict) else None


def _sequence(region: Json) -> Any:
    value = region.get("value")
    return value.get("sequence") if isinstance(value, dict) else None


def _video(task: Json, results: Rows, record: ExportRecord | None, name: str) -> Edited:
    rows, known = PersonRows(name), list[int | None]()
    end = record.end_frame if record else 0
    for number, region in enumerate(results.items):
        if _sequence(region) is None:
            continue
        here = f"{results.where}[{number}]"
        for frame, keypoints in _frames_of(region, here, end):
            rows.add(len(known), frame, keypoints)
        known.append(_region_track(region, here))
    skeleton = skeleton_named(record.skeleton) if record else skeleton_holding(rows.keypoints, name)
    ids, new = new_ids(known, name)
    labels = LabelSet(name, rows.instances(skeleton, ids))
    data = task.get("data")
    source = data.get("video") if isinstance(data, dict) else None
    names = (PurePosixPath(source).stem, source) if isinstance(source, str) else ()
    if record is None:
        return Edited(labels, (*names, name), new_tracks=new)
    return Edited(labels, (record.video,), record.video_id, record.release, record.frames, new)


def _region_track(region: Json, where: str) -> int | None:
    given = region.get("id")
    if not isinstance(given, str) or not given.startswith(_TRACK):
        return None
    return track_number(given.removeprefix(_TRACK), f"{where}.id")


def _frames_of(region: Json, where: str, end: int) -> Iterator[tuple[int, Keypoints]]:
    """Every frame that the keyframes show the person in; the last one holds up to the end."""
    size = picture_size(region, where)
    keyframes = Rows.of(region["value"], where, "sequence")
    numbers = keyframes.integers("frame", low=_FIRST_FRAME, high=1 << 31)
    order = np.argsort(numbers, kind="stable").tolist()
    count = region["value"].get("framesCount")
    last = end or (count if type(count) is int and 0 < count <= 10_000_000 else 0)
    for place, row in enumerate(order):
        item, frame = keyframes.items[row], int(numbers[row]) - _FIRST_FRAME
        if item.get("enabled", True) is not True:
            continue
        here = _points(item, f"{keyframes.where}[{row}]", size)
        if place + 1 == len(order):
            yield from ((f, here) for f in range(frame, max(last, frame + 1)))
            continue
        following = order[place + 1]
        there, stop = keyframes.items[following], int(numbers[following]) - _FIRST_FRAME
        moving = _points(there, f"{keyframes.where}[{following}]", size)
        for f in range(frame, stop):
            yield f, _between(here, moving, (f - frame) / (stop - frame))


def _between(here: Keypoints, there: Keypoints, part: float) -> Keypoints:
    placed = {}
    for name, (x, y, flag) in here.items():
        to_x, to_y, _ = there.get(name, (x, y, flag))
        placed[name] = (x + part * (to_x - x), y + part * (to_y - y), flag)
    return placed


def _points(keyframe: Json, where: str, size: tuple[int, int]) -> Keypoints:
    vertices = Rows.of(keyframe, where, "vertices")
    names = vertices.texts("id")
    if len(set(names)) < len(names):
        raise LabelError(f"{vertices.where}: expected one vertex per keypoint, got {sorted(names)}")
    return {
        name: (*pixels(vertex, f"{vertices.where}[{i}]", size), 2)
        for i, (name, vertex) in enumerate(zip(names, vertices.items, strict=True))
    }
