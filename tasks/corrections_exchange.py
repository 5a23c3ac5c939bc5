"""Corrections made in other tools: a release's labels out, what a person changed in them back in."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import ValidationError

from poseloom.infra.labels import (
    LabelFile,
    check_size,
    edit_files,
    format_of,
    listed_frames,
    read_edited,
    write_edited,
)
from poseloom.models.differences import difference
from poseloom.schemas.correction import Correction, Edit
from poseloom.schemas.edit_format import EditFormat
from poseloom.schemas.editing import Edited, ExportRecord
from poseloom.schemas.errors import InputError, LabelError
from poseloom.schemas.formats.frame_numbers import is_numbered
from poseloom.schemas.formats.images import check_frames_in_video
from poseloom.schemas.frame_tables import frames_from_table
from poseloom.schemas.ids import TRACK_ID_LIMIT
from poseloom.schemas.instances import UNLINKED, Instances, keypoint_extents
from poseloom.schemas.labels import FrameLabel, LabelSet
from poseloom.schemas.ports import Store
from poseloom.schemas.release import VideoEntry
from poseloom.schemas.tables import from_table
from poseloom.tasks.release import show_release
from poseloom.tasks.release.layout import object_key
from poseloom.tasks.release.tables import read_parquet

UNTOUCHED_PX = 0.01
"""Nobody moves a keypoint by less; tools that round to two decimals do."""
_BOX_PX = 1.0


@dataclass(frozen=True)
class Change:
    """What one file changes in one video.

    Attributes:
        uri: The file.
        video: Name of the video.
        correction: The edits; None where nothing changed.
        frames: Frames that the file is about.
        boxes: People whose box was changed there, which no correction can say yet.
    """

    uri: str
    video: VideoEntry
    correction: Correction | None
    frames: frozenset[int]
    boxes: int


def export_labels(
    store: Store, version: str, video: str, form: EditFormat, frames: tuple[int, int] | None = None
) -> tuple[ExportRecord, bytes]:
    """A file with the labels of one video of a release, those that its rules drop included, to edit elsewhere.

    Args:
        store: The workspace.
        version: Version of the release, or ``"latest"``.
        video: Name of the video or its id; may be empty where there is only one.
        form: Format of the file.
        frames: Half-open frame range; all frames without.

    Raises:
        InputError: No such video or frames.
        LabelError: The format cannot hold these labels.
        ReleaseError: No such release.
    """
    shown = show_release(store, version)
    entry = _entry(shown.manifest.videos, (video,) if video else ())
    start, end = frames or (0, entry.frame_count)
    if not 0 <= start < end <= entry.frame_count:
        raise InputError(f"expected frames within 0:{entry.frame_count} of {entry.name}, got {start}:{end}")
    labels = _labels(store, entry)
    record = _record(entry, shown.release.version, form, labels, start, end)
    return record, write_edited(labels, entry.video(), record, form)


def read_changes(
    store: Store,
    uris: Sequence[str],
    annotator: str,
    form: EditFormat | None = None,
    base: str | None = None,
    video: str = "",
) -> list[Change]:
    """What people changed in files from other tools, against the release that each was exported from.

    Nothing is stored. Only what differs from what the file's format shows of the release counts, so
    neither rounding nor a flag that the format lacks is an edit.

    Args:
        store: The workspace.
        uris: Paths or URIs of the files.
        annotator: Who edited them.
        form: Their format; their content tells it without.
        base: Version they were exported from, for files that no longer say.
        video: Name or id of their video, for files that no longer say.

    Raises:
        InputError: Not readable, no such video, no release named, or two files about the same frames.
        LabelError: Malformed, or labels that cannot be of the video; names file and place.
        ReleaseError: No such release.
    """
    changes: list[Change] = []
    for uri in uris:
        for file in edit_files(uri):
            found = form or format_of(file)
            for edited in read_edited(file, found):
                change = _change(store, file, found, edited, annotator, base, video)
                _check_apart(change, changes)
                changes.append(change)
    return changes


def _change(
    store: Store, file: LabelFile, form: EditFormat, edited: Edited, annotator: str, base: str | None, video: str
) -> Change:
    if base is not None and edited.release not in (None, base):
        raise InputError(f"{file.uri}: expected an export of release {base}, got one of {edited.release}")
    version = base or edited.release
    if version is None:
        raise InputError(f"{file.uri}: expected --base, the release it was exported from: the file does not say")
    shown = show_release(store, version)
    wanted = (video,) if video else (edited.video_id,) if edited.video_id else edited.names
    entry = _entry(shown.manifest.videos, wanted, f"{file.uri}: ")
    labels = _labels(store, entry)
    after, frames = _placed(edited, labels, entry, file.uri)
    record = _record(entry, shown.release.version, form, labels, min(frames), max(frames) + 1)
    seen = _seen(labels, entry, record, form, frames)
    after = _renumbered(after, edited.new_tracks, labels.instances, file.uri)
    edits = difference(labels.instances, after, seen, UNTOUCHED_PX)
    correction = _correction(entry, annotator, edits, shown.release.version, form) if edits else None
    return Change(file.uri, entry, correction, frames, _changed_boxes(seen, after))


def _correction(entry: VideoEntry, annotator: str, edits: list[Edit], version: str, form: EditFormat) -> Correction:
    try:
        return Correction(
            video_id=entry.video_id,
            annotator=annotator,
            edits=tuple(edits),
            base_release=version,
            note=f"imported from {form.value}",
        )
    except ValidationError as error:
        raise InputError(f"expected a correction, got {error.errors()[0]['msg']}: annotator {annotator!r}") from None


def _entry(entries: Sequence[VideoEntry], wanted: Sequence[str], where: str = "") -> VideoEntry:
    """The video that the first of the names (or ids) that any video has belongs to; the only one without names."""
    if not wanted and len(entries) == 1:
        return entries[0]
    for name in wanted:
        found = [entry for entry in entries if name in (entry.name, entry.video_id)]
        if len(found) > 1:
            raise InputError(f"{where}expected one video named {name}, got {', '.join(e.video_id for e in found)}")
        if found:
            return found[0]
    known = ", ".join(entry.name for entry in entries[:8]) + (" …" if len(entries) > 8 else "")
    raise InputError(f"{where}expected a video of the release ({known}), got {' or '.join(wanted) or 'no name'}")


def _labels(store: Store, entry: VideoEntry) -> LabelSet:
    frames, _, extra = frames_from_table(read_parquet(store.read(object_key("frames", entry.frames.sha256))))
    table = read_parquet(store.read(object_key("labels", entry.labels.sha256)))
    return LabelSet(entry.name, from_table(table), frames, extra)


def _record(entry: VideoEntry, version: str, form: EditFormat, labels: LabelSet, start: int, end: int) -> ExportRecord:
    return ExportRecord(
        video=entry.name,
        video_id=entry.video_id,
        format=form.value,
        release=version,
        skeleton=labels.skeleton.name,
        start_frame=start,
        end_frame=end,
    )


def _placed(edited: Edited, base: LabelSet, entry: VideoEntry, uri: str) -> tuple[Instances, frozenset[int]]:
    """The people in frames of the video, and the frames that the file is about.

    Raises:
        LabelError: They cannot be of this video and release.
    """
    if edited.labels.skeleton != base.skeleton:
        raise LabelError(f"{uri}: expected keypoints of {base.skeleton.name}, got {edited.labels.skeleton.name}")
    check_size(edited.labels, entry.video())
    moved = _frames_by_picture(edited.labels.frames, base, entry, uri)
    people = edited.labels.instances
    people = people.replace(frame_index=np.array([moved.get(f, f) for f in people.frame_index.tolist()], np.int32))
    check_frames_in_video(people.frame_index, entry.frame_count, f"{uri} ({entry.name})")
    if edited.frames is None:
        raise InputError(f"{uri}: expected a file that says which frames it is about, got none: export it again")
    frames = frozenset(moved.get(frame, frame) for frame in edited.frames)
    if not frames:
        raise LabelError(f"{uri}: expected frames, got none")
    check_frames_in_video(np.array(sorted(frames), np.int64), entry.frame_count, f"{uri} ({entry.name})")
    outside = ~np.isin(people.frame_index, sorted(frames))
    if outside.any():
        raise LabelError(f"{uri}: expected people in frames {_span(frames)}, got {people.frame_index[outside][0]}")
    nobody = np.flatnonzero(people.track_id == UNLINKED)
    if nobody.size:
        raise LabelError(f"{uri}: expected a track id for everybody, got none in frame {people.frame_index[nobody[0]]}")
    if (people.track_id >= TRACK_ID_LIMIT).any():
        raise LabelError(f"{uri}: expected track ids below {TRACK_ID_LIMIT}, got {people.track_id.max()}")
    LabelSet(uri, people).check_unique_tracks()
    return people, frames


def _frames_by_picture(listed: Sequence[FrameLabel], base: LabelSet, entry: VideoEntry, uri: str) -> dict[int, int]:
    """Frame as read → frame of the video, for pictures that the release knows by name."""
    names = [frame.file_name for frame in listed]
    if is_numbered(names):
        return {}
    known = {frame.file_name: frame.frame_index for frame in base.frames}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise LabelError(f"{uri}: expected pictures of {entry.name}, got {unknown[0]!r}")
    return {frame.frame_index: known[frame.file_name] for frame in listed}


def _seen(
    labels: LabelSet, entry: VideoEntry, record: ExportRecord, form: EditFormat, frames: frozenset[int]
) -> Instances:
    """The release as the format shows it, in these frames."""
    data = write_edited(labels, entry.video(), record, form)
    (shown,) = read_edited(LabelFile(entry.name, data), form)
    names = [frame.file_name for frame in shown.labels.frames]
    people = shown.labels.instances
    if not is_numbered(names):
        known = {f.file_name: f.frame_index for f in listed_frames(labels, entry.video(), record)}
        moved = {f.frame_index: known[f.file_name] for f in shown.labels.frames}
        people = people.replace(frame_index=np.array([moved[f] for f in people.frame_index.tolist()], np.int32))
    return people.select(np.isin(people.frame_index, sorted(frames)))


def _renumbered(after: Instances, new: frozenset[int], base: Instances, uri: str) -> Instances:
    """New people under ids that nobody in the video has."""
    if not new:
        return after
    is_new = np.isin(after.track_id, sorted(new))
    used = [*base.track_id.tolist(), *after.track_id[~is_new].tolist(), -1]
    ids = {track: max(used) + 1 + place for place, track in enumerate(sorted(new))}
    if max(ids.values()) >= TRACK_ID_LIMIT:
        raise LabelError(f"{uri}: expected track ids below {TRACK_ID_LIMIT}, got none left for new people")
    tracks = [ids.get(track, track) for track in after.track_id.tolist()]
    return after.replace(track_id=np.array(tracks, np.int32)).sorted()


def _changed_boxes(seen: Instances, after: Instances) -> int:
    """People whose box was moved on purpose: it is neither the one shown nor the extent of their keypoints."""
    shown = dict(zip(_people(seen), seen.bbox_xywh, strict=True))
    extents = keypoint_extents(after.keypoints_xy, after.visibility)
    changed = 0
    for key, box, extent in zip(_people(after), after.bbox_xywh, extents, strict=True):
        before = shown.get(key)
        if before is None or np.isnan(box).any() or np.isnan(before).any():
            continue
        changed += bool(np.abs(box - before).max() > _BOX_PX and not np.abs(box - extent).max() <= _BOX_PX)
    return changed


def _people(labels: Instances) -> list[tuple[int, int]]:
    return list(zip(labels.frame_index.tolist(), labels.track_id.tolist(), strict=True))


def _check_apart(change: Change, others: Sequence[Change]) -> None:
    for other in others:
        shared = change.frames & other.frames if change.video.video_id == other.video.video_id else frozenset()
        if shared:
            raise InputError(
                f"expected each frame of {change.video.name} in one file, got frame {min(shared)} in {other.uri} "
                f"and {change.uri}"
            )


def _span(frames: frozenset[int]) -> str:
    return f"{min(frames)}:{max(frames) + 1}"
