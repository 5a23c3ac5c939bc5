"""Files of other tools in which people edit labels: written, recognised by content, and read back."""

import dataclasses
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from poseloom.infra.labels.files import SIZE_LIMIT_BYTES, LabelFile, label_files
from poseloom.infra.labels.read import is_posetrack, parse_json
from poseloom.infra.labels.sleap import FORMAT as SLEAP_FORMAT
from poseloom.infra.labels.sleap import NEW_TRACKS, read_sleap, write_sleap
from poseloom.schemas.edit_format import EditFormat
from poseloom.schemas.editing import RECORD_FIELD, Edited, ExportRecord
from poseloom.schemas.errors import InputError, LabelError
from poseloom.schemas.formats import coco_reading, posetrack_reading
from poseloom.schemas.formats.coco import read_coco, write_coco
from poseloom.schemas.formats.cvat import read_cvat, write_cvat
from poseloom.schemas.formats.extras import unpack
from poseloom.schemas.formats.frame_numbers import folder_of
from poseloom.schemas.formats.labelstudio import read_labelstudio, write_labelstudio
from poseloom.schemas.formats.posetrack import read_posetrack, write_posetrack
from poseloom.schemas.formats.posetrack_ids import SequenceIds
from poseloom.schemas.labels import FrameLabel, LabelSet
from poseloom.schemas.video import Video

_CVAT_MEMBER = "annotations.xml"


def write_edited(labels: LabelSet, video: Video, record: ExportRecord, form: EditFormat) -> bytes:
    """The labels of the record's frames as a file to edit.

    Raises:
        LabelError: The format cannot hold them.
    """
    frames = listed_frames(labels, video, record)
    cut = dataclasses.replace(
        labels, instances=labels.instances.in_frames(record.start_frame, record.end_frame), frames=frames
    )
    match form:
        case EditFormat.CVAT:
            return write_cvat(cut, video, record)
        case EditFormat.SLP:
            return write_sleap(cut, video, record)
        case EditFormat.LABELSTUDIO:
            return _json(write_labelstudio(cut, video, record))
        case EditFormat.COCO:
            document = write_coco([cut])
        case EditFormat.POSETRACK:
            document = write_posetrack(cut)
    for image in document["images"]:
        image |= {"width": video.width, "height": video.height}
    return _json(document | {RECORD_FIELD: record.model_dump()})


def listed_frames(labels: LabelSet, video: Video, record: ExportRecord) -> tuple[FrameLabel, ...]:
    """The pictures that an export lists: by the names their label file gave if it named all of them."""
    wanted = range(record.start_frame, record.end_frame)
    given = {frame.frame_index: frame for frame in labels.frames}
    if given.keys() >= set(wanted):
        return tuple(given[i] for i in wanted)
    ids = SequenceIds.of(video.name, video.frame_count)
    numbered = ((i, ids.first_image_id + i, f"{ids.folder}/{i:06d}.jpg") for i in wanted)
    return tuple(
        dataclasses.replace(given[i], image_id=image_id, file_name=file_name)
        if i in given
        else FrameLabel(i, image_id, file_name)
        for i, image_id, file_name in numbered
    )


def edit_files(uri: str) -> Iterator[LabelFile]:
    """The files at a path or URI; of a ZIP archive, as CVAT gives, its ``annotations.xml``.

    Raises:
        InputError: Nothing readable there, or an archive without that file.
    """
    for file in label_files(uri):
        yield LabelFile(file.uri, _unpacked(file)) if zipfile.is_zipfile(io.BytesIO(file.data)) else file


def _unpacked(file: LabelFile) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
            member = archive.getinfo(_CVAT_MEMBER)
            if member.file_size > SIZE_LIMIT_BYTES:
                raise InputError(f"{file.uri}: expected at most {SIZE_LIMIT_BYTES} bytes, got {member.file_size}")
            return archive.read(member)
    except KeyError:
        raise InputError(f"expected {_CVAT_MEMBER} in {file.uri}, got a ZIP archive without it") from None
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error) as error:
        raise InputError(f"expected a readable ZIP archive at {file.uri}, got {error}") from error


def read_edited(file: LabelFile, form: EditFormat | None = None) -> list[Edited]:
    """What a file says of each of its videos; without a format its content tells it.

    Raises:
        LabelError: Not such a file; says where.
    """
    form = form or format_of(file)
    if form == EditFormat.CVAT:
        return [read_cvat(_elements(file), file.name)]
    if form == EditFormat.SLP:
        return [_with_record(labels, SLEAP_FORMAT) for labels in read_sleap(file)]
    document = parse_json(file)
    if form == EditFormat.LABELSTUDIO:
        return read_labelstudio(document, file.name)
    if form == EditFormat.POSETRACK:
        return [_with_record(read_posetrack(document, file.name), posetrack_reading.FORMAT)]
    return [_with_record(labels, coco_reading.FORMAT) for labels in read_coco(document, file.name)]


def format_of(file: LabelFile) -> EditFormat:
    """The format that a file's content tells.

    Raises:
        LabelError: None of them.
    """
    if file.data.startswith(b"\x89HDF\r\n\x1a\n"):
        return EditFormat.SLP
    if file.data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        return EditFormat.CVAT
    document = parse_json(file)
    if isinstance(document, list):
        return EditFormat.LABELSTUDIO
    record = ExportRecord.of(document.get(RECORD_FIELD), file.name) if isinstance(document, dict) else None
    if record and record.format in (EditFormat.COCO, EditFormat.POSETRACK):
        return EditFormat(record.format)
    return EditFormat.POSETRACK if isinstance(document, dict) and is_posetrack(document) else EditFormat.COCO


def _elements(file: LabelFile) -> Iterator[Any]:
    """The elements of an XML file, each when it ends; without a document type there are no entities to expand."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    try:
        for _, element in iterparse(io.BytesIO(file.data), events=("end",), forbid_dtd=True):
            yield element
    except DefusedXmlException as error:
        raise LabelError(f"{file.name}: expected XML without a document type, got {error}") from None
    except (ParseError, LookupError, ValueError) as error:
        raise LabelError(f"{file.name}: expected XML, got {error}") from None


def _with_record(labels: LabelSet, origin: str) -> Edited:
    fields = unpack(origin, labels.extra)[0] or {}
    record = ExportRecord.of(fields.get(RECORD_FIELD), labels.name)
    listed = frozenset(frame.frame_index for frame in labels.frames)
    frames = listed or frozenset(labels.instances.frame_index.tolist())
    if record is None:
        folder = folder_of(labels.frames[0].file_name).rpartition("/")[2] if labels.frames else ""
        return Edited(labels, tuple(name for name in (labels.name, folder) if name), frames=frames)
    if origin == SLEAP_FORMAT:  # frames in which nobody is left are not in a project
        frames = record.frames
    new = frozenset(fields.get(NEW_TRACKS, ()))
    return Edited(labels, (record.video,), record.video_id, record.release, frames, new)


def _json(document: Any) -> bytes:
    try:
        return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError as error:
        raise LabelError(f"expected numbers that JSON can hold, got {error}") from None
