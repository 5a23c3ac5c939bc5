import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from poseloom.models.metrics.by_keypoint import ByKeypoint
from poseloom.models.metrics.posetrack_ap import PosetrackAp, ap_evidence, posetrack_ap
from poseloom.schemas.comparison import Comparison
from poseloom.schemas.errors import LabelError, MetricUndefined
from poseloom.schemas.labels import FrameLabel
from poseloom.schemas.skeleton import COCO17, POSETRACK
from tests.fixtures.comparisons import (
    ORACLE_SEQUENCES,
    Person,
    compare,
    distinct_scores,
    frame_labels,
    oracle_comparisons,
    streets,
)

_ALL = POSETRACK.keypoints
_REACH = 15.0  # half of the head size


def _ap(*comparisons: Comparison) -> PosetrackAp:
    return posetrack_ap([ap_evidence(comparison) for comparison in comparisons])


def _same(figure: ByKeypoint, value: float) -> bool:
    values = {*figure.per_joint.values(), *figure.groups.values(), figure.total}
    return all(v == pytest.approx(value, abs=1e-9) for v in values)


@pytest.mark.parametrize("variant", ["perfect", "noisy", "gappy"])
def test_every_figure_equals_posevals_and_the_kits(real_data: Path, variant: str) -> None:
    evidence = [ap_evidence(comparison) for comparison in oracle_comparisons(real_data, variant)]
    expected = json.loads((real_data / "oracle" / "scores" / variant / "expected_scores.json").read_text())
    parts = {name: [sequence] for name, sequence in zip(ORACLE_SEQUENCES, evidence, strict=True)} | {"total": evidence}
    for name, sequences in parts.items():
        got = posetrack_ap(sequences)
        for figure, key in ((got.ap, "ap"), (got.precision, "pre"), (got.recall, "rec")):
            poseval = expected["poseval"][name]["AP"][key]
            ours = {"neck" if k == "head_bottom" else k: v for k, v in figure.per_joint.items()}
            assert ours | {"total": figure.total} == pytest.approx(poseval, abs=1e-6)
        kit = expected["pt21_kit_pose_mAP"]["COMBINED_SEQ" if name == "total" else f"{name}.json"]
        for figure, key in ((got.kit_ap, "map"), (got.precision, "precision"), (got.kit_recall, "recall")):
            assert figure.groups | {"Total": figure.total} == pytest.approx(kit[key], abs=1e-6)


def test_the_truth_itself_scores_100() -> None:
    people = [Person(frame, track, at=(100, 900 * track)) for frame in (0, 1) for track in (1, 2)]
    got = _ap(compare(people, people))
    assert _same(got.ap, 100)
    assert _same(got.precision, 100)
    assert _same(got.recall, 100)


def test_coco_keypoints_are_scored_all_17() -> None:
    got = _ap(compare([Person(0, 1)], [Person(0, 1, missing=("left_ear",))], skeleton=COCO17))
    assert len(got.ap.per_joint) == 17
    assert got.ap.total == pytest.approx(100 * 16 / 17)
    assert got.ap.groups["Head"] == pytest.approx(80)


def test_a_keypoint_that_neither_side_has_counts_as_0() -> None:
    """The documented ceiling of data without noses."""
    people = [Person(0, 1, missing=("nose",))]
    got = _ap(compare(people, people))
    assert got.ap.per_joint["nose"] == got.kit_ap.per_joint["nose"] == 0
    assert got.ap.total == got.kit_ap.total == pytest.approx(100 * 14 / 15)
    assert got.ap.groups["Head"] == pytest.approx(200 / 3)


def test_a_keypoint_that_is_predicted_but_never_annotated_has_no_figure() -> None:
    got = _ap(compare([Person(0, 1, missing=("nose",))], [Person(0, 1)]))
    assert math.isnan(got.ap.per_joint["nose"])
    assert math.isnan(got.ap.groups["Head"])
    assert math.isnan(got.recall.per_joint["nose"])
    assert got.precision.per_joint["nose"] == 0
    assert got.ap.total == got.recall.total == 100
    assert got.precision.total == got.kit_ap.total == got.kit_recall.total == pytest.approx(100 * 14 / 15)


def test_no_predictions_score_0() -> None:
    got = _ap(compare([Person(0, 1), Person(1, 1)], []))
    for figure in (got.ap, got.precision, got.recall, got.kit_ap):
        assert _same(figure, 0)


def test_nothing_at_all_scores_0() -> None:
    assert _same(_ap(compare([], [], frame_labels(3))).ap, 0)


