"""Pairs that an assignment made, and what they say about detection and association.

The sums of TrackEval's `metrics/hota.py` (12c8791, PyPI 1.3.0) and of the PoseTrack21 kit's
(anDoer/PoseTrack21@3e61960, `trackeval/metrics/hota.py`, `hota_pose.py`), over pairs instead of matrices.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from poseloom.models.metrics.hota import ALPHAS, EPSILON, HotaEvidence, localisation
from poseloom.schemas.arrays import F64, I64, Bool


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
        loca=localisation(sums["similarity"], tp),
        **association,
    )


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
