"""Whole people of one sequence, frame by frame, with the similarity of everyone to everyone.

Frame rule: frames with `is_labeled`, all of them, also those without anybody. Two similarities:

- `iou`: boxes, overlap over union. Source: the PoseTrack21 kit's box evaluation
  (anDoer/PoseTrack21@3e61960, `trackeval/datasets/posetrack_mot.py`), which itself takes every frame
  of its box files. Ignore regions as there: in a frame with truth, a prediction that no box of the
  truth matches at .5 is dropped if its box and one region share more than a tenth of their union.
  Everyone must have a box: one made up from keypoints would be another measure.
- `oks`: object keypoint similarity (`models/oks.py`), with the comparison's areas. People without a
  labelled keypoint (box-only people) are left out on both sides. Ignore regions: keypoints strictly
  inside are unlabelled in the truth; predictions with all their keypoints inside are dropped.

What COCO calls a crowd is a person like any other here, as TrackEval knows none.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.optimize import linear_sum_assignment

from poseloom.models.boxes import iou_matrix
from poseloom.models.metrics.hota import EPSILON
from poseloom.models.metrics.pckh import present_keypoints
from poseloom.models.metrics.tracks import track_numbers
from poseloom.models.oks import oks_matrix
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.comparison import Comparison
from poseloom.schemas.errors import MetricUndefined
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import Polygon

MATCH = 0.5
"""Similarity from which two people are the same person, for CLEAR, identity and ignore regions."""

_IGNORED_OVERLAP = 0.1
_RING = 3


@dataclass(frozen=True, eq=False)
class Sighting:
    """One frame: G people of the truth beside P predicted ones.

    Attributes:
        truth: (G,) track numbers.
        predicted: (P,) track numbers.
        similarity: (G, P) in 0..1.
    """

    truth: I64
    predicted: I64
    similarity: F64


@dataclass(frozen=True, eq=False)
class Sightings:
    """All labelled frames of one sequence.

    Attributes:
        frames: In time order.
        truth_sizes: (G,) people of each track of the truth, numbered 0..G-1.
        predicted_sizes: (P,) people of each predicted track.
    """

    frames: tuple[Sighting, ...]
    truth_sizes: I64
    predicted_sizes: I64


def box_sightings(comparison: Comparison) -> Sightings:
    """People by the overlap of their boxes.

    Raises:
        MetricUndefined: People without box or track id.
        LabelError: A track twice in one frame.
    """
    boxes = _rounded(comparison.truth.bbox_xywh), _rounded(comparison.predicted.bbox_xywh)
    frames = []
    for frame, (truth, predicted) in zip(comparison.frames, comparison.rows_by_frame(), strict=True):
        if frame.is_labeled:
            _check_boxes(comparison, truth, predicted)
            similarity = iou_matrix(boxes[0][truth], boxes[1][predicted])
            kept = ~_ignored(similarity, boxes[1][predicted], frame.ignore_regions)
            frames.append((truth, predicted[kept], similarity[:, kept]))
    return _numbered(comparison, frames)


def oks_sightings(comparison: Comparison) -> Sightings:
    """People by object keypoint similarity.

    Raises:
        MetricUndefined: People without track id, or with keypoints but without an area.
        LabelError: A track twice in one frame.
    """
    labelled, located = present_keypoints(comparison, "poseval")
    _check_areas(comparison, labelled)
    truth_xy, visibility = comparison.truth.keypoints_xy, labelled.astype(np.uint8)
    frames = []
    for frame, (everyone, predictions) in zip(comparison.frames, comparison.rows_by_frame(), strict=True):
        if frame.is_labeled:
            truth = everyone[labelled[everyone].any(axis=1)]
            predicted = predictions[located[predictions].any(axis=1)]
            similarity = oks_matrix(
                truth_xy[truth],
                visibility[truth],
                comparison.areas[truth],
                comparison.predicted_xy[predicted],
                comparison.skeleton.sigmas,
            )
            frames.append((truth, predicted, similarity))
    return _numbered(comparison, frames)


def _numbered(comparison: Comparison, frames: list[tuple[I64, I64, F64]]) -> Sightings:
    name, everyone, predictions = comparison.name, [g for g, _, _ in frames], [p for _, p, _ in frames]
    truth, truth_tracks = track_numbers(name, "truth", comparison.truth, everyone)
    predicted, predicted_tracks = track_numbers(name, "predictions", comparison.predicted, predictions)
    return Sightings(
        frames=tuple(Sighting(truth[g], predicted[p], similarity) for g, p, similarity in frames),
        truth_sizes=np.bincount(truth[truth >= 0], minlength=truth_tracks),
        predicted_sizes=np.bincount(predicted[predicted >= 0], minlength=predicted_tracks),
    )


def _rounded(boxes: F64) -> F64:
    """The boxes after a trip to corners and back, as the field's tools round them."""
    corner = boxes[:, :2]
    return np.concatenate([corner, corner + boxes[:, 2:] - corner], axis=1)


def _ignored(similarity: F64, boxes: F64, regions: tuple[Polygon, ...]) -> Bool:
    """(P,) predictions that nobody matches and that lie in an ignore region."""
    ignored = np.zeros(len(boxes), dtype=bool)
    if not regions or not len(similarity):
        return ignored
    matched = np.where(similarity < MATCH - EPSILON, 0.0, similarity)
    rows, columns = linear_sum_assignment(-matched)
    free = np.setdiff1d(np.arange(len(boxes)), columns[matched[rows, columns] > EPSILON])
    ignored[free] = (_region_overlap(boxes[free], regions) > _IGNORED_OVERLAP).any(axis=0)
    return ignored


def _region_overlap(boxes: F64, regions: tuple[Polygon, ...]) -> F64:
    """(R, P) overlap of each region with each box over their union."""
    x, y, width, height = boxes.T
    shapes = shapely.box(x, y, x + width, y + height)
    return np.array([_polygon_overlap(shapes, width * height, ring) for ring in regions if len(ring) >= _RING])


def _polygon_overlap(shapes: object, areas: F64, ring: Polygon) -> F64:
    """(P,) overlap over union; the union of a region in several parts counts the box once per part, as the kit."""
    region = shapely.Polygon(ring)
    parts = shapely.get_parts(region if region.is_valid else region.buffer(0))
    overlap = shapely.area(shapely.intersection(parts[:, None], shapes))
    union = shapely.area(parts)[:, None] + areas - overlap
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.nan_to_num(overlap.sum(axis=0) / union.sum(axis=0), nan=0.0))


def _check_boxes(comparison: Comparison, truth: I64, predicted: I64) -> None:
    for side, people, rows in (("truth", comparison.truth, truth), ("predictions", comparison.predicted, predicted)):
        unknown = rows[~np.isfinite(people.bbox_xywh[rows]).all(axis=1)]
        if unknown.size:
            raise MetricUndefined(_lacking(comparison, "a box", side, people, unknown))


def _check_areas(comparison: Comparison, labelled: Bool) -> None:
    unknown = np.flatnonzero(labelled.any(axis=1) & ~np.isfinite(comparison.areas))
    if unknown.size:
        raise MetricUndefined(_lacking(comparison, "an area for OKS", "truth", comparison.truth, unknown))


def _lacking(comparison: Comparison, what: str, side: str, people: Instances, rows: I64) -> str:
    first = int(rows[0])
    return (
        f"{comparison.name}: expected {what} for everyone in the {side}, got none for "
        f"track {people.track_id[first]} in frame {people.frame_index[first]}"
    )
