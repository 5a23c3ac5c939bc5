"""Higher order tracking accuracy: its evidence and figures, for keypoints and for whole people.

Luiten et al., IJCV 2021, as TrackEval's `metrics/hota.py` (12c8791, PyPI 1.3.0) computes it, with the
fragmentation figures that the PoseTrack21 kit (anDoer/PoseTrack21@3e61960, `trackeval/metrics/hota.py`
and `hota_pose.py`) adds. Association figures are counts of whole tracks, so they are finished within
a sequence; across sequences they are means weighted by true positives, while counts add up.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poseloom.schemas.arrays import F64

ALPHAS = np.arange(0.05, 0.99, 0.05)
"""The 19 similarity thresholds .05 ... .95, with the field's own rounding errors."""

EPSILON = float(np.finfo(np.float64).eps)


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
        loca=localisation(weighted("loca"), tp),
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


def localisation(similarity: F64, tp: F64) -> F64:
    """Mean similarity of the true positives, and the field's 1 where there is none."""
    tiny = 1e-10
    return np.asarray(np.maximum(tiny, similarity) / np.maximum(tiny, tp))
