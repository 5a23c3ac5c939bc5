"""CVAT for video 1.1: skeleton tracks as XML (docs.cvat.ai, "XML annotation format").

One ``<track>`` per person, in it a ``<skeleton frame=…>`` per frame with one ``<points label=…>`` per
keypoint: `outside` means not labelled, `occluded` there but hidden. CVAT numbers tracks anew whenever it
exports, so identity and release travel in the text attributes `track_id` and `release` of the label.
Frames are those of the video, whatever part of it the task shows.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from poseloom.schemas.editing import Edited, ExportRecord
from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.person_rows import PersonRows, new_ids, skeleton_holding, with_keypoints
from poseloom.schemas.formats.rows import NUMBER_LIMIT, brief
from poseloom.schemas.ids import TRACK_ID_LIMIT
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import LabelSet
from poseloom.schemas.skeleton import Skeleton
from poseloom.schemas.video import Video

FRAME_LIMIT = 1 << 31
_TRACK_ID, _RELEASE = "track_id", "release"


def write_cvat(labels: LabelSet, video: Video, record: ExportRecord) -> bytes:
    """The XML of a label set's people with keypoints; coordinates have two decimals, as CVAT's own."""
    return "\n".join(_document(labels.instances, video, record)).encode()


def _document(people: Instances, video: Video, record: ExportRecord) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    <task>'
    size, last = record.end_frame - record.start_frame, record.end_frame - 1
    for field, value in (("name", video.name), ("size", size), ("mode", "interpolation")):
        yield f"      <{field}>{escape(str(value))}</{field}>"
    yield f"      <start_frame>{record.start_frame}</start_frame>\n      <stop_frame>{last}</stop_frame>"
    yield f"      <frame_filter></frame_filter>\n      <labels>{_labels(people.skeleton)}\n      </labels>"
    yield f"      <original_size><width>{video.width}</width><height>{video.height}</height></original_size>"
    yield f"      <source>{escape(video.name)}</source>\n    </task>\n  </meta>"
    shown = with_keypoints(people)
    for number, track in enumerate(np.unique(shown.track_id).tolist()):
        yield f'  <track id="{number}" label="person" source="manual">'
        yield from _skeletons(shown.select(shown.track_id == track), track, record)
        yield "  </track>"
    yield "</annotations>\n"


def _labels(skeleton: Skeleton) -> str:
    attributes = "".join(
        f"<attribute><name>{name}</name><mutable>False</mutable><input_type>text</input_type></attribute>"
        for name in (_TRACK_ID, _RELEASE)
    )
    lines = [f"<label><name>person</name><type>skeleton</type><attributes>{attributes}</attributes></label>"]
    lines += [
        f"<label><name>{skeleton.keypoints[slot]}</name><type>points</type><parent>person</parent></label>"
        for slot in skeleton.used
    ]
    return "".join(f"\n        {line}" for line in lines)


def _skeletons(person: Instances, track: int, record: ExportRecord) -> Iterator[str]:
    """One skeleton per frame, and an empty one after the last of each stretch: there CVAT stops showing it."""
    frames = person.frame_index.tolist()
    for row, frame in enumerate(frames):
        yield from _skeleton(person, row, frame, track, record.release, present=True)
        gap = row + 1 == len(frames) or frames[row + 1] > frame + 1
        if gap and frame + 1 < record.end_frame:
            yield from _skeleton(person, row, frame + 1, track, record.release, present=False)


def _skeleton(person: Instances, row: int, frame: int, track: int, release: str, present: bool) -> Iterator[str]:
    yield f'    <skeleton frame="{frame}" keyframe="1" z_order="0">'
    for slot in person.skeleton.used:
        flag = int(person.visibility[row, slot]) if present else 0
        x, y = person.keypoints_xy[row, slot].tolist()
        yield (
            f'      <points label="{person.skeleton.keypoints[slot]}" keyframe="1" outside="{int(flag == 0)}" '
            f'occluded="{int(flag == 1)}" points="{x:.2f},{y:.2f}"></points>'
        )
    yield f'      <attribute name="{_TRACK_ID}">{track}</attribute>'
    yield f"      <attribute name={quoteattr(_RELEASE)}>{escape(release)}</attribute>\n    </skeleton>"


def read_cvat(elements: Iterable[Any], name: str) -> Edited:
    """The skeleton tracks of a CVAT file; boxes and other shapes are not read.

    A frame that a track does not list lacks the person: CVAT's exports list the interpolated ones.
    In a file whose people carry `track_id`, those without are new; in one without, the tracks'
    own numbers are the identities.

    Args:
        elements: The XML's elements, each when it ends; those that have been read are emptied.
        name: The file's name.

    Raises:
        LabelError: No such XML; names the track and the frame.
    """
    reading = _Reading(name)
    for element in elements:
        reading.take(element)
    return reading.result()


class _Reading:
    def __init__(self, name: str) -> None:
        self._name = name
        self._root = ""
        self._parts: list[str] = []
        self._names: list[str] = []
        self._frames: frozenset[int] | None = None
        self._rows = PersonRows(name)
        self._tracks: list[tuple[int, str | None]] = []
        self._releases: set[str] = set()

    def take(self, element: Any) -> None:
        """One element that has been read to its end."""
        self._root = element.tag
        if element.tag == "meta":
            self._meta(element)
        elif element.tag == "track":
            self._track(element)
        elif element.tag == "image":
            raise LabelError(f"{self._name}: expected CVAT for video 1.1 (tracks), got CVAT for images")
        if element.tag in ("track", "meta"):
            element.clear()

    def result(self) -> Edited:
        if self._root != "annotations":
            raise LabelError(f"{self._name}: expected <annotations>, got <{self._root}>")
        if len(self._releases) > 1:
            raise LabelError(f"{self._name}: expected people of one release, got {', '.join(sorted(self._releases))}")
        skeleton = skeleton_holding(self._parts or self._rows.keypoints, self._name)
        ids, new = self._ids()
        labels = LabelSet(self._name, self._rows.instances(skeleton, ids))
        names = (*dict.fromkeys(self._names), PurePosixPath(self._name).stem)
        return Edited(labels, names, release=next(iter(self._releases), None), frames=self._frames, new_tracks=new)

    def _ids(self) -> tuple[list[int], frozenset[int]]:
        """Identity of each track, in file order, and which of these are new."""
        if all(given is None for _, given in self._tracks):
            return [number for number, _ in self._tracks], frozenset()
        known = [None if given is None else self._track_id(given) for _, given in self._tracks]
        return new_ids(known, self._name)

    def _track_id(self, text: str) -> int:
        return self._integer(text, f"{self._name}: attribute {_TRACK_ID}", TRACK_ID_LIMIT)

    def _meta(self, meta: Any) -> None:
        about = meta.find("task") if meta.find("task") is not None else meta.find("job")
        if about is None:
            return
        self._parts = [
            label.findtext("name", "") for label in about.iterfind("labels/label") if label.find("parent") is not None
        ]
        source, name = about.findtext("source") or "", about.findtext("name") or ""
        self._names = [text for text in (PurePosixPath(source).stem, source, name) if text]
        start, stop = about.findtext("start_frame"), about.findtext("stop_frame")
        if start is not None and stop is not None:
            where = f"{self._name}: meta"
            first, last = (self._integer(text, where, FRAME_LIMIT) for text in (start, stop))
            step = (about.findtext("frame_filter") or "").replace(" ", "").removeprefix("step=") or "1"
            if last - first > 10_000_000:
                raise LabelError(f"{where}: expected at most 10,000,000 frames, got {first} to {last}")
            self._frames = frozenset(range(first, last + 1, max(self._integer(step, where, FRAME_LIMIT), 1)))

    def _track(self, track: Any) -> None:
        where = f"{self._name}: track {brief(track.get('id'))}"
        skeletons = track.findall("skeleton")
        if not skeletons:
            return
        number, given = self._integer(track.get("id"), where, TRACK_ID_LIMIT), None
        for skeleton in skeletons:
            frame = self._integer(skeleton.get("frame"), f"{where}: skeleton frame", FRAME_LIMIT)
            here = f"{where}, frame {frame}"
            attributes = {a.get("name"): (a.text or "").strip() for a in skeleton.iterfind("attribute")}
            given = attributes.get(_TRACK_ID) or given
            self._releases |= {attributes[_RELEASE]} if attributes.get(_RELEASE) else set()
            keypoints = dict(self._point(points, here) for points in skeleton.iterfind("points"))
            self._rows.add(len(self._tracks), frame, keypoints)
        self._tracks.append((number, given))

    def _point(self, points: Any, where: str) -> tuple[str, tuple[float, float, int]]:
        label = points.get("label")
        if not label:
            raise LabelError(f"{where}: expected points with a label, got {brief(label)}")
        outside, occluded = (self._flag(points, field, f"{where}, {label}") for field in ("outside", "occluded"))
        if outside:
            return label, (0.0, 0.0, 0)
        try:
            x, y = (float(number) for number in (points.get("points") or "").split(","))
        except ValueError:
            x = y = math.nan
        if not max(abs(x), abs(y)) <= NUMBER_LIMIT or math.isnan(y):
            raise LabelError(f"{where}, {label}: expected points as x,y in pixels, got {brief(points.get('points'))}")
        return label, (x, y, 1 if occluded else 2)

    def _flag(self, points: Any, field: str, where: str) -> bool:
        value = points.get(field, "0")
        if value not in ("0", "1"):
            raise LabelError(f"{where}: expected {field} 0 or 1, got {brief(value)}")
        return bool(value == "1")

    def _integer(self, text: str | None, where: str, limit: int) -> int:
        if text is None or not text.isascii() or not text.isdigit() or len(text) > 12 or int(text) >= limit:
            raise LabelError(f"{where}: expected an integer from 0 to {limit - 1}, got {brief(text)}")
        return int(text)
