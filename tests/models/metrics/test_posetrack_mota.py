import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poseloom.models.metrics.by_keypoint import ByKeypoint
from poseloom.models.metrics.posetrack_mota import MotaVariant, PosetrackMota, mota_evidence, posetrack_mota
from poseloom.schemas.comparison import Comparison
from poseloom.schemas.errors import LabelError, MetricUndefined
from poseloom.schemas.skeleton import POSETRACK
from tests.fixtures.comparisons import (
    ORACLE_SEQUENCES,
    Person,
    compare,
    frame_labels,
    oracle_comparisons,
    streets,
)

_ALL = POSETRACK.keypoints
_FAR = (100.0, 9000.0)


def _mota(*comparisons: Comparison, variant: MotaVariant = "all_frames") -> PosetrackMota:
    return posetrack_mota([mota_evidence(comparison, variant) for comparison in comparisons])


def _counts(result: PosetrackMota, keypoint: str = "nose") -> tuple[int, int, int, int]:
    """Objects, misses, switches and false positives of one keypoint."""
    counts = result.objects, result.misses, result.switches, result.false_positives
    return tuple(count[keypoint] for count in counts)  # type: ignore[return-value]


def _same(figure: ByKeypoint, value: float) -> bool:
    return all(v == pytest.approx(value, abs=1e-9) for v in {*figure.per_joint.values(), figure.total})


