"""What an estimator says about keypoints that are being propagated, and how far it is to be believed.

A propagated position and a prediction are two measurements of one keypoint. The first is exact at the
anchor and gets worse with the distance; the second is about equally good everywhere, but its error
lasts: what it is off by in one frame it is nearly off by in the next. So the prediction's error is
what is followed (a Kalman filter whose measurements are propagated position minus prediction, as of
an autoregression of the first order), from each anchor outwards: near the anchor it is measured well,
further away it is remembered, and it dies out. Where the two are further apart than the variances of
both allow, one of them is somewhere else altogether, and nothing there tells which. The prediction is
believed: an estimator looks at every frame anew, while a track that was lost stays lost. Only beside
a position that is all but certain may a large error of the predictions last undiminished.

Lengths are in twentieths of the person's extent (half a head), as in `fusion`. The constants were
chosen on rendered people with three kinds of made-up errors: some that drift with long-lasting
misses, independent ones, and constant ones.
"""

from dataclasses import dataclass

import numpy as np

from poseloom.models.propagation.fusion import HEAD
from poseloom.schemas.arrays import F64, Bool

_MEMORY = 0.6
_USUAL = 0.13
_UNKNOWN = 1000.0
_WILD = 0.1
_GATE = 6.0
_DOUBT = 6.0
_LOST = 1e9
_SURE = 0.003
_NEGLIGIBLE = 0.1


@dataclass(frozen=True)
class Predictions:
    """What a model says about N keypoints in T pictures.

    Attributes:
        xy: (T, N, 2) pixels, NaN where it says nothing.
        score: (T, N) as it gave it, NaN where it says nothing.
    """

    xy: F64
    score: F64

    @property
    def known(self) -> Bool:
        """(T, N) where it says something."""
        return np.asarray(np.isfinite(self.xy[..., 0]))


@dataclass(frozen=True)
class Weighed:
    """N keypoints in T pictures: propagated, predicted, or in between.

    Attributes:
        xy: (T, N, 2) pixels.
        score: (T, N) of what was propagated and predicted, by their weights.
        predicted: (T, N) where the prediction stays as it is: it would hardly move, and beside it is no
            position from both sides that weighs more.
    """

    xy: F64
    score: F64
    predicted: Bool


def weigh(xy: F64, score: F64, predictions: Predictions, sizes: F64, closed: bool) -> Weighed:
    """Propagated positions beside predictions; without a prediction they stay as they are.

    Args:
        xy: (T, N, 2) propagated positions; the first is an anchor, and the last if closed.
        score: (T, N) probability that they are within half a head of the truth; 0 where they are given up.
        predictions: What an estimator says.
        sizes: (N,) size of the person in pixels.
        closed: Whether the last picture is an anchor, too.
    """
    unit = (HEAD * sizes)[:, None]
    known = predictions.known
    off = np.where(known[..., None], (xy - predictions.xy) / unit, np.nan)
    variance = np.where(score > 0, (_DOUBT * (1 - score) / np.maximum(score, 1e-3)) ** 2 + 1e-4, _LOST)
    error, spread, agree = _expected(off, variance)
    if closed:
        error, spread, agree = _both((error, spread, agree), _expected(off[::-1], variance[::-1]))
    gain = np.where(agree, spread / (spread + variance), 0.0)
    shift = error + gain[..., None] * (np.where(known[..., None], off, 0.0) - error)
    predicted = known & (_squared(shift) < _NEGLIGIBLE**2) & ((gain < 0.5) | (not closed))
    return Weighed(
        xy=np.where(known[..., None], predictions.xy + shift * unit, xy),
        score=np.where(known, gain * score + (1 - gain) * predictions.score, score),
        predicted=predicted,
    )


def _expected(off: F64, variance: F64) -> tuple[F64, F64, Bool]:
    """From the first picture on, what the predictions' errors should be before each is looked at.

    Args:
        off: (T, N, 2) propagated position minus prediction, NaN where there is none.
        variance: (T, N) of the propagated position.

    Returns:
        (T, N, 2) errors, (T, N) their variances, and (T, N) whether what is there agrees with them.
    """
    steps, count = variance.shape
    error, spread = np.zeros((count, 2)), np.full(count, _UNKNOWN)
    errors, spreads = np.zeros(off.shape), np.full(variance.shape, _UNKNOWN)
    agree = np.zeros(variance.shape, dtype=np.bool_)
    for t in range(1, steps):
        measured = ~np.isnan(off[t, :, 0])
        seen = np.where(measured[:, None], off[t], 0.0)
        spread = _MEMORY**2 * spread + (1 - _MEMORY**2) * _USUAL + _WILD**2 * _squared(error)
        lasts = measured & (variance[t] < _SURE) & (_squared(seen - error) < _squared(seen - _MEMORY * error))
        error = np.where(lasts, 1.0, _MEMORY)[:, None] * error
        right = _fits(seen, _USUAL + variance[t]) & ~_fits(seen - error, spread + variance[t])
        error, spread = np.where(right[:, None], 0.0, error), np.where(right, _USUAL, spread)
        agree[t] = measured & _fits(seen - error, spread + variance[t])
        errors[t], spreads[t] = error, spread
        gain = np.where(agree[t], spread / (spread + variance[t]), 0.0)
        error, spread = error + gain[:, None] * (seen - error), (1 - gain) * spread
    return errors, spreads, agree


def _squared(vectors: F64) -> F64:
    return np.asarray((vectors**2).sum(axis=-1))


def _fits(difference: F64, variance: F64) -> Bool:
    return np.asarray(_squared(difference) <= _GATE * variance)


def _both(first: tuple[F64, F64, Bool], last: tuple[F64, F64, Bool]) -> tuple[F64, F64, Bool]:
    """What is expected from both ends together; `last` is in the order of its steps."""
    own, other = 1 / first[1], 1 / last[1][::-1]
    mean = (own[..., None] * first[0] + other[..., None] * last[0][::-1]) / (own + other)[..., None]
    return np.asarray(mean), np.asarray(1 / (own + other)), np.asarray(first[2] | last[2][::-1])
