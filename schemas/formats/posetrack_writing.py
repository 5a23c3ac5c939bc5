"""Label sets to PoseTrack18/21 JSON."""

import dataclasses
from collections import Counter
from pathlib import PurePosixPath

import numpy as np

from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.categories import Layout, categories_for, layout_for
from poseloom.schemas.formats.extras import unpack
from poseloom.schemas.formats.frame_numbers import folder_of
from poseloom.schemas.formats.images import check_frames_in_video
from poseloom.schemas.formats.keypoints import (
    POSETRACK_FLAGS,
    POSETRACK_FLAGS_012,
    Flags,
)
from poseloom.schemas.formats.people import (
    flag_triples,
    flat_rows,
    own_id,
    put_count,
    put_keypoints,
    put_known,
    score_rows,
)
from poseloom.schemas.formats.posetrack_ids import PersonIds, SequenceIds
from poseloom.schemas.formats.posetrack_reading import FORMAT
from poseloom.schemas.formats.rows import Json
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import FrameLabel, LabelSet
from poseloom.schemas.skeleton import POSETRACK
from poseloom.schemas.video import Video


def write_posetrack(labels: LabelSet, video: Video | None = None) -> Json:
    """The PoseTrack document of a label set.

    Typed columns are what is written; extras of a PoseTrack file add its other fields. Coordinates
    are floats. A keypoint without a score in a person with scores is a person's and gets 1.

    With a video this is an export for PoseTrack21's readers: every frame is listed with all fields
    they need, and `is_labeled` and `has_labeled_person` follow the people. Unknown boxes, head boxes
    and track ids stay absent; `person_id` is -1 for people that did not come from PoseTrack.

    Raises:
        LabelError: Another skeleton, or people outside the video.
    """
    if labels.skeleton != POSETRACK:
        raise LabelError(f"{labels.name}: expected instances of {POSETRACK.name}, got {labels.skeleton.name}")
    fields, as_read = unpack(FORMAT, labels.extra)
    document = dict(fields or {})
    if fields is None or video is not None:
        document.setdefault("categories", categories_for(POSETRACK))
    layout = layout_for(POSETRACK, document.get("categories"), labels.name)
    frames = _frames(labels, video)
    flags = POSETRACK_FLAGS_012 if as_read.get("flags") == "012" else POSETRACK_FLAGS
    images = _images(labels, frames, video)
    return {"images": images, "annotations": _people(labels.instances, frames, layout, flags)} | document


def _frames(labels: LabelSet, video: Video | None) -> tuple[FrameLabel, ...]:
    """Listed frames in file order, or all needed frames by index where some were not listed."""
    listed = {frame.frame_index: frame for frame in labels.frames}
    needed = set(labels.instances.frame_index.tolist())
    if video is not None:
        check_frames_in_video(np.array([*needed, *listed], dtype=np.int32), video.frame_count, labels.name)
        needed |= set(range(video.frame_count))
    missing = needed - listed.keys()
    if not missing:
        return labels.frames
    ids = SequenceIds.of(labels.name, max(needed | listed.keys()) + 1)
    offsets = {frame.image_id - frame.frame_index for frame in labels.frames}
    first_id = offsets.pop() if len(offsets) == 1 else ids.first_image_id
    if {first_id + index for index in missing} & {frame.image_id for frame in labels.frames}:
        first_id = max(frame.image_id for frame in labels.frames) + 1
    folder = folder_of(labels.frames[0].file_name) if labels.frames else ids.folder
    new = [FrameLabel(i, first_id + i, f"{folder}/{i:06d}.jpg") for i in sorted(needed | listed.keys())]
    return tuple(_numbered(listed[frame.frame_index], frame) if frame.frame_index in listed else frame for frame in new)


def _numbered(listed: FrameLabel, numbered: FrameLabel) -> FrameLabel:
    """The listed frame; named by its number where its own name would be misread beside numbered ones."""
    is_numbered = PurePosixPath(listed.file_name).stem == f"{listed.frame_index:06d}"
    return listed if is_numbered else dataclasses.replace(listed, file_name=numbered.file_name)


