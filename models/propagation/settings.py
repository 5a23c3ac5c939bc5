"""How far propagation reaches and when it gives up."""

from pydantic import BaseModel, ConfigDict, Field


class PropagationSettings(BaseModel):
    """Limits of propagation.

    Attributes:
        horizon: Frames that a one-sided propagation may reach away from its anchor.
        max_gap: Anchors further apart than this many frames are two open ends.
        max_jump: Anchors of one keypoint further apart than this many person sizes are two open
            ends: nothing that can be interpolated, rather a cut or a wrong identity.
        min_score: A one-sided propagation ends where its score falls below this.
        max_stretch: A one-sided propagation ends where a limb gets longer than this many times its
            length in the anchor frame (limbs may well get shorter: they turn towards the camera).
        agreement: So much of a person's size a limb may be longer than that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    horizon: int = Field(default=30, ge=0)
    max_gap: int = Field(default=30, ge=1)
    max_jump: float = Field(default=2.0, gt=0)
    min_score: float = Field(default=0.5, ge=0, le=1)
    max_stretch: float = Field(default=1.5, gt=1)
    agreement: float = Field(default=0.025, gt=0)
