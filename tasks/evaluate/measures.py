"""The measures of an evaluation: what each takes, what its figures are called, and what they count."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from poseloom.models.metrics.coco_ap import CocoAp, coco_ap, coco_evidence
from poseloom.models.metrics.hota import ALPHAS, HotaCurves, HotaFigures
from poseloom.models.metrics.hota_pt21 import HotaPt21, hota_pt21, hota_pt21_evidence
from poseloom.models.metrics.person_hota import PersonHota, person_hota, person_hota_evidence
from poseloom.models.metrics.posetrack_ap import PosetrackAp, ap_evidence, posetrack_ap
from poseloom.models.metrics.posetrack_mota import PosetrackMota, mota_evidence, posetrack_mota
from poseloom.schemas.comparison import Comparison
from poseloom.schemas.errors import MetricUndefined

Json = dict[str, Any]

ID_LIMIT = 10_000
"""PoseTrack's kits refuse track ids from here on."""

_HEADS = "distance in heads (0.6 of the head box's diagonal)"
_NO_AREA = "none: heads set the scale"
_OKS_AREA = "{area}"
_LABELLED = "frames with is_labeled"


@dataclass(frozen=True)
class Measure:
    """One measure in one variant.

    Attributes:
        path: Its place in the results.
        evidence: What one sequence contributes; measures with the same function share it.
        figures: Its figures for the contributions of one sequence or of all, and whether they are of one.
        similarity: When two keypoints or people are the same.
        area: Whose area scales the similarity; ``{area}`` is that of the evaluation.
        frames: Which frames take part.
        undefined: Why one of its figures may be null.
        without_regions: The measure that it equals where there are no ignore regions.
    """

    path: tuple[str, ...]
    evidence: Callable[[Comparison], Any]
    figures: Callable[[Sequence[Any], bool], Json]
    similarity: str
    area: str
    frames: str
    undefined: str
    without_regions: tuple[str, ...] | None = None


def tracked(evidence: Callable[[Comparison], Any]) -> Callable[[Comparison], Any]:
    """Evidence that needs track ids as PoseTrack's kits do: everybody has one, all below `ID_LIMIT`."""

    def checked(comparison: Comparison) -> Any:
        for side, people in (("truth", comparison.truth), ("predictions", comparison.predicted)):
            for wrong, what in ((people.track_id < 0, "none"), (people.track_id >= ID_LIMIT, "a larger one")):
                if wrong.any():
                    frame = int(people.frame_index[wrong.argmax()])
                    raise MetricUndefined(
                        f"{comparison.name}: expected track ids from 0 to {ID_LIMIT - 1} in the {side}, got {what} "
                        f"for {int(wrong.sum())} of {len(people)} people, the first in frame {frame}"
                    )
        return evidence(comparison)

    return checked


def _ap_json(evidence: Sequence[Any], one: bool) -> Json:
    del one
    found: PosetrackAp = posetrack_ap(evidence)
    return {
        **asdict(found.ap),
        "precision": asdict(found.precision),
        "recall": asdict(found.recall),
        "kit": {**asdict(found.kit_ap), "recall": asdict(found.kit_recall)},
        "unscored_keypoints": found.unscored,
    }


def _poseval_mota_json(evidence: Sequence[Any], one: bool) -> Json:
    del one
    found = posetrack_mota(evidence)
    return {**_mota(found), "motp_poseval": asdict(found.motp_poseval)}


def _mota_json(evidence: Sequence[Any], one: bool) -> Json:
    del one
    return _mota(posetrack_mota(evidence))


def _mota(found: PosetrackMota) -> Json:
    counts = {name: getattr(found, name) for name in ("objects", "misses", "switches", "false_positives")}
    return {
        **asdict(found.mota),
        "precision": asdict(found.precision),
        "recall": asdict(found.recall),
        "counts": {name: {"per_joint": by, "total": sum(by.values())} for name, by in counts.items()},
    }


def _main(figures: HotaFigures) -> Json:
    return {"hota": figures.hota, "deta": figures.deta, "assa": figures.assa}


def _per_alpha(curves: HotaCurves) -> Json:
    """The three main figures of the total at every threshold."""
    main = {name: getattr(curves, name)[:, -1].tolist() for name in ("hota", "deta", "assa")}
    return {"alpha": ALPHAS.tolist(), **main}


