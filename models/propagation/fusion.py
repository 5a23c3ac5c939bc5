"""From point tracks and anchors to keypoints.

Lengths are measured in twentieths of the person's extent (about half a head). The constants were
chosen on rendered people, on real motion drawn with cut-out people, and on real videos with a pose
estimator's labels, clean and with jitter.
"""

from dataclasses import dataclass

import numpy as np

from poseloom.schemas.arrays import F64, I64

HEAD = 0.05
"""Half a head, in person sizes."""
_SHORTEST = 0.05
_SMALLEST_MISS = 0.2
_BEND, _BEND_FADES = 0.7, 0.003
_SEEN, _UNSEEN, _QUARREL = 1.5, 0.05, 0.5
_DOUBT, _QUORUM = 2.0, 0.5
_GAP_SCORE = (1.33, -0.83, -1.07)
_TAIL_SCORE = (2.4, 0.5, -0.42, -0.55, -0.19)
_STILL = 3


@dataclass(frozen=True)
class GapEvidence:
    """What is known about N keypoints in the T pictures from one anchor to the next.

    Attributes:
        before: (N, 2) anchor in the first picture.
        after: (N, 2) anchor in the last picture.
        outer_before: (N, 2) the anchor before that, NaN where there is none.
        outer_after: (N, 2) the anchor after that, NaN where there is none.
        outer_frames: (N, 2) frames from `outer_before` to `before` and from `after` to `outer_after`.
        forward: (T, N, 2) tracks that start at `before`.
        backward: (T, N, 2) tracks that started at `after`, in the order of the pictures.
        sizes: (N,) size of the person in pixels.
        people: (N,) track id of the person.
    """

    before: F64
    after: F64
    outer_before: F64
    outer_after: F64
    outer_frames: F64
    forward: F64
    backward: F64
    sizes: F64
    people: I64


def fuse_gap(gap: GapEvidence) -> tuple[F64, F64]:
    """Keypoints between two anchors from both tracks and the interpolation prior.

    A track that misses the anchor it should arrive at is bent onto it, in proportion to the time
    (one that never moved becomes the linear interpolation). The prior is the interpolation, moved as
    the person's tracks agree that the whole person moved. Then the bent tracks and the prior are
    averaged by inverse variance. A track's variance is the square of its miss and vanishes at the
    anchor it starts from; the tracks' disagreement counts against both. The prior's variance grows
    with the way between the anchors and with the length of the gap. So still people stay still, and
    fast ones follow the picture as far as the tracker held on to them.

    Returns:
        (T, N, 2) positions, and (T, N) scores: the probability that a position is within half a
        head of the truth.
    """
    steps = len(gap.forward) - 1
    time = (np.arange(steps + 1) / steps)[:, None]
    unit = HEAD * gap.sizes
    missed_after, missed_before = gap.forward[-1] - gap.after, gap.backward[0] - gap.before
    forward = gap.forward - time[..., None] * missed_after
    backward = gap.backward - (1 - time[..., None]) * missed_before
    after, before = (_SEEN * (_lengths(m, unit) + _SMALLEST_MISS) ** 2 for m in (missed_after, missed_before))
    quarrel = _QUARREL * _lengths(forward - backward, unit) ** 2
    way = _lengths(gap.after - gap.before, unit)
    variances = np.stack(
        [
            _UNSEEN * steps * (way + _SHORTEST) * 2 * np.sqrt(time * (1 - time)),
            after * np.sqrt(time) + quarrel,
            before * np.sqrt(1 - time) + quarrel,
        ]
    )
    precisions = 1 / np.maximum(variances, 1e-12)
    tracked = _average(np.stack([forward, backward]), precisions[1:])
    prior = interpolate(gap)
    prior += _shared_motion(tracked - prior, np.minimum(after, before) + quarrel, gap.people)
    candidates = np.stack([prior, forward, backward])
    fused = _average(candidates, precisions)
    weights = precisions / precisions.sum(axis=0)
    scatter = (weights * (((candidates - fused) / unit[:, None]) ** 2).sum(axis=-1)).sum(axis=0)
    return fused, _gap_score(1 / precisions.sum(axis=0), np.sqrt(scatter))


