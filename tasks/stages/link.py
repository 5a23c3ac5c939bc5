"""Link: a whole video's instances → identities → corrections applied → one window per propagation shard.

Linking sees label tables only, never pictures, so it runs over the whole video at once: identities
are those of an unsharded run by construction, whatever the shards were.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pydantic import TypeAdapter

from poseloom.infra.storage import open_store
from poseloom.models.corrections import apply_corrections
from poseloom.models.linker import LinkerSettings, link
from poseloom.models.propagation import PropagationSettings, needed_ranges
from poseloom.schemas.ids import instances_digest
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Store
from poseloom.schemas.skeleton import Skeleton, conversion, skeleton_named
from poseloom.schemas.video import Video, cut
from poseloom.tasks.corrections import read_corrections
from poseloom.tasks.stages.shard import Done
from poseloom.tasks.tables import read_instances, write_instances


class Window(NamedTuple):
    """Input of one propagation shard.

    Attributes:
        start_frame: First frame of the output.
        end_frame: Frame after the last of the output.
        needed_start: First frame of pictures and labels needed.
        needed_end: Frame after the last needed.
        labels_key: Store key of the linked, corrected labels of the needed range.
    """

    start_frame: int
    end_frame: int
    needed_start: int
    needed_end: int
    labels_key: str


@dataclass(frozen=True)
class LinkItem:
    """One video to link.

    Attributes:
        key: Store key of the output, a JSON list of windows.
        video: The video.
        imported_key: Store key of its imported labels, if any.
        predicted_keys: Store keys of its predictions, in frame order.
        corrections: How many corrections of its log to apply.
        skeleton: Skeleton of the result.
        shard_frames: Frames per propagation shard.
    """

    key: str
    video: Video
    imported_key: str | None
    predicted_keys: tuple[str, ...]
    corrections: int
    skeleton: str
    shard_frames: int

    @property
    def name(self) -> str:
        """How reports name it."""
        return self.video.name


_WINDOWS = TypeAdapter(list[Window])


def read_windows(store: Store, key: str) -> list[Window]:
    """Windows that the link stage stored under that key."""
    return _WINDOWS.validate_json(store.read(key))


@dataclass(frozen=True)
class Link:
    """The stage that gives identities and applies corrections."""

    store_uri: str
    linker: LinkerSettings
    propagation: PropagationSettings
    name: str = "link"

    def open(self) -> Callable[[LinkItem], Done]:
        """Nothing to load but the store."""
        store = open_store(self.store_uri)

        def run(item: LinkItem) -> Done:
            start = time.perf_counter()
            parts = list(_parts(store, item))
            linked = link(Instances.concat(parts).sorted(), self.linker)
            corrections = read_corrections(store, item.video.video_id, item.corrections)
            labels = apply_corrections(linked, corrections)
            ranges = [(clip.start_frame, clip.end_frame) for clip in cut(item.video, item.shard_frames)]
            needed = needed_ranges(labels, ranges, item.video.frame_count, self.propagation)
            windows = [_window(store, labels, *pair) for pair in zip(ranges, needed, strict=True)]
            store.write(item.key, _WINDOWS.dump_json(windows))
            return Done(item.key, time.perf_counter() - start)

        return run


def _window(store: Store, labels: Instances, frames: tuple[int, int], needed: tuple[int, int]) -> Window:
    rows = labels.in_frames(min(frames[0], needed[0]), max(frames[1], needed[1]))
    key = f"stages/window/{instances_digest(rows)[:32]}.parquet"
    if not store.exists(key):
        write_instances(store, key, rows)
    return Window(*frames, *needed, key)


def _parts(store: Store, item: LinkItem) -> Iterator[Instances]:
    skeleton = skeleton_named(item.skeleton)
    keys = ((item.imported_key,) if item.imported_key else ()) + item.predicted_keys
    yield Instances.empty(skeleton)
    for key in keys:
        yield _in_skeleton(read_instances(store, key), skeleton)


def _in_skeleton(instances: Instances, skeleton: Skeleton) -> Instances:
    return instances if instances.skeleton == skeleton else instances.convert(conversion(instances.skeleton, skeleton))