@pytest.mark.parametrize(("wrong", "expected"), [(0.9, 50.0), (0.1, 100.0)])
def test_a_false_positive_costs_precision_only_where_it_ranks_higher(wrong: float, expected: float) -> None:
    got = _ap(compare([Person(0, 1)], [Person(0, 1, score=0.5), Person(0, 2, at=(100, 900), score=wrong)]))
    assert _same(got.ap, expected)
    assert _same(got.precision, 50)
    assert _same(got.recall, 100)


def test_precision_is_the_envelope_and_recall_its_steps() -> None:
    """Hits and misses by falling score: + - + +, of 4 people; the envelope is 1, 3/4, 3/4."""
    truth = [Person(0, track, at=(100, 900 * track)) for track in range(4)]
    found = [
        Person(0, 0, at=(100, 0), score=0.9),
        Person(0, 9, at=(100, 9000), score=0.8),
        Person(0, 1, at=(100, 900), score=0.7),
        Person(0, 2, at=(100, 1800), score=0.6),
    ]
    assert _same(_ap(compare(truth, found)).ap, 25 * (1 + 3 / 4 + 3 / 4))


def test_half_a_head_size_is_within_reach() -> None:
    near, far = (0.0, _REACH), (0.0, math.nextafter(_REACH, 16) + 1e-9)
    got = _ap(compare([Person(0, 1)], [Person(0, 1, moved={"nose": near, "left_knee": far})]))
    assert got.ap.per_joint["nose"] == 100
    assert got.ap.per_joint["left_knee"] == 0


def test_of_equally_good_predictions_the_first_in_the_file_is_the_person() -> None:
    first, second = Person(0, 1, at=(105, 100), score=0.2), Person(0, 2, score=0.9)
    assert _same(_ap(compare([Person(0, 1)], [first, second])).ap, 50)
    assert _same(_ap(compare([Person(0, 1)], [second, first])).ap, 100)


def test_a_prediction_belongs_to_its_best_person_only() -> None:
    """Both predictions hit everything of both people, so both belong to the first; the second stays without."""
    one, two = Person(0, 1), Person(0, 2, at=(110, 100), missing=("nose",))
    exact = Person(0, 1, score=0.9)
    between = Person(0, 2, at=(103, 100), score=0.5)
    got = _ap(compare([one, two], [exact, between]))
    assert got.recall.per_joint["left_elbow"] == 50
    assert got.recall.per_joint["nose"] == 100


def test_predictions_in_a_frame_that_lists_nobody_are_not_counted() -> None:
    somebody = [Person(0, 1)]
    got = _ap(compare(somebody, [*somebody, Person(1, 1, score=0.9)], frame_labels(2)))
    assert _same(got.ap, 100)


def test_beside_box_only_people_every_prediction_is_wrong() -> None:
    truth = [Person(0, 1), Person(1, 1, missing=_ALL, head=False)]
    got = _ap(compare(truth, [Person(0, 1, score=0.5), Person(1, 1, score=0.9)]))
    assert _same(got.ap, 50)


def test_unlabelled_frames_are_left_out() -> None:
    truth = [Person(0, 1), Person(1, 1, at=(500, 500))]
    got = _ap(compare(truth, [Person(0, 1, score=0.5), Person(1, 1, score=0.9)], frame_labels(2, unlabelled=[1])))
    assert _same(got.ap, 100)
    assert _same(got.precision, 100)


def test_ignored_keypoints_count_on_neither_side() -> None:
    left_half = ((0.0, 0.0), (450.0, 0.0), (450.0, 200.0), (0.0, 200.0))  # nose, head_bottom, head_top
    frames = frame_labels(2, regions={1: (left_half,)})
    found = [Person(0, 1, score=0.9), Person(1, 1, moved={"nose": (90.0, 0), "left_knee": (90.0, 0)}, score=0.5)]
    got = _ap(compare([Person(0, 1), Person(1, 1)], found, frames))
    assert got.ap.per_joint["nose"] == 100
    assert got.ap.per_joint["left_knee"] == 50


def test_where_everybody_is_ignored_predictions_elsewhere_are_wrong() -> None:
    everybody = ((0.0, 0.0), (9999.0, 0.0), (9999.0, 200.0), (0.0, 200.0))
    truth = [Person(0, 1), Person(1, 1)]
    found = [Person(0, 1, score=0.5), Person(1, 1, score=0.9), Person(1, 2, at=(100, 900), score=0.8)]
    got = _ap(compare(truth, found, frame_labels(2, regions={1: (everybody,)})))
    assert _same(got.ap, 50)
    assert _same(got.precision, 50)
    assert _same(got.recall, 100)


