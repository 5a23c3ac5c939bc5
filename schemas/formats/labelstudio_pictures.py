"""Label Studio's `KeyPointLabels` on single pictures of a video.

A person is a rectangle to which keypoints belong (as their `parentID`, or by a relation); its identity
is the number in the rectangle's `meta.text`. The frame is the six digits that end the picture's name.
"""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from poseloom.schemas.editing import Edited
from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.frame_numbers import folder_of
from poseloom.schemas.formats.labelstudio_regions import picture_size, pixels, track_number
from poseloom.schemas.formats.person_rows import Keypoints, PersonRows, skeleton_holding
from poseloom.schemas.formats.rows import Json, Rows, brief
from poseloom.schemas.labels import LabelSet

_FRAME = re.compile(r"(?<![0-9])([0-9]{6})$")


def read_pictures(tasks: Sequence[tuple[Json, Rows, str]], name: str) -> list[Edited]:
    """One label set per folder of pictures; frames are those of the pictures in the file.

    Args:
        tasks: Each task with its results and its JSON path.
        name: The file's name.

    Raises:
        LabelError: Pictures that are not numbered, or keypoints that belong to nobody; names the JSON path.
    """
    folders: dict[str, list[tuple[int, Rows]]] = {}
    for task, results, where in tasks:
        picture = _picture(task, where)
        digits = _FRAME.search(PurePosixPath(picture).stem)
        if digits is None:
            raise LabelError(f"{where}.data.image: expected a name that ends in six digits, got {brief(picture)}")
        folders.setdefault(folder_of(picture), []).append((int(digits[1]), results))
    return [_read(folder, items, name) for folder, items in folders.items()]


def _picture(task: Json, where: str) -> str:
    data: Any = task.get("data")
    given = data.get("image") if isinstance(data, dict) else None
    if not isinstance(given, str):
        raise LabelError(f"{where}.data.image: expected the picture's name, got {brief(given)}")
    return given


def _read(folder: str, items: list[tuple[int, Rows]], name: str) -> Edited:
    rows, tracks, place = PersonRows(name), list[int](), dict[int, int]()
    for frame, results in items:
        for track, keypoints in _people(results).items():
            if track not in place:
                place[track] = len(tracks)
                tracks.append(track)
            rows.add(place[track], frame, keypoints)
    labels = LabelSet(name, rows.instances(skeleton_holding(rows.keypoints, name), tracks))
    last = PurePosixPath(folder).name
    return Edited(labels, tuple(n for n in (last, name) if n), frames=frozenset(frame for frame, _ in items))


def _people(results: Rows) -> dict[int, Keypoints]:
    """Keypoints by track id."""
    owner = {r.get("from_id"): r.get("to_id") for r in results.items if r.get("type") == "relation"}
    owner |= {to: of for of, to in owner.items()}
    tracks: dict[Any, int] = {}
    people: dict[int, Keypoints] = {}
    for row, region in enumerate(results.items):
        if region.get("type") == "rectanglelabels":
            track = tracks[_region_id(results, row)] = _track(results, row)
            people[track] = {}
    for row, region in enumerate(results.items):
        if region.get("type") != "keypointlabels":
            continue
        person = region.get("parentID", owner.get(_region_id(results, row)))
        if not isinstance(person, str) or person not in tracks:
            raise results.error(row, "parentID", "the id of a person's rectangle, or a relation to it", person)
        where = f"{results.where}[{row}]"
        value = region.get("value")
        if not isinstance(value, dict):
            raise results.error(row, "value", "an object", value)
        names = value.get("keypointlabels")
        if not isinstance(names, list) or len(names) != 1 or not isinstance(names[0], str):
            raise results.error(row, "value.keypointlabels", "one keypoint name", names)
        placed = people[tracks[person]]
        if names[0] in placed:
            raise LabelError(f"{where}: expected one {names[0]} of track {tracks[person]}, got two")
        placed[names[0]] = (*pixels(value, f"{where}.value", picture_size(region, where)), 2)
    return people


def _region_id(results: Rows, row: int) -> str:
    given = results.items[row].get("id")
    if not isinstance(given, str):
        raise results.error(row, "id", "a string", given)
    return given


def _track(results: Rows, row: int) -> int:
    meta = results.items[row].get("meta")
    text = meta.get("text") if isinstance(meta, dict) else None
    if not isinstance(text, list) or len(text) != 1 or not isinstance(text[0], str):
        raise results.error(row, "meta.text", "the person's track id", text)
    return track_number(text[0], f"{results.where}[{row}].meta.text")
