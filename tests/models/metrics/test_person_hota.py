import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poseloom.models.metrics.person_hota import PersonHota, Similarity, person_hota, person_hota_evidence
from poseloom.models.oks import box_area
from poseloom.schemas.arrays import F64
from poseloom.schemas.comparison import Comparison
from poseloom.schemas.errors import LabelError, MetricUndefined
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import FrameLabel
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import POSETRACK
from tests.fixtures.comparisons import ORACLE_SEQUENCES, Person, compare, frame_labels, oracle_comparisons

KIT_NAMES = {
    "hota": "HOTA", "deta": "DetA", "assa": "AssA", "detre": "DetRe", "detpr": "DetPr", "assre": "AssRe",
    "asspr": "AssPr", "loca": "LocA", "rhota": "RHOTA", "fraga": "FragA", "fa_hota": "FA-HOTA",
    "fa_rhota": "FA-RHOTA",
}  # fmt: skip
COUNTS = {"tp": "HOTA_TP_alpha0.5", "fn": "HOTA_FN_alpha0.5", "fp": "HOTA_FP_alpha0.5"}
BOTH: tuple[Similarity, ...] = ("iou", "oks")
FAR = (5000.0, 4000.0)

Box = tuple[int, int, float, float, float, float]
"""Frame, track, and x, y, width, height."""


def score(similarity: Similarity, *comparisons: Comparison) -> PersonHota:
    return person_hota([person_hota_evidence(comparison, similarity) for comparison in comparisons])


def boxed(truth: Sequence[Box], predicted: Sequence[Box], frames: tuple[FrameLabel, ...] | None = None) -> Comparison:
    """People who have a box and no keypoints."""
    last = max((int(box[0]) for box in (*truth, *predicted)), default=-1)
    annotated, found = _box_instances(truth), _box_instances(predicted)
    return Comparison(
        name="street",
        frames=frame_labels(last + 1) if frames is None else frames,
        truth=annotated,
        predicted=found,
        predicted_xy=found.keypoints_xy,
        keypoint_scores=np.ones((len(found), len(POSETRACK))),
        instance_scores=np.ones(len(found)),
        areas=box_area(annotated.bbox_xywh),
        crowd=np.zeros(len(annotated), dtype=bool),
    )


def _box_instances(boxes: Sequence[Box]) -> Instances:
    table: F64 = np.array(boxes, dtype=np.float64).reshape(-1, 6)
    n, k = len(table), len(POSETRACK)
    return Instances.build(
        POSETRACK,
        table[:, 0],
        np.zeros((n, k, 2)),
        np.zeros((n, k)),
        Source.IMPORTED,
        track_id=table[:, 1],
        bbox_xywh=table[:, 2:],
    )


def crowd(seed: int) -> tuple[list[Box], list[Box]]:
    """Five people side by side; predictions with noise, gaps, empty frames, swaps and strangers."""
    rng = np.random.default_rng(seed)
    names = np.arange(5)
    truth: list[Box] = []
    predicted: list[Box] = []
    for t in range(30):
        if rng.random() < 0.15:
            names = rng.permutation(5)
        if rng.random() < 0.1:
            continue
        nobody_predicted = rng.random() < 0.1
        for track in range(5):
            x, y = 40 * track + 30 * np.sin(t / 5 + track), 10 * np.cos(t / 3)
            if rng.random() < 0.9:
                truth.append((t, track, x, y, 60 + track, 120))  # equal boxes tie where both hold a prediction
            dx, dy, dw, dh = rng.normal(0, 8, 4)
            if rng.random() < 0.85 and not nobody_predicted:
                predicted.append((t, int(names[track]), x + dx, y + dy, 60 + dw, 120 + dh))
            if rng.random() < 0.1 and not nobody_predicted:
                predicted.append((t, 100 + track, x + 25 + dy, y + dx, 60 + dh, 120 + dw))
    return truth, predicted


