"""Take in what an annotator did: into the correction log, or kept with the reason why not."""

from poseloom.models.conflicts import changed_cells, edited_cells
from poseloom.schemas.batch import Batch, Outcome, SettledBatch, Verdict
from poseloom.schemas.errors import InputError
from poseloom.schemas.job import Job, JobState
from poseloom.schemas.ports import Queue, Store
from poseloom.tasks.corrections import append_next, read_log, standing
from poseloom.tasks.review.labels import read_reviewed

_SHOWN = 3


def submit_batch(queue: Queue, store: Store, batch: Batch) -> SettledBatch:
    """Append a batch to its video's log and end its job; the same batch again changes nothing.

    A batch under a lease that is over, or whose frames and tracks changed since they were handed
    out (those of the whole clip for a batch without edits), is kept in the queue and not applied.

    Raises:
        InputError: No such job, or a batch that is not for it.
        ReleaseError: The release that was handed out is gone or altered.
    """
    _check(queue.job(batch.job_id), batch)
    return queue.submit(batch, lambda job: _settle(store, job, batch))


def _check(job: Job, batch: Batch) -> None:
    correction, clip = batch.correction, job.clip
    if correction is None:
        return
    if correction.video_id != clip.video_id:
        raise InputError(f"expected edits of video {clip.video_id} for job {job.job_id}, got {correction.video_id}")
    if job.state is JobState.LEASED and job.fence == batch.fence and job.annotator != correction.annotator:
        raise InputError(
            f"expected edits by {job.annotator}, who holds job {job.job_id}, got them by {correction.annotator}"
        )
    for edit in correction.edits:
        if not clip.start_frame <= edit.frame_index < clip.end_frame:
            frames = f"[{clip.start_frame}, {clip.end_frame})"
            raise InputError(f"expected edits of frames {frames} for job {job.job_id}, got frame {edit.frame_index}")


def _settle(store: Store, job: Job, batch: Batch) -> Verdict:
    """The look at the log and the append are one step: the append takes the revision next to what was seen."""
    while True:
        log = read_log(store, job.clip.video_id)
        for revision, known in standing(log).items():
            if batch.correction and known.correction_id == batch.correction.correction_id:
                return Verdict(outcome=Outcome.ACCEPTED, revision=revision)
        conflict = _conflict(store, job, batch, len(log))
        if conflict:
            return Verdict(outcome=Outcome.CONFLICT, reason=conflict)
        if batch.correction is None:
            return Verdict(outcome=Outcome.ACCEPTED)
        if append_next(store, batch.correction, len(log)):
            return Verdict(outcome=Outcome.ACCEPTED, revision=len(log))


def _conflict(store: Store, job: Job, batch: Batch, revision: int) -> str:
    """Why the batch does not fit the labels as they are now; empty if it does."""
    if batch.digest != job.base.digest:
        return f"it is about labels {batch.digest}, the lease handed out {job.base.digest}"
    seen = read_reviewed(store, job.clip.video_id, job.base.release, job.base.revision)
    current = read_reviewed(store, job.clip.video_id, revision=revision)
    if (seen.release, seen.revision) == (current.release, current.revision):
        return ""
    touched = (
        edited_cells(batch.correction.edits) if batch.correction else seen.cells(job.clip) | current.cells(job.clip)
    )
    cells = changed_cells(seen.instances, current.instances, touched)
    if not cells:
        return ""
    shown = ", ".join(f"track {track} in frame {frame}" for frame, track in cells[:_SHOWN])
    more = f" and {len(cells) - _SHOWN} more" if len(cells) > _SHOWN else ""
    return f"changed since they were handed out: {shown}{more}"