def _pt21_json(variant: Any) -> Callable[[Sequence[Any], bool], Json]:
    def figures(evidence: Sequence[Any], one: bool) -> Json:
        found: HotaPt21 = hota_pt21(evidence, variant)
        over_alpha = {} if one else {"per_alpha": _per_alpha(found.per_alpha)}
        return {
            **asdict(found.keypoint_mean if one else found.total),
            "per_joint": {name: _main(own) if one else asdict(own) for name, own in found.per_keypoint.items()},
            "keypoint_mean": _main(found.keypoint_mean),
            "pooled": _main(found.total),
            **over_alpha,
        }

    return figures


def _coco_json(evidence: Sequence[Any], one: bool) -> Json:
    del one
    figures: CocoAp = coco_ap(evidence)
    return {**asdict(figures), "frames_over_20_predictions": sum(sequence.truncated for sequence in evidence)}


def _person_json(evidence: Sequence[Any], one: bool) -> Json:
    del one
    found: PersonHota = person_hota(evidence)
    return {
        **asdict(found.hota),
        "idf1": found.identity.idf1,
        "idp": found.identity.idp,
        "idr": found.identity.idr,
        "mota": found.clear.mota,
        "motp": found.clear.motp,
        "id_switches": found.clear.id_switches,
        "misses": found.clear.misses,
        "false_positives": found.clear.false_positives,
        "objects": found.clear.objects,
    }


_tracked_pt21 = tracked(hota_pt21_evidence)
_NO_KEYPOINT = "the truth has no such keypoint"
_NOTHING = "nothing was annotated or nothing predicted"

MEASURES = (
    # COCO AP first: what it needs for a moment is the most, and the others use that memory again.
    Measure(
        ("coco_ap",),
        coco_evidence,
        _coco_json,
        "OKS",
        _OKS_AREA,
        f"all {_LABELLED}; ignore regions ignored",
        "the truth has nobody of that size",
    ),
    Measure(
        ("coco_ap", "ign"),
        lambda comparison: coco_evidence(comparison, "ign"),
        _coco_json,
        "OKS",
        _OKS_AREA,
        f"all {_LABELLED}; nothing counts inside ignore regions",
        "the truth has nobody of that size",
        without_regions=("coco_ap",),
    ),
    Measure(
        ("posetrack_ap",),
        ap_evidence,
        _ap_json,
        f"PCKh: {_HEADS} at most 0.5",
        _NO_AREA,
        f"{_LABELLED} that list somebody",
        _NO_KEYPOINT,
    ),
    Measure(
        ("posetrack_mota", "poseval"),
        tracked(lambda comparison: mota_evidence(comparison, "poseval")),
        _poseval_mota_json,
        f"{_HEADS} at most 0.5",
        _NO_AREA,
        f"{_LABELLED} that list somebody, without the last; one miss and one false positive where a side is empty",
        _NO_KEYPOINT,
    ),
    Measure(
        ("posetrack_mota", "all_frames"),
        tracked(lambda comparison: mota_evidence(comparison, "all_frames")),
        _mota_json,
        f"{_HEADS} at most 0.5",
        _NO_AREA,
        f"all {_LABELLED}",
        _NO_KEYPOINT,
    ),
    *(
        Measure(
            ("hota_pt21", variant),
            _tracked_pt21,
            _pt21_json(variant),
            f"max(0, 1 - d / 0.5001), d: {_HEADS}",
            _NO_AREA,
            frames,
            _NOTHING,
        )
        for variant, frames in (
            ("fixed", f"all {_LABELLED}"),
            ("verbatim", f"all {_LABELLED}; one without predictions counts the misses of the whole sequence"),
        )
    ),
    Measure(
        ("person_hota", "iou"),
        tracked(lambda comparison: person_hota_evidence(comparison, "iou")),
        _person_json,
        "IoU of boxes",
        "none: boxes",
        f"all {_LABELLED}",
        _NOTHING,
    ),
    Measure(
        ("person_hota", "oks"),
        tracked(lambda comparison: person_hota_evidence(comparison, "oks")),
        _person_json,
        "OKS",
        _OKS_AREA,
        f"all {_LABELLED}",
        _NOTHING,
    ),
)
