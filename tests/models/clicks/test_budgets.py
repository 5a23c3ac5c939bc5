"""AP under a click budget, by hand on two people in two frames."""

import numpy as np
import pytest

from poseloom.models.clicks.annotating import annotate
from poseloom.models.clicks.budgets import frame_budget, pooled, tracklet_budget, unclicked_budget
from poseloom.models.clicks.case import Case, case
from poseloom.models.clicks.precision import Precision
from poseloom.models.propagators.none import Nothing
from poseloom.schemas.ports import Propagator
from tests.fixtures.click_cases import Clairvoyant, toy

KEYS = [(track, frame) for track in (0, 1) for frame in (0, 1)]


def figures(video: Case, system: Propagator) -> tuple[list[float], list[float], list[float]]:
    """AP a frame, a tracklet, and unclicked."""
    measured = Precision(video)
    _, moments = annotate(video, system, "first_bad_frame", 100, measured)
    budgets = (
        frame_budget(video, system, measured),
        tracklet_budget(moments, measured),
        unclicked_budget(video, moments, measured),
    )
    a, b, c = ([pooled([evidence], video.truth.skeleton) for evidence in budget] for budget in budgets)
    return a, b, c


def test_clicks_a_frame_and_a_tracklet_give_what_can_be_counted() -> None:
    """One wrong keypoint each: 90; one click a tracklet rights the surer half: 51 of 101 recalls at OKS 0.95."""
    surer = {(track, 0): 0.9 for track in (0, 1)} | {(track, 1): 0.6 for track in (0, 1)}
    video = toy(KEYS, KEYS, {key: [9] for key in KEYS}, surer)
    frame, tracklet, unclicked = figures(video, Nothing())
    assert frame == pytest.approx([90, 100, 100, 100])
    assert tracklet == pytest.approx([90, 90 + 10 * 51 / 101, 100, 100])
    assert unclicked[:2] == pytest.approx([90, 90])
    assert np.isnan(unclicked[2:]).all()


def test_scores_stay_as_predicted_under_a_budget() -> None:
    """The righted half is the less certain one: at OKS 0.95 it comes after two wrong people."""
    surer = {(track, 0): 0.6 for track in (0, 1)} | {(track, 1): 0.9 for track in (0, 1)}
    video = toy(KEYS, KEYS, {key: [9] for key in KEYS}, surer)
    _, tracklet, _ = figures(video, Nothing())
    assert tracklet[1] == pytest.approx(90 + 10 * 51 / 101 * 0.5)


def test_what_propagation_did_shows_on_the_people_nobody_clicked() -> None:
    video = toy(KEYS, KEYS, {key: [9] for key in KEYS})
    _, tracklet, unclicked = figures(video, Clairvoyant(video.truth))
    assert tracklet == pytest.approx([90, 100, 100, 100])
    assert unclicked == pytest.approx([90, 100, 100, 100])


def test_a_frame_budget_takes_the_worst_keypoints() -> None:
    """Three wrong keypoints leave 14/17 = 0.82: AP 70; every click gives another tenth."""
    video = toy(KEYS, KEYS, {key: [3, 9, 16] for key in KEYS})
    frame, _, _ = figures(video, Nothing())
    assert frame == pytest.approx([70, 80, 90, 100])


def test_two_videos_are_pooled_not_averaged() -> None:
    """One frame with one right person, and one with three of whom none is found: AP 25."""
    videos = [toy([(0, 0)], [(0, 0)]), toy([(0, 0), (1, 0), (2, 0)], [])]
    evidence = [frame_budget(video, Nothing(), Precision(video))[0] for video in videos]
    assert pooled(evidence, videos[0].truth.skeleton) == pytest.approx(100 * 26 / 101)


def test_people_without_a_labelled_keypoint_ask_for_nothing() -> None:
    video = toy(KEYS, KEYS)
    seen = video.truth.visibility.copy()
    seen[0] = 0
    blind = video.truth.replace(
        visibility=seen, keypoints_xy=np.where(seen[..., None] > 0, video.truth.keypoints_xy, 0)
    )
    log, _ = annotate(
        case("toy", blind, video.predicted, video.frames, 2), Nothing(), "first_bad_frame", 9, Precision(video)
    )
    assert log.done(9) == []