@pytest.mark.parametrize("name", ["perfect", "noisy", "gappy"])
def test_box_hota_equals_the_kit_on_every_figure(real_data: Path, name: str) -> None:
    file = real_data / "oracle" / "scores" / name / "expected_scores.json"
    expected = json.loads(file.read_text())["pt21_kit_box_HOTA"]
    comparisons = oracle_comparisons(real_data, name)
    results = {sequence: score("iou", c) for sequence, c in zip(ORACLE_SEQUENCES, comparisons, strict=True)}
    for sequence, result in {**results, "COMBINED_SEQ": score("iou", *comparisons)}.items():
        for ours, theirs in KIT_NAMES.items():
            assert getattr(result.hota, ours) == pytest.approx(100 * expected[sequence][theirs], abs=1e-6)
        for ours, theirs in COUNTS.items():
            assert getattr(result.hota, ours) == expected[sequence][theirs]


@pytest.mark.parametrize("similarity", BOTH)
def test_perfect_predictions_of_real_people_score_100(real_data: Path, similarity: Similarity) -> None:
    result = score(similarity, *oracle_comparisons(real_data, "perfect"))
    assert result.similarity == similarity
    assert result.hota.hota == result.hota.loca == pytest.approx(100)
    assert (result.clear.mota, result.clear.id_switches, result.identity.idf1) == (100, 0, 100)


@pytest.mark.parametrize("similarity", BOTH)
def test_identities_swapped_at_half_time(similarity: Similarity) -> None:
    truth = [Person(t, track, at) for t in range(10) for track, at in ((0, (100, 100)), (1, FAR))]
    predicted = [dataclasses.replace(p, track=1 - p.track if p.frame >= 5 else p.track) for p in truth]
    result = score(similarity, compare(truth, predicted))
    assert result.hota.assa == pytest.approx(100 * 4 * 5 * (5 / 15) / 20)
    assert result.hota.hota == pytest.approx(100 * (1 / 3) ** 0.5)
    assert result.identity.idf1 == 50
    assert (result.clear.id_switches, result.clear.mota) == (2, 100 * (20 - 2) / 20)


@pytest.mark.parametrize("similarity", BOTH)
def test_no_predictions_score_0(similarity: Similarity) -> None:
    result = score(similarity, compare([Person(t, 0) for t in range(4)], []))
    assert (result.hota.hota, result.identity.idf1, result.clear.mota) == (0, 0, 0)
    assert (result.hota.fn, result.clear.misses) == (4, 4)


@pytest.mark.parametrize("similarity", BOTH)
def test_an_empty_frame_costs_its_own_people(similarity: Similarity) -> None:
    truth = [Person(t, 0) for t in range(4)]
    result = score(similarity, compare(truth, truth[1:]))
    assert result.hota.deta == result.clear.mota == pytest.approx(75)


@pytest.mark.parametrize("similarity", BOTH)
def test_nobody_anywhere_gives_no_figures(similarity: Similarity) -> None:
    result = score(similarity, compare([], [], frame_labels(3)))
    figures = (result.hota.hota, result.hota.loca, result.clear.mota, result.identity.idf1)
    assert all(math.isnan(figure) for figure in figures)
    assert (result.hota.tp, result.clear.id_switches) == (0, 0)


@pytest.mark.parametrize("similarity", BOTH)
def test_unlabelled_frames_do_not_count(similarity: Similarity) -> None:
    truth, predicted = [Person(t, 0) for t in range(3)], [Person(0, 0), Person(1, 3, FAR)]
    result = score(similarity, compare(truth, predicted, frame_labels(3, unlabelled=(1, 2))))
    assert (result.hota.hota, result.clear.mota, result.clear.objects) == pytest.approx((100, 100, 1))


