import json
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from poseloom.models.linker import LinkerSettings, link
from poseloom.models.synthetic import ClipSpec, synthesize_clip
from poseloom.schemas.ids import instances_digest
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17, POSETRACK

_BODY = np.random.default_rng(0).uniform((0, 0), (40, 100), (17, 2))


def _people(*rows: tuple[int, int, float], score: float = np.nan) -> Instances:
    """One rigid person per (frame, track id, x); person_id remembers the row."""
    frame, track, x = (np.array(column) for column in zip(*rows, strict=True))
    xy = _BODY[None] + np.stack([x, np.zeros_like(x)], axis=1)[:, None]
    n = len(rows)
    return Instances.build(
        COCO17, frame, xy, np.full((n, 17), 2), Source.PREDICTED,
        track_id=track, person_id=np.arange(n), score=np.full((n, 17), score),
    )  # fmt: skip


def _ids(linked: Instances) -> dict[int, int]:
    return dict(zip(linked.person_id.tolist(), linked.track_id.tolist(), strict=True))


def _strip(truth: Instances) -> Instances:
    return truth.replace(track_id=np.full(len(truth), -1), person_id=np.arange(len(truth)))


def _identity_scores(truth: Instances, linked: Instances) -> tuple[float, int]:
    """IDF1 (all instances present: the share in the best one-to-one match of ids) and id switches."""
    got = linked.track_id[np.argsort(linked.person_id)]
    together = np.zeros((truth.track_id.max() + 1, got.max() + 1))
    np.add.at(together, (truth.track_id, got), 1)
    best = together[linear_sum_assignment(-together)].sum() / len(truth)
    switches = sum(int((np.diff(got[truth.track_id == t]) != 0).sum()) for t in np.unique(truth.track_id))
    return float(best), switches


def test_two_people_keep_their_ids_in_order_of_first_appearance() -> None:
    linked = link(_people((0, -1, 0), (0, -1, 300), (1, -1, 304), (1, -1, 3), (2, -1, 6), (2, -1, 308)))
    assert _ids(linked) == {0: 0, 1: 1, 2: 1, 3: 0, 4: 0, 5: 1}


def test_a_moving_person_is_found_again_after_a_gap_and_not_after_a_longer_one() -> None:
    rows = [(t, -1, 8.0 * t) for t in (0, 1, 2, 3, 4, 8, 9)]
    assert set(_ids(link(_people(*rows), LinkerSettings(max_gap=3, damping=1))).values()) == {0}
    assert set(_ids(link(_people(*rows), LinkerSettings(max_gap=2, damping=1))).values()) == {0, 1}


def test_people_who_cross_keep_their_ids_by_their_motion() -> None:
    rows = [(t, -1, x) for t in range(21) for x in (10.0 * t, 200 - 10.0 * t)]
    ids = _ids(link(_people(*rows)))
    assert [ids[2 * t] for t in range(21)] == [0] * 21
    assert [ids[2 * t + 1] for t in range(21)] == [1] * 21


def test_given_ids_stay_and_new_tracks_get_the_smallest_free_ids() -> None:
    linked = link(_people((0, 1, 0), (0, -1, 300), (0, -1, 600), (1, -1, 1), (1, -1, 301), (1, -1, 601)))
    assert _ids(linked) == {0: 1, 1: 0, 2: 2, 3: 1, 4: 0, 5: 2}


def test_an_unlinked_track_that_runs_into_a_given_identity_adopts_it() -> None:
    linked = link(_people((0, -1, 0), (1, -1, 2), (2, 7, 4), (3, -1, 6)))
    assert set(_ids(linked).values()) == {7}


def test_a_prediction_that_repeats_a_given_instance_is_dropped() -> None:
    linked = link(_people((0, 5, 0), (0, -1, 1), (0, -1, 300)))
    assert _ids(linked) == {0: 5, 2: 0}


def test_a_track_between_two_different_given_ids_is_cut_at_its_weakest_link() -> None:
    jump = [0, 1, 2, 14, 15, 16]
    rows = [(0, 3, 0.0), *((t, -1, float(jump[t])) for t in range(1, 5)), (5, 4, 16.0)]
    assert _ids(link(_people(*rows))) == {0: 3, 1: 3, 2: 3, 3: 4, 4: 4, 5: 4}


def test_a_track_does_not_keep_an_id_while_it_is_given_to_somebody_else() -> None:
    rows = [(0, 3, 0.0), (1, -1, 1), (2, -1, 2), (2, 3, 400), (3, -1, 3), (3, -1, 401)]
    ids = _ids(link(_people(*rows)))
    assert ids[0] == ids[3] == ids[5] == 3
    assert ids[2] == ids[4] != 3


def test_short_or_uncertain_tracks_leave_only_on_request() -> None:
    sure = _people((0, -1, 0), (1, -1, 1), (2, -1, 2), score=0.9)
    doubtful = _people((0, -1, 500), (1, -1, 501), score=0.2).replace(person_id=np.array([3, 4]))
    both = Instances.concat([sure, doubtful])
    assert set(_ids(link(both))) == {0, 1, 2, 3, 4}
    assert set(_ids(link(both, LinkerSettings(min_length=3)))) == {0, 1, 2}
    assert set(_ids(link(both, LinkerSettings(min_score=0.5)))) == {0, 1, 2}


