import dataclasses

import numpy as np
import pytest

from poseloom.models.metrics.pckh import counted_people, head_sizes, normalised_distances, present_keypoints
from poseloom.schemas.errors import MetricUndefined
from poseloom.schemas.labels import Polygon
from poseloom.schemas.skeleton import COCO17, POSETRACK
from tests.fixtures.comparisons import HEAD, Person, compare, frame_labels

_USED = list(POSETRACK.used)
_ALL = POSETRACK.keypoints


def _square(left: float, top: float, right: float, bottom: float) -> Polygon:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def test_a_head_size_is_six_tenths_of_the_head_boxs_diagonal() -> None:
    assert head_sizes(compare([Person(0, 1)], [])).tolist() == [HEAD] == [0.6 * 50]


def test_a_person_with_keypoints_needs_a_head_box() -> None:
    people = [Person(0, 1), Person(3, 7, head=False), Person(4, 8, head=False)]
    expected = r"^street: expected a head box .* got none for 2 of 3 \(first: track 7 in frame 3\)$"
    with pytest.raises(MetricUndefined, match=expected):
        head_sizes(compare(people, []))


def test_nobody_else_needs_a_head_box() -> None:
    box_only, unlabelled = Person(0, 1, head=False, missing=_ALL), Person(1, 2, head=False)
    sizes = head_sizes(compare([box_only, unlabelled], [], frame_labels(2, unlabelled=[1])))
    assert np.isnan(sizes).all()


def test_poseval_keeps_coordinates_that_the_kit_drops() -> None:
    people = [Person(0, 1, at=(-250, 5)), Person(0, 2, at=(100, 0))]
    truth, predicted = present_keypoints(compare(people, people), "poseval")
    assert truth[:, _USED].all()
    assert predicted[:, _USED].all()
    truth, predicted = present_keypoints(compare(people, people), "kit")
    assert truth.tolist() == predicted.tolist() == [[k in _USED and k > 2 for k in range(17)], [False] * 17]


def test_slots_that_are_never_annotated_never_count() -> None:
    truth, _ = present_keypoints(compare([Person(0, 1)], []), "poseval")
    assert np.flatnonzero(~truth[0]).tolist() == list(POSETRACK.unused) == [3, 4]
    truth, _ = present_keypoints(compare([Person(0, 1)], [], skeleton=COCO17), "poseval")
    assert truth.all()


def test_missing_keypoints_and_unlabelled_frames_do_not_count() -> None:
    people = [Person(0, 1, missing=("nose",)), Person(1, 1)]
    comparison = compare(people, people, frame_labels(2, unlabelled=[1]))
    for present in present_keypoints(comparison, "poseval"):
        assert present[0].sum() == 14
        assert not present[0, 0]
        assert not present[1].any()
    for counted in counted_people(comparison, present_keypoints(comparison, "poseval")):
        assert counted.tolist() == [True, False]


@pytest.mark.parametrize("rule", ["poseval", "kit"])
def test_keypoints_strictly_inside_an_ignore_region_do_not_count(rule: str) -> None:
    people = [Person(0, 1), Person(1, 1)]  # keypoints at x = 100, 200, 300 ...
    inside_and_border = (_square(50, 50, 200, 150), _square(250, 50, 350, 150))
    comparison = compare(people, people, frame_labels(2, regions={0: inside_and_border}))
    for present in present_keypoints(comparison, rule):  # type: ignore[arg-type]
        assert present[0, :3].tolist() == [False, True, False]
        assert present[0, 5:].all()
        assert present[1, :3].all()


def test_a_region_that_crosses_itself_is_even_odd() -> None:
    twice_around = (*_square(150, 50, 250, 150), *_square(150, 50, 250, 150))
    bow_tie = ((350, 50), (550, 150), (550, 50), (350, 150))  # its waist is at x = 450
    line, dot = ((50, 50), (150, 150)), ((200, 100),)
    frames = frame_labels(1, regions={0: (twice_around, bow_tie, line, dot)})
    present, _ = present_keypoints(compare([Person(0, 1, at=(-100, 100))], [], frames), "poseval")
    xs = np.array([-100 + 100 * k for k in range(17)])
    assert set(xs[~present[0]]) == {200, 300} | {400, 500}


def test_somebody_without_keypoints_counts_except_beside_ignore_regions() -> None:
    people = [Person(frame, 1, missing=_ALL) for frame in (0, 1)]
    elsewhere = _square(-500, -500, -400, -400)
    comparison = compare(people, people, frame_labels(2, regions={1: (elsewhere,)}))
    for counted in counted_people(comparison, present_keypoints(comparison, "poseval")):
        assert counted.tolist() == [True, False]


def test_somebody_wholly_ignored_does_not_count() -> None:
    everybody = [Person(0, 1), Person(0, 2, at=(100, 900))]
    comparison = compare(everybody, everybody, frame_labels(1, regions={0: (_square(0, 0, 9999, 200),)}))
    for counted in counted_people(comparison, present_keypoints(comparison, "poseval")):
        assert counted.tolist() == [False, True]


def test_distances_are_in_head_sizes_of_the_truth() -> None:
    truth, predicted = np.array([[[0.0, 0.0], [9.0, 9.0]]]), np.array([[[3.0, 4.0], [9.0, 9.0]]])
    present = np.array([[True, False]]), np.array([[True, True]])
    assert normalised_distances(truth, predicted, np.array([10.0]), present).tolist() == [[[0.5, np.inf]]]


def test_a_head_box_without_size_puts_everything_out_of_reach() -> None:
    comparison = compare([Person(0, 1)], [Person(0, 1, at=(101, 100))])
    flat = dataclasses.replace(comparison, truth=comparison.truth.replace(head_xywh=np.array([[5.0, 5.0, 0.0, 0.0]])))
    sizes, present = head_sizes(flat), present_keypoints(flat, "poseval")
    assert np.isinf(normalised_distances(flat.truth.keypoints_xy, flat.predicted_xy, sizes, present)).all()
