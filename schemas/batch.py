"""Batches: what an annotator hands in for a job, and what became of it."""

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from poseloom.schemas.correction import Correction


class Outcome(StrEnum):
    """What became of a batch."""

    ACCEPTED = "accepted"
    """It is in the correction log, if it has edits, and its job is done."""
    CONFLICT = "conflict"
    """The labels it edits changed meanwhile; it is kept."""
    REFUSED = "refused"
    """Its lease was over; it is kept."""


class Batch(BaseModel):
    """What is handed in under a lease.

    Attributes:
        job_id: The job.
        fence: Fence of the lease it was made under.
        digest: Digest of the labels that were edited.
        correction: The edits; None where the labels are right as they are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    job_id: str
    fence: int = Field(ge=0)
    digest: str
    correction: Correction | None = None

    @property
    def name(self) -> str:
        """What tells it from other batches for its job: the id of its correction."""
        return self.correction.correction_id if self.correction else "approval"


class Verdict(BaseModel):
    """What became of a batch.

    Attributes:
        outcome: Accepted or not.
        reason: Why not.
        revision: Its place in the video's correction log once accepted; None without edits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Outcome
    reason: str = ""
    revision: int | None = None


class SettledBatch(BaseModel):
    """A batch with its verdict, kept for ever; the same edits for the same job are the same batch.

    Attributes:
        batch: As it was handed in.
        verdict: What became of it.
        settled_at: When.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    batch: Batch
    verdict: Verdict
    settled_at: AwareDatetime
