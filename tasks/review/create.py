"""Make review jobs from a release."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from poseloom.schemas.errors import InputError
from poseloom.schemas.job import Job, JobState, job_id
from poseloom.schemas.ports import Queue, Store
from poseloom.schemas.release import VideoEntry
from poseloom.schemas.video import Clip, cut
from poseloom.tasks.release import show_release
from poseloom.tasks.release.layout import object_key
from poseloom.tasks.release.tables import read_parquet, rule_columns
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

    What fails most rules is reviewed first. A clip gets no second job while one that shares frames with it
    is not done, nor after it was reviewed, until its labels change.

    Args:
        queue: Where the jobs go.
        store: The workspace.
        version: Version of the release, or ``"latest"``.
        frames: Length of a clip.
        videos: Names or ids of videos; all if empty.
        flagged_only: Leave out clips in which no instance fails a rule.
        max_leases: Leases without a submission after which a job is dead.

    Raises:
        ReleaseError: No such release.
        InputError: A video that is not in it.
    """
    found = show_release(store, version)
    entries = _chosen(found.manifest.videos, videos)
    there = queue.jobs()
    known, unfinished = {job.job_id for job in there}, [j for j in there if j.state is not JobState.SUBMITTED]
    made: list[Job] = []
    count = Created()
    for entry in entries:
        for job in _jobs(store, found.release.version, entry, frames, max_leases):
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


def _chosen(entries: Collection[VideoEntry], names: Collection[str]) -> list[VideoEntry]:
    for name in names:
        if not any(name in (entry.name, entry.video_id) for entry in entries):
            there = ", ".join(entry.name for entry in entries)
            raise InputError(f"expected a video of the release ({there}), got {name!r}")
    return [entry for entry in entries if not names or {entry.name, entry.video_id} & set(names)]


def _jobs(store: Store, version: str, entry: VideoEntry, frames: int, max_leases: int) -> Iterator[Job]:
    labels = read_reviewed(store, entry.video_id, version)
    table = read_parquet(store.read(object_key("labels", entry.labels.sha256)))
    for clip in cut(entry.video(), frames):
        base, failed = labels.base(clip), _failed_rules(table, clip)
        yield Job(
            job_id=job_id(clip, base.digest),
            clip=clip,
            base=base,
            flags=tuple(f"{rule}: {count}" for rule, count in failed.items()),
            priority=sum(failed.values()),
            max_leases=max_leases,
        )


def _failed_rules(table: pa.Table, clip: Clip) -> dict[str, int]:
    """Instances of the clip that each rule of the release fails, by rule."""
    frame = table["frame_index"]
    inside = table.filter(pc.and_(pc.greater_equal(frame, clip.start_frame), pc.less(frame, clip.end_frame)))
    counts = {name.removeprefix("rule_"): int((~np.asarray(inside[name])).sum()) for name in rule_columns(inside)}
    return {rule: count for rule, count in counts.items() if count}


def _overlap(a: Clip, b: Clip) -> bool:
    return a.video_id == b.video_id and a.start_frame < b.end_frame and b.start_frame < a.end_frame
