"""Flags: places in a video's labels that a person should look at."""

from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class FlagKind(StrEnum):
    """What seems to be wrong."""

    SWAP = "swap"
    """Two people exchange their identities."""
    MISSING = "missing"
    """A person who must be in the picture has no label."""
    FLIP = "flip"
    """Left and right exchange their places."""
    JUMP = "jump"
    """A keypoint moves as no body does."""
    DRIFT = "drift"
    """A propagated keypoint moves away from what the estimator sees."""
    LIMB = "limb"
    """A limb is far longer than the person's is."""
    DUPLICATE = "duplicate"
    """One person is labelled twice."""
    UNCERTAIN = "uncertain"
    """Whoever placed the keypoints was not sure."""
    RULE = "rule"
    """An annotation rule fails."""


class Flag(BaseModel):
    """One thing to look at: a person in some frames of a video.

    Attributes:
        kind: What seems to be wrong.
        frame_index: The frame to open: where it shows most.
        start_frame: First frame that it concerns.
        end_frame: Frame after the last.
        track_id: Whom it concerns.
        other_track_id: The second person of a swap, or the better copy of a duplicate.
        keypoint: Which keypoint, or the outer end of a limb; none where it is the person.
        severity: Person-seconds of labels that are expected to be wrong: how long, times the share of the
            person's keypoints, times the certainty; comparable across kinds.
        expected: What should be there, in words.
        found: What is there, in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: FlagKind
    frame_index: int = Field(ge=0)
    start_frame: int = Field(ge=0)
    end_frame: int
    track_id: int
    other_track_id: int | None = None
    keypoint: str | None = None
    severity: float = Field(ge=0)
    expected: str
    found: str

    @model_validator(mode="after")
    def _frame_inside(self) -> Self:
        if not self.start_frame <= self.frame_index < self.end_frame:
            raise ValueError(f"expected a frame of [{self.start_frame}, {self.end_frame}), got {self.frame_index}")
        return self
