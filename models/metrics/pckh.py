"""What PoseTrack's metrics share: who takes part, which keypoints count, and distances in head sizes.

Definitions of poseval (leonid-pishchulin/poseval@4258a15, `eval_helpers.py`, `convert.py`) and of the
PoseTrack21 kit (anDoer/PoseTrack21@3e61960, `datasets/posetrack.py`).
"""

from typing import Literal

import numpy as np
import shapely

from poseloom.schemas.arrays import F64, Bool
from poseloom.schemas.comparison import Comparison
from poseloom.schemas.errors import MetricUndefined
from poseloom.schemas.instances import Instances

PresenceRule = Literal["poseval", "kit"]

MATCH_DISTANCE = 0.5
"""A keypoint is found within this many head sizes (inclusive)."""

_HEAD_SHARE = 0.6
_RING = 3
"""Points of the smallest polygon that has an inside."""


def head_sizes(comparison: Comparison) -> F64:
    """(G,) head sizes in pixels, 0.6 of the head box's diagonal; NaN for people who need none.

    Raises:
        MetricUndefined: A person with keypoints in a labelled frame has no head box.
    """
    truth = comparison.truth
    corner, extent = truth.head_xywh[:, :2], truth.head_xywh[:, 2:]
    diagonal = corner + extent - corner  # the kits build corners first, which rounds
    sizes: F64 = _HEAD_SHARE * np.sqrt((diagonal**2).sum(axis=1))
    lacking = np.flatnonzero(_scored_people(comparison, truth) & np.isnan(sizes))
    if lacking.size:
        track, frame = truth.track_id[lacking[0]], truth.frame_index[lacking[0]]
        raise MetricUndefined(
            f"{comparison.name}: expected a head box for every person with keypoints, got none for "
            f"{len(lacking)} of {len(truth)} (first: track {track} in frame {frame})"
        )
    return sizes


def present_keypoints(comparison: Comparison, rule: PresenceRule) -> tuple[Bool, Bool]:
    """Which keypoints take part: (G, K) of the truth and (D, K) of the predictions.

    Only used slots in labelled frames, strictly inside no ignore region (a point on the border counts).
    Rings that cross themselves are even-odd, as both kits hand them to shapely unrepaired.

    Args:
        comparison: Truth beside predictions.
        rule: "poseval": everything but ``(0, 0, 0)``; "kit": x > 0 and y > 0, whatever the visibility.
    """
    sides = ((comparison.truth, comparison.truth.keypoints_xy), (comparison.predicted, comparison.predicted_xy))
    truth, predicted = (_located(comparison, rows, xy, rule) for rows, xy in sides)
    for frame, rows in zip(comparison.frames, comparison.rows_by_frame(), strict=True):
        if frame.is_labeled and frame.ignore_regions:
            polygons = [shapely.Polygon(ring) for ring in frame.ignore_regions if len(ring) >= _RING]
            for present, (_, xy), some in zip((truth, predicted), sides, rows, strict=True):
                present[some] &= ~_inside(xy[some], polygons)
    return truth, predicted


def counted_people(comparison: Comparison, present: tuple[Bool, Bool]) -> tuple[Bool, Bool]:
    """Who takes part: (G,) of the truth and (D,) of the predictions.

    People in labelled frames, also without a keypoint (box-only people); in a frame with ignore regions
    only those who keep a keypoint.
    """
    regions = [frame.frame_index for frame in comparison.frames if frame.ignore_regions]
    truth, predicted = (
        _in_labelled_frames(comparison, rows) & (~np.isin(rows.frame_index, regions) | keypoints.any(axis=1))
        for rows, keypoints in zip((comparison.truth, comparison.predicted), present, strict=True)
    )
    return truth, predicted


def normalised_distances(truth_xy: F64, predicted_xy: F64, heads: F64, present: tuple[Bool, Bool]) -> F64:
    """(G, D, K) distances in head sizes; infinite where a side lacks the keypoint.

    Args:
        truth_xy: (G, K, 2) pixels.
        predicted_xy: (D, K, 2) pixels.
        heads: (G,) pixels, see `head_sizes`.
        present: (G, K) and (D, K), see `present_keypoints`.
    """
    offset = truth_xy[:, None] - predicted_xy[None]
    squared = np.vecdot(offset, offset)  # rounds as np.linalg.norm of one vector: kits' ties hang on the last bit
    with np.errstate(divide="ignore", invalid="ignore"):
        distances = np.sqrt(squared) / heads[:, None, None]
    return np.where(present[0][:, None] & present[1][None], distances, np.inf)


def _scored_people(comparison: Comparison, rows: Instances) -> Bool:
    used = list(comparison.skeleton.used)
    return np.asarray(_in_labelled_frames(comparison, rows) & (rows.visibility[:, used] > 0).any(axis=1))


def _in_labelled_frames(comparison: Comparison, rows: Instances) -> Bool:
    return np.isin(rows.frame_index, [frame.frame_index for frame in comparison.frames if frame.is_labeled])


def _located(comparison: Comparison, rows: Instances, xy: F64, rule: PresenceRule) -> Bool:
    located = rows.visibility > 0 if rule == "poseval" else (xy > 0).all(axis=-1)
    used = np.isin(np.arange(len(comparison.skeleton)), comparison.skeleton.used)
    return np.asarray(located & used & _in_labelled_frames(comparison, rows)[:, None])


def _inside(xy: F64, polygons: list[shapely.Polygon]) -> Bool:
    inside = np.zeros(xy.shape[:-1], dtype=bool)
    for polygon in polygons:
        inside = inside | shapely.contains_xy(polygon, xy[..., 0], xy[..., 1])
    return inside