def _images(labels: LabelSet, frames: tuple[FrameLabel, ...], video: Video | None) -> list[Json]:
    people = Counter(labels.instances.frame_index.tolist())
    with_keypoints = set(labels.instances.frame_index[(labels.instances.visibility > 0).any(axis=1)].tolist())
    count = video.frame_count if video else max((frame.frame_index for frame in frames), default=-1) + 1
    vid_id = SequenceIds.of(labels.name, count).vid_id
    images = []
    for frame in frames:
        image, from_file = _image(frame)
        if video is not None or not from_file:
            image["is_labeled"] = frame.frame_index in with_keypoints
            image["has_labeled_person"] = people[frame.frame_index] > 0
            image["nframes"] = count
            image = {"frame_id": frame.image_id, "vid_id": vid_id, **_regions(frame), **image}
        if video is not None:
            image |= {"width": video.width, "height": video.height}
        images.append(image)
    return images


def _image(frame: FrameLabel) -> tuple[Json, bool]:
    """The image as its file said it, and whether there was a file."""
    fields, as_read = unpack(FORMAT, frame.extra)
    image = {**(fields or {}), "id": frame.image_id, "file_name": frame.file_name}
    if "is_labeled" not in as_read or not frame.is_labeled:
        image["is_labeled"] = frame.is_labeled
    form = as_read.get("ignore_regions", "nested")
    if form == "flat" and len(frame.ignore_regions) == 1:
        polygon = frame.ignore_regions[0]
        image |= {"ignore_regions_x": [x for x, _ in polygon], "ignore_regions_y": [y for _, y in polygon]}
    elif form is not None or frame.ignore_regions:
        image |= _regions(frame)
    return image, fields is not None


def _regions(frame: FrameLabel) -> Json:
    return {
        f"ignore_regions_{axis}": [[point[i] for point in polygon] for polygon in frame.ignore_regions]
        for i, axis in enumerate("xy")
    }


def _people(instances: Instances, frames: tuple[FrameLabel, ...], layout: Layout, flags: Flags) -> list[Json]:
    unpacked = [unpack(FORMAT, extra) for extra in instances.extra]
    as_read = [a for _, a in unpacked]
    keypoints = flat_rows(flag_triples(instances, as_read, flags), layout.to_file)
    scores: list[list[float]] = score_rows(instances, as_read)[:, list(layout.to_file)].tolist()
    labelled = (instances.visibility > 0).sum(axis=1).tolist()
    scored = np.any(~np.isnan(instances.score), axis=1)
    image_of = {frame.frame_index: frame.image_id for frame in frames}
    image_ids = [image_of[index] for index in instances.frame_index.tolist()]
    ids = PersonIds([own_id(fields) for fields, _ in unpacked], max(Counter(image_ids).values(), default=0))
    people = []
    for row, (fields, read) in enumerate(unpacked):
        person: Json = dict(fields) if fields is not None else {"category_id": layout.category_id, "person_id": -1}
        if fields is None or "id" in fields:
            person["id"] = ids.next(own_id(fields), image_ids[row])
        person["image_id"] = image_ids[row]
        _put_columns(person, read, instances, row)
        put_keypoints(person, read, keypoints[row], labelled[row])
        if scored[row] or (read.get("scores") and not labelled[row]):
            person["scores"] = scores[row]
        elif read.get("scores") == []:
            person["scores"] = []
        put_count(person, read, labelled[row])
        people.append(person)
    return people


def _put_columns(person: Json, read: Json, instances: Instances, row: int) -> None:
    track_id, person_id = int(instances.track_id[row]), int(instances.person_id[row])
    put_known(person, read, "track_id", track_id, blank=track_id < 0)
    put_known(person, read, "person_id", person_id, blank=person_id < 0)
    for field, box in (("bbox", instances.bbox_xywh[row]), ("bbox_head", instances.head_xywh[row])):
        put_known(person, read, field, box.tolist(), blank=bool(np.isnan(box).any()))
