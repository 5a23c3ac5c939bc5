import dataclasses
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poseloom.models.metrics.hota import HotaFigures
from poseloom.models.metrics.hota_pt21 import HotaPt21, Variant, hota_pt21, hota_pt21_evidence
from poseloom.schemas.comparison import Comparison
from poseloom.schemas.errors import LabelError, MetricUndefined
from tests.fixtures.comparisons import (
    HEAD,
    ORACLE_SEQUENCES,
    Person,
    compare,
    frame_labels,
    oracle_comparisons,
)

KIT_NAMES = {
    "hota": "HOTA", "deta": "DetA", "assa": "AssA", "detre": "DetRe", "detpr": "DetPr", "assre": "AssRe",
    "asspr": "AssPr", "loca": "LocA", "rhota": "RHOTA", "fraga": "FragA", "fa_hota": "FA-HOTA",
    "fa_rhota": "FA-RHOTA",
}  # fmt: skip
COUNTS = {"tp": "HOTA_TP", "fn": "HOTA_FN", "fp": "HOTA_FP"}
EXACT = 1e-6
FAR = (1000.0, 4000.0)
SQUARE = ((50.0, 50.0), (2000.0, 50.0), (2000.0, 150.0), (50.0, 150.0))
"""Holds every keypoint of a person at (100, 100), strictly."""


def score(*comparisons: Comparison, variant: Variant = "fixed") -> HotaPt21:
    return hota_pt21([hota_pt21_evidence(comparison) for comparison in comparisons], variant)


def rows_of_the_kit(real_data: Path, name: str, variant: Variant) -> list[tuple[str, HotaPt21, HotaFigures]]:
    """Sequence name, result and the result's 16th column as the kit prints it in that row."""
    comparisons = oracle_comparisons(real_data, name)
    alone = [(sequence, score(c, variant=variant)) for sequence, c in zip(ORACLE_SEQUENCES, comparisons, strict=True)]
    everything = score(*comparisons, variant=variant)
    rows = [(f"{sequence}.json", result, result.keypoint_mean) for sequence, result in alone]
    return [*rows, ("COMBINED_SEQ", everything, everything.total)]


def assert_equals_kit(rows: list[tuple[str, HotaPt21, HotaFigures]], expected: dict[str, Any]) -> None:
    for sequence, result, last in rows:
        columns = {**result.per_keypoint, "average": last}
        for ours, theirs in KIT_NAMES.items():
            for column, value in expected[sequence][theirs].items():
                assert getattr(columns[column], ours) == pytest.approx(100 * value, abs=EXACT), (sequence, ours, column)
        for ours, theirs in COUNTS.items():
            assert [getattr(f, ours) for f in columns.values()] == expected[sequence][f"{theirs}_alpha0.5"]


@pytest.mark.parametrize("name", ["perfect", "noisy", "gappy"])
def test_verbatim_equals_the_kit_on_every_figure(real_data: Path, name: str) -> None:
    expected = json.loads((real_data / "oracle" / "scores" / name / "expected_scores.json").read_text())
    assert_equals_kit(rows_of_the_kit(real_data, name, "verbatim"), expected["pt21_kit_keypoint_HOTA"])


@pytest.mark.parametrize("name", ["perfect", "noisy", "gappy"])
def test_verbatim_equals_the_kit_at_every_threshold(real_data: Path, name: str) -> None:
    file = real_data / "oracle" / "scores" / name / "keypoint_HOTA_full_per_alpha.json.gz"
    expected = json.loads(gzip.decompress(file.read_bytes()))
    for sequence, result, _ in rows_of_the_kit(real_data, name, "verbatim"):
        # A sequence's own 16th column is a mean over keypoints; only the combined one is in the curves.
        columns = 16 if sequence == "COMBINED_SEQ" else 15
        for ours, theirs in KIT_NAMES.items():
            curve = getattr(result.per_alpha, ours)[:, :columns]
            assert np.allclose(curve, 100 * np.array(expected[sequence][theirs])[:, :columns], rtol=0, atol=EXACT)
        for ours, theirs in COUNTS.items():
            assert np.array_equal(getattr(result.per_alpha, ours), expected[sequence][theirs])


