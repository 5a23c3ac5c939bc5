"""HOTA, identity F1 and CLEAR of whole people; the similarity is part of the name.

The three figures of TrackEval (12c8791, PyPI 1.3.0) on `models/metrics/sightings.py`, which says who
takes part and where each similarity comes from. Unlike in PoseTrack21's keypoint HOTA, the assignment
of a frame is guided by how well whole tracks agree. `iou` is the PoseTrack21 kit's box HOTA, with its
fragmentation figures.

Where TrackEval gives 0 for a ratio of nothing to nothing, the figure here is NaN: HOTA and identity
without truth and predictions, MOTA without truth.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from poseloom.models.metrics.clear import Clear, ClearEvidence, clear, clear_evidence
from poseloom.models.metrics.hota import EPSILON, HotaCurves, HotaEvidence, HotaFigures, combine, curves
from poseloom.models.metrics.hota_pairs import Pairs, assign, evidence_of_pairs
from poseloom.models.metrics.identity import Identity, IdentityEvidence, identity, identity_evidence
from poseloom.models.metrics.sightings import Sightings, box_sightings, oks_sightings
from poseloom.schemas.arrays import F64, I64
from poseloom.schemas.comparison import Comparison
from poseloom.schemas.errors import LabelError

Similarity = Literal["iou", "oks"]

_SIGHTINGS = {"iou": box_sightings, "oks": oks_sightings}


@dataclass(frozen=True, eq=False)
class PersonHotaEvidence:
    """What one sequence contributes.

    Attributes:
        similarity: "iou" or "oks".
        hota: (19, 1) per alpha.
        clear: Counts at similarity .5.
        identity: Counts at similarity .5.
    """

    similarity: Similarity
    hota: HotaEvidence
    clear: ClearEvidence
    identity: IdentityEvidence


@dataclass(frozen=True, eq=False)
class PersonHota:
    """Tracking figures of one or many sequences.

    Attributes:
        similarity: "iou" or "oks".
        hota: Means over the 19 thresholds.
        clear: MOTA and its counts at similarity .5.
        identity: IDF1 at similarity .5.
        per_alpha: HOTA at the 19 thresholds, in one column.
    """

    similarity: Similarity
    hota: HotaFigures
    clear: Clear
    identity: Identity
    per_alpha: HotaCurves


def person_hota_evidence(comparison: Comparison, similarity: Similarity) -> PersonHotaEvidence:
    """The evidence of one sequence.

    Raises:
        MetricUndefined: People without track id, or without what the similarity needs.
        LabelError: A track twice in one frame.
    """
    sightings = _SIGHTINGS[similarity](comparison)
    return PersonHotaEvidence(
        similarity=similarity,
        hota=evidence_of_pairs(_pairs(sightings)),
        clear=clear_evidence(sightings),
        identity=identity_evidence(sightings),
    )


def person_hota(evidence: Sequence[PersonHotaEvidence]) -> PersonHota:
    """The figures of one or many sequences.

    Raises:
        LabelError: No sequence, or sequences of different similarities.
    """
    similarities = {e.similarity for e in evidence}
    if len(similarities) != 1:
        raise LabelError(f"expected sequences of one similarity, got {len(similarities)} in {len(evidence)} sequences")
    per_alpha = curves(combine([e.hota for e in evidence]))
    return PersonHota(
        similarity=evidence[0].similarity,
        hota=_figures(per_alpha),
        clear=clear([e.clear for e in evidence]),
        identity=identity([e.identity for e in evidence]),
        per_alpha=per_alpha,
    )


def _figures(per_alpha: HotaCurves) -> HotaFigures:
    figures = per_alpha.figures(0)
    if figures.tp + figures.fn + figures.fp:
        return figures
    ratios = {field.name for field in dataclasses.fields(figures)} - {"tp", "fn", "fp"}
    undefined: dict[str, Any] = dict.fromkeys(ratios, float("nan"))
    return dataclasses.replace(figures, **undefined)


def _pairs(sightings: Sightings) -> Pairs:
    alignment = _alignment(sightings)
    nobody = np.zeros(0, dtype=np.int64)
    found: list[tuple[I64, I64, F64]] = [(nobody, nobody, np.zeros(0))]
    for frame in sightings.frames:
        guided = alignment[np.ix_(frame.truth, frame.predicted)] * frame.similarity
        rows, columns, _ = assign(guided[..., None], frame.similarity[..., None])
        found.append((frame.truth[rows], frame.predicted[columns], frame.similarity[rows, columns]))
    truth, predicted, similarity = (np.concatenate(part) for part in zip(*found, strict=True))
    return Pairs(
        column=np.zeros_like(truth),
        truth=truth,
        predicted=predicted,
        similarity=similarity,
        truth_sizes=sightings.truth_sizes[:, None],
        predicted_sizes=sightings.predicted_sizes[:, None],
    )


def _alignment(sightings: Sightings) -> F64:
    """(G, P) agreement of whole tracks: soft overlap in time over the union of their lengths."""
    together = np.zeros((len(sightings.truth_sizes), len(sightings.predicted_sizes)))
    for frame in sightings.frames:
        similarity = frame.similarity
        union = similarity.sum(axis=0) + similarity.sum(axis=1)[:, None] - similarity
        share = np.divide(similarity, union, out=np.zeros_like(similarity), where=union > EPSILON)
        together[np.ix_(frame.truth, frame.predicted)] += share
    return together / (sightings.truth_sizes[:, None] + sightings.predicted_sizes - together)
