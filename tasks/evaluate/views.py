"""The worst frames of an evaluation with their people, so that they can be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poseloom.schemas.comparison import Comparison
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import FrameLabel
from poseloom.tasks.evaluate.worst import WorstFrame

MOST = 12
"""Frames that are kept, of all sequences together."""
_OF_ONE_SEQUENCE = 4
_APART = 10


@dataclass(frozen=True, eq=False)
class FrameView:
    """One frame with its people on both sides.

    Attributes:
        sequence: Name of its sequence.
        found: How well its people were found.
        label: What the truth says about the frame itself.
        truth: The truth's people in it.
        predicted: The predictions in it.
    """

    sequence: str
    found: WorstFrame
    label: FrameLabel
    truth: Instances
    predicted: Instances


def worst_views(seen: Sequence[FrameView], comparison: Comparison, ranked: Sequence[WorstFrame]) -> list[FrameView]:
    """The worst of the views and another sequence's frames: at most 12, the worst first.

    Neighbouring frames look alike: of a sequence at most 4 are taken, at least 10 frames apart.

    Args:
        seen: Views of the sequences before.
        comparison: The sequence.
        ranked: Its frames, the worst first.
    """
    enough = seen[-1].found.mean_oks if len(seen) >= MOST else np.inf
    new = [_view(comparison, frame) for frame in _spread(ranked) if frame.mean_oks < enough]
    return sorted([*seen, *new], key=lambda view: view.found.mean_oks)[:MOST]


def _spread(ranked: Sequence[WorstFrame]) -> list[WorstFrame]:
    chosen: list[WorstFrame] = []
    for frame in ranked:
        if len(chosen) == _OF_ONE_SEQUENCE:
            break
        if all(abs(frame.frame_index - other.frame_index) >= _APART for other in chosen):
            chosen.append(frame)
    return chosen


def _view(comparison: Comparison, frame: WorstFrame) -> FrameView:
    index = frame.frame_index
    label = next(label for label in comparison.frames if label.frame_index == index)
    truth, predicted = (people.in_frames(index, index + 1) for people in (comparison.truth, comparison.predicted))
    return FrameView(comparison.name, frame, label, truth, predicted)