def test_fixed_equals_the_kit_with_its_empty_frame_bug_fixed(real_data: Path) -> None:
    file = real_data / "oracle" / "scores" / "gappy" / "expected_scores_hota_emptyframe_fixed.json"
    expected = json.loads(file.read_text())
    assert_equals_kit(rows_of_the_kit(real_data, "gappy", "fixed"), expected)


def test_perfect_predictions_stay_below_100_where_the_nose_was_never_annotated(real_data: Path) -> None:
    result = score(*oracle_comparisons(real_data, "perfect"))
    assert result.per_keypoint["nose"].hota == 0
    assert result.per_keypoint["left_wrist"].hota == pytest.approx(100)
    assert result.total.assa == pytest.approx(100 * 14 / 15)
    assert result.total.hota == pytest.approx(100 * (14 / 15) ** 0.5)


def test_perfect_predictions_of_all_keypoints_give_100() -> None:
    people = [Person(frame, track, at) for frame in range(3) for track, at in ((0, (100, 100)), (1, FAR))]
    result = score(compare(people, people))
    assert result.total.hota == result.keypoint_mean.fa_hota == result.total.loca == pytest.approx(100)
    assert (result.total.tp, result.total.fn, result.total.fp) == (2 * 3 * 15, 0, 0)


def two_people(swapped: set[int], frames: int = 10) -> Comparison:
    truth = [Person(t, track, at) for t in range(frames) for track, at in ((0, (100, 100)), (1, FAR))]
    predicted = [dataclasses.replace(p, track=1 - p.track if p.frame in swapped else p.track) for p in truth]
    return compare(truth, predicted)


def test_identities_swapped_at_half_time() -> None:
    figures = score(two_people(swapped={5, 6, 7, 8, 9})).total
    # Four pairs of tracks with 5 matches each; the union of two tracks is 10 + 10 - 5.
    assert figures.assa == figures.fraga == pytest.approx(100 * 4 * 5 * (5 / 15) / 20)
    assert figures.assre == figures.asspr == pytest.approx(50)
    assert figures.deta == pytest.approx(100)
    assert figures.hota == pytest.approx(100 * (1 / 3) ** 0.5)


def test_a_swap_and_back_is_three_fragments() -> None:
    figures = score(two_people(swapped={4, 5})).total
    assert figures.assa == pytest.approx(100 * 2 * (8 * 8 / 12 + 2 * 2 / 18) / 20)
    assert figures.fraga == pytest.approx(100 * 2 * ((4 * 4 + 4 * 4) / 12 + 2 * 2 / 18) / 20)
    assert figures.fa_hota == pytest.approx(100 * (figures.assa * figures.fraga / 1e4) ** 0.25)


def test_a_gap_is_no_new_fragment() -> None:
    truth = [Person(t, 7) for t in range(6)]
    figures = score(compare(truth, [p for p in truth if p.frame != 3])).total
    assert figures.fraga == figures.assa == pytest.approx(100 * 5 / 6)


@pytest.mark.parametrize(("heads", "thresholds"), [(0.0, 19), (0.25, 10), (0.475, 1), (0.5002, 0)])
def test_similarity_falls_to_nothing_at_half_a_head(heads: float, thresholds: int) -> None:
    moved = Person(0, 0, moved={"left_knee": (heads * HEAD, 0.0)})
    result = score(compare([Person(0, 0)], [moved]))
    assert result.per_keypoint["left_knee"].deta == pytest.approx(100 * thresholds / 19)
    assert result.per_keypoint["right_knee"].deta == 100


