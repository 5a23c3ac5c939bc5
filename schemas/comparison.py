"""A comparison: one video's truth beside its predictions, as every metric takes it."""

from dataclasses import dataclass

import numpy as np

from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.errors import LabelError
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import FrameLabel
from poseloom.schemas.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class Comparison:
    """Truth and predictions of one video, in one skeleton.

    Rows of both sides keep the order of their files: the field's kits break exact ties by it.

    Attributes:
        name: Sequence name.
        frames: The truth's frames in its order; rows of both sides lie in these frames only.
        truth: G annotated people; presence, visibility and head boxes as annotated.
        predicted: D predicted people.
        predicted_xy: (D, K, 2) float64 coordinates exactly as given, also where a keypoint counts as missing.
        keypoint_scores: (D, K) float64 confidences exactly as given; NaN where none was given.
        instance_scores: (D,) float64 confidence of the whole person; NaN where none was given.
        areas: (G,) float64 square pixels of the truth's people for OKS.
        crowd: (G,) bool, people whom COCO calls a crowd: matched by anyone, missed by no one.
    """

    name: str
    frames: tuple[FrameLabel, ...]
    truth: Instances
    predicted: Instances
    predicted_xy: F64
    keypoint_scores: F64
    instance_scores: F64
    areas: F64
    crowd: Bool

    def __post_init__(self) -> None:
        if self.truth.skeleton != self.predicted.skeleton:
            raise LabelError(
                f"{self.name}: expected predictions in the truth's skeleton {self.truth.skeleton.name}, "
                f"got {self.predicted.skeleton.name}"
            )
        known = np.array([frame.frame_index for frame in self.frames], dtype=np.int64)
        for side, rows in (("truth", self.truth), ("predictions", self.predicted)):
            strangers = np.setdiff1d(rows.frame_index, known)
            if strangers.size:
                raise LabelError(
                    f"{self.name}: expected {side} in the {len(known)} frames of the truth, got frame {strangers[0]}"
                )

    @property
    def skeleton(self) -> Skeleton:
        """Skeleton of both sides."""
        return self.truth.skeleton

    def rows_by_frame(self) -> list[tuple[I64, I64]]:
        """For each of the frames, in order: the truth's row indices and the predictions'."""
        return list(zip(self._grouped(self.truth), self._grouped(self.predicted), strict=True))

    def _grouped(self, rows: Instances) -> list[I64]:
        order = np.argsort(rows.frame_index, kind="stable")
        ordered = rows.frame_index[order]
        listed = np.array([frame.frame_index for frame in self.frames], dtype=np.int64)
        starts, ends = np.searchsorted(ordered, listed), np.searchsorted(ordered, listed, side="right")
        return [order[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
