"""The worst frames of an evaluation with their people, so that they can be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from poseloom.schemas.arrays import I64, Bool
from poseloom.schemas.comparison import Comparison
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import FrameLabel
from poseloom.tasks.evaluate.worst import WorstFrame, similarities

MOST = 12
"""Frames that are kept, of all sequences together."""
_OF_ONE_SEQUENCE = 4
_APART = 10
_SOMEBODY = 0.1
"""Least OKS of a prediction that belongs to somebody."""


@dataclass(frozen=True, eq=False)
class FrameView:
    """One frame with its people on both sides.

    Attributes:
        sequence: Name of its sequence.
        found: How well its people were found.
        label: What the truth says about the frame itself.
        truth: The truth's people in it.
        predicted: The predictions in it, without those less sure than any that belongs to somebody.
        is_spare: There are worse frames of its sequence that look unlike each other.
    """

    sequence: str
    found: WorstFrame
    label: FrameLabel
    truth: Instances
    predicted: Instances
    is_spare: bool

    @property
    def order(self) -> tuple[bool, float]:
        """Smaller for views to be kept before others."""
        return self.is_spare, self.found.mean_oks


def worst_views(seen: Sequence[FrameView], comparison: Comparison, ranked: Sequence[WorstFrame]) -> list[FrameView]:
    """The worst of the views and another sequence's frames: at most 12.

    Neighbouring frames look alike: of a sequence 4 frames are taken, at least 10 apart; others only
    where there is room.

    Args:
        seen: Views of the sequences before.
        comparison: The sequence.
        ranked: Its frames, the worst first.
    """
    last = seen[-1].order if len(seen) >= MOST else (True, np.inf)
    spread = _spread(ranked)
    spare = [frame for frame in ranked[: MOST + _OF_ONE_SEQUENCE] if frame not in spread]
    new = [
        _view(comparison, frame, is_spare)
        for frames, is_spare in ((spread, False), (spare, True))
        for frame in frames
        if (is_spare, frame.mean_oks) < last
    ]
    return sorted([*seen, *new], key=lambda view: view.order)[:MOST]


def _spread(ranked: Sequence[WorstFrame]) -> list[WorstFrame]:
    chosen: list[WorstFrame] = []
    for frame in ranked:
        if len(chosen) == _OF_ONE_SEQUENCE:
            break
        if all(abs(frame.frame_index - other.frame_index) >= _APART for other in chosen):
            chosen.append(frame)
    return chosen


def _view(comparison: Comparison, frame: WorstFrame, is_spare: bool) -> FrameView:
    at = [label.frame_index for label in comparison.frames].index(frame.frame_index)
    truth, predicted = comparison.rows_by_frame()[at]
    return FrameView(
        sequence=comparison.name,
        found=frame,
        label=comparison.frames[at],
        truth=comparison.truth.select(truth),
        predicted=comparison.predicted.select(predicted[_telling(comparison, truth, predicted)]),
        is_spare=is_spare,
    )


def _telling(comparison: Comparison, truth: I64, predicted: I64) -> Bool:
    """(D,) predictions at least as sure as the least sure that belongs to somebody; all where none does."""
    people = truth[(comparison.truth.visibility[truth] > 0).any(axis=1)]
    similarity = similarities(comparison, people, predicted)
    rows, columns = linear_sum_assignment(-similarity)
    scores = np.nan_to_num(comparison.instance_scores[predicted], nan=1.0)
    surest = scores[columns[similarity[rows, columns] > _SOMEBODY]]
    return np.asarray(scores >= surest.min()) if surest.size else np.ones(len(predicted), dtype=np.bool_)
