"""AP under a click budget: so many clicks a person-frame, or so many a tracklet."""

from collections.abc import Iterable, Sequence

import numpy as np

from poseloom.models.clicks.acting import check_locks
from poseloom.models.clicks.case import Case
from poseloom.models.clicks.choosing import LOCKED, keypoint_errors
from poseloom.models.clicks.matching import match
from poseloom.models.clicks.oracle import placed
from poseloom.models.clicks.precision import FrameEvidence, Precision, average_precision
from poseloom.models.clicks.scoring import instance_scores, keys_of, lookup
from poseloom.models.clicks.trajectory import Moment
from poseloom.models.corrections import apply_corrections
from poseloom.schemas.correction import Correction
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Propagator
from poseloom.schemas.skeleton import Skeleton

CLICKS = (0, 1, 2, 3)
"""The budgets."""

Evidence = list[FrameEvidence]


def frame_budget(case: Case, propagator: Propagator, measured: Precision) -> tuple[Evidence, ...]:
    """What the video contributes after so many keypoints of every matched person in every labelled frame.

    The worst keypoints of the predictions are put right all at once, then comes propagation.
    """
    return tuple(_after_frame_clicks(case, propagator, clicks, measured) for clicks in CLICKS)


def tracklet_budget(moments: Sequence[Moment], measured: Precision) -> tuple[Evidence, ...]:
    """What the video contributes after so many rounds of the protocol.

    Args:
        moments: Its trajectory, at least as long as the largest budget or to its end.
        measured: Measures the case.
    """
    reached = (moments[min(clicks, len(moments) - 1)] for clicks in CLICKS)
    return tuple(measured.evidence(moment.state, moment.untouched_scores) for moment in reached)


def unclicked_budget(case: Case, moments: Sequence[Moment], measured: Precision) -> tuple[Evidence, ...]:
    """The same without the person-frames on which the oracle acted: what propagation alone did."""
    return tuple(_unclicked(case, moments[: clicks + 1], measured) for clicks in CLICKS)


def pooled(videos: Iterable[Evidence], skeleton: Skeleton) -> float:
    """AP in percent of all videos' frames together; NaN where no person is left."""
    frames = [frame for evidence in videos for frame in evidence]
    return 100 * average_precision(frames, skeleton.sigmas)


def _unclicked(case: Case, moments: Sequence[Moment], measured: Precision) -> Evidence:
    acted = {(a.frame_index, a.tracklet) for moment in moments for a in moment.actions}
    keys = zip(case.truth.frame_index.tolist(), case.truth.track_id.tolist(), strict=True)
    clicked = np.array([key in acted for key in keys], dtype=np.bool_)
    last = moments[-1]
    return measured.evidence(last.state, last.untouched_scores, without_truth=clicked, without=last.touched)


def _after_frame_clicks(case: Case, propagator: Propagator, clicks: int, measured: Precision) -> Evidence:
    state = _corrected(case, propagator, clicks) if clicks else case.predicted
    predicted = keys_of(case.predicted), instance_scores(case.predicted)
    scores = lookup(keys_of(state), *predicted, missing=instance_scores(state))
    return measured.evidence(state, scores)


def _corrected(case: Case, propagator: Propagator, clicks: int) -> Instances:
    truth, matches = case.truth, match(case, case.predicted, {})
    errors = keypoint_errors(case, case.predicted, matches)
    worst = np.argsort(-errors, axis=1, kind="stable")[:, :clicks]
    edits = [
        placed(truth, person, k, int(case.predicted.track_id[matches.row[person]]))
        for person in range(len(truth))
        for k in worst[person].tolist()
        if errors[person, k] > LOCKED
    ]
    if not edits:
        return case.predicted
    labels = apply_corrections(case.predicted, [Correction(video_id=case.name, annotator="oracle", edits=tuple(edits))])
    frames = iter(case.pictures) if propagator.needs_pictures else iter(())
    state = propagator.propagate(labels, case.frame_count, frames)
    check_locks(labels, state, propagator.name)
    return state
