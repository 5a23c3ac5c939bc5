"""Frames of a comparison with every distance between truth and predictions, for PoseTrack's AP and MOTA."""

from collections.abc import Iterator
from dataclasses import dataclass

from poseloom.models.metrics.pckh import (
    PresenceRule,
    counted_people,
    head_sizes,
    normalised_distances,
    present_keypoints,
)
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.comparison import Comparison


@dataclass(frozen=True, eq=False)
class MeasuredFrame:
    """One labelled frame: G people of the truth, D predicted ones, J keypoints of the skeleton's used slots.

    Attributes:
        annotated: The truth lists somebody here, be it somebody box-only or inside an ignore region.
            poseval drops the other frames with the predictions in them.
        truth: (G,) rows of the truth that count.
        predicted: (D,) rows of the predictions that count.
        present: (G, J) and (D, J) keypoints that count.
        distances: (G, D, J) in head sizes; infinite where a side lacks the keypoint.
    """

    annotated: bool
    truth: I64
    predicted: I64
    present: tuple[Bool, Bool]
    distances: F64


def measured_frames(comparison: Comparison, rule: PresenceRule) -> Iterator[MeasuredFrame]:
    """The labelled frames, in order.

    Args:
        comparison: Truth beside predictions.
        rule: Which keypoints are present, see `present_keypoints`.

    Raises:
        MetricUndefined: A person with keypoints has no head box.
    """
    heads, present = head_sizes(comparison), present_keypoints(comparison, rule)
    people = counted_people(comparison, present)
    used = list(comparison.skeleton.used)
    for frame, listed in zip(comparison.frames, comparison.rows_by_frame(), strict=True):
        if not frame.is_labeled:
            continue
        truth, predicted = (rows[counts[rows]] for rows, counts in zip(listed, people, strict=True))
        sides = present[0][truth][:, used], present[1][predicted][:, used]
        xy = comparison.truth.keypoints_xy[truth][:, used], comparison.predicted_xy[predicted][:, used]
        distances = normalised_distances(*xy, heads[truth], sides)
        yield MeasuredFrame(bool(listed[0].size), truth, predicted, sides, distances)


def used_keypoints(comparison: Comparison) -> tuple[str, ...]:
    """Names along the J axis."""
    return tuple(comparison.skeleton.keypoints[k] for k in comparison.skeleton.used)
