"""Identity F1: how long everyone keeps one identity, under the best one-to-one naming of whole tracks.

Ristani et al., 2016, as TrackEval's `metrics/identity.py` (12c8791, PyPI 1.3.0) computes it at
similarity .5.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from poseloom.models.metrics.sightings import MATCH, Sightings


@dataclass(frozen=True)
class IdentityEvidence:
    """Counts of one sequence.

    Attributes:
        kept: People seen under the identity that the best naming gives them.
        missed: The other people of the truth.
        wrong: The other predictions.
    """

    kept: int
    missed: int
    wrong: int


@dataclass(frozen=True)
class Identity:
    """Identity figures of one or many sequences in percent points; NaN without truth and predictions.

    Attributes:
        idf1: Harmonic mean of the two others.
        idp: Share of the predictions under the right identity.
        idr: Share of the truth under the right identity.
    """

    idf1: float
    idp: float
    idr: float


def identity_evidence(sightings: Sightings) -> IdentityEvidence:
    """Counts of one sequence.

    The naming that leaves the fewest people missed or wrong is the one that keeps the most.
    """
    together = np.zeros((len(sightings.truth_sizes), len(sightings.predicted_sizes)), dtype=np.int64)
    for frame in sightings.frames:
        rows, columns = np.nonzero(frame.similarity >= MATCH)
        together[frame.truth[rows], frame.predicted[columns]] += 1
    kept = int(together[linear_sum_assignment(together, maximize=True)].sum())
    return IdentityEvidence(
        kept=kept,
        missed=int(sightings.truth_sizes.sum()) - kept,
        wrong=int(sightings.predicted_sizes.sum()) - kept,
    )


def identity(evidence: Sequence[IdentityEvidence]) -> Identity:
    """The figures of one or many sequences."""
    kept = sum(e.kept for e in evidence)
    truth, predictions = kept + sum(e.missed for e in evidence), kept + sum(e.wrong for e in evidence)
    return Identity(idf1=_share(2 * kept, truth + predictions), idp=_share(kept, predictions), idr=_share(kept, truth))


def _share(part: int, whole: int) -> float:
    return 100 * part / whole if whole else float("nan")
