"""Labels under review: those of a release, with the corrections on top that came after it.

A correction that the release holds and that was withdrawn since stays in them until the next release.
"""

from dataclasses import dataclass

from poseloom.models.corrections import apply_corrections
from poseloom.schemas.errors import ReleaseError
from poseloom.schemas.ids import instances_digest
from poseloom.schemas.instances import Instances
from poseloom.schemas.job import Base
from poseloom.schemas.ports import Store
from poseloom.schemas.release import VideoEntry
from poseloom.schemas.tables import from_table
from poseloom.schemas.video import Clip
from poseloom.tasks.corrections import read_log, standing
from poseloom.tasks.release import show_release
from poseloom.tasks.release.applied import applied_corrections
from poseloom.tasks.release.layout import object_key
from poseloom.tasks.release.tables import read_parquet


@dataclass(frozen=True, eq=False)
class ReviewedLabels:
    """Labels of one video as an annotator gets to see them.

    Attributes:
        entry: The video in the release.
        release: Version of the release.
        revision: Length of the correction log that was looked at.
        instances: People of the whole video, those that rules drop included.
    """

    entry: VideoEntry
    release: str
    revision: int
    instances: Instances

    def base(self, clip: Clip) -> Base:
        """What identifies the labels within the clip."""
        people = self.instances.in_frames(clip.start_frame, clip.end_frame)
        return Base(release=self.release, revision=self.revision, digest=instances_digest(people)[:16])

    def cells(self, clip: Clip) -> set[tuple[int, int]]:
        """Frame and track of everybody within the clip."""
        people = self.instances.in_frames(clip.start_frame, clip.end_frame)
        return set(zip(people.frame_index.tolist(), people.track_id.tolist(), strict=True))


def read_reviewed(store: Store, video_id: str, version: str = "latest", revision: int | None = None) -> ReviewedLabels:
    """Labels of a video in a release, with its log up to the revision (its end if None) applied.

    Raises:
        ReleaseError: No such release, or the video is not in it.
    """
    found = show_release(store, version)
    entry = next((e for e in found.manifest.videos if e.video_id == video_id), None)
    if entry is None:
        raise ReleaseError(f"expected video {video_id} in release {found.release.version}, it holds no such video")
    log = read_log(store, video_id, revision)
    applied = applied_corrections(found.release, video_id)
    later = [correction for place, correction in standing(log).items() if place >= applied]
    instances = from_table(read_parquet(store.read(object_key("labels", entry.labels.sha256))))
    return ReviewedLabels(entry, found.release.version, len(log), apply_corrections(instances, later))
