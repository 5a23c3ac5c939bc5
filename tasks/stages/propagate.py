"""Propagate: a window of linked labels and its pictures → dense labels of the shard, sharpness measured."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from poseloom.infra.storage import open_store
from poseloom.models.points import point_tracker
from poseloom.models.propagation import PropagationSettings, propagate
from poseloom.models.sharpness import sharpness
from poseloom.schemas.arrays import U8
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame, PointTracker, Store
from poseloom.schemas.video import Video
from poseloom.tasks.stages.link import Window
from poseloom.tasks.stages.shard import Done, frames_name
from poseloom.tasks.tables import read_instances, write_instances
from poseloom.tasks.videos import open_stored


@dataclass(frozen=True)
class PropagateItem:
    """One shard to propagate: the key of its output, its video and its window."""

    key: str
    video: Video
    window: Window

    @property
    def name(self) -> str:
        """How reports name it."""
        return frames_name(self.video, self.window.start_frame, self.window.end_frame)


@dataclass(frozen=True)
class Propagate:
    """The stage that carries anchors through the pictures."""

    store_uri: str
    tracker: str
    tracker_options: tuple[tuple[str, str], ...]
    settings: PropagationSettings
    name: str = "propagate"

    def open(self) -> Callable[[PropagateItem], Done]:
        """Load the point tracker once."""
        store, tracker = open_store(self.store_uri), point_tracker(self.tracker, **dict(self.tracker_options))

        def run(item: PropagateItem) -> Done:
            start = time.perf_counter()
            labels = read_instances(store, item.window.labels_key)
            write_instances(store, item.key, _propagate(store, item, labels, tracker, self.settings))
            return Done(item.key, time.perf_counter() - start)

        return run


def _propagate(
    store: Store, item: PropagateItem, labels: Instances, tracker: PointTracker, settings: PropagationSettings
) -> Instances:
    window = item.window
    start, end = window.start_frame, window.end_frame
    if window.needed_start == window.needed_end:
        rows = labels.in_frames(start, end).sorted()
        if not np.isnan(rows.sharpness).any():
            return rows
        frames = open_stored(store, item.video).frames(start, end)
        return _measured(rows, {frame.frame_index: _grey(frame) for frame in frames})
    low, high = min(start, window.needed_start), max(end, window.needed_end)
    kept: dict[int, U8] = {}
    frames = _keeping_grey(open_stored(store, item.video).frames(low, high), start, end, kept)
    rows = propagate(labels, start, end, frames, tracker, settings)
    for _ in frames:
        pass
    return _measured(rows, kept)


def _keeping_grey(frames: Iterator[Frame], start: int, end: int, kept: dict[int, U8]) -> Iterator[Frame]:
    """The frames, while their grey pictures within [start, end) are kept: pictures are decoded once."""
    for frame in frames:
        if start <= frame.frame_index < end:
            kept[frame.frame_index] = _grey(frame)
        yield frame


def _grey(frame: Frame) -> U8:
    return np.asarray(cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY))


def _measured(rows: Instances, grey: dict[int, U8]) -> Instances:
    """The rows with sharpness measured where it is not known."""
    values = rows.sharpness.copy()
    for row in np.flatnonzero(np.isnan(values)):
        values[row] = sharpness(grey[int(rows.frame_index[row])], rows.bbox_xywh[row])
    return rows.replace(sharpness=values)
