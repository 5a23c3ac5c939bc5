"""The frames where predictions are furthest from the truth, for people to look at."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from poseloom.models.oks import oks_matrix
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.comparison import Comparison


@dataclass(frozen=True, order=True)
class WorstFrame:
    """How well one frame's people were found.

    Attributes:
        mean_oks: Mean OKS of the truth's people with keypoints, each with its own prediction so that the sum
            is greatest; 0 for those left without. Percent points.
        frame_index: Frame in the sequence.
        file_name: Its picture as the truth names it, ``""`` for none.
        people: People of the truth with keypoints.
        predicted: Predictions in the frame.
    """

    mean_oks: float
    frame_index: int
    file_name: str
    people: int
    predicted: int


def ranked_frames(comparison: Comparison) -> tuple[WorstFrame, ...]:
    """The labelled frames with people by their mean OKS, the worst first; earlier ones among equals."""
    labelled: Bool = np.asarray((comparison.truth.visibility > 0).any(axis=1))
    found = []
    for frame, (truth, predicted) in zip(comparison.frames, comparison.rows_by_frame(), strict=True):
        people = truth[labelled[truth]]
        if frame.is_labeled and people.size:
            similarity = similarities(comparison, people, predicted)
            total = float(similarity[linear_sum_assignment(-similarity)].sum())
            found.append(
                WorstFrame(100 * total / len(people), frame.frame_index, frame.file_name, len(people), len(predicted))
            )
    return tuple(sorted(found))


def similarities(comparison: Comparison, people: I64, predicted: I64) -> F64:
    """(G, D) OKS of rows of the truth with rows of the predictions."""
    return oks_matrix(
        comparison.truth.keypoints_xy[people],
        comparison.truth.visibility[people],
        comparison.areas[people],
        comparison.predicted_xy[predicted],
        comparison.skeleton.sigmas,
    )