def _shared_motion(motion: F64, variance: F64, people: I64) -> F64:
    """(T, N, 2) how far each person as a whole moved: what its keypoints' motions have in common.

    It is their mean, weighted by their certainty, and shrunk where they scatter about it, as limbs
    do, and where hardly any of them is certain, as behind another person.

    Args:
        motion: (T, N, 2) pixels.
        variance: (T, N) of the motion.
        people: (N,) track id of the person.
    """
    shared = np.zeros_like(motion)
    certainty = _DOUBT / (_DOUBT + variance)
    for person in np.unique(people):
        own = people == person
        weights = certainty[:, own]
        mean = _average(motion[:, own], weights, axis=1)
        scatter = _average(((motion[:, own] - mean) ** 2).sum(axis=-1, keepdims=True), weights, axis=1)
        squared = (mean**2).sum(axis=-1, keepdims=True)
        known = np.minimum(1, weights.mean(axis=1) / _QUORUM)[:, None, None]
        shared[:, own] = mean * known * squared / (squared + scatter + 1e-9)
    return shared


def _average(values: F64, weights: F64, axis: int = 0) -> F64:
    """Mean over an axis of (..., 2) values by (...) weights; `axis` other than 0 is kept, of length 1."""
    total = weights.sum(axis=axis, keepdims=axis > 0)
    return np.asarray((weights[..., None] * values).sum(axis=axis, keepdims=axis > 0) / total[..., None])


def interpolate(gap: GapEvidence) -> F64:
    """(T, N, 2) positions between the anchors: linear, bent towards the motion beyond the anchors.

    The bend is that of the Catmull-Rom cubic through the neighbouring anchors, shrunk the more the
    longer the gap: what lies far beyond the anchors says little about the motion in between.
    """
    steps = len(gap.forward) - 1
    s = (np.arange(steps + 1) / steps)[:, None, None]
    way = gap.after - gap.before
    leaving = _slope(gap.outer_before, gap.outer_frames[:, :1], gap.after, gap.before, steps)
    arriving = -_slope(gap.outer_after, gap.outer_frames[:, 1:], gap.before, gap.after, steps)
    leaving, arriving = (
        np.where(np.isnan(leaving), np.where(np.isnan(arriving), way, 1.5 * way - 0.5 * arriving), leaving),
        np.where(np.isnan(arriving), np.where(np.isnan(leaving), way, 1.5 * way - 0.5 * leaving), arriving),
    )
    bend = s * (1 - s) * ((1 - s) * (leaving - way) - s * (arriving - way))
    return np.asarray(gap.before + s * way + _BEND / (1 + _BEND_FADES * steps**2) * bend)


def tail_score(confidence: F64, motion: F64, sizes: F64, people: I64) -> F64:
    """(T, N) probability that a one-sided track is still within half a head of the truth.

    It falls with the time, with the tracker's doubt, and with how far the point moved otherwise than
    the person did: the median motion of the person's points, with three still points among them, so
    that single points are measured against standing still.

    Args:
        confidence: (T, N) of the tracker; row 0 is the anchor.
        motion: (T, N, 2) pixels away from the anchor.
        sizes: (N,) size of the person in pixels.
        people: (N,) track id of the person.
    """
    constant, by_confidence, by_steps, by_stray, by_spread = _TAIL_SCORE
    steps = np.maximum(np.arange(len(confidence)), 1)[:, None]
    stray, spread = np.empty(confidence.shape), np.empty(confidence.shape)
    for person in np.unique(people):
        own = people == person
        points = np.concatenate([motion[:, own], np.zeros((len(motion), _STILL, 2))], axis=1)
        away = np.linalg.norm(points - np.median(points, axis=1, keepdims=True), axis=-1)
        stray[:, own], spread[:, own] = away[:, : own.sum()], np.median(away, axis=1, keepdims=True)
    logit = (
        constant
        + by_confidence * np.log(np.maximum(confidence, 0.01))
        + by_steps * np.log(steps)
        + by_stray * np.log(stray / (HEAD * sizes) + _SHORTEST)
        + by_spread * np.log(spread / (HEAD * sizes) + _SHORTEST)
    )
    return np.where(confidence > 0, 1 / (1 + np.exp(-logit)), 0.0)


def _gap_score(variance: F64, scatter: F64) -> F64:
    constant, by_variance, by_scatter = _GAP_SCORE
    logit = constant + by_variance * np.log(variance + 1e-6) + by_scatter * np.log(scatter + _SHORTEST)
    return np.asarray(1 / (1 + np.exp(-logit)))


def _lengths(vectors: F64, unit: F64) -> F64:
    return np.asarray(np.linalg.norm(vectors, axis=-1) / unit)


def _slope(outer: F64, outer_frames: F64, inner: F64, anchor: F64, steps: int) -> F64:
    """Motion per gap at the anchor: the derivative of the parabola through the three anchors."""
    past, way = (anchor - outer) / outer_frames, (inner - anchor) / steps
    return np.asarray(steps * (past * steps + way * outer_frames) / (steps + outer_frames))