def test_no_predictions_give_0_and_every_keypoint_missed() -> None:
    comparison = compare([Person(t, 0) for t in range(4)], [])
    for variant in ("fixed", "verbatim"):
        result = score(comparison, variant=variant)
        assert result.total.hota == 0
        assert (result.total.tp, result.total.fn, result.total.fp) == (0, 4 * 15, 0)
        assert result.total.loca == 100  # as in the kit: nothing was found in a wrong place


def test_an_empty_frame_costs_its_own_keypoints_or_verbatim_the_whole_sequence() -> None:
    truth = [Person(t, 0) for t in range(4)]
    comparison = compare(truth, truth[1:])
    fixed, verbatim = (score(comparison, variant=v).per_keypoint["nose"] for v in ("fixed", "verbatim"))
    assert (fixed.tp, fixed.fn, fixed.fp) == (3, 1, 0)
    assert (verbatim.tp, verbatim.fn, verbatim.fp) == (3, 4, 0)
    assert fixed.deta == pytest.approx(100 * 3 / 4)
    assert verbatim.deta == pytest.approx(100 * 3 / 7)


def test_where_nobody_is_in_the_truth_predictions_are_false_once() -> None:
    truth, predicted = [Person(0, 0)], [Person(0, 0), Person(1, 0), Person(1, 1, FAR)]
    for variant in ("fixed", "verbatim"):
        figures = score(compare(truth, predicted), variant=variant).per_keypoint["nose"]
        assert (figures.tp, figures.fn, figures.fp) == (1, 0, 2)


def test_a_truth_within_ignore_regions_only_is_no_truth() -> None:
    truth = [Person(0, 0), Person(1, 0)]
    predicted = [Person(0, 0), Person(1, 0), Person(1, 1, FAR)]
    comparison = compare(truth, predicted, frame_labels(2, regions={1: (SQUARE,)}))
    for variant in ("fixed", "verbatim"):
        figures = score(comparison, variant=variant).per_keypoint["nose"]
        assert (figures.tp, figures.fn, figures.fp) == (1, 0, 1)


def test_predictions_within_ignore_regions_only_leave_the_frame_empty() -> None:
    truth = [Person(t, 0, FAR) for t in range(3)]
    predicted = [Person(0, 0, FAR), Person(1, 0, FAR), Person(2, 0)]
    comparison = compare(truth, predicted, frame_labels(3, regions={2: (SQUARE,)}))
    assert score(comparison, variant="fixed").per_keypoint["nose"].fn == 1
    assert score(comparison, variant="verbatim").per_keypoint["nose"].fn == 3


def test_a_keypoint_on_the_border_of_an_ignore_region_counts() -> None:
    people = [Person(0, 0)]
    nose_on_border = ((100.0, 50.0), (150.0, 50.0), (150.0, 150.0), (100.0, 150.0))
    comparison = compare(people, people, frame_labels(1, regions={0: (nose_on_border,)}))
    assert score(comparison).per_keypoint["nose"].tp == 1


def test_unlabelled_frames_do_not_count() -> None:
    truth, predicted = [Person(t, 0) for t in range(3)], [Person(0, 0), Person(1, 3, FAR)]
    result = score(compare(truth, predicted, frame_labels(3, unlabelled=(1, 2))), variant="verbatim")
    assert (result.total.hota, result.total.tp, result.total.fn) == pytest.approx((100, 15, 0))


def test_people_with_a_box_but_no_keypoints_need_no_head_and_change_nothing() -> None:
    whole = [Person(0, 0)]
    box_only = Person(0, 1, FAR, missing=compare(whole, whole).skeleton.keypoints, head=False)
    assert score(compare([*whole, box_only], whole)).total == score(compare(whole, whole)).total


def test_keypoints_at_negative_coordinates_do_not_count() -> None:
    people = [Person(0, 0, moved={"nose": (-200.0, 0.0)})]
    result = score(compare(people, people))
    assert (result.per_keypoint["nose"].tp, result.per_keypoint["nose"].fn) == (0, 0)
    assert result.keypoint_mean.hota == pytest.approx(100 * 14 / 15)


