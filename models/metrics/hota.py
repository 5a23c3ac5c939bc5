"""Higher order tracking accuracy: what both of its variants share, from matched pairs on.

Luiten et al., IJCV 2021, as TrackEval's `metrics/hota.py` (12c8791, PyPI 1.3.0) computes it, with the
fragmentation figures that the PoseTrack21 kit (anDoer/PoseTrack21@3e61960, `trackeval/metrics/hota.py`
and `hota_pose.py`) adds. Association figures are counts of whole tracks, so they are finished within
a sequence; across sequences they are means weighted by true positives, while counts add up.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from poseloom.schemas.arrays import F64, I32, I64, Bool
from poseloom.schemas.errors import LabelError, MetricUndefined

ALPHAS = np.arange(0.05, 0.99, 0.05)
"""The 19 similarity thresholds .05 ... .95, with the field's own rounding errors."""

EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of one sequence that the assignment made, M of them in time order, in C columns.

    A column is a keypoint, or the whole person. Whether a pair is a true positive depends on alpha.

    Attributes:
        column: (M,) column of each pair.
        truth: (M,) track of the truth, 0..G-1.
        predicted: (M,) predicted track, 0..P-1.
        similarity: (M,) in 0..1.
        truth_sizes: (G, C) detections of each track of the truth.
        predicted_sizes: (P, C) detections of each predicted track.
    """

    column: I64
    truth: I64
    predicted: I64
    similarity: F64
    truth_sizes: I64
    predicted_sizes: I64


@dataclass(frozen=True, eq=False)
class HotaEvidence:
    """What HOTA is made of; (19, C) arrays, a row per alpha and a column per keypoint or person.

    Attributes:
        tp: True positives.
        fn: Misses.
        fp: False positives.
        assa: Association accuracy in 0..1, and so the others.
        assre: Association recall.
        asspr: Association precision.
        fraga: Fragmentation-aware association accuracy.
        loca: Mean similarity of the true positives; 1 without any.
    """

    tp: F64
    fn: F64
    fp: F64
    assa: F64
    assre: F64
    asspr: F64
    fraga: F64
    loca: F64


@dataclass(frozen=True)
class HotaFigures:
    """Means over the 19 thresholds in percent points; counts at alpha .5.

    Attributes:
        hota: sqrt(deta · assa), as every HOTA before its mean over the thresholds.
        deta: Detection accuracy.
        assa: Association accuracy.
        detre: Detection recall.
        detpr: Detection precision.
        assre: Association recall.
        asspr: Association precision.
        loca: Localisation accuracy.
        rhota: sqrt(detre · assa).
        fraga: Fragmentation-aware association accuracy.
        fa_hota: sqrt(deta · sqrt(assa · fraga)).
        fa_rhota: sqrt(detre · sqrt(assa · fraga)).
        tp: True positives at alpha .5.
        fn: Misses at alpha .5.
        fp: False positives at alpha .5.
    """

    hota: float
    deta: float
    assa: float
    detre: float
    detpr: float
    assre: float
    asspr: float
    loca: float
    rhota: float
    fraga: float
    fa_hota: float
    fa_rhota: float
    tp: int
    fn: int
    fp: int


@dataclass(frozen=True, eq=False)
class HotaCurves:
    """The figures of `HotaFigures` at each threshold: (19, C) arrays, percent points or counts."""

    hota: F64
    deta: F64
    assa: F64
    detre: F64
    detpr: F64
    assre: F64
    asspr: F64
    loca: F64
    rhota: F64
    fraga: F64
    fa_hota: F64
    fa_rhota: F64
    tp: F64
    fn: F64
    fp: F64

    def figures(self, column: int) -> HotaFigures:
        """Means of one column over the thresholds."""
        return self._summary({name: values[:, column] for name, values in self._arrays().items()})

    def mean(self, columns: slice) -> HotaFigures:
        """Means of the figures, and sums of the counts, over some columns."""
        arrays = {name: values[:, columns] for name, values in self._arrays().items()}
        return self._summary({k: v.sum(axis=1) if k in _COUNTS else v.mean(axis=1) for k, v in arrays.items()})

    def _arrays(self) -> dict[str, F64]:
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    @staticmethod
    def _summary(curves: dict[str, F64]) -> HotaFigures:
        counts = {name: round(float(curves.pop(name)[_HALF])) for name in _COUNTS}
        means = {name: float(curve.mean()) for name, curve in curves.items()}
        return HotaFigures(**means, tp=counts["tp"], fn=counts["fn"], fp=counts["fp"])


_COUNTS = ("tp", "fn", "fp")
_HALF = int(np.argmin(np.abs(ALPHAS - 0.5)))


def assign(score: F64, similarity: F64) -> tuple[I64, I64, I64]:
    """Rows, columns and layers of the one-to-one pairs of greatest total score; similarity 0 is no pair.

    Both are (G, P, C); each of the C layers is its own assignment. Only layers in which somebody has a
    choice need solving; they are solved whole, so that exact ties break as they do in the kits.
    """
    possible = similarity > 0
    disputed = (possible.sum(axis=0) > 1).any(axis=0) | (possible.sum(axis=1) > 1).any(axis=0)
    for layer in np.flatnonzero(disputed):
        rows, columns = linear_sum_assignment(-score[..., layer])
        chosen = np.zeros(possible.shape[:2], dtype=bool)
        chosen[rows, columns] = True
        possible[..., layer] &= chosen
    rows, columns, layers = np.nonzero(possible)
    return rows.astype(np.int64), columns.astype(np.int64), layers.astype(np.int64)


def evidence_of_pairs(pairs: Pairs) -> HotaEvidence:
    """The evidence of one sequence."""
    ordered = _by_column_and_truth(pairs)
    columns = pairs.truth_sizes.shape[1]
    per_alpha = [_at(alpha, ordered, columns) for alpha in ALPHAS]
    sums = {name: np.array([row[name] for row in per_alpha]) for name in per_alpha[0]}
    tp = sums.pop("tp")
    association = {name: total / np.maximum(1, tp) for name, total in sums.items() if name != "similarity"}
    return HotaEvidence(
        tp=tp,
        fn=pairs.truth_sizes.sum(axis=0) - tp,
        fp=pairs.predicted_sizes.sum(axis=0) - tp,
        loca=_localisation(sums["similarity"], tp),
        **association,
    )


def combine(evidence: Sequence[HotaEvidence]) -> HotaEvidence:
    """The evidence of many sequences as one: counts add up, the rest is weighted by true positives."""
    tp = np.sum([e.tp for e in evidence], axis=0)

    def weighted(name: str) -> F64:
        return np.asarray(np.sum([getattr(e, name) * e.tp for e in evidence], axis=0))

    association = {name: weighted(name) / np.maximum(1, tp) for name in ("assa", "assre", "asspr", "fraga")}
    return HotaEvidence(
        tp=tp,
        fn=np.sum([e.fn for e in evidence], axis=0),
        fp=np.sum([e.fp for e in evidence], axis=0),
        loca=_localisation(weighted("loca"), tp),
        **association,
    )


def curves(e: HotaEvidence) -> HotaCurves:
    """The figures at every threshold in percent points; 0 where there is neither truth nor prediction."""
    detre = e.tp / np.maximum(1, e.tp + e.fn)
    detpr = e.tp / np.maximum(1, e.tp + e.fp)
    deta = e.tp / np.maximum(1, e.tp + e.fn + e.fp)
    fragmented = np.sqrt(e.assa * e.fraga)
    return HotaCurves(
        hota=100 * np.sqrt(deta * e.assa),
        deta=100 * deta,
        assa=100 * e.assa,
        detre=100 * detre,
        detpr=100 * detpr,
        assre=100 * e.assre,
        asspr=100 * e.asspr,
        loca=100 * e.loca,
        rhota=100 * np.sqrt(detre * e.assa),
        fraga=100 * e.fraga,
        fa_hota=100 * np.sqrt(deta * fragmented),
        fa_rhota=100 * np.sqrt(detre * fragmented),
        tp=e.tp,
        fn=e.fn,
        fp=e.fp,
    )


def track_numbers(sequence: str, side: str, frame_index: I32, track_id: I32) -> tuple[I64, int]:
    """Track ids as 0..N-1 with N, for rows that all count.

    Args:
        sequence: Name for messages.
        side: "truth" or "predictions", for messages.
        frame_index: (N,) frames of the rows.
        track_id: (N,) their track ids.

    Raises:
        MetricUndefined: A row without a track.
        LabelError: Two rows of one track in one frame.
    """
    if (track_id < 0).any():
        frame = int(frame_index[np.argmax(track_id < 0)])
        raise MetricUndefined(
            f"{sequence}: expected a track id on everyone in the {side}, "
            f"got {int((track_id < 0).sum())} without one, the first in frame {frame}"
        )
    pairs, counts = np.unique(np.stack([frame_index, track_id]), axis=1, return_counts=True)
    if (counts > 1).any():
        frame, track = pairs[:, np.argmax(counts > 1)].tolist()
        raise LabelError(
            f"{sequence}: expected one person of track {track} in frame {frame} of the {side}, got several"
        )
    ids, numbers = np.unique(track_id, return_inverse=True)
    return numbers.astype(np.int64), len(ids)


@dataclass(frozen=True, eq=False)
class _Ordered:
    """Pairs by column, then truth track, then time; `cell` numbers the (column, truth, predicted) that occur."""

    column: I64
    cell: I64
    similarity: F64
    cell_column: I64
    truth_size: I64
    predicted_size: I64


def _by_column_and_truth(pairs: Pairs) -> _Ordered:
    order = np.lexsort((np.arange(len(pairs.column)), pairs.truth, pairs.column))
    column, truth, predicted = (values[order] for values in (pairs.column, pairs.truth, pairs.predicted))
    cells, cell = np.unique(np.stack([column, truth, predicted]), axis=1, return_inverse=True)
    return _Ordered(
        column=column,
        cell=cell.reshape(-1),
        similarity=pairs.similarity[order],
        cell_column=cells[0],
        truth_size=pairs.truth_sizes[cells[1], cells[0]],
        predicted_size=pairs.predicted_sizes[cells[2], cells[0]],
    )


def _at(alpha: float, pairs: _Ordered, columns: int) -> dict[str, F64]:
    """Sums over the true positives at one threshold, (C,) each; association figures summed, not yet divided."""
    hit = pairs.similarity >= alpha - EPSILON
    matches = np.bincount(pairs.cell[hit], minlength=len(pairs.cell_column))
    union = np.maximum(1, pairs.truth_size + pairs.predicted_size - matches)
    run_cell, run_length = _runs(pairs, hit)

    def per_column(of: I64, weights: F64) -> F64:
        return np.bincount(of, weights=weights, minlength=columns).astype(np.float64)

    return {
        "tp": per_column(pairs.cell_column, matches.astype(np.float64)),
        "similarity": per_column(pairs.column[hit], pairs.similarity[hit]),
        "assa": per_column(pairs.cell_column, matches * matches / union),
        "assre": per_column(pairs.cell_column, matches * matches / np.maximum(1, pairs.truth_size)),
        "asspr": per_column(pairs.cell_column, matches * matches / np.maximum(1, pairs.predicted_size)),
        "fraga": per_column(pairs.cell_column[run_cell], run_length * run_length / union[run_cell]),
    }


def _runs(pairs: _Ordered, hit: Bool) -> tuple[I64, I64]:
    """Cell and length of every run of true positives in which a truth track keeps its predicted track.

    Misses between two of them do not end a run: the kit remembers the last match.
    """
    cell = pairs.cell[hit]
    starts = np.flatnonzero(np.r_[True, np.diff(cell) != 0][: len(cell)])
    return cell[starts], np.diff(np.r_[starts, len(cell)])


def _localisation(similarity: F64, tp: F64) -> F64:
    """Mean similarity of the true positives, and the field's 1 where there is none."""
    tiny = 1e-10
    return np.asarray(np.maximum(tiny, similarity) / np.maximum(tiny, tp))
