"""What an evaluation saw: frames, people and keypoints of both sides."""

from dataclasses import dataclass, fields

import numpy as np

from poseloom.models.metrics.coco_ap import MAX_PREDICTIONS
from poseloom.schemas.comparison import Comparison


@dataclass(frozen=True)
class Counts:
    """Counts of one or many sequences.

    Attributes:
        sequences: Sequences of the truth.
        sequences_without_predictions: Those scored as empty: no predictions were given for them.
        frames: Frames that the truth lists.
        labeled_frames: Those whose keypoints were annotated.
        frames_with_ignore_regions: Those with ignore regions.
        truth_people: People of the truth in labelled frames, and so the others where nothing else is said.
        truth_people_without_keypoints: Of them, boxes only.
        truth_crowds: Of them, crowds.
        truth_keypoints: Labelled keypoints.
        truth_tracks: Track ids.
        predicted_people: Predictions.
        predicted_people_without_scores: Of them, without any score: they rank as said in `docs/evaluation.md`.
        predicted_keypoints: Predicted keypoints.
        predicted_tracks: Track ids.
        predicted_people_in_unlabeled_frames: Predictions that do not count, as the truth says nothing there.
        predicted_people_in_unlisted_frames: Likewise, in frames that the truth does not even list.
        frames_over_20_predictions: Labelled frames of which COCO AP takes the 20 best predictions.
    """

    sequences: int = 0
    sequences_without_predictions: int = 0
    frames: int = 0
    labeled_frames: int = 0
    frames_with_ignore_regions: int = 0
    truth_people: int = 0
    truth_people_without_keypoints: int = 0
    truth_crowds: int = 0
    truth_keypoints: int = 0
    truth_tracks: int = 0
    predicted_people: int = 0
    predicted_people_without_scores: int = 0
    predicted_keypoints: int = 0
    predicted_tracks: int = 0
    predicted_people_in_unlabeled_frames: int = 0
    predicted_people_in_unlisted_frames: int = 0
    frames_over_20_predictions: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def counted(comparison: Comparison, left_out: int) -> Counts:
    """The counts of one sequence; `left_out` predictions lie in frames that the truth does not list."""
    labelled = [frame.frame_index for frame in comparison.frames if frame.is_labeled]
    in_truth, in_predicted = (
        np.isin(people.frame_index, labelled) for people in (comparison.truth, comparison.predicted)
    )
    per_frame = np.unique(comparison.predicted.frame_index[in_predicted], return_counts=True)[1]
    used = list(comparison.skeleton.used)
    truth = comparison.truth.visibility[in_truth][:, used] > 0
    predicted = comparison.predicted.visibility[in_predicted][:, used] > 0
    scores = comparison.instance_scores[in_predicted]
    tracks, predicted_tracks = (
        people.track_id[mine] for people, mine in ((comparison.truth, in_truth), (comparison.predicted, in_predicted))
    )
    return Counts(
        sequences=1,
        sequences_without_predictions=int(not len(comparison.predicted)),
        frames=len(comparison.frames),
        labeled_frames=len(labelled),
        frames_with_ignore_regions=sum(bool(frame.ignore_regions) for frame in comparison.frames),
        truth_people=len(truth),
        truth_people_without_keypoints=int((~truth.any(axis=1)).sum()),
        truth_crowds=int(comparison.crowd[in_truth].sum()),
        truth_keypoints=int(truth.sum()),
        truth_tracks=len(np.unique(tracks[tracks >= 0])),
        predicted_people=len(predicted),
        predicted_people_without_scores=int((np.isnan(scores) & predicted.any(axis=1)).sum()),
        predicted_keypoints=int(predicted.sum()),
        predicted_tracks=len(np.unique(predicted_tracks[predicted_tracks >= 0])),
        predicted_people_in_unlabeled_frames=int((~in_predicted).sum()),
        predicted_people_in_unlisted_frames=left_out,
        frames_over_20_predictions=int((per_frame > MAX_PREDICTIONS).sum()),
    )
