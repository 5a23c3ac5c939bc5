"""Corrections: append-only human edits on the labels of one video, and their withdrawal."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from poseloom.schemas.ids import TRACK_ID_LIMIT, canonical_json, content_digest


class _Edit(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    frame_index: int = Field(ge=0)
    track_id: int = Field(ge=0, lt=TRACK_ID_LIMIT)


class MoveKeypoint(_Edit):
    """Put one keypoint of one person in one frame at a position in source pixels."""

    kind: Literal["move_keypoint"] = "move_keypoint"
    keypoint: str
    x: FiniteFloat
    y: FiniteFloat
    visibility: Literal[1, 2] = 2


class RemoveKeypoint(_Edit):
    """State that one keypoint cannot be labelled here; propagation of it ends in this frame."""

    kind: Literal["remove_keypoint"] = "remove_keypoint"
    keypoint: str


class RemoveInstance(_Edit):
    """State that this person is not in this frame; all its propagation ends here."""

    kind: Literal["remove_instance"] = "remove_instance"


class ChangeTrack(_Edit):
    """Give the person another identity from this frame up to `end_frame` (exclusive).

    Where the other identity is present in the same frame, the two are swapped.
    """

    kind: Literal["change_track"] = "change_track"
    to_track_id: int = Field(ge=0, lt=TRACK_ID_LIMIT)
    end_frame: int = Field(gt=0)


Edit = Annotated[MoveKeypoint | RemoveKeypoint | RemoveInstance | ChangeTrack, Field(discriminator="kind")]


class Correction(BaseModel):
    """One batch of edits by one annotator on one video; applied whole, in log order.

    Attributes:
        video_id: The video it edits.
        annotator: Who made it.
        edits: What changed, in order.
        base_release: Version of the release the annotator looked at, if any.
        note: Free text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    video_id: str
    annotator: str = Field(min_length=1, max_length=200)
    edits: tuple[Edit, ...] = Field(min_length=1)
    base_release: str | None = None
    note: str = Field(default="", max_length=10_000)

    @property
    def correction_id(self) -> str:
        """First 16 hex digits of its content's digest: the same batch twice is one correction."""
        return content_digest(canonical_json(self.model_dump(mode="json")))[:16]


class Withdrawal(BaseModel):
    """An entry of the log that takes an earlier one back; nothing is ever deleted.

    Attributes:
        video_id: The video whose log it is in.
        annotator: Who withdraws it.
        withdraws: Revision of the withdrawn correction.
        note: Why.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    video_id: str
    annotator: str = Field(min_length=1, max_length=200)
    withdraws: int = Field(ge=0)
    note: str = Field(default="", max_length=10_000)


LogEntry = Correction | Withdrawal
