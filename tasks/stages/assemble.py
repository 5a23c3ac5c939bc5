"""Assemble: the dense labels of a video → rule verdicts → its tables of the release."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from poseloom.infra.storage import open_store
from poseloom.models.blame import blame
from poseloom.models.rules import verdicts
from poseloom.schemas.formats.posetrack_ids import SequenceIds
from poseloom.schemas.frame_tables import frames_to_table
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import FrameLabel
from poseloom.schemas.ports import Store
from poseloom.schemas.provenance import Source
from poseloom.schemas.release import VideoEntry
from poseloom.schemas.rules import RuleSet
from poseloom.schemas.skeleton import Skeleton, skeleton_named
from poseloom.schemas.tables import provenance_table, to_table
from poseloom.schemas.video import Video
from poseloom.tasks.corrections import read_corrections
from poseloom.tasks.imports import read_frame_table
from poseloom.tasks.release.tables import VideoLabels, store_video
from poseloom.tasks.stages.shard import Done
from poseloom.tasks.tables import read_instances
from poseloom.tasks.videos import read_index


@dataclass(frozen=True)
class AssembleItem:
    """One video to assemble.

    Attributes:
        key: Store key of its manifest entry.
        video: The video.
        dense_keys: Store keys of its dense labels, in frame order.
        imported_key: Key of its imported labels, if any.
        corrections: How many corrections of its log are applied.
        skeleton: Skeleton of the labels.
        missing: Half-open frame ranges whose shards failed.
    """

    key: str
    video: Video
    dense_keys: tuple[str, ...]
    imported_key: str | None
    corrections: int
    skeleton: str
    missing: tuple[tuple[int, int], ...]

    @property
    def name(self) -> str:
        """How reports name it."""
        return self.video.name


@dataclass(frozen=True)
class Assemble:
    """The stage that judges a video's labels and stores its tables.

    Attributes:
        actors: Who placed keypoints of each machine source.
    """

    store_uri: str
    rules: RuleSet
    actors: tuple[tuple[Source, str], ...]
    name: str = "assemble"

    def open(self) -> Callable[[AssembleItem], Done]:
        """Nothing to load but the store."""
        store = open_store(self.store_uri)

        def run(item: AssembleItem) -> Done:
            start = time.perf_counter()
            entry = store_video(store, self._labels(store, item))
            store.write(item.key, entry.model_dump_json().encode())
            return Done(item.key, time.perf_counter() - start)

        return run

    def _labels(self, store: Store, item: AssembleItem) -> VideoLabels:
        skeleton = skeleton_named(item.skeleton)
        labels = _labelled(Instances.concat(list(_parts(store, item, skeleton)))).sorted()
        judged = verdicts(labels, item.video.width, item.video.height, self.rules)
        table = to_table(labels)
        for name in judged.column_names:
            table = table.append_column(judged.schema.field(name), judged.column(name))
        blamed = blame(read_corrections(store, item.video.video_id, item.corrections), skeleton)
        return VideoLabels(
            video=item.video,
            labels=table,
            provenance=provenance_table(labels, dict(self.actors), blamed),
            frames=_frame_table(store, item),
            missing=item.missing,
        )


def read_entry(store: Store, key: str) -> VideoEntry:
    """The manifest entry that the assemble stage stored under that key."""
    return VideoEntry.model_validate_json(store.read(key))


def _frame_table(store: Store, item: AssembleItem) -> pa.Table | None:
    """What the label file said of the frames; of an image folder without labels, the names of its pictures."""
    if item.imported_key:
        return read_frame_table(store, item.imported_key)
    names = read_index(store, item.video.video_id).frame_names
    if not names:
        return None
    ids = SequenceIds.of(item.video.name, len(names))
    frames = (FrameLabel(i, ids.first_image_id + i, f"{ids.folder}/{name}") for i, name in enumerate(names))
    return frames_to_table(tuple(frames), item.video.name, "")


def _parts(store: Store, item: AssembleItem, skeleton: Skeleton) -> Iterator[Instances]:
    yield Instances.empty(skeleton)
    for key in item.dense_keys:
        yield read_instances(store, key)


def _labelled(labels: Instances) -> Instances:
    """The rows without people whom a correction removed."""
    removed = (labels.source == Source.CORRECTED).any(axis=1) & ~(labels.visibility > 0).any(axis=1)
    return labels.select(~removed)
