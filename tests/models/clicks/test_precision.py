"""The AP of the protocol is COCO's."""

import numpy as np
import pytest

from poseloom.models.clicks.budgets import pooled
from poseloom.models.clicks.case import Case, case
from poseloom.models.clicks.precision import Precision, average_precision
from poseloom.models.clicks.scoring import instance_scores
from poseloom.models.metrics.coco_ap import coco_ap, coco_evidence
from poseloom.models.synthetic.estimates import EstimateErrors, estimates
from poseloom.schemas.comparison import Comparison
from poseloom.schemas.labels import FrameLabel
from tests.fixtures.click_cases import people, toy


def crowd(seed: int, count: int) -> Case:
    """People in six frames, one of them without keypoints, with an estimator's errors."""
    truth = people([(track, frame) for frame in range(6) for track in range(count) if frame != 3])
    seen = truth.visibility.copy()
    seen[2] = 0
    blind = truth.replace(visibility=seen, keypoints_xy=np.where(seen[..., None] > 0, truth.keypoints_xy, 0))
    errors = EstimateErrors(jitter=0.5, miss=0.05, lost=0.1, invented=0.5)
    return case(f"crowd-{seed}", blind, estimates(truth, seed, errors), np.arange(6), 6)


def comparison(video: Case, first_image: int) -> Comparison:
    said = video.predicted
    return Comparison(
        name=video.name,
        frames=tuple(FrameLabel(f, first_image + f, f"{f:06d}.jpg") for f in video.frames.tolist()),
        truth=video.truth,
        predicted=said,
        predicted_xy=said.keypoints_xy,
        keypoint_scores=said.score.astype(np.float64),
        instance_scores=instance_scores(said),
        areas=video.areas,
        crowd=np.zeros(len(video.truth), dtype=np.bool_),
    )


@pytest.mark.parametrize("count", [1, 4, 26])
def test_one_and_many_videos_have_the_ap_of_the_evaluation(count: int) -> None:
    videos = [crowd(seed, count) for seed in range(3)]
    evidence = [Precision(video).evidence(video.predicted, instance_scores(video.predicted)) for video in videos]
    expected = [coco_evidence(comparison(video, 100 * i)) for i, video in enumerate(videos)]
    for own, theirs in zip(evidence, expected, strict=True):
        assert pooled([own], videos[0].truth.skeleton) == pytest.approx(coco_ap([theirs]).ap, abs=1e-9)
    assert pooled(evidence, videos[0].truth.skeleton) == pytest.approx(coco_ap(expected).ap, abs=1e-9)


def test_what_did_not_change_is_remembered_and_what_did_is_not() -> None:
    keys = [(0, 0), (0, 1)]
    video = toy(keys, keys, {(0, 0): [3]})
    measured, sigmas = Precision(video), video.truth.skeleton.sigmas
    scores = instance_scores(video.predicted)
    before = measured.evidence(video.predicted, scores)
    after = measured.evidence(video.predicted.replace(keypoints_xy=video.truth.keypoints_xy), scores)
    assert before[0] is not after[0]
    assert before[1] is after[1]
    assert average_precision(after, sigmas) == pytest.approx(1)
    assert average_precision(measured.evidence(video.predicted, scores), sigmas) == pytest.approx(
        0.9 + 0.1 * 51 / 101 * 0.5
    )


def test_without_anybody_in_the_truth_there_is_no_ap() -> None:
    nobody = case("empty", people([]), people([(0, 0)]), np.arange(2), 2)
    evidence = Precision(nobody).evidence(nobody.predicted, np.ones(1))
    assert np.isnan(average_precision(evidence, nobody.truth.skeleton.sigmas))