def test_each_keypoint_is_assigned_on_its_own() -> None:
    truth = [Person(0, 0), Person(0, 1, (100, 120))]
    crossed = [Person(0, 0, moved={"nose": (0, 20)}), Person(0, 1, (100, 120), moved={"nose": (0, -20)})]
    result = score(compare(truth, crossed))
    assert result.per_keypoint["nose"].deta == 100
    assert result.total.assa == pytest.approx(100)  # one frame: every pair of tracks lasts its whole life


def test_association_across_sequences_is_weighted_by_true_positives() -> None:
    swapped, steady = two_people(swapped={5, 6, 7, 8, 9}), two_people(swapped=set(), frames=5)
    figures = score(swapped, steady).total
    assert figures.assa == pytest.approx(100 * (20 * (1 / 3) + 10 * 1) / 30)


def test_people_without_head_box_leave_the_metric_undefined() -> None:
    with pytest.raises(MetricUndefined, match=r"street: expected a head box.*track 4 in frame 0"):
        hota_pt21_evidence(compare([Person(0, 4, head=False)], []))


def test_people_without_track_leave_the_metric_undefined() -> None:
    with pytest.raises(MetricUndefined, match="street: expected a track id on everyone in the predictions, got 1"):
        hota_pt21_evidence(compare([Person(0, 0)], [Person(0, -1)]))


@pytest.mark.parametrize("side", ["truth", "predictions"])
def test_a_track_twice_in_one_frame_is_an_error(side: str) -> None:
    one, two = [Person(3, 5)], [Person(3, 5), Person(3, 5, FAR)]
    comparison = compare(two, one) if side == "truth" else compare(one, two)
    with pytest.raises(LabelError, match=f"street: expected one person of track 5 in frame 3 of the {side}"):
        hota_pt21_evidence(comparison)


def test_no_sequence_is_no_figure() -> None:
    with pytest.raises(LabelError, match="got 0 skeletons in 0 sequences"):
        hota_pt21([], "fixed")


def crowd(seed: int) -> tuple[list[Person], list[Person]]:
    """People near each other, and predictions that wander, get lost and change identity."""
    rng = np.random.default_rng(seed)
    truth = [
        Person(t, track, (200 + 20 * track + float(rng.normal(0, 5)), 200 + float(rng.normal(0, 5))))
        for t in range(6) for track in range(4) if rng.random() < 0.9
    ]  # fmt: skip
    predicted = [
        dataclasses.replace(p, track=p.track + 10 * int(rng.random() < 0.2), at=tuple(p.at + rng.normal(0, 6, 2)))
        for p in truth if rng.random() < 0.8
    ]  # fmt: skip
    return truth, predicted


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), order=st.randoms(use_true_random=False))
def test_the_order_of_people_and_the_names_of_tracks_change_nothing(seed: int, order: Any) -> None:
    truth, predicted = crowd(seed)
    frames = frame_labels(6)
    names = order.sample(range(9000), 20)
    renamed = [dataclasses.replace(p, track=names[p.track]) for p in predicted]
    shuffled = order.sample(truth, len(truth)), order.sample(renamed, len(renamed))
    before, after = score(compare(truth, predicted, frames)), score(compare(*shuffled, frames))
    assert dataclasses.astuple(after.total) == pytest.approx(dataclasses.astuple(before.total))
    assert dataclasses.astuple(after.keypoint_mean) == pytest.approx(dataclasses.astuple(before.keypoint_mean))


@settings(max_examples=10, deadline=None)
@given(seeds=st.lists(st.integers(0, 10_000), min_size=2, max_size=4))
def test_the_order_of_sequences_changes_nothing(seeds: list[int]) -> None:
    sequences = [compare(*crowd(seed), frame_labels(6)) for seed in seeds]
    forward, backward = score(*sequences), score(*sequences[::-1])
    assert dataclasses.astuple(forward.total) == pytest.approx(dataclasses.astuple(backward.total))
