"""What every strategy promises."""

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from poseloom.models.clicks.acting import check_locks
from poseloom.models.points import point_tracker
from poseloom.models.propagators import PROPAGATORS, propagator
from poseloom.schemas.ids import instances_digest
from poseloom.schemas.instances import UNLINKED, Instances
from poseloom.schemas.ports import Frame, Propagator
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17

FRAMES = 12
K = len(COCO17)


@pytest.fixture(params=PROPAGATORS)
def strategy(request: pytest.FixtureRequest) -> Propagator:
    return propagator(request.param, point_tracker("lucas_kanade"))


@pytest.fixture(scope="module")
def pictures() -> list[Frame]:
    noise = np.random.default_rng(7).integers(0, 255, (120, 160, 3), dtype=np.uint8)
    texture = cv2.GaussianBlur(noise, (0, 0), 2.0)
    return [Frame(t, np.roll(texture, t, axis=1)) for t in range(FRAMES)]


def labels(seed: int, corrected: float = 0.1, removed: float = 0.05) -> Instances:
    """Three people, some frames of them missing, with random corrections and removals; one nobody has linked."""
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero(rng.random(3 * FRAMES) < 0.8)
    frame, track = rows % FRAMES, np.where(rows == rows[-1], UNLINKED, rows // FRAMES)
    xy = rng.uniform(20, 90, (3, K, 2))[rows // FRAMES] + np.stack([frame, 0 * frame], axis=1)[:, None]
    draw = rng.random((len(rows), K))
    placed, gone = draw < corrected, (draw >= corrected) & (draw < corrected + removed)
    people = Instances.build(
        COCO17, frame, xy, np.where(gone, 0, 2), Source.PREDICTED,
        track_id=track, score=np.where(placed | gone, np.nan, rng.uniform(0.3, 0.9, draw.shape)),
    )  # fmt: skip
    return people.replace(source=np.where(placed | gone, Source.CORRECTED, people.source)).sorted()


@pytest.mark.parametrize("seed", range(4))
def test_what_people_said_is_never_touched(strategy: Propagator, pictures: list[Frame], seed: int) -> None:
    given = labels(seed)
    linked = given.select(given.track_id != UNLINKED)
    check_locks(linked, strategy.propagate(given, FRAMES, iter(pictures)), strategy.name)


def test_equal_labels_and_pictures_give_equal_results(strategy: Propagator, pictures: list[Frame]) -> None:
    first, second = (strategy.propagate(labels(1), FRAMES, iter(pictures)) for _ in range(2))
    assert instances_digest(first) == instances_digest(second)


def test_a_fresh_strategy_gives_the_same(strategy: Propagator, pictures: list[Frame]) -> None:
    strategy.propagate(labels(2), FRAMES, iter(pictures))
    fresh = propagator(strategy.name, point_tracker("lucas_kanade"))
    results = [one.propagate(labels(1), FRAMES, iter(pictures)) for one in (strategy, fresh)]
    assert instances_digest(results[0]) == instances_digest(results[1])


def test_pictures_are_asked_for_only_by_those_that_need_them(strategy: Propagator, pictures: list[Frame]) -> None:
    def forbidden() -> Iterator[Frame]:
        pytest.fail("a picture was read")
        yield

    given = labels(1) if not strategy.needs_pictures else labels(1, 0, 0)
    result = strategy.propagate(given, FRAMES, forbidden())
    assert len(result) >= len(given)


def test_without_corrections_labels_come_back_sorted(strategy: Propagator, pictures: list[Frame]) -> None:
    given = labels(3, 0, 0)
    shuffled = given.select(np.random.default_rng(0).permutation(len(given)))
    result = strategy.propagate(shuffled, FRAMES, iter(pictures))
    assert instances_digest(result) == instances_digest(given)


def test_nobody_stays_nobody(strategy: Propagator, pictures: list[Frame]) -> None:
    assert len(strategy.propagate(Instances.empty(COCO17), FRAMES, iter(pictures))) == 0


def test_every_row_stays_and_new_ones_lie_in_the_video(strategy: Propagator, pictures: list[Frame]) -> None:
    given = labels(1)
    result = strategy.propagate(given, FRAMES, iter(pictures))
    keys = [set(zip(rows.frame_index.tolist(), rows.track_id.tolist(), strict=True)) for rows in (given, result)]
    assert keys[0] <= keys[1]
    assert len(result) == len(keys[1])
    assert ((result.frame_index >= 0) & (result.frame_index < FRAMES)).all()
    assert set(np.unique(result.source[(result.visibility > 0)]).tolist()) <= {1, 3, 4}


def test_propagated_keypoints_name_the_frame_of_their_anchor(strategy: Propagator, pictures: list[Frame]) -> None:
    result = strategy.propagate(labels(1), FRAMES, iter(pictures))
    carried = result.source == Source.PROPAGATED
    assert (result.anchor_frame[carried] >= 0).all()
    assert ((result.score[carried] >= 0) & (result.score[carried] <= 1)).all()
    assert strategy.name == "none" or carried.any()
