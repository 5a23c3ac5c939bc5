"""Hand out a job with the labels as they are now."""

from dataclasses import dataclass
from datetime import timedelta

from poseloom.schemas.errors import PoseloomError
from poseloom.schemas.instances import Instances
from poseloom.schemas.job import Job
from poseloom.schemas.ports import Queue, Store
from poseloom.schemas.release import VideoEntry
from poseloom.tasks.review.labels import read_reviewed


@dataclass(frozen=True, eq=False)
class Taken:
    """A leased job and what to edit.

    Attributes:
        job: The job with its lease.
        entry: Its video in the release.
        instances: People within the clip.
    """

    job: Job
    entry: VideoEntry
    instances: Instances


def take_job(queue: Queue, store: Store, annotator: str, length: timedelta, job_id: str | None = None) -> Taken | None:
    """Lease the next job (or the one named) and read its labels; None where none can be had.

    A job whose labels cannot be read goes back at once.

    Raises:
        InputError: The queue holds no job of that id.
        LeaseError: The named job cannot be had now.
        ReleaseError: The video is not in the latest release any more.
    """
    job = queue.lease(annotator, length, job_id)
    if job is None:
        return None
    try:
        labels = read_reviewed(store, job.clip.video_id)
    except PoseloomError as error:
        queue.release(job.job_id, job.fence, str(error))
        raise
    handed = queue.hand_out(job.job_id, job.fence, labels.base(job.clip))
    return Taken(handed, labels.entry, labels.instances.in_frames(job.clip.start_frame, job.clip.end_frame))