def test_box_overlap_decides_at_which_thresholds_people_match() -> None:
    result = score("iou", boxed([(0, 0, 0, 0, 100, 100)], [(0, 0, 0, 0, 100, 62)]))
    assert result.hota.deta == pytest.approx(100 * 12 / 19)  # overlap .62 passes .05 to .60
    assert result.per_alpha.loca[0, 0] == pytest.approx(62)
    assert result.clear.motp == pytest.approx(62)


def test_keypoint_similarity_is_cocos() -> None:
    shift = 20.0
    result = score("oks", compare([Person(0, 0)], [Person(0, 0, (100 + shift, 100))]))
    area = 0.53 * 1700 * 100
    sigmas = [POSETRACK.sigmas[k] for k in POSETRACK.used]
    oks = np.mean([math.exp(-(shift**2) / (2 * area * (2 * sigma) ** 2)) for sigma in sigmas])
    assert result.clear.motp == pytest.approx(100 * oks)


def test_whole_tracks_guide_the_assignment_in_a_frame() -> None:
    truth = [(t, 0, 0.0, 0.0, 100.0, 100.0) for t in range(10)]
    companion = [(t, 0, 0.0, 0.0, 100.0, 80.0) for t in range(10)]
    passer_by = (4, 1, 0.0, 0.0, 100.0, 90.0)  # nearer in this one frame
    result = score("iou", boxed(truth, [*companion, passer_by]))
    # With the companion in all ten frames: association 1 up to .80; alone the nearest would break it.
    assert result.per_alpha.assa[:16, 0] == pytest.approx(100)


def test_people_with_a_box_but_no_keypoints_count_for_iou_only() -> None:
    whole = [Person(0, 0)]
    box_only = Person(0, 1, FAR, missing=POSETRACK.keypoints, head=False)
    comparison = compare([*whole, box_only], whole)
    assert score("iou", comparison).clear.misses == 1
    assert score("oks", comparison).clear.misses == 0


def test_predictions_without_keypoints_are_left_out_of_oks() -> None:
    whole = [Person(0, 0)]
    comparison = compare(whole, [*whole, Person(0, 1, FAR, missing=POSETRACK.keypoints)])
    assert score("iou", comparison).clear.false_positives == 1
    assert score("oks", comparison).clear.false_positives == 0


REGION = ((200.0, 0.0), (300.0, 0.0), (300.0, 100.0), (200.0, 100.0))
TRUE_BOX = (0, 0, 0.0, 0.0, 50.0, 100.0)


@pytest.mark.parametrize(
    ("width", "dropped"),
    [(20.0, True), (10.5, True), (10.0, False), (0.0, False)],  # overlap with the region: a tenth is not enough
)
def test_unmatched_boxes_in_ignore_regions_are_dropped(width: float, dropped: bool) -> None:
    stranger = (0, 1, 200.0, 0.0, width, 100.0)
    comparison = boxed([TRUE_BOX], [TRUE_BOX, stranger], frame_labels(1, regions={0: (REGION,)}))
    assert score("iou", comparison).clear.false_positives == (0 if dropped else 1)


def test_a_matched_box_in_an_ignore_region_is_kept() -> None:
    inside = (0, 0, 210.0, 0.0, 80.0, 100.0)
    comparison = boxed([inside], [inside], frame_labels(1, regions={0: (REGION,)}))
    assert score("iou", comparison).hota.tp == 1


def test_without_truth_in_the_frame_boxes_in_ignore_regions_are_false_as_in_the_kit() -> None:
    inside = (1, 0, 210.0, 0.0, 80.0, 100.0)
    comparison = boxed([TRUE_BOX], [TRUE_BOX, inside], frame_labels(2, regions={1: (REGION,)}))
    assert score("iou", comparison).clear.false_positives == 1


def test_keypoints_in_ignore_regions_do_not_count_for_oks() -> None:
    everything = ((0.0, 0.0), (3000.0, 0.0), (3000.0, 3000.0), (0.0, 3000.0))
    truth, predicted = [Person(0, 0), Person(0, 1, FAR)], [Person(0, 5), Person(0, 1, FAR)]
    comparison = compare(truth, predicted, frame_labels(1, regions={0: (everything,)}))
    result = score("oks", comparison)
    assert (result.hota.tp, result.hota.fn, result.hota.fp) == (1, 0, 0)