@pytest.mark.parametrize("variant", ["perfect", "noisy", "gappy"])
def test_every_figure_equals_posevals(real_data: Path, variant: str) -> None:
    evidence = [mota_evidence(comparison, "poseval") for comparison in oracle_comparisons(real_data, variant)]
    expected = json.loads((real_data / "oracle" / "scores" / variant / "expected_scores.json").read_text())["poseval"]
    parts = {name: [sequence] for name, sequence in zip(ORACLE_SEQUENCES, evidence, strict=True)} | {"total": evidence}
    for name, sequences in parts.items():
        got = posetrack_mota(sequences)
        keys = {"mota": got.mota, "pre": got.precision, "rec": got.recall, "motp": got.motp_poseval}
        for key, figure in keys.items():
            theirs = {k: math.nan if v is None else v for k, v in expected[name]["MOT"][key].items()}
            ours = {"neck" if k == "head_bottom" else k: v for k, v in figure.per_joint.items()}
            assert ours | {"total": figure.total} == pytest.approx(theirs, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("variant", ["poseval", "all_frames"])
def test_the_truth_itself_scores_100(variant: MotaVariant) -> None:
    people = [Person(frame, track, at=(100, 900 * track)) for frame in range(3) for track in (1, 2)]
    got = _mota(compare(people, people), variant=variant)
    assert _same(got.mota, 100)
    assert _same(got.precision, 100)
    assert _same(got.recall, 100)
    assert _counts(got) == ((4, 0, 0, 0) if variant == "poseval" else (6, 0, 0, 0))


def test_no_predictions_score_0_over_all_frames_and_minus_100_in_poseval() -> None:
    comparison = compare([Person(frame, 1) for frame in range(4)], [])
    everything = _mota(comparison)
    assert _same(everything.mota, 0)
    assert _counts(everything) == (4, 4, 0, 0)
    assert all(math.isnan(p) for p in everything.precision.per_joint.values())
    poseval = _mota(comparison, variant="poseval")
    assert _same(poseval.mota, -100)
    assert _same(poseval.precision, 0)
    assert _counts(poseval) == (3, 3, 0, 3)


def test_poseval_counts_an_empty_side_as_one_miss_and_one_false_positive_whoever_is_there() -> None:
    truth = [Person(t, track, at=(100, 900 * track), missing=("nose",)) for t in range(3) for track in range(3)]
    got = _mota(compare(truth, [p for p in truth if p.frame != 1]), variant="poseval")
    assert _counts(got, "nose") == (1, 1, 0, 1)
    assert _counts(got, "left_knee") == (3 + 1, 1, 0, 1)
    assert got.mota.per_joint["nose"] == -100
    assert got.mota.per_joint["left_knee"] == pytest.approx(50)


def test_a_keypoint_that_is_never_annotated_has_no_figure() -> None:
    people = [Person(t, 1, missing=("nose",)) for t in range(3)]
    for variant in ("poseval", "all_frames"):
        got = _mota(compare(people, people), variant=variant)
        assert math.isnan(got.mota.per_joint["nose"])
        assert math.isnan(got.mota.groups["Head"])
        assert got.mota.total == got.mota.groups["Knee"] == 100


def test_a_switch_costs_as_much_as_a_miss() -> None:
    truth = [Person(t, 1) for t in range(5)]
    found = [Person(t, 7 if t < 2 else 8) for t in range(5)]
    everything, poseval = _mota(compare(truth, found)), _mota(compare(truth, found), variant="poseval")
    assert _counts(everything) == (5, 0, 1, 0)
    assert _same(everything.mota, 80)
    assert _counts(poseval) == (4, 0, 1, 0)
    assert _same(poseval.mota, 75)


def test_two_people_who_swap_ids_switch_twice() -> None:
    truth = [Person(t, track, at=(100, 900 * track)) for t in range(4) for track in (0, 1)]
    found = [dataclasses.replace(p, track=p.track if p.frame < 2 else 1 - p.track) for p in truth]
    assert _counts(_mota(compare(truth, found))) == (8, 0, 2, 0)


@pytest.mark.parametrize(("later", "switches"), [(7, 0), (8, 1)])
def test_a_partner_is_remembered_across_frames_without(later: int, switches: int) -> None:
    truth = [Person(0, 1), Person(1, 1), Person(3, 1)]
    found = [Person(0, 7), Person(3, later)]
    assert _counts(_mota(compare(truth, found, frame_labels(4)))) == (3, 1, switches, 0)


def test_a_partner_within_reach_is_kept_though_another_is_nearer() -> None:
    truth = [Person(0, 1), Person(1, 1)]
    found = [Person(0, 7), Person(1, 7, at=(115, 100)), Person(1, 8)]
    assert _counts(_mota(compare(truth, found))) == (2, 0, 0, 1)


def test_a_partner_out_of_reach_is_left() -> None:
    truth = [Person(0, 1), Person(1, 1)]
    found = [Person(0, 7), Person(1, 7, at=(116, 100)), Person(1, 8)]
    assert _counts(_mota(compare(truth, found))) == (2, 0, 1, 1)


def test_of_two_who_had_the_same_partner_the_first_in_the_file_keeps_it() -> None:
    """Track 1 has 7, then, while 1 is away, track 2 has 7; back together, whoever comes first keeps it."""
    before = [Person(0, 1), Person(1, 2, at=(110, 100))]
    together = [Person(2, 1), Person(2, 2, at=(110, 100))]
    found = [Person(0, 7), Person(1, 7, at=(110, 100)), Person(2, 7, at=(105, 100))]
    for order in (together, together[::-1]):
        assert _counts(_mota(compare([*before, *order], found))) == (4, 1, 0, 0)


def test_most_pairs_come_before_least_distance() -> None:
    """7 is nearest to 1, but 2 can only have 7, and 1 can have 8."""
    truth = [Person(0, 1), Person(0, 2, at=(112, 100))]
    found = [Person(0, 7, at=(101, 100)), Person(0, 8, at=(88, 100))]
    assert _counts(_mota(compare(truth, found))) == (2, 0, 0, 0)


def test_equal_distances_fall_as_in_motmetrics() -> None:
    """Six people on a grid of 5 pixels; counts recorded from motmetrics 1.2.5 with scipy 1.10.1."""
    recorded = [(82, 25, 24, 39), (86, 23, 32, 35), (97, 37, 32, 30), (98, 30, 40, 21), (92, 32, 28, 30)]
    for seed, expected in enumerate(recorded):
        rng = np.random.default_rng(seed)
        sides: tuple[list[Person], list[Person]] = ([], [])
        for t in range(20):
            for side in sides:
                ids, there, off = rng.permutation(6), rng.integers(0, 4, 6) > 0, 5 * rng.integers(-3, 4, (6, 2))
                for track, has_nose, (x, y) in zip(ids, there, off, strict=True):
                    missing = () if has_nose else ("nose",)
                    side.append(Person(t, int(track), (100.0, 100.0), missing, {"nose": (float(x), float(y))}))
        assert _counts(_mota(compare(*sides))) == expected


def test_every_keypoint_is_tracked_on_its_own() -> None:
    truth = [Person(t, 1) for t in range(2)]
    found = [Person(0, 7), Person(1, 7, missing=("nose",), moved={"left_knee": (0, 30)}), Person(1, 8, at=_FAR)]
    got = _mota(compare(truth, found))
    assert _counts(got, "nose") == (2, 1, 0, 1)
    assert _counts(got, "left_knee") == (2, 1, 0, 2)
    assert _counts(got, "left_hip") == (2, 0, 0, 1)


def test_frames_that_list_nobody_count_over_all_frames_only() -> None:
    truth = [Person(t, 1) for t in (0, 2, 3)]
    found = [Person(t, 7) for t in range(4)]
    assert _counts(_mota(compare(truth, found))) == (3, 0, 0, 1)
    assert _counts(_mota(compare(truth, found), variant="poseval")) == (2, 0, 0, 0)


def test_beside_box_only_people_every_prediction_is_wrong() -> None:
    truth = [Person(0, 1, missing=_ALL, head=False), Person(1, 1), Person(2, 1)]
    found = [Person(t, track, at=(100, 900 * track)) for t in range(3) for track in (0, 1)]
    assert _counts(_mota(compare(truth, found), variant="poseval")) == (1, 1, 0, 4)


def test_unlabelled_frames_are_left_out() -> None:
    people = [Person(t, t) for t in range(3)]
    got = _mota(compare(people, people[::-1], frame_labels(3, unlabelled=[0, 2])))
    assert _counts(got) == (1, 0, 0, 0)


def test_ignored_people_are_absent_and_their_frame_is_empty() -> None:
    everybody = ((0.0, 0.0), (9999.0, 0.0), (9999.0, 200.0), (0.0, 200.0))
    truth = [Person(t, 1) for t in range(3)]
    found = [Person(t, 7) for t in range(3)] + [Person(1, 8, at=_FAR)]
    comparison = compare(truth, found, frame_labels(3, regions={1: (everybody,)}))
    assert _counts(_mota(comparison)) == (2, 0, 0, 1)
    assert _counts(_mota(comparison, variant="poseval")) == (1 + 1, 1, 0, 1)


def test_a_sequence_of_one_frame_has_no_figure_in_poseval() -> None:
    comparison = compare([Person(0, 1)], [Person(0, 1)])
    assert math.isnan(_mota(comparison, variant="poseval").mota.total)
    assert _mota(comparison).mota.total == 100


def test_sequences_are_tracked_apart_and_counted_together() -> None:
    truth = [Person(t, 1) for t in range(2)]
    good, other = compare(truth, [Person(t, 7) for t in range(2)]), compare(truth, [Person(t, 8) for t in range(2)])
    none = compare(truth, [])
    assert _counts(_mota(good, other, none)) == (6, 2, 0, 0)
    assert _same(_mota(good, other, none).mota, 100 * 4 / 6)


@pytest.mark.parametrize("variant", ["poseval", "all_frames"])
def test_one_track_twice_in_a_frame_is_refused(variant: MotaVariant) -> None:
    people = [Person(t, 1) for t in range(3)]
    twice = [*people, Person(1, 1, at=_FAR)]
    with pytest.raises(LabelError, match=r"street: .*track 1 in frame 1 of the predictions"):
        mota_evidence(compare(people, twice), variant)
    with pytest.raises(LabelError, match=r"street: .*track 1 in frame 1 of the truth"):
        mota_evidence(compare(twice, people), variant)


def test_without_track_ids_there_is_no_figure() -> None:
    people = [Person(t, 1) for t in range(3)]
    with pytest.raises(MetricUndefined, match=r"street: expected a track id .* predictions.* 1 without one.* frame 1"):
        mota_evidence(compare(people, [people[0], Person(1, -1)]), "all_frames")
    with pytest.raises(MetricUndefined, match=r"street: expected a track id .* truth"):
        mota_evidence(compare([Person(0, -1)], people[:1]), "all_frames")


def test_people_without_head_boxes_have_no_figure() -> None:
    with pytest.raises(MetricUndefined, match=r"street: expected a head box"):
        mota_evidence(compare([Person(0, 1, head=False)], []), "all_frames")


def test_sequences_of_one_skeleton_are_expected() -> None:
    with pytest.raises(LabelError, match="got 0 skeletons in 0 sequences"):
        posetrack_mota([])


@settings(max_examples=150, deadline=None)
@given(streets(), streets(), st.integers(0, 99), st.sampled_from(["poseval", "all_frames"]))
def test_the_order_of_people_and_sequences_and_the_ids_change_nothing(
    first: Comparison, second: Comparison, seed: int, variant: MotaVariant
) -> None:
    rng = np.random.default_rng(seed)
    before = _mota(first, second, variant=variant)
    after = _mota(*(_shuffled(rng, comparison) for comparison in (second, first)), variant=variant)
    for name in ("objects", "misses", "switches", "false_positives"):
        assert getattr(before, name) == getattr(after, name)
    assert before.motp_poseval.total == pytest.approx(after.motp_poseval.total, nan_ok=True)


def _shuffled(rng: np.random.Generator, comparison: Comparison) -> Comparison:
    """The same comparison with its people in another order and other ids."""
    people, found = (rng.permutation(len(side)) for side in (comparison.truth, comparison.predicted))
    truth, predicted = comparison.truth.select(people), comparison.predicted.select(found)
    return dataclasses.replace(
        comparison,
        truth=truth.replace(track_id=rng.permutation(100)[truth.track_id]),
        predicted=predicted.replace(track_id=rng.permutation(100)[predicted.track_id]),
        predicted_xy=comparison.predicted_xy[found],
        areas=comparison.areas[people],
    )
