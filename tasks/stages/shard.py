"""A shard: one unit of distributed work and the key of its output."""

from dataclasses import dataclass

from poseloom.schemas.video import Video


@dataclass(frozen=True)
class Shard:
    """Frames of one video that one worker computes in one call.

    Attributes:
        key: Store key of its output; hash of everything the output depends on. Present = done.
        video: The video.
        start_frame: First frame.
        end_frame: Frame after the last.
    """

    key: str
    video: Video
    start_frame: int
    end_frame: int

    @property
    def name(self) -> str:
        """How reports name it."""
        return frames_name(self.video, self.start_frame, self.end_frame)


def frames_name(video: Video, start_frame: int, end_frame: int) -> str:
    """How reports name frames of a video."""
    return f"{video.name} frames {start_frame}-{end_frame - 1}"


@dataclass(frozen=True)
class Done:
    """A finished shard.

    Attributes:
        key: Store key of its output.
        seconds: Time spent inside the worker.
    """

    key: str
    seconds: float
