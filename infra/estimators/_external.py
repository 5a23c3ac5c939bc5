"""Estimators that run in a worker process behind the protocol of `workers/protocol.py`."""

from collections.abc import Sequence

import numpy as np

from poseloom.infra.estimators._client import WorkerClient, WorkerSpec
from poseloom.infra.estimators._people import check_pictures, people_in_picture
from poseloom.infra.estimators._replies import parse_people
from poseloom.infra.estimators.workers.protocol import MAX_PAYLOAD_BYTES
from poseloom.schemas.arrays import I32, U8
from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import EstimatorInfo


class ExternalEstimator:
    """Gives pictures to a worker process and makes instances of its answers.

    Raises:
        EstimatorError: The worker does not start, or its skeleton is not that of `info`.
    """

    def __init__(self, info: EstimatorInfo, spec: WorkerSpec) -> None:
        self.info = info
        self.batch_size = spec.batch_size
        self._client = WorkerClient(info.name, spec)
        skeleton = self._client.hello().skeleton
        if skeleton != info.skeleton:
            self.close()
            raise EstimatorError(f"expected {info.name} to answer in {info.skeleton.name}, got {skeleton.name}")

    def estimate(self, images: Sequence[U8], frame_index: I32) -> Instances:
        """People of the pictures; see `poseloom.schemas.ports.Estimator`."""
        check_pictures(images, frame_index)
        parts = [Instances.empty(self.info.skeleton)]
        for start in range(0, len(images), self.batch_size):
            batch = slice(start, start + self.batch_size)
            parts.extend(self._estimate_batch(images[batch], frame_index[batch]))
        return Instances.concat(parts)

    def close(self) -> None:
        """End the worker; safe to call twice."""
        self._client.close()

    def _estimate_batch(self, images: Sequence[U8], frame_index: I32) -> list[Instances]:
        skeleton, frames = self.info.skeleton, frame_index.tolist()
        where = f"frame {', '.join(map(str, frames))}"
        size = sum(image.nbytes for image in images)
        if size > MAX_PAYLOAD_BYTES:
            raise EstimatorError(f"expected a batch of at most {MAX_PAYLOAD_BYTES} bytes, got {size} at {where}")
        answers = self._client.request(
            {"op": "estimate", "images": [list(image.shape[:2]) for image in images]},
            b"".join(np.ascontiguousarray(image).tobytes() for image in images),
            lambda reply: parse_people(reply, len(images), skeleton),
            where,
        )
        return [
            people_in_picture(skeleton, frame, boxes, keypoints, image.shape[:2])
            for (boxes, keypoints), image, frame in zip(answers, images, frames, strict=True)
        ]