def test_keypoints_without_scores_rank_last_and_are_counted() -> None:
    truth = [Person(0, 1), Person(1, 1)]
    found = [Person(0, 1, score=None), Person(1, 1, at=(100, 900), score=0.0)]
    got = _ap(compare(truth, found))
    assert got.unscored == 15
    assert _same(got.ap, 25)
    assert _ap(compare(truth, [Person(0, 1)])).unscored == 0


def test_people_without_head_boxes_have_no_figure() -> None:
    with pytest.raises(MetricUndefined, match=r"street: expected a head box .* got none for 1 of 1"):
        ap_evidence(compare([Person(0, 1, head=False)], []))


def test_negative_coordinates_count_for_poseval_only() -> None:
    comparison = compare([Person(0, 1, at=(-50, 100))], [Person(0, 1, at=(-50, 100))])
    poseval, kit = _ap(comparison), posetrack_ap([ap_evidence(comparison, "kit")])
    assert poseval.ap.per_joint["nose"] == 100
    assert kit.kit_ap.per_joint["nose"] == 0
    assert kit.kit_ap.per_joint["left_knee"] == 100


def test_sequences_of_one_skeleton_are_expected() -> None:
    evidence = [ap_evidence(compare([], [], skeleton=skeleton)) for skeleton in (POSETRACK, COCO17)]
    with pytest.raises(LabelError, match="expected sequences of one skeleton, got 2 skeletons in 2 sequences"):
        posetrack_ap(evidence)
    with pytest.raises(LabelError, match="got 0 skeletons in 0 sequences"):
        posetrack_ap([])


def _shuffled(rng: np.random.Generator, comparison: Comparison) -> Comparison:
    """The same comparison with its frames, people and ids in another order."""
    old = np.array([frame.frame_index for frame in comparison.frames])
    new = rng.permutation(len(old))
    people, found = (rng.permutation(len(side)) for side in (comparison.truth, comparison.predicted))
    frames = tuple(FrameLabel(int(new[f.frame_index]), f.image_id, f.file_name) for f in comparison.frames)
    truth, predicted = comparison.truth.select(people), comparison.predicted.select(found)
    return Comparison(
        name=comparison.name,
        frames=tuple(frames[i] for i in rng.permutation(len(frames))),
        truth=truth.replace(frame_index=new[truth.frame_index], track_id=rng.permutation(len(truth))),
        predicted=predicted.replace(frame_index=new[predicted.frame_index], track_id=rng.permutation(len(predicted))),
        predicted_xy=comparison.predicted_xy[found],
        keypoint_scores=comparison.keypoint_scores[found],
        instance_scores=comparison.instance_scores[found],
        areas=comparison.areas[people],
        crowd=comparison.crowd[people],
    )


@settings(max_examples=150, deadline=None)
@given(streets(), streets(), st.integers(0, 99))
def test_the_order_of_people_frames_and_sequences_and_the_ids_change_nothing(
    first: Comparison, second: Comparison, seed: int
) -> None:
    first, second = distinct_scores([first, second])
    rng = np.random.default_rng(seed)
    before, after = _ap(first, second), _ap(_shuffled(rng, second), _shuffled(rng, first))
    for figure in ("ap", "precision", "recall", "kit_ap"):
        a, b = getattr(before, figure), getattr(after, figure)
        assert a.per_joint == pytest.approx(b.per_joint, nan_ok=True)
        assert a.total == pytest.approx(b.total, nan_ok=True)


@settings(max_examples=150, deadline=None)
@given(streets(), st.data())
def test_without_a_false_person_no_figure_is_lower(comparison: Comparison, data: st.DataObject) -> None:
    (comparison,) = distinct_scores([comparison])
    judged = np.flatnonzero(np.isin(comparison.predicted.frame_index, comparison.truth.frame_index))
    hits = np.unpackbits(ap_evidence(comparison).hits, axis=1, count=len(judged))
    wrong = judged[~hits.any(axis=0)]
    assume(wrong.size > 0)
    kept = np.delete(np.arange(len(comparison.predicted)), data.draw(st.sampled_from(wrong.tolist())))
    fewer = Comparison(
        name=comparison.name,
        frames=comparison.frames,
        truth=comparison.truth,
        predicted=comparison.predicted.select(kept),
        predicted_xy=comparison.predicted_xy[kept],
        keypoint_scores=comparison.keypoint_scores[kept],
        instance_scores=comparison.instance_scores[kept],
        areas=comparison.areas,
        crowd=comparison.crowd,
    )
    before, after = _ap(comparison), _ap(fewer)
    for name, figure in before.kit_ap.per_joint.items():
        assert after.kit_ap.per_joint[name] >= figure - 1e-9
    assert after.kit_ap.total >= before.kit_ap.total - 1e-9
