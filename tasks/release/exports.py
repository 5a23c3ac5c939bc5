"""JSON files of a release, derived from its tables."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from poseloom.schemas.labels import LabelSet
from poseloom.schemas.ports import Store
from poseloom.schemas.release import Manifest, VideoEntry
from poseloom.schemas.skeleton import POSETRACK, conversion
from poseloom.schemas.video import Video
from poseloom.tasks.release.layout import object_key
from poseloom.tasks.release.tables import label_set, read_parquet

Export = Callable[[LabelSet, Video], bytes]
"""Bytes of one file from the kept labels of one video."""


def default_exports() -> dict[str, Export]:
    """The exports of every release, by their folder under ``json/``."""
    from poseloom.schemas.formats.coco import write_coco
    from poseloom.schemas.formats.posetrack import write_posetrack

    return {
        "posetrack21": lambda labels, video: _bytes(write_posetrack(_as_posetrack(labels), video)),
        "coco": lambda labels, video: _bytes(write_coco([labels], {labels.name: video})),
    }


def exported_files(store: Store, manifest: Manifest, exports: dict[str, Export]) -> Iterator[tuple[str, bytes]]:
    """Paths within the release folder and bytes of all exports, one video in memory at a time."""
    names = sequence_names(manifest)
    for entry in manifest.videos:
        labels = _labels(store, entry)
        for kind, export in exports.items():
            yield f"json/{kind}/{names[entry.video_id]}.json", export(labels, entry.video())


def sequence_names(manifest: Manifest) -> dict[str, str]:
    """File names of the videos by id: their names as safe file names, with the id where two would clash."""
    safe = {entry.video_id: _file_name(entry.name) for entry in manifest.videos}
    uses = Counter(name.casefold() for name in safe.values())
    return {i: name if name and uses[name.casefold()] == 1 else f"{name}-{i}".lstrip("-") for i, name in safe.items()}


def _file_name(name: str) -> str:
    plain = unicodedata.normalize("NFC", name)
    return re.sub(r"[^\w.-]+", "_", plain).strip("._-")[:40]


def _labels(store: Store, entry: VideoEntry) -> LabelSet:
    tables = (("labels", entry.labels.sha256), ("frames", entry.frames.sha256))
    labels, frames = (read_parquet(store.read(object_key(kind, sha256))) for kind, sha256 in tables)
    return label_set(labels, frames)


def _as_posetrack(labels: LabelSet) -> LabelSet:
    how = conversion(labels.skeleton, POSETRACK)
    return labels if labels.skeleton == POSETRACK else replace(labels, instances=labels.instances.convert(how))


def _bytes(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
