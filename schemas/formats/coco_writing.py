"""Label sets to one COCO keypoints dataset."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.categories import categories_for, layout_for
from poseloom.schemas.formats.coco_reading import FORMAT
from poseloom.schemas.formats.extras import unpack
from poseloom.schemas.formats.images import check_frames_in_video
from poseloom.schemas.formats.keypoints import COCO_FLAGS
from poseloom.schemas.formats.people import (
    flag_triples,
    flat_rows,
    own_id,
    put_count,
    put_keypoints,
    put_known,
    score_rows,
)
from poseloom.schemas.formats.rows import Json
from poseloom.schemas.labels import LabelSet
from poseloom.schemas.skeleton import AREA_OF_BOX
from poseloom.schemas.video import Video


def write_coco_dataset(label_sets: Sequence[LabelSet], videos: Mapping[str, Video]) -> Json:
    """The dataset document of label sets of one skeleton, with the videos some of them belong to by name.

    Typed columns are what is written; extras of a COCO file add its other fields. All frames of a
    given video are listed. Images and people that bring no id of their own get the next free one;
    pictures without a name are ``<label set>/<frame>.jpg``. People with keypoints that a model
    placed get `scores`, as in PoseTrack; COCO has no place for head boxes, person ids and ignore
    regions: they are left out.

    Raises:
        LabelError: No label set, several skeletons, file-level fields that differ, or people outside
            their video.
    """
    if len({labels.skeleton.name for labels in label_sets}) != 1:
        found = ", ".join(sorted({labels.skeleton.name for labels in label_sets})) or "nothing"
        raise LabelError(f"expected label sets of one skeleton for a COCO file, got {found}")
    fields = _file_fields(label_sets)
    categories = fields["categories"] if fields is not None else categories_for(label_sets[0].skeleton)
    image_ids = _Ids(frame.image_id for labels in label_sets for frame in labels.frames)
    own = (own_id(unpack(FORMAT, extra)[0]) for labels in label_sets for extra in labels.instances.extra)
    person_ids = _Ids(i for i in own if i >= 0)
    images: list[tuple[float, Json]] = []
    people: list[tuple[float, Json]] = []
    for labels in label_sets:
        written = _images(labels, videos.get(labels.name), image_ids)
        images += [(position, image) for position, image in written.values()]
        ids_by_frame = {index: int(image["id"]) for index, (_, image) in written.items()}
        people += _people(labels, ids_by_frame, categories, person_ids)
    return {"categories": categories, **(fields or {}), "images": _in_order(images), "annotations": _in_order(people)}


def _file_fields(label_sets: Sequence[LabelSet]) -> Json | None:
    """File-level fields of the COCO file that the label sets came from; None when there was none."""
    fields = unpack(FORMAT, label_sets[0].extra)[0]
    for labels in label_sets:
        if unpack(FORMAT, labels.extra)[0] != fields:
            first = label_sets[0].name
            raise LabelError(
                f"expected label sets of one COCO file, got other file fields in {labels.name} than {first}"
            )
    return fields


def _images(labels: LabelSet, video: Video | None, ids: "_Ids") -> dict[int, tuple[float, Json]]:
    """By frame index: position in the file it came from (infinity for none) and image."""
    needed = set(labels.instances.frame_index.tolist())
    images: dict[int, tuple[float, Json]] = {}
    for frame in labels.frames:
        fields, as_read = unpack(FORMAT, frame.extra)
        file_name = frame.file_name or _file_name(labels, frame.frame_index)
        image = {**(fields or {}), "id": ids.next(frame.image_id), "file_name": file_name}
        images[frame.frame_index] = as_read.get("position", np.inf), image
    if video is not None:
        check_frames_in_video(np.array([*needed, *images], dtype=np.int32), video.frame_count, labels.name)
        needed |= set(range(video.frame_count))
    for index in sorted(needed - images.keys()):
        images[index] = np.inf, {"id": ids.next(), "file_name": _file_name(labels, index)}
    if video is not None:
        for _, image in images.values():
            image |= {"width": video.width, "height": video.height}
    return images


def _file_name(labels: LabelSet, frame_index: int) -> str:
    return f"{labels.name}/{frame_index:06d}.jpg"


def _people(
    labels: LabelSet, image_of: Mapping[int, int], categories: list[Json], ids: "_Ids"
) -> Iterator[tuple[float, Json]]:
    instances = labels.instances
    layout = layout_for(labels.skeleton, categories, labels.name)
    unpacked = [unpack(FORMAT, extra) for extra in instances.extra]
    as_read = [a for _, a in unpacked]
    keypoints = flat_rows(flag_triples(instances, as_read, COCO_FLAGS), layout.to_file)
    scores: list[list[float]] = score_rows(instances, as_read)[:, list(layout.to_file)].tolist()
    scored = np.any(~np.isnan(instances.score), axis=1)
    labelled = (instances.visibility > 0).sum(axis=1).tolist()
    for row, (fields, read) in enumerate(unpacked):
        person: Json = dict(fields) if fields is not None else _new_person(layout.category_id, instances.bbox_xywh[row])
        if fields is None or "id" in fields:
            person["id"] = ids.next(own_id(fields))
        person["image_id"] = image_of[int(instances.frame_index[row])]
        track_id, box = int(instances.track_id[row]), instances.bbox_xywh[row]
        put_known(person, read, "track_id", track_id, blank=track_id < 0)
        put_known(person, read, "bbox", box.tolist(), blank=bool(np.isnan(box).any()))
        put_keypoints(person, read, keypoints[row], labelled[row])
        put_known(person, read, "scores", scores[row], blank=not scored[row])
        put_count(person, read, labelled[row])
        yield read.get("position", np.inf), person


def _new_person(category_id: int, box: np.ndarray) -> Json:
    """Fields that COCO's tools require of every annotation; the area is that of OKS without segmentation."""
    area = 0.0 if np.isnan(box).any() else float(AREA_OF_BOX * box[2] * box[3])
    return {"category_id": category_id, "iscrowd": 0, "area": area, "num_keypoints": 0}


def _in_order(items: list[tuple[float, Json]]) -> list[Json]:
    return [item for _, item in sorted(items, key=lambda pair: pair[0])]


class _Ids:
    """Gives every id once: the own one where it is free, else the smallest that nobody brings."""

    def __init__(self, brought: Iterator[int]) -> None:
        self._brought = set(brought)
        self._used: set[int] = set()
        self._last = 0

    def next(self, own: int = -1) -> int:
        chosen = own
        if own < 0 or own in self._used:
            self._last += 1
            while self._last in self._brought:
                self._last += 1
            chosen = self._last
        self._used.add(chosen)
        return chosen
