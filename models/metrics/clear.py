"""CLEAR-MOT of whole people: misses, false positives, identity switches.

Bernardin and Stiefelhagen, 2008, as TrackEval's `metrics/clear.py` (12c8791, PyPI 1.3.0) computes it at
similarity .5. A pair of the frame before is kept if it still matches; frames in which one side is
empty are not "the frame before". A switch is a match to another prediction than the last one, however
long ago.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from poseloom.models.metrics.hota import EPSILON
from poseloom.models.metrics.sightings import MATCH, Sightings
from poseloom.schemas.arrays import F64, I64

_KEPT_PAIR = 1000
"""Worth more than all similarities of a frame: pairs are kept first."""

_NOBODY = -1


@dataclass(frozen=True)
class ClearEvidence:
    """Counts of one sequence.

    Attributes:
        matches: People found.
        misses: People of the truth without a prediction.
        false_positives: Predictions without a person.
        switches: Matches to another predicted track than the last time.
        similarity: Sum over the matches.
    """

    matches: int
    misses: int
    false_positives: int
    switches: int
    similarity: float


@dataclass(frozen=True)
class Clear:
    """CLEAR figures of one or many sequences.

    Attributes:
        mota: Percent points, at most 100 and possibly negative; NaN without truth.
        motp: Mean similarity of the matches in percent points; NaN without any.
        misses: Summed, and so the others.
        false_positives: Predictions without a person.
        id_switches: Matches to another predicted track than the last time.
        objects: People of the truth.
    """

    mota: float
    motp: float
    misses: int
    false_positives: int
    id_switches: int
    objects: int


def clear_evidence(sightings: Sightings) -> ClearEvidence:
    """Counts of one sequence."""
    last = np.full(len(sightings.truth_sizes), _NOBODY)
    before = last.copy()
    matches, switches, total = 0, 0, 0.0
    for frame in sightings.frames:
        if frame.truth.size and frame.predicted.size:
            kept = before[frame.truth][:, None] == frame.predicted
            rows, columns = _matched(frame.similarity, _KEPT_PAIR * kept)
            truth, predicted = frame.truth[rows], frame.predicted[columns]
            switches += int(((last[truth] != _NOBODY) & (last[truth] != predicted)).sum())
            matches += len(rows)
            total += float(frame.similarity[rows, columns].sum())
            last[truth] = predicted
            before[:] = _NOBODY
            before[truth] = predicted
    return ClearEvidence(
        matches=matches,
        misses=int(sightings.truth_sizes.sum()) - matches,
        false_positives=int(sightings.predicted_sizes.sum()) - matches,
        switches=switches,
        similarity=total,
    )


def clear(evidence: Sequence[ClearEvidence]) -> Clear:
    """The figures of one or many sequences."""
    matches, misses = sum(e.matches for e in evidence), sum(e.misses for e in evidence)
    false_positives, switches = sum(e.false_positives for e in evidence), sum(e.switches for e in evidence)
    objects = matches + misses
    return Clear(
        mota=100 * (matches - false_positives - switches) / objects if objects else float("nan"),
        motp=100 * sum(e.similarity for e in evidence) / matches if matches else float("nan"),
        misses=misses,
        false_positives=false_positives,
        id_switches=switches,
        objects=objects,
    )


def _matched(similarity: F64, bonus: I64) -> tuple[I64, I64]:
    score = np.where(similarity < MATCH - EPSILON, 0.0, bonus + similarity)
    rows, columns = linear_sum_assignment(-score)
    found = score[rows, columns] > EPSILON
    return rows[found].astype(np.int64), columns[found].astype(np.int64)