def test_a_keypoint_in_an_ignore_region_is_unlabelled_for_oks() -> None:
    around_the_nose = ((90.0, 90.0), (110.0, 90.0), (110.0, 110.0), (90.0, 110.0))
    nose_off = Person(0, 0, moved={"nose": (900.0, 900.0)})
    frames = frame_labels(1, regions={0: (around_the_nose,)})
    assert score("oks", compare([Person(0, 0)], [nose_off])).clear.motp == pytest.approx(100 * 14 / 15)
    assert score("oks", compare([Person(0, 0)], [nose_off], frames)).clear.motp == pytest.approx(100)


def test_a_box_that_overlaps_the_truth_below_half_is_unmatched_in_ignore_regions() -> None:
    near = (0, 0, 210.0, 0.0, 80.0, 100.0)
    truth = (0, 0, 250.0, 0.0, 80.0, 100.0)  # overlap a third
    comparison = boxed([truth], [near], frame_labels(1, regions={0: (REGION,)}))
    assert score("iou", comparison).hota.fp == 0
    assert score("iou", boxed([truth], [near])).hota.deta == pytest.approx(100 * 6 / 19)


@pytest.mark.parametrize(("x", "false_positives"), [(200.0, 1), (250.0, 0)])
def test_a_region_that_crosses_itself_is_repaired_as_in_the_kit(x: float, false_positives: int) -> None:
    # Two triangles that meet at (250, 50); buffer(0), the kit's repair, keeps the right one.
    bow_tie = ((200.0, 0.0), (300.0, 100.0), (300.0, 0.0), (200.0, 100.0))
    stranger = (0, 1, x, 0.0, 50.0, 100.0)
    comparison = boxed([TRUE_BOX], [TRUE_BOX, stranger], frame_labels(1, regions={0: (bow_tie,)}))
    assert score("iou", comparison).clear.false_positives == false_positives


def test_people_without_a_box_leave_iou_undefined() -> None:
    whole = compare([Person(0, 4)], [Person(0, 0)])
    unknown = whole.truth.replace(bbox_xywh=np.full((1, 4), np.nan))
    with pytest.raises(MetricUndefined, match=r"street: expected a box for everyone in the truth.*track 4 in frame 0"):
        person_hota_evidence(dataclasses.replace(whole, truth=unknown), "iou")


def test_people_without_an_area_leave_oks_undefined() -> None:
    whole = compare([Person(0, 4)], [Person(0, 0)])
    with pytest.raises(MetricUndefined, match="street: expected an area for OKS"):
        person_hota_evidence(dataclasses.replace(whole, areas=np.array([np.nan])), "oks")


@pytest.mark.parametrize("similarity", BOTH)
def test_a_track_twice_in_one_frame_is_an_error(similarity: Similarity) -> None:
    with pytest.raises(LabelError, match="street: expected one person of track 5 in frame 3 of the predictions"):
        person_hota_evidence(compare([Person(3, 5)], [Person(3, 5), Person(3, 5, FAR)]), similarity)


@pytest.mark.parametrize("similarity", BOTH)
def test_people_without_track_leave_the_metric_undefined(similarity: Similarity) -> None:
    with pytest.raises(MetricUndefined, match="street: expected a track id on everyone in the truth"):
        person_hota_evidence(compare([Person(0, -1)], [Person(0, 0)]), similarity)


def test_similarities_do_not_mix() -> None:
    comparison = compare([Person(0, 0)], [Person(0, 0)])
    with pytest.raises(LabelError, match="expected sequences of one similarity, got 2"):
        person_hota([person_hota_evidence(comparison, similarity) for similarity in BOTH])


