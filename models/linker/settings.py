"""Settings of the linker."""

from pydantic import BaseModel, ConfigDict, Field


class LinkerSettings(BaseModel):
    """How instances of one video become tracks; the defaults never remove a track.

    Attributes:
        max_gap: Frames that a track may be unseen and still continue.
        min_similarity: Least similarity (mean of OKS and IoU after motion) of a link.
        tolerance: Factor on the OKS sigmas: limbs move between frames more than annotators err.
        gap_growth: By how much the tolerated squared distance grows per unseen frame.
        damping: Share of the velocity that is left after each frame.
        confident: Mean keypoint score from which an instance is linked first; the rest may take
            what is left. Instances without scores are confident.
        duplicate_oks: OKS from which an unlinked instance repeats a given one of its frame.
        min_length: Tracks without a given identity that have fewer instances are removed.
        min_score: Tracks without a given identity whose mean score is lower are removed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_gap: int = Field(default=25, ge=0)
    min_similarity: float = Field(default=0.1, gt=0, le=1)
    tolerance: float = Field(default=2.5, gt=0)
    gap_growth: float = Field(default=0.3, ge=0)
    damping: float = Field(default=0.8, ge=0, le=1)
    confident: float = Field(default=0.4, ge=0, le=1)
    duplicate_oks: float = Field(default=0.5, gt=0, le=1)
    min_length: int = Field(default=1, ge=1)
    min_score: float = Field(default=0.0, ge=0, le=1)
