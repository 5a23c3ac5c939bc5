"""Protocols that the edge satisfies; one contract suite in tests/contract/ for each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from poseloom.schemas.arrays import F32, F64, I32, U8
from poseloom.schemas.batch import Batch, SettledBatch, Verdict
from poseloom.schemas.instances import Instances
from poseloom.schemas.job import Base, Job
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


class Queue(Protocol):
    """Review jobs, leased to one annotator at a time.

    Of jobs whose frame ranges of one video overlap, at most one is leased at any moment. A lease that
    ran out is over without anybody noticing it: every answer shows jobs as they stand now, by the
    queue's clock. Every change under a lease names its fence and is refused once the lease is over.
    Each method is one transaction, durable when it returns.

    Raises:
        WorkspaceError: From every method: the queue cannot be reached, or is of a newer format.
    """

    uri: str

    def now(self) -> datetime:
        """The time by which leases end."""

    def create(self, jobs: Sequence[Job]) -> list[str]:
        """Put jobs into the queue; returns the ids of those it did not hold yet, and leaves the others alone."""

    def jobs(self) -> list[Job]:
        """All jobs as they stand now, in the order in which they are handed out."""

    def job(self, job_id: str) -> Job:
        """One job as it stands now.

        Raises:
            InputError: The queue holds no such job.
        """

    def lease(self, annotator: str, length: timedelta, job_id: str | None = None) -> Job | None:
        """Lease the first job that can be had, or the one named; None where none can be had.

        Whoever holds the named job gets a new lease of it, and their old fence is worth nothing.

        Raises:
            InputError: The queue holds no job of that id.
            LeaseError: The named job cannot be had now; says why.
        """

    def hand_out(self, job_id: str, fence: int, base: Base) -> Job:
        """Record which labels the annotator was given.

        Raises:
            LeaseError: The lease is over.
        """

    def extend(self, job_id: str, fence: int, length: timedelta) -> Job:
        """The heartbeat: let the lease last at least that long from now; never shortens it.

        Raises:
            LeaseError: The lease is over.
        """

    def release(self, job_id: str, fence: int, reason: str = "") -> Job:
        """Give a job back without a submission; dead if that was its last lease.

        Raises:
            LeaseError: The lease is over.
        """

    def revive(self, job_id: str) -> Job:
        """Let a dead job be leased again.

        Raises:
            InputError: Not a dead job.
        """

    def submit(self, batch: Batch, settle: Callable[[Job], Verdict]) -> SettledBatch:
        """Settle a batch and keep it; an accepted one ends the job.

        While `settle` runs, nobody else can change the job. It is called only for a batch whose lease
        is good, must accept a correction that it accepted before (the answer may have been lost), and
        leaves the job as it is where it raises. A batch that was accepted before is only looked up.

        Raises:
            InputError: The queue holds no such job.
        """

    def batches(self) -> list[SettledBatch]:
        """Every batch ever handed in, oldest first."""
