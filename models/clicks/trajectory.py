"""The protocol's loop: measure, choose, act, propagate, again."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from poseloom.models.clicks.acting import Action, Session
from poseloom.models.clicks.case import Case
from poseloom.models.clicks.choosing import choose, keypoint_errors
from poseloom.models.clicks.matching import NOBODY, Matches, match
from poseloom.models.clicks.precision import Precision, average_precision
from poseloom.schemas.arrays import F64, Bool
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Propagator

REACHED = 1e-9
"""By so much an average precision may miss its target."""


@dataclass(frozen=True, eq=False)
class Moment:
    """A case after a round of the protocol (the first: before any).

    Attributes:
        precision: AP of the video, 0..1; NaN without people.
        actions: What the oracle did in the round.
        state: The labels now.
        matches: Who is who now.
        untouched_scores: (D,) scores of the state's people as predicted.
        touched: (D,) people of the state on whom the oracle ever acted.
        identity_changes: How often the id of a tracklet's match changes from one matched frame to the next.
    """

    precision: float
    actions: tuple[Action, ...]
    state: Instances
    matches: Matches
    untouched_scores: F64
    touched: Bool
    identity_changes: int


def trajectory(case: Case, propagator: Propagator, rule: str, target: float, measured: Precision) -> Iterator[Moment]:
    """The case before any action and after every round, until there is nothing left to do.

    Args:
        case: The video.
        propagator: The strategy.
        rule: Name of the rule that chooses frames.
        target: AP (0..1) from which nothing is deleted any more.
        measured: Measures the case; may be shared by runs on it.
    """
    session, actions = Session(case, propagator), tuple[Action, ...]()
    sigmas = case.truth.skeleton.sigmas
    while True:
        matches = match(case, session.state, session.drawn)
        session.note(matches)
        precision = average_precision(measured.evidence(session.state, session.scores), sigmas)
        yield Moment(
            precision, actions, session.state, matches, session.untouched_scores, session.touched,
            identity_changes(case, session.state, matches),
        )  # fmt: skip
        actions = _act(case, session, matches, rule, precision < target - REACHED)
        if not actions:
            return
        session.propagate()


def _act(case: Case, session: Session, matches: Matches, rule: str, may_delete: bool) -> tuple[Action, ...]:
    """One action per tracklet that has a bad frame; where none has, one deletion."""
    errors = keypoint_errors(case, session.state, matches)
    actions = [
        session.draw(person, matches)
        if matches.row[person] == NOBODY
        else session.click(person, int(errors[person].argmax()), matches)
        for person in choose(case, matches, errors, rule).tolist()
    ]
    if not actions and may_delete and (deletion := session.delete(matches)):
        actions = [deletion]
    return tuple(actions)


def identity_changes(case: Case, state: Instances, matches: Matches) -> int:
    """How often the id changes along the matched frames of the tracklets."""
    found = np.flatnonzero(matches.row != NOBODY)
    ids = state.track_id[matches.row[found]]
    order = np.lexsort((case.truth.frame_index[found], case.truth.track_id[found]))
    along = zip(case.truth.track_id[found][order].tolist(), ids[order].tolist(), strict=True)
    return sum(a[0] == b[0] and a[1] != b[1] for a, b in pairwise(along))
