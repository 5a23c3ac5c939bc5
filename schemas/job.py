"""Jobs: one review request to a human, and how it stands at a moment."""

from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from poseloom.schemas.flag import Flag
from poseloom.schemas.ids import content_key
from poseloom.schemas.video import Clip


class JobState(StrEnum):
    """Where a job stands."""

    OPEN = "open"
    """Waiting for an annotator."""
    LEASED = "leased"
    """An annotator works on it until the lease ends."""
    SUBMITTED = "submitted"
    """Its corrections are in the log."""
    DEAD = "dead"
    """Given up after too many leases; carries the reason."""


class Base(BaseModel):
    """The labels of a clip that somebody looks at: a release with the newest corrections on top.

    Attributes:
        release: Version of the release.
        revision: Length of the video's correction log; those that the release lacks are applied to it.
        digest: 16 hex digits of what comes out, within the clip.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    release: str
    revision: int = Field(ge=0)
    digest: str


class Job(BaseModel):
    """One request to review a clip.

    Attributes:
        job_id: Deterministic id: the clip and its labels when the job was made.
        clip: What to look at.
        base: Labels under review: when the job was made, then those handed out with the newest lease.
        flags: What to look at, the worst first.
        priority: Higher is handed out earlier.
        max_leases: After so many leases without a submission it is dead.
        state: Where it stands.
        fence: Number of leases ever granted; an answer that carries an older one is refused.
        leases: Leases granted since it was made or revived.
        annotator: Who holds or submitted it; empty without a lease.
        lease_end: When the lease ends.
        created_at: When it was put into the queue.
        changed_at: When its state changed last.
        reason: Why it is dead.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    job_id: str
    clip: Clip
    base: Base
    flags: tuple[Flag, ...] = ()
    priority: float = 0.0
    max_leases: int = Field(default=3, ge=1)
    state: JobState = JobState.OPEN
    fence: int = 0
    leases: int = 0
    annotator: str = ""
    lease_end: AwareDatetime | None = None
    created_at: AwareDatetime | None = None
    changed_at: AwareDatetime | None = None
    reason: str = ""

    def at(self, now: datetime) -> "Job":
        """The job as it stands at that moment: a lease that ran out is none, and nobody need have noticed."""
        if self.state is not JobState.LEASED or self.lease_end is None or self.lease_end > now:
            return self
        over = {"annotator": "", "lease_end": None, "changed_at": self.lease_end}
        if self.leases < self.max_leases:
            return self.model_copy(update=over | {"state": JobState.OPEN})
        reason = f"{self.leases} leases without a submission; the last, of {self.annotator}, ran out"
        return self.model_copy(update=over | {"state": JobState.DEAD, "reason": reason})


def job_id(clip: Clip, digest: str) -> str:
    """Id of the job to review a clip with these labels: the same labels again are the same job."""
    return content_key("job", clip.model_dump(mode="json"), digest)[:16]