def test_a_confident_instance_has_the_first_choice() -> None:
    before = _people((0, -1, 0), score=0.9)
    faint = _people((1, -1, 0), score=0.1).replace(person_id=np.array([1]))
    clear = _people((1, -1, 3), score=0.9).replace(person_id=np.array([2]))
    ids = _ids(link(Instances.concat([before, faint, clear])))
    assert ids[2] == ids[0] != ids[1]


def test_instances_without_keypoints_or_boxes_get_ids_of_their_own() -> None:
    nothing = Instances.build(COCO17, [0, 1], np.zeros((2, 17, 2)), np.zeros((2, 17)), Source.PREDICTED)
    assert link(nothing).track_id.tolist() == [0, 1]
    assert len(link(Instances.empty(COCO17))) == 0


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(-1, 3), st.integers(0, 30)), max_size=40))
def test_whatever_comes_ids_are_unique_in_a_frame_and_given_ids_survive(rows: list[tuple[int, int, int]]) -> None:
    seen: set[tuple[int, int]] = set()
    rows = [r for r in rows if r[1] < 0 or not ((r[0], r[1]) in seen or seen.add((r[0], r[1])))]  # type: ignore[func-returns-value]
    if not rows:
        return
    people = _people(*((t, i, 12.0 * x) for t, i, x in rows))
    linked = link(people)
    pairs = list(zip(linked.frame_index.tolist(), linked.track_id.tolist(), strict=True))
    ids = _ids(linked)
    assert len(set(pairs)) == len(pairs) == len(ids)
    assert (linked.track_id >= 0).all()
    assert all(ids[row] == track for row, (_, track, _) in enumerate(rows) if track >= 0)
    assert instances_digest(link(people)) == instances_digest(linked)
    assert instances_digest(link(linked)) == instances_digest(linked)


@pytest.mark.parametrize("motion", ["slow", "fast"])
def test_generated_people_keep_their_ids_from_noisy_predictions(
    motion: Literal["slow", "fast"], rng: np.random.Generator
) -> None:
    truth = synthesize_clip(ClipSpec(frames=150, motion=motion, seed=6)).truth
    noisy = truth.keypoints_xy + rng.normal(0, 2, truth.keypoints_xy.shape)
    seen = truth.replace(keypoints_xy=noisy).select(rng.random(len(truth)) > 0.1)
    best, switches = _identity_scores(seen, link(_strip(seen)))
    assert best > 0.95
    assert switches <= 6


def test_sparse_labels_settle_the_identities_of_predictions_between_them(rng: np.random.Generator) -> None:
    truth = synthesize_clip(ClipSpec(frames=150, motion="fast", seed=6)).truth
    labelled = truth.frame_index % 10 == 0
    noisy = truth.keypoints_xy + np.where(labelled[:, None, None], 0, rng.normal(0, 2, truth.keypoints_xy.shape))
    sparse = _strip(truth).replace(track_id=np.where(labelled, truth.track_id, -1), keypoints_xy=noisy)
    got = _ids(link(sparse))
    assert np.mean([got[row] == track for row, track in enumerate(truth.track_id)]) > 0.97


def _read(path: Path) -> Instances:
    document = json.loads(path.read_text())
    frame_of = {image["id"]: i for i, image in enumerate(document["images"])}
    people = [a for a in document["annotations"] if a["keypoints"]]
    keypoints = np.array([a["keypoints"] for a in people], float).reshape(-1, 17, 3)
    return Instances.build(
        POSETRACK,
        [frame_of[a["image_id"]] for a in people],
        keypoints[..., :2],
        np.where((keypoints[..., :2] != 0).any(axis=2), 2, 0),
        Source.IMPORTED,
        track_id=[a["track_id"] for a in people],
        bbox_xywh=np.array([a["bbox"] for a in people], float),
    ).sorted()


@pytest.mark.parametrize(
    ("folder", "drop", "bar"),
    [
        ("bonn_posetrack/train", 0.0, 0.99),
        ("bonn_posetrack/val", 0.0, 0.99),
        ("bonn_posetrack/train", 0.3, 0.96),
        ("posetrack18_tracks_somof", 0.0, 0.95),
        ("posetrack18_tracks_somof", 0.3, 0.90),
    ],
)
def test_real_tracks_are_recovered(
    real_data: Path, rng: np.random.Generator, folder: str, drop: float, bar: float
) -> None:
    right = total = 0.0
    for path in sorted((real_data / folder / "posetrack_data").glob("*.json")):
        truth = _read(path)
        truth = truth.select(rng.random(len(truth)) >= drop)
        best, _ = _identity_scores(truth, link(_strip(truth)))
        right, total = right + best * len(truth), total + len(truth)
    assert right / total > bar