# TrackEval 1.3.0 (PyPI), numpy 2.4: HOTA, Identity and CLEAR at their defaults on the boxes of crowd(seed),
# similarities by TrackEval's own `_calculate_box_ious`; "combined" is `combine_sequences` of all.
TRACKEVAL: dict[int | str, dict[str, float]] = {
    1: {
        "hota": 32.90220703092845,
        "deta": 45.02744970008649,
        "assa": 24.211530505937198,
        "detre": 56.33223684210527,
        "detpr": 58.14940577249574,
        "assre": 33.37153697138633,
        "asspr": 38.31997348503824,
        "loca": 76.9052802663679,
        "idf1": 47.61904761904761,
        "mota": 32.03125,
        "motp": 73.57753791467721,
        "id_switches": 23,
        "misses": 34,
        "false_positives": 30,
    },
    2: {
        "hota": 27.935802761013505,
        "deta": 43.836125789387886,
        "assa": 17.86632865335725,
        "detre": 56.23938879456707,
        "detpr": 55.78947368421051,
        "assre": 26.797568840250946,
        "asspr": 29.674612862467555,
        "loca": 76.45134398743247,
        "idf1": 41.76706827309237,
        "mota": 38.70967741935484,
        "motp": 71.46073553768045,
        "id_switches": 17,
        "misses": 29,
        "false_positives": 30,
    },
    3: {
        "hota": 30.804266438524806,
        "deta": 45.544527645467134,
        "assa": 20.987131485800358,
        "detre": 58.056680161943305,
        "detpr": 55.09028044563965,
        "assre": 31.168291388813564,
        "asspr": 33.07498514206093,
        "loca": 74.08331428086423,
        "idf1": 44.19475655430712,
        "mota": 43.07692307692308,
        "motp": 70.56697729847423,
        "id_switches": 25,
        "misses": 21,
        "false_positives": 28,
    },
    "combined": {
        "hota": 30.644215048059277,
        "deta": 44.775467173941244,
        "assa": 21.119568722197304,
        "detre": 56.888950124001106,
        "detpr": 56.29942732478867,
        "assre": 30.601417164846644,
        "asspr": 33.8586079068903,
        "loca": 75.80059541105621,
        "idf1": 44.53125,
        "mota": 37.95811518324607,
        "motp": 71.80154015299661,
        "id_switches": 65,
        "misses": 84,
        "false_positives": 88,
    },
}


def assert_equals_trackeval(result: PersonHota, expected: dict[str, float]) -> None:
    figures: dict[str, Any] = {
        **dataclasses.asdict(result.hota),
        **dataclasses.asdict(result.identity),
        **dataclasses.asdict(result.clear),
    }
    assert {name: figures[name] for name in expected} == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", [s for s in TRACKEVAL if s != "combined"])
def test_crowds_score_what_trackeval_gave(seed: int) -> None:
    assert_equals_trackeval(score("iou", boxed(*crowd(seed))), TRACKEVAL[seed])


def test_crowds_together_score_what_trackeval_combined() -> None:
    comparisons = [boxed(*crowd(seed)) for seed in (1, 2, 3)]
    assert_equals_trackeval(score("iou", *comparisons), TRACKEVAL["combined"])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), order=st.randoms(use_true_random=False))
def test_the_order_of_people_and_the_names_of_tracks_change_nothing(seed: int, order: Any) -> None:
    truth, predicted = crowd(seed)
    names = order.sample(range(9000), 105)
    renamed = [(box[0], names[box[1]], *box[2:]) for box in predicted]
    shuffled = boxed(order.sample(truth, len(truth)), order.sample(renamed, len(renamed)))
    before, after = score("iou", boxed(truth, predicted)), score("iou", shuffled)
    for part in ("hota", "clear", "identity"):
        assert dataclasses.astuple(getattr(after, part)) == pytest.approx(dataclasses.astuple(getattr(before, part)))
