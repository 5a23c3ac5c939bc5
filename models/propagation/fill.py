"""Track through the pictures of spans, and decide what to keep."""

from collections.abc import Sequence

import numpy as np

from poseloom.models.propagation.anchors import person_sizes
from poseloom.models.propagation.fusion import GapEvidence, fuse_gap, tail_score
from poseloom.models.propagation.placements import Placements
from poseloom.models.propagation.plan import NO_ROW, Span
from poseloom.models.propagation.predictions import Predictions, weigh
from poseloom.models.propagation.settings import PropagationSettings
from poseloom.schemas.arrays import F64, I64, U8, Bool
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import PointTracker
from poseloom.schemas.provenance import Source


def fill_gaps(spans: Sequence[Span], images: Sequence[U8], labels: Instances, tracker: PointTracker) -> Placements:
    """Keypoints of the frames between the anchors of spans that share their first and last picture.

    Predictions in between are weighed against them.
    """
    keypoint = np.array([span.keypoint for span in spans])
    before, after = _rows(spans, "before"), _rows(spans, "after")
    outer_before, outer_after = _rows(spans, "outer_before"), _rows(spans, "outer_after")
    sizes = person_sizes(labels)
    frames = labels.frame_index.astype(np.float64)
    start, end = labels.keypoints_xy[before, keypoint], labels.keypoints_xy[after, keypoint]
    evidence = GapEvidence(
        before=start,
        after=end,
        outer_before=_anchor_xy(labels, outer_before, keypoint),
        outer_after=_anchor_xy(labels, outer_after, keypoint),
        outer_frames=np.stack([frames[before] - frames[outer_before], frames[outer_after] - frames[after]], axis=1),
        forward=tracker.track(images, start).xy,
        backward=tracker.track(images[::-1], end).xy[::-1],
        sizes=(sizes[before] + sizes[after]) / 2,
        people=np.array([span.track_id for span in spans]),
    )
    xy, score = fuse_gap(evidence)
    predicted = _predictions(spans, np.arange(len(images)) + spans[0].first, labels)
    weighed = weigh(xy, score, predicted, evidence.sizes, closed=True)
    kept = ~weighed.predicted
    kept[[0, -1]] = False
    return _placements(spans, spans[0].first, weighed.xy, weighed.score, kept)


def fill_tails(
    spans: Sequence[Span],
    images: Sequence[U8],
    labels: Instances,
    tracker: PointTracker,
    settings: PropagationSettings,
) -> Placements:
    """Keypoints of the frames beside the anchors of one-sided spans that share their pictures and side.

    Each ends where it drifts (its score falls, a limb stretches, it leaves the picture). Predictions
    are weighed against it, and against nothing further on: what they were off by dies out there.
    """
    forward = spans[0].before != NO_ROW
    keypoint = np.array([span.keypoint for span in spans])
    rows = _rows(spans, "before" if forward else "after")
    sizes = person_sizes(labels)[rows]
    tracks = tracker.track(images if forward else images[::-1], labels.keypoints_xy[rows, keypoint])
    people = np.array([span.track_id for span in spans])
    score = tail_score(tracks.confidence.astype(np.float64), tracks.xy - tracks.xy[0], sizes, people)
    frames = np.arange(len(images)) + spans[0].first
    predicted = _predictions(spans, frames if forward else frames[::-1], labels)
    stop = np.minimum(
        _first(np.asarray(score < settings.min_score)), _stretched(spans, tracks.xy, score, sizes, labels, settings)
    )
    step = np.arange(len(images))[:, None]
    alive = step < stop
    weighed = weigh(tracks.xy, np.where(alive, score, 0.0), predicted, sizes, closed=False)
    kept = (step > 0) & (alive | predicted.known) & ~weighed.predicted
    order = slice(None) if forward else slice(None, None, -1)
    return _placements(spans, spans[0].first, weighed.xy[order], weighed.score[order], kept[order])


def _stretched(
    spans: Sequence[Span], xy: F64, score: F64, sizes: F64, labels: Instances, settings: PropagationSettings
) -> I64:
    """First step at which a limb is too long; its less certain end is to blame."""
    stop = np.full(len(spans), len(xy))
    where = {(span.track_id, span.keypoint): i for i, span in enumerate(spans)}
    for track in sorted({span.track_id for span in spans}):
        for a, b in labels.skeleton.limbs:
            i, j = where.get((track, a)), where.get((track, b))
            if i is None or j is None:
                continue
            length = np.linalg.norm(xy[:, i] - xy[:, j], axis=-1)
            step = int(_first((length > settings.max_stretch * length[0] + settings.agreement * sizes[i])[:, None])[0])
            if step < len(xy):
                blamed = i if score[step, i] < score[step, j] else j
                stop[blamed] = min(stop[blamed], step)
    return stop


def _predictions(spans: Sequence[Span], frames: I64, labels: Instances) -> Predictions:
    """What a model says about the keypoints in those frames."""
    where = {
        key: row for row, key in enumerate(zip(labels.track_id.tolist(), labels.frame_index.tolist(), strict=True))
    }
    rows = np.array([[where.get((span.track_id, int(frame)), NO_ROW) for span in spans] for frame in frames])
    keypoint = np.array([span.keypoint for span in spans])
    if not len(labels):
        return Predictions(np.full((*rows.shape, 2), np.nan), np.full(rows.shape, np.nan))
    source, said = labels.source[rows, keypoint], labels.visibility[rows, keypoint] > 0
    by_model = (source == Source.PREDICTED) | ((source == Source.IMPORTED) & ~np.isnan(labels.score[rows, keypoint]))
    known = (rows != NO_ROW) & said & by_model
    return Predictions(
        np.where(known[..., None], labels.keypoints_xy[rows, keypoint], np.nan),
        np.where(known, np.nan_to_num(labels.score[rows, keypoint], nan=1.0), np.nan),
    )


def _placements(spans: Sequence[Span], first: int, xy: F64, score: F64, kept: Bool) -> Placements:
    step, n = np.nonzero(kept)
    of = {name: np.array([getattr(s, name) for s in spans])[n] for name in ("track_id", "keypoint", "before", "after")}
    return Placements(frame_index=first + step, xy=xy[step, n], score=score[step, n], **of)


def _rows(spans: Sequence[Span], name: str) -> I64:
    return np.array([getattr(span, name) for span in spans], dtype=np.int64)


def _anchor_xy(labels: Instances, rows: I64, keypoint: I64) -> F64:
    return np.where((rows != NO_ROW)[:, None], labels.keypoints_xy[rows, keypoint], np.nan)


def _first(condition: Bool) -> I64:
    """(N,) first step at which the (T, N) condition holds; T where it never does."""
    return np.asarray(np.where(condition.any(axis=0), condition.argmax(axis=0), condition.shape[0]))
