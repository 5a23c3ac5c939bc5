"""Make review jobs from a release."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from poseloom.schemas.errors import InputError
from poseloom.schemas.job import Job, JobState, job_id
from poseloom.schemas.ports import Queue, Store
from poseloom.schemas.release import Release, VideoEntry
from poseloom.schemas.video import Clip, cut
from poseloom.tasks.flags import VideoFlags, release_flags
from poseloom.tasks.release import show_release
from poseloom.tasks.release.applied import applied_corrections
from poseloom.tasks.review.labels import read_reviewed


@dataclass(frozen=True)
class Created:
    """What making jobs came to.

    Attributes:
        added: New jobs.
        known: Clips whose labels are as they were when the queue got a job for them.
        waiting: Clips that share frames with a job that is not done yet.
        clean: Clips left out because nothing in them is flagged.
    """

    added: int = 0
    known: int = 0
    waiting: int = 0
    clean: int = 0


def create_jobs(
    queue: Queue,
    store: Store,
    version: str = "latest",
    frames: int = 100,
    videos: Collection[str] = (),
    flagged_only: bool = False,
    max_leases: int = 3,
) -> Created:
    """Cut the videos of a release into clips and put a job for each into the queue; again changes nothing.

    What is flagged as wrong for most person-seconds is reviewed first. A clip gets no second job while one
    that shares frames with it is not done, nor after it was reviewed, until its labels change.

    Args:
        queue: Where the jobs go.
        store: The workspace.
        version: Version of the release, or ``"latest"``.
        frames: Length of a clip.
        videos: Names or ids of videos; all if empty.
        flagged_only: Leave out clips without a flag.
        max_leases: Leases without a submission after which a job is dead.

    Raises:
        ReleaseError: No such release.
        InputError: A video that is not in it.
    """
    found = show_release(store, version)
    chosen = _chosen(found.manifest.videos, videos)
    there = queue.jobs()
    known, unfinished = {job.job_id for job in there}, [j for j in there if j.state is not JobState.SUBMITTED]
    made: list[Job] = []
    count = Created()
    for video in release_flags(store, found.release.version):
        if video.entry.video_id not in chosen:
            continue
        for job in _jobs(store, found.release, video, frames, max_leases):
            if flagged_only and not job.flags:
                count = replace(count, clean=count.clean + 1)
            elif job.job_id in known:
                count = replace(count, known=count.known + 1)
            elif any(_overlap(job.clip, other.clip) for other in unfinished):
                count = replace(count, waiting=count.waiting + 1)
            else:
                made.append(job)
    added = len(queue.create(made))
    return replace(count, added=added, known=count.known + len(made) - added)


def _chosen(entries: Collection[VideoEntry], names: Collection[str]) -> set[str]:
    for name in names:
        if not any(name in (entry.name, entry.video_id) for entry in entries):
            there = ", ".join(entry.name for entry in entries)
            raise InputError(f"expected a video of the release ({there}), got {name!r}")
    return {entry.video_id for entry in entries if not names or {entry.name, entry.video_id} & set(names)}


def _jobs(store: Store, release: Release, video: VideoFlags, frames: int, max_leases: int) -> Iterator[Job]:
    """Jobs are of the release as it is: what is handed in for one of them makes no other one."""
    video_id = video.entry.video_id
    labels = read_reviewed(store, video_id, release.version, applied_corrections(release, video_id))
    for clip in cut(video.entry.video(), frames):
        base = labels.base(clip)
        flags = tuple(flag for flag in video.flags if clip.start_frame <= flag.frame_index < clip.end_frame)
        yield Job(
            job_id=job_id(clip, base.digest),
            clip=clip,
            base=base,
            flags=flags,
            priority=sum(flag.severity for flag in flags),
            max_leases=max_leases,
        )


def _overlap(a: Clip, b: Clip) -> bool:
    return a.video_id == b.video_id and a.start_frame < b.end_frame and b.start_frame < a.end_frame
