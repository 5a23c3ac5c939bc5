"""What the oracle's actions do to the labels."""

import numpy as np

from poseloom.models.clicks.acting import Action, Session
from poseloom.models.clicks.annotating import annotate
from poseloom.models.clicks.case import Case, case
from poseloom.models.clicks.counting import Log, clicks_needed
from poseloom.models.clicks.matching import Matches, match
from poseloom.models.clicks.precision import Precision
from poseloom.models.propagators.none import Nothing
from poseloom.schemas.provenance import Source
from tests.fixtures.click_cases import K, people, toy

PAIR = [(0, 0), (0, 1)]


def begun(video: Case) -> tuple[Session, Matches]:
    session = Session(video, Nothing())
    matches = match(video, session.state, session.drawn)
    session.note(matches)
    return session, matches


def run(video: Case) -> Log:
    return annotate(video, Nothing(), "first_bad_frame", 100, Precision(video))[0]


def test_a_click_locks_the_keypoint_where_the_truth_has_it() -> None:
    video = toy(PAIR, PAIR, {(0, 1): [9]})
    session, matches = begun(video)
    assert session.click(1, 9, matches) == Action("kpt", 1, 0, 0)
    session.propagate()
    np.testing.assert_array_equal(session.state.keypoints_xy, video.truth.keypoints_xy)
    assert session.state.source[1, 9] == Source.CORRECTED
    assert session.scores.tolist() == [0.5, 1.0]
    assert session.untouched_scores.tolist() == [0.5, 0.5]


def test_an_occluded_keypoint_stays_occluded_when_it_is_clicked() -> None:
    video = toy(PAIR, PAIR, {(0, 1): [9]})
    video = case("toy", video.truth.replace(visibility=np.full((2, K), 1)), video.predicted, video.frames, 2)
    session, matches = begun(video)
    session.click(1, 9, matches)
    session.propagate()
    assert session.state.visibility[1, 9] == 1


def test_a_drawn_person_is_a_prediction_moved_with_the_box() -> None:
    video = toy(PAIR, PAIR[:1], {(0, 0): [9]})
    session, matches = begun(video)
    assert session.draw(1, matches) == Action("add", 1, 0, 0)
    session.propagate()
    drawn = session.state.keypoints_xy[1]
    offset = drawn - session.state.keypoints_xy[0]
    np.testing.assert_allclose(offset, np.broadcast_to(offset[0], offset.shape))
    assert (session.state.source[1] == Source.PREDICTED).all()
    assert session.scores[1] == 1.0


def test_a_person_never_seen_is_drawn_in_the_middle_of_the_box_and_is_then_the_one_to_click() -> None:
    video = toy(PAIR, [])
    session, matches = begun(video)
    session.draw(0, matches)
    session.propagate()
    box = video.truth.bbox_xywh[0]
    np.testing.assert_allclose(session.state.keypoints_xy[0], np.broadcast_to(box[:2] + box[2:] / 2, (K, 2)))
    again = match(video, session.state, session.drawn)
    assert again.row.tolist() == [0, -1]


def test_an_id_that_somebody_else_has_in_the_frame_is_not_given_twice() -> None:
    """Track 0 of the truth is known as 0, but in frame 1 that is what the other person is called."""
    truth = [(0, 0), (0, 1), (1, 1)]
    said = people([(0, 0), (1, 1)], Source.PREDICTED, 0.5)
    video = case("toy", people(truth), said.replace(track_id=np.array([0, 0])), np.arange(2), 2)
    session, matches = begun(video)
    assert session.draw(1, matches).track_id == 1
    session.propagate()
    assert session.state.track_id.tolist() == [0, 0, 1]


def test_of_a_matched_track_only_the_wrong_person_is_deleted() -> None:
    """Track 0 is right in frame 0 and somebody else in frame 1, where track 5 is right."""
    said = people([(0, 0), (0, 1), (3, 1)], Source.PREDICTED, 0.5)
    score = said.score.copy()
    score[2] = 0.9
    said = said.replace(track_id=np.array([0, 5, 0]), score=score)
    log = run(case("toy", people(PAIR), said, np.arange(2), 2))
    assert log.done(9) == [Action("del", 1, 0, -1)]
    assert log.precision[-1] > 0.99


def test_a_deleted_track_is_gone_in_all_frames() -> None:
    video = toy(PAIR, [*PAIR, (7, 0), (7, 1)], scores={(7, 0): 0.9, (7, 1): 0.7})
    session, matches = begun(video)
    assert session.delete(matches) == Action("del", 0, 7, -1)
    session.propagate()
    there = (session.state.visibility > 0).any(axis=1)
    assert session.state.track_id[there].tolist() == [0, 0]
    assert session.delete(match(video, session.state, session.drawn)) is None


def test_a_deletion_where_nobody_is_counts_in_the_nearest_frame_with_people() -> None:
    video = toy(PAIR, [*PAIR, (7, 5)], scores={(7, 5): 0.9}, frames=6)
    found = clicks_needed([run(video)], 95)
    assert (found.delete, found.per_frame) == (1, 0.5)
