"""Which frame of a tracklet the oracle corrects next, and what it does there."""

from collections.abc import Callable

import numpy as np

from poseloom.models.clicks.case import Case
from poseloom.models.clicks.matching import NOBODY, Matches
from poseloom.models.oks import keypoint_error
from poseloom.schemas.arrays import F64, I64
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source

GOOD_ENOUGH = 0.95
"""OKS from which a person needs no correction."""
LOCKED = -1.0
"""Error of a keypoint that cannot be clicked: less than any."""


def _first_bad_frame(matches: Matches, errors: F64) -> F64:
    del errors
    return np.zeros(len(matches.oks))


def _worst_keypoint(matches: Matches, errors: F64) -> F64:
    return np.where(matches.row == NOBODY, -np.inf, -errors.max(axis=1, initial=LOCKED))


def _worst_frame(matches: Matches, errors: F64) -> F64:
    del errors
    return np.where(matches.row == NOBODY, 0.0, matches.oks)


RULES: dict[str, Callable[[Matches, F64], F64]] = {
    "first_bad_frame": _first_bad_frame,
    "worst_keypoint": _worst_keypoint,
    "worst_frame": _worst_frame,
}
"""By name: what to take the least of among a tracklet's frames; ties go to the earlier frame."""


def keypoint_errors(case: Case, state: Instances, matches: Matches) -> F64:
    """(G, K) errors of the matched people in OKS's units; -1 where no click is possible.

    That is where the truth labels no keypoint, where a person put the keypoint already, and for
    people who match nobody.
    """
    errors = np.full(case.truth.visibility.shape, LOCKED)
    found = matches.row != NOBODY
    rows = matches.row[found]
    error = keypoint_error(
        case.truth.keypoints_xy[found], case.areas[found], state.keypoints_xy[rows], case.truth.skeleton.sigmas
    )
    free = (case.truth.visibility[found] > 0) & (state.source[rows] != Source.CORRECTED)
    errors[found] = np.where(free, error, LOCKED)
    return errors


def choose(case: Case, matches: Matches, errors: F64, rule: str) -> I64:
    """The truth's row that the oracle takes up for each tracklet that needs it, by ascending track id.

    A person is eligible who is below `GOOD_ENOUGH` and who can be drawn, or has a keypoint left to click.
    """
    possible = (matches.row == NOBODY) | (errors > LOCKED).any(axis=1)
    rows = np.flatnonzero(case.people & (matches.oks < GOOD_ENOUGH) & possible)
    track, frame = case.truth.track_id[rows], case.truth.frame_index[rows]
    order = rows[np.lexsort((frame, RULES[rule](matches, errors)[rows], track))]
    _, first = np.unique(case.truth.track_id[order], return_index=True)
    return np.asarray(order[first], dtype=np.int64)
