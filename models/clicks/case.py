"""One video to be annotated by an oracle: its truth beside what an estimator said."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from poseloom.models.boxes import person_boxes
from poseloom.models.oks import box_area
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.errors import LabelError
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import LabelSet
from poseloom.schemas.ports import Frame
from poseloom.schemas.provenance import Source


@dataclass(frozen=True, eq=False)
class Case:
    """A video with truth and predictions, both linked, in one skeleton.

    Attributes:
        name: Name of the video.
        truth: G annotated people of the labelled frames, sorted by frame and track id.
        areas: (G,) square pixels for OKS.
        frames: (F,) labelled frames, ascending: all that is measured lies in them.
        predicted: What the estimator said, in all frames; source PREDICTED, every keypoint with a score.
        frame_count: Frames of the video.
        pictures: All pictures in order; empty where there are none.
        size: Width and height of the pictures in pixels, where they are known.
    """

    name: str
    truth: Instances
    areas: F64
    frames: I64
    predicted: Instances
    frame_count: int
    pictures: tuple[Frame, ...] = ()
    size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if self.truth.skeleton != self.predicted.skeleton:
            raise LabelError(
                f"{self.name}: expected predictions in the truth's skeleton {self.truth.skeleton.name}, "
                f"got {self.predicted.skeleton.name}"
            )
        self._check("truth", self.truth.select(self.people))
        self._check("predictions", self.predicted)

    def _check(self, side: str, rows: Instances) -> None:
        for wrong, expected in (
            (rows.track_id < 0, "a track id on every person"),
            ((rows.frame_index < 0) | (rows.frame_index >= self.frame_count), f"{self.frame_count} frames"),
        ):
            if wrong.any():
                row = int(np.flatnonzero(wrong)[0])
                got = f"track {rows.track_id[row]} in frame {rows.frame_index[row]}"
                raise LabelError(f"{self.name}: expected {expected}, got {got} of the {side}")
        LabelSet(f"{self.name} ({side})", rows).check_unique_tracks()

    @cached_property
    def people(self) -> Bool:
        """(G,) people of the truth that count: those with a labelled keypoint."""
        return is_somebody(self.truth)

    @cached_property
    def truth_rows(self) -> list[I64]:
        """For each labelled frame the rows of its people in the truth, those that do not count included."""
        return rows_of_frames(self.truth, self.frames)

    @cached_property
    def tracklets(self) -> I64:
        """Track ids of the truth's people that count, ascending."""
        return np.unique(self.truth.track_id[self.people]).astype(np.int64)


def is_somebody(instances: Instances) -> Bool:
    """(N,) people with a labelled keypoint."""
    return np.asarray((instances.visibility > 0).any(axis=1))


def rows_of_frames(instances: Instances, frames: I64) -> list[I64]:
    """For each of the frames the rows of the instances, which are sorted by frame."""
    starts = np.searchsorted(instances.frame_index, frames)
    ends = np.searchsorted(instances.frame_index, frames, side="right")
    return [np.arange(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]


def case(
    name: str,
    truth: Instances,
    predicted: Instances,
    frames: I64,
    frame_count: int,
    pictures: tuple[Frame, ...] = (),
    size: tuple[int, int] | None = None,
) -> Case:
    """A case with COCO's areas without segmentation (0.53 of the box), and predictions as a model's.

    Truth outside the labelled frames does not count. Predictions without a keypoint are nobody;
    keypoints that came without a score have score 1.

    Raises:
        LabelError: Different skeletons, people without track id, or twice the same in one frame.
    """
    inside = truth.select(np.isin(truth.frame_index, frames)).sorted()
    said = predicted.select(is_somebody(predicted)).sorted()
    labelled = said.visibility > 0
    said = said.replace(
        source=np.where(labelled, Source.PREDICTED, Source.NONE),
        score=np.where(labelled, np.where(np.isnan(said.score), 1.0, said.score), np.nan),
        anchor_frame=np.full(said.anchor_frame.shape, -1),
    )
    areas = box_area(person_boxes(inside))
    return Case(name, inside, areas, np.unique(frames).astype(np.int64), said, frame_count, pictures, size)
