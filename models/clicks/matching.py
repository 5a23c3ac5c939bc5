"""Which person of the truth is which predicted one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from poseloom.models.clicks.case import Case, is_somebody, rows_of_frames
from poseloom.models.oks import oks_matrix
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.instances import Instances

GATE = 0.1
"""Least OKS of a match."""
NOBODY = -1

Drawn = Mapping[tuple[int, int], int]
"""Track id that the oracle gave the person it drew, by frame and track id of the truth."""


@dataclass(frozen=True, eq=False)
class Matches:
    """The truth's G people beside the present state's rows.

    Attributes:
        row: (G,) row of the state, or -1.
        oks: (G,) similarity of the two; 0 where there is no match.
        taken: (D,) rows of the state that are matched.
    """

    row: I64
    oks: F64
    taken: Bool


def match(case: Case, state: Instances, drawn: Drawn) -> Matches:
    """Optimal assignment of each labelled frame's people by OKS, at least `GATE` each.

    A person whom the oracle drew and who matches nobody is the one it drew, however bad the pose is.

    Args:
        case: The video.
        state: Its present labels, sorted by frame.
        drawn: Whom the oracle drew.
    """
    row, oks = np.full(len(case.truth), NOBODY, dtype=np.int64), np.zeros(len(case.truth))
    present = is_somebody(state)
    for truths, theirs in zip(case.truth_rows, rows_of_frames(state, case.frames), strict=True):
        people, rows = truths[case.people[truths]], theirs[present[theirs]]
        if len(people) and len(rows):
            row[people], oks[people] = _assigned(case, state, people, rows, drawn)
    taken = np.zeros(len(state), dtype=np.bool_)
    taken[row[row != NOBODY]] = True
    return Matches(row, oks, taken)


def _assigned(case: Case, state: Instances, people: I64, rows: I64, drawn: Drawn) -> tuple[I64, F64]:
    truth = case.truth
    similarity = oks_matrix(
        truth.keypoints_xy[people], truth.visibility[people], case.areas[people],
        state.keypoints_xy[rows], truth.skeleton.sigmas,
    )  # fmt: skip
    row, oks = np.full(len(people), NOBODY, dtype=np.int64), np.zeros(len(people))
    close = np.where(similarity >= GATE, similarity, 0.0)
    some, others = linear_sum_assignment(close, maximize=True)
    matched = close[some, others] > 0
    row[some[matched]], oks[some[matched]] = rows[others[matched]], similarity[some[matched], others[matched]]
    if not drawn:
        return row, oks
    track_ids = state.track_id[rows].tolist()
    for i in np.flatnonzero(row == NOBODY).tolist():
        own = drawn.get((int(truth.frame_index[people[i]]), int(truth.track_id[people[i]])))
        if own in track_ids and rows[j := track_ids.index(own)] not in row:
            row[i], oks[i] = rows[j], similarity[i, j]
    return row, oks
