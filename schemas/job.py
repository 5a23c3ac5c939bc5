"""Jobs: one review request to a human, and the states it may go through."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from poseloom.schemas.errors import InputError
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


_ALLOWED = {
    JobState.OPEN: {JobState.LEASED, JobState.DEAD},
    JobState.LEASED: {JobState.OPEN, JobState.SUBMITTED, JobState.DEAD},
    JobState.SUBMITTED: set[JobState](),
    JobState.DEAD: {JobState.OPEN},
}


class Job(BaseModel):
    """One request to review a clip.

    Attributes:
        job_id: Deterministic id.
        clip: What to look at.
        state: Where it stands.
        fence: Grows with every lease; an answer that carries an older fence is refused.
        reason: Why it is dead.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    job_id: str
    clip: Clip
    state: JobState = JobState.OPEN
    fence: int = 0
    reason: str = ""

    def to(self, state: JobState, reason: str = "") -> "Job":
        """The job in its next state; leasing raises the fence.

        Raises:
            InputError: That transition is not allowed.
        """
        if state not in _ALLOWED[self.state]:
            allowed = ", ".join(sorted(_ALLOWED[self.state])) or "none"
            raise InputError(f"expected a next state of {allowed} for {self.state} job {self.job_id}, got {state}")
        return self.model_copy(
            update={"state": state, "reason": reason, "fence": self.fence + (state == JobState.LEASED)}
        )
