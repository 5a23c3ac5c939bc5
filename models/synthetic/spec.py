"""What to generate."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ClipSpec(BaseModel):
    """A generated clip; equal specs give equal pixels and equal truth.

    Attributes:
        people: Number of annotated people; their track ids are 0, 1, ….
        frames: Number of frames.
        width: Picture width in pixels.
        height: Picture height in pixels.
        fps: Frames per second; motion is defined in seconds.
        motion: ``slow``: strolling and gesturing; ``fast``: running and dancing, with limbs that
            reverse their direction within ten frames at 25 fps.
        paths: ``apart``: everyone keeps to their own place or lane; ``crossing``: paths lead in front
            of and behind each other again and again.
        leave: Whether people walk out of the picture and come back.
        alike: Whether everyone wears the same clothes.
        props: Things that stand between people and the camera.
        bystanders: People far away who are not annotated; an ignore region covers them.
        pan: Whether the camera sweeps from side to side.
        shutter: Share of the time between two frames during which the shutter is open, 0..1; more
            blurs what moves.
        exposure: Brightness; 1 is daylight, 0.2 a dim room with its noise.
        jpeg_quality: Each picture is compressed like this before anyone sees it; 0 leaves it alone.
        bodies: ``procedural``, or ``mesh`` people from an asset pack.
        seed: Seed of everything that is random.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    people: int = Field(default=4, ge=1, le=50)
    frames: int = Field(default=100, ge=1, le=999_999)
    width: int = Field(default=640, ge=64, le=7_680)
    height: int = Field(default=360, ge=64, le=7_680)
    fps: float = Field(default=25.0, gt=0, le=1_000)
    motion: Literal["slow", "fast"] = "slow"
    paths: Literal["apart", "crossing"] = "apart"
    leave: bool = False
    alike: bool = False
    props: int = Field(default=0, ge=0, le=20)
    bystanders: int = Field(default=0, ge=0, le=50)
    pan: bool = False
    shutter: float = Field(default=0.0, ge=0, le=1)
    exposure: float = Field(default=1.0, gt=0, le=1)
    jpeg_quality: int = Field(default=0, ge=0, le=100)
    bodies: Literal["procedural", "mesh"] = "procedural"
    seed: int = Field(default=0, ge=0)
