"""Videos and half-open frame ranges of them."""

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Video(BaseModel):
    """One source video, identified by its content.

    Attributes:
        video_id: First 16 hex digits of the SHA-256 of its bytes; a replaced file is another video.
        name: Sequence name: the file's stem or the image folder's name.
        uri: Where it was read from (local path or ``s3://``).
        width: Picture width in pixels, after rotation.
        height: Picture height in pixels, after rotation.
        frame_count: Number of pictures that decode; frame N is the N-th of them (0-based).
        fps: Average frames per second; 0 when the source has no clock (image folders).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    video_id: str
    name: str
    uri: str
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    frame_count: int = Field(gt=0)
    fps: float = Field(ge=0)


class Clip(BaseModel):
    """The half-open frame range ``[start_frame, end_frame)`` of a video."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    video_id: str
    start_frame: int = Field(ge=0)
    end_frame: int

    @model_validator(mode="after")
    def _not_empty(self) -> "Clip":
        if self.end_frame <= self.start_frame:
            raise ValueError(f"expected start_frame < end_frame, got [{self.start_frame}, {self.end_frame})")
        return self

    def __len__(self) -> int:
        return self.end_frame - self.start_frame


def cut(video: Video, frames_per_shard: int) -> tuple[Clip, ...]:
    """Cut a video into consecutive clips of at most that many frames."""
    starts = range(0, video.frame_count, frames_per_shard)
    return tuple(
        Clip(video_id=video.video_id, start_frame=s, end_frame=min(s + frames_per_shard, video.frame_count))
        for s in starts
    )
