"""What every estimator promises, asked of all that can run here."""

import runpy
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import poseloom.infra.estimators as package
from poseloom.infra.estimators import create_estimator, describe_estimator
from poseloom.infra.estimators.blazepose import ENVIRONMENT
from poseloom.schemas.arrays import I32, U8
from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.ids import instances_digest
from poseloom.schemas.instances import UNLINKED
from poseloom.schemas.ports import Estimator
from poseloom.schemas.provenance import Source

INFRA = Path(__file__).parents[1] / "infra"


@pytest.fixture(scope="module", params=["imported", "external", "vitpose", "blazepose"])
def chosen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, str]]:
    """Name and options of an estimator."""
    options: dict[str, str] = {}
    if request.param == "external":
        worker = [
            sys.executable,
            str(INFRA / "external_worker.py"),
            "answer",
            str(Path(package.__path__[0]) / "workers"),
        ]
        options = {"command": shlex.join(worker), "batch": "2"}
    elif request.param == "vitpose":
        save = runpy.run_path(str(INFRA / "tiny_vitpose.py"))["save_tiny_vitpose"]
        weights = save(tmp_path_factory.mktemp("weights"))
        options = {"weights": str(weights), "threshold": "0", "device": "cpu"}
    elif request.param == "blazepose" and not ENVIRONMENT.complete:
        pytest.skip("blazepose is not installed: run `poseloom estimator install blazepose`")
    return request.param, options


@pytest.fixture(scope="module")
def estimator(chosen: tuple[str, dict[str, str]]) -> Iterator[Estimator]:
    estimator = create_estimator(*chosen)
    yield estimator
    estimator.close()


@pytest.fixture
def pictures(rng: np.random.Generator) -> list[U8]:
    return [rng.integers(0, 255, size, dtype=np.uint8) for size in ((240, 320, 3), (320, 200, 3), (100, 100, 3))]


def frames(*index: int) -> I32:
    return np.array(index, dtype=np.int32)


def test_description_is_that_of_the_estimator(chosen: tuple[str, dict[str, str]], estimator: Estimator) -> None:
    assert describe_estimator(*chosen) == estimator.info
    assert estimator.info.name == chosen[0]
    assert estimator.batch_size >= 1


def test_no_pictures_give_no_instances(estimator: Estimator) -> None:
    found = estimator.estimate([], frames())
    assert len(found) == 0
    assert found.skeleton == estimator.info.skeleton


def test_instances_are_unlinked_predictions_with_scores(estimator: Estimator, pictures: list[U8]) -> None:
    found = estimator.estimate(pictures, frames(11, 5, 8))
    labelled = found.visibility > 0
    assert set(found.frame_index.tolist()) <= {11, 5, 8}
    assert (found.track_id == UNLINKED).all()
    assert (found.source[labelled] == Source.PREDICTED).all()
    assert ((found.score[labelled] >= 0) & (found.score[labelled] <= 1)).all()
    assert labelled.any(axis=1).all()


def test_coordinates_are_pixels_of_their_picture(estimator: Estimator, pictures: list[U8]) -> None:
    found = estimator.estimate(pictures, frames(0, 1, 2))
    for frame, picture in enumerate(pictures):
        people = found.in_frames(frame, frame + 1)
        size = np.array(picture.shape[1::-1])
        assert (people.keypoints_xy[people.visibility > 0] <= size).all()
        assert (people.bbox_xywh[:, :2] + people.bbox_xywh[:, 2:] <= size + 1e-3).all()


def test_answer_does_not_depend_on_batch_or_order(estimator: Estimator, pictures: list[U8]) -> None:
    together = estimator.estimate(pictures, frames(0, 1, 2))
    for frame in (2, 0, 1, 1):
        alone = estimator.estimate([pictures[frame]], frames(frame))
        assert instances_digest(alone) == instances_digest(together.in_frames(frame, frame + 1))


@pytest.mark.parametrize("size", [(8, 8), (1, 1), (2, 500), (2160, 3840)], ids=str)
def test_picture_of_any_size_is_taken(estimator: Estimator, size: tuple[int, int], rng: np.random.Generator) -> None:
    picture = np.zeros((*size, 3), dtype=np.uint8)
    picture[: size[0] // 2] = rng.integers(0, 255, 3)
    found = estimator.estimate([picture], frames(0))
    assert (found.keypoints_xy <= np.array(size[::-1])).all()


def test_picture_is_not_changed(estimator: Estimator, pictures: list[U8]) -> None:
    before = pictures[0].copy()
    pictures[0].flags.writeable = False
    estimator.estimate(pictures[:1], frames(0))
    assert np.array_equal(before, pictures[0])


def test_picture_that_is_not_contiguous_is_taken(estimator: Estimator, pictures: list[U8]) -> None:
    flipped = pictures[0][:, ::-1]
    copied = estimator.estimate([np.ascontiguousarray(flipped)], frames(0))
    assert instances_digest(estimator.estimate([flipped], frames(0))) == instances_digest(copied)


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(np.zeros((8, 8), np.uint8), id="grey"),
        pytest.param(np.zeros((8, 8, 4), np.uint8), id="four channels"),
        pytest.param(np.zeros((8, 8, 3), np.float32), id="floats"),
        pytest.param(np.zeros((0, 8, 3), np.uint8), id="no rows"),
    ],
)
def test_anything_but_rgb_bytes_is_refused(estimator: Estimator, picture: U8) -> None:
    with pytest.raises(EstimatorError, match=r"expected a picture of shape \(H, W, 3\) uint8, got .* for frame 4"):
        estimator.estimate([picture], frames(4))


def test_frame_index_of_another_length_is_refused(estimator: Estimator, pictures: list[U8]) -> None:
    with pytest.raises(EstimatorError, match="expected a frame index for each of 3 pictures, got 1"):
        estimator.estimate(pictures, frames(4))


def test_closing_twice_is_safe(chosen: tuple[str, dict[str, str]]) -> None:
    another = create_estimator(*chosen)
    another.close()
    another.close()
