"""Labels on their way to another tool and back: where they came from, and what came back."""

from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from poseloom.schemas.errors import LabelError
from poseloom.schemas.labels import LabelSet

RECORD_FIELD = "poseloom"
"""Name under which a file keeps its export record."""


class ExportRecord(BaseModel):
    """What a file must say to be brought back.

    Attributes:
        video: Name of the video.
        video_id: Its content id.
        format: Name of the file's format.
        release: Version of the release the labels are of.
        skeleton: Name of their skeleton.
        start_frame: First frame it is about.
        end_frame: Frame after the last.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    video: str
    video_id: str
    format: str
    release: str
    skeleton: str
    start_frame: int = Field(ge=0)
    end_frame: int = Field(ge=0)

    @classmethod
    def of(cls, found: Any, where: str) -> "ExportRecord | None":
        """The record that a file holds; None for none.

        Raises:
            LabelError: It holds something else there.
        """
        if found is None:
            return None
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join([RECORD_FIELD, *map(str, first["loc"])])
            raise LabelError(f"{where}: expected an export record, got {first['msg']} at {place}") from None

    @property
    def frames(self) -> frozenset[int]:
        """Frames it is about."""
        return frozenset(range(self.start_frame, self.end_frame))


@dataclass(frozen=True)
class Edited:
    """What came back from another tool about one video.

    Attributes:
        labels: Its people; everybody has a track id.
        names: What the video may be called, the most certain name first.
        video_id: Its content id, where the file kept it.
        release: Version that was exported, where the file kept it.
        frames: Frames that the file is about: there, who is not in it was removed; None when it does not say.
        new_tracks: Ids of people drawn there; they mean nothing outside this file.
    """

    labels: LabelSet
    names: tuple[str, ...]
    video_id: str | None = None
    release: str | None = None
    frames: frozenset[int] | None = None
    new_tracks: frozenset[int] = field(default=frozenset())
