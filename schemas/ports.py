"""Protocols that the edge satisfies; one contract suite in tests/contract/ for each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from poseloom.schemas.arrays import F32, F64, I32, U8
from poseloom.schemas.instances import Instances
from poseloom.schemas.skeleton import Skeleton
from poseloom.schemas.video import Video


@dataclass(frozen=True, eq=False)
class Frame:
    """One decoded picture: its 0-based index in the video and its (H, W, 3) uint8 RGB pixels."""

    frame_index: int
    image: U8


class VideoReader(Protocol):
    """Sequential access to the pictures of one video."""

    video: Video

    def frames(self, start_frame: int, end_frame: int) -> Iterator[Frame]:
        """Decode the half-open range in order, opening the source once.

        Raises:
            VideoError: The range lies outside the video, or a picture does not decode.
        """


@dataclass(frozen=True)
class EstimatorInfo:
    """Identity of an estimator with its options, known without loading it.

    Attributes:
        name: Registry name.
        skeleton: Skeleton of its instances.
        digest: Changes whenever its output could: model weights, versions, options.
    """

    name: str
    skeleton: Skeleton
    digest: str


class Estimator(Protocol):
    """Finds people and their keypoints in single pictures."""

    info: EstimatorInfo
    batch_size: int

    def estimate(self, images: Sequence[U8], frame_index: I32) -> Instances:
        """Unlinked instances of B pictures (each (H, W, 3) uint8 RGB).

        Rows carry the given (B,) frame index, source PREDICTED, a score per keypoint, and
        coordinates in pixels of the given pictures.

        Raises:
            EstimatorError: The model failed.
        """

    def close(self) -> None:
        """Release the model; safe to call twice."""


@dataclass(frozen=True)
class PointTracks:
    """Points followed through T pictures.

    Attributes:
        xy: (T, N, 2) float64 pixels; row 0 is the query.
        confidence: (T, N) float32 in 0..1; 0 once a point is lost.
    """

    xy: F64
    confidence: F32


class PointTracker(Protocol):
    """Follows points forward through a run of pictures."""

    name: str

    def track(self, images: Sequence[U8], points_xy: F64) -> PointTracks:
        """Follow N points (N, 2) given in the first of T pictures ((H, W, 3) uint8 RGB) through the rest."""


class Propagator(Protocol):
    """Carries what people said about keypoints to the frames around; knows no truth.

    Attributes:
        name: What tables call it.
        needs_pictures: Whether it reads `frames` at all.
    """

    name: str
    needs_pictures: bool

    def propagate(self, labels: Instances, frame_count: int, frames: Iterator[Frame]) -> Instances:
        """All instances of the video, with what its anchors say about the other frames.

        Args:
            labels: Linked labels with every correction applied; anchors are as in `models.propagation`.
            frame_count: Frames of the video.
            frames: All pictures in order; empty for propagators that need none.

        What a person placed or removed is never touched.
        """


@dataclass(frozen=True)
class StoredObject:
    """Key and size in bytes of a stored object."""

    key: str
    size: int


class Store(Protocol):
    """Named byte objects: a local directory or an S3 prefix.

    Keys are relative POSIX paths. Writes are atomic: a reader sees all of an object or none of it.
    """

    uri: str

    def read(self, key: str) -> bytes:
        """The object's bytes.

        Raises:
            ObjectMissing: No such object.
            WorkspaceError: The store cannot be reached or refuses.
        """

    def write(self, key: str, data: bytes) -> None:
        """Store an object, replacing what was there (use for content-keyed objects: same key, same bytes)."""

    def create(self, key: str, data: bytes) -> None:
        """Store an object that must not exist; of several racing creators exactly one succeeds.

        Raises:
            ObjectExists: Somebody else was first.
        """

    def exists(self, key: str) -> bool:
        """Whether the object is there now (never from a cached listing)."""

    def list(self, prefix: str) -> list[StoredObject]:
        """All objects under ``prefix/``, sorted by key."""

    def delete(self, key: str) -> None:
        """Remove an object; missing objects are no error."""
