"""What to generate."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ClipSpec(BaseModel):
    """A generated clip; equal specs give equal pixels and equal truth.

    Attributes:
        people: Number of people; their track ids are 0, 1, ….
        frames: Number of frames.
        width: Picture width in pixels.
        height: Picture height in pixels.
        fps: Frames per second; motion is defined in seconds.
        motion: ``slow``: strolling and gesturing; ``fast``: running and dancing, with limbs that
            reverse their direction within ten frames at 25 fps.
        pan: Whether the camera sweeps from side to side.
        seed: Seed of everything that is random.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    people: int = Field(default=4, ge=1, le=50)
    frames: int = Field(default=100, ge=1)
    width: int = Field(default=640, ge=64)
    height: int = Field(default=360, ge=64)
    fps: float = Field(default=25.0, gt=0)
    motion: Literal["slow", "fast"] = "slow"
    pan: bool = False
    seed: int = Field(default=0, ge=0)
