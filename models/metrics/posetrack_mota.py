"""PoseTrack's tracking accuracy of keypoints (CLEAR-MOT within half a head size).

poseval's definition (leonid-pishchulin/poseval@4258a15, `evaluateTracking.py`) with the bookkeeping of
motmetrics 1.2.5 (`mot.py`): every keypoint of every sequence is its own tracking problem, objects are
the truth's tracks that carry it.

1. In file order, a truth track keeps the predicted track it had last, however long ago, while both are
   within half a head size and nobody before it took that prediction.
2. The others are paired for most pairs, then least distance; another partner than the last is a switch.
3. What stays alone is a miss or a false positive.

Variants: "poseval" repeats its last-frame and empty-frame behaviour: it drops the sequence's last frame,
counts nothing in labelled frames that list nobody, and counts a frame where either side is empty as one
miss and one false positive of every keypoint, whoever is there. "all_frames" simply counts every labelled
frame.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from poseloom.models.metrics.by_keypoint import ByKeypoint, by_keypoint, shared_keypoints
from poseloom.models.metrics.correspondence import Correspondence
from poseloom.models.metrics.measured_frames import measured_frames, used_keypoints
from poseloom.models.metrics.tracks import track_numbers
from poseloom.schemas.arrays import F64, I64
from poseloom.schemas.comparison import Comparison

MotaVariant = Literal["poseval", "all_frames"]


@dataclass(frozen=True, eq=False)
class MotaEvidence:
    """What one sequence contributes, for J keypoints of the skeleton's used slots.

    Attributes:
        keypoints: J names.
        objects: (J,) annotated keypoints.
        misses: (J,) of them without a prediction.
        switches: (J,) of them with another predicted track than before.
        false_positives: (J,) predicted keypoints without an annotated one.
        distance: (J,) what poseval's MOTP sums, in head sizes: see `Correspondence`.
    """

    keypoints: tuple[str, ...]
    objects: I64
    misses: I64
    switches: I64
    false_positives: I64
    distance: F64


@dataclass(frozen=True)
class PosetrackMota:
    """Tracking accuracy of keypoints; NaN where none was annotated (precision: nor predicted).

    Attributes:
        mota: 1 - (misses + switches + false positives) / objects.
        precision: Share of the predicted keypoints that were paired.
        recall: Share of the annotated keypoints that were paired.
        motp_poseval: The figure poseval prints as MOTP. It counts distances more than once (motmetrics
            logs close pairs and changes of partner beside the pairs), so it measures nothing; 0 without pairs.
        objects: Annotated keypoints by name.
        misses: Missed ones.
        switches: Changes of partner.
        false_positives: Predicted keypoints without a partner.
    """

    mota: ByKeypoint
    precision: ByKeypoint
    recall: ByKeypoint
    motp_poseval: ByKeypoint
    objects: dict[str, int]
    misses: dict[str, int]
    switches: dict[str, int]
    false_positives: dict[str, int]


def mota_evidence(comparison: Comparison, variant: MotaVariant) -> MotaEvidence:
    """Track every keypoint through a sequence.

    Raises:
        MetricUndefined: A person with keypoints has no head box, or somebody has no track id.
        LabelError: Two people of one track in one frame; names both.
    """
    frames = list(measured_frames(comparison, "poseval"))
    if variant == "poseval":
        frames = [frame for frame in frames if frame.annotated][:-1]
    truth, truth_tracks = track_numbers(comparison.name, "truth", comparison.truth, [f.truth for f in frames])
    predicted, predicted_tracks = track_numbers(
        comparison.name, "predictions", comparison.predicted, [f.predicted for f in frames]
    )
    keypoints = used_keypoints(comparison)
    pairs = Correspondence(truth_tracks, predicted_tracks, len(keypoints))
    for frame in frames:
        if variant == "poseval" and not (frame.truth.size and frame.predicted.size):
            pairs.add_dummy()
        else:
            pairs.add(truth[frame.truth], predicted[frame.predicted], frame.present, frame.distances)
    return MotaEvidence(
        keypoints=keypoints,
        objects=pairs.objects,
        misses=pairs.misses,
        switches=pairs.switches,
        false_positives=pairs.false_positives,
        distance=pairs.logged,
    )


def posetrack_mota(evidence: Sequence[MotaEvidence]) -> PosetrackMota:
    """Figures of the sequences together: counts are summed, then divided.

    Raises:
        LabelError: No sequence, or sequences of different keypoints.
    """
    keypoints = shared_keypoints([sequence.keypoints for sequence in evidence])
    objects, misses, switches, false_positives = np.sum(
        [(e.objects, e.misses, e.switches, e.false_positives) for e in evidence], axis=0
    )
    found = objects - misses
    distance = np.sum([e.distance for e in evidence], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mota = 1 - (misses + switches + false_positives) / np.where(objects, objects, np.nan)
        precision = found / np.where(found + false_positives, found + false_positives, np.nan)
        recall = found / np.where(objects, objects, np.nan)
        motp = np.where(found, 1 - distance / found, 0.0)
    counts = {"objects": objects, "misses": misses, "switches": switches, "false_positives": false_positives}
    return PosetrackMota(
        mota=by_keypoint(keypoints, 100 * mota),
        precision=by_keypoint(keypoints, 100 * precision),
        recall=by_keypoint(keypoints, 100 * recall),
        motp_poseval=by_keypoint(keypoints, 100 * motp),
        **{name: dict(zip(keypoints, values.tolist(), strict=True)) for name, values in counts.items()},
    )
