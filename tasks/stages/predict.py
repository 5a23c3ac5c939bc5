"""Predict: pictures of a shard → unlinked instances, with their sharpness."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from poseloom.infra.estimators import create_estimator
from poseloom.infra.storage import open_store
from poseloom.models.sharpness import sharpness
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Estimator, Frame
from poseloom.tasks.stages.shard import Done, Shard
from poseloom.tasks.tables import write_instances
from poseloom.tasks.videos import open_stored


@dataclass(frozen=True)
class Predict:
    """The stage that runs the estimator."""

    store_uri: str
    estimator: str
    options: tuple[tuple[str, str], ...]
    name: str = "predict"

    def open(self) -> Callable[[Shard], Done]:
        """Load the estimator once."""
        store, estimator = open_store(self.store_uri), create_estimator(self.estimator, dict(self.options))

        def run(shard: Shard) -> Done:
            start = time.perf_counter()
            reader = open_stored(store, shard.video)
            frames = reader.frames(shard.start_frame, shard.end_frame)
            found = [_estimate(estimator, batch) for batch in _batches(frames, estimator.batch_size)]
            write_instances(store, shard.key, Instances.concat(found))
            return Done(shard.key, time.perf_counter() - start)

        return run


def _batches(frames: Iterator[Frame], size: int) -> Iterator[list[Frame]]:
    while batch := list(islice(frames, size)):
        yield batch


def _estimate(estimator: Estimator, frames: list[Frame]) -> Instances:
    images = {frame.frame_index: frame.image for frame in frames}
    found = estimator.estimate(list(images.values()), np.fromiter(images, dtype=np.int32))
    measured = [
        sharpness(images[int(index)], box) for index, box in zip(found.frame_index, found.bbox_xywh, strict=True)
    ]
    return found.replace(sharpness=np.array(measured, dtype=np.float32))
