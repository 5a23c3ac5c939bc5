"""BlazePose in its own environment. Most tests need it installed; with POSELOOM_TEST_INSTALL=1 one installs it."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from poseloom.infra.estimators import create_estimator, describe_estimator, install_estimator
from poseloom.infra.estimators._environment import Environment
from poseloom.infra.estimators.blazepose import ENVIRONMENT
from poseloom.schemas.arrays import U8
from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.ports import Estimator


@pytest.fixture(scope="module")
def blazepose() -> Iterator[Estimator]:
    if not ENVIRONMENT.complete:
        pytest.skip("blazepose is not installed: run `poseloom estimator install blazepose`")
    estimator = create_estimator("blazepose")
    yield estimator
    estimator.close()


@pytest.fixture(scope="module")
def two_men(real_data: Path) -> U8:
    """A real picture: two men stand side by side, both facing the camera."""
    with av.open(real_data / "video" / "mmaction2_demo_skeleton.mp4") as video:
        return next(video.decode(video=0)).to_ndarray(format="rgb24").astype(np.uint8)


def test_two_real_people_are_found_upright_where_they_stand(blazepose: Estimator, two_men: U8) -> None:
    found = blazepose.estimate([two_men], np.array([0]))
    assert len(found) == 2
    left, right = found.keypoints_xy[np.argsort(found.keypoints_xy[:, 0, 0])]
    # Read off the picture by eye: noses near (728, 345) and (1030, 305), ankles near y = 870.
    np.testing.assert_allclose(left[0], (728, 345), atol=60)
    np.testing.assert_allclose(right[0], (1030, 305), atol=60)
    for person in (left, right):
        nose, hips, ankles = person[0, 1], person[[11, 12], 1].mean(), person[[15, 16], 1].mean()
        assert nose < hips < ankles
    assert (right[5, 0] > right[6, 0]).all()  # he faces us: his left shoulder is on our right


def test_moved_picture_moves_the_person(blazepose: Estimator, two_men: U8) -> None:
    still = two_men[200:980, 500:1280]
    moved = np.zeros((900, 900, 3), dtype=np.uint8)
    moved[70:850, 40:820] = still
    here, there = (blazepose.estimate([np.ascontiguousarray(picture)], np.array([0])) for picture in (still, moved))
    assert len(here) == len(there) == 2
    order = [np.argsort(found.keypoints_xy[:, 0, 0]) for found in (here, there)]
    shift = there.keypoints_xy[order[1]][:, 5:13] - here.keypoints_xy[order[0]][:, 5:13]
    np.testing.assert_allclose(np.median(shift, axis=(0, 1)), (40, 70), atol=8)


def test_empty_room_holds_nobody(blazepose: Estimator, two_men: U8) -> None:
    assert len(blazepose.estimate([np.ascontiguousarray(two_men[:, 1300:])], np.array([0]))) == 0


def test_digest_follows_options() -> None:
    default, same, other = (describe_estimator("blazepose", o).digest for o in ({}, {"levels": "2"}, {"levels": "3"}))
    assert default == same != other


def test_estimator_that_is_not_installed_says_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSELOOM_HOME", str(tmp_path))
    with pytest.raises(EstimatorError, match="not installed: run `poseloom estimator install blazepose`"):
        create_estimator("blazepose")


def environment(*requirements: str) -> Environment:
    return Environment(name="toy", requirements=requirements, python_versions=(11, 12, 13, 14))


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package index of one wheel, and a home for environments."""
    import zipfile

    links = tmp_path / "links"
    links.mkdir()
    with zipfile.ZipFile(links / "toy-1.0-py3-none-any.whl", "w") as file:
        file.writestr("toy.py", "answer = 42\n")
        file.writestr("toy-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
        file.writestr("toy-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr("toy-1.0.dist-info/RECORD", "toy.py,,\n")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("POSELOOM_HOME", str(tmp_path / "home"))


@pytest.mark.usefixtures("wheel")
def test_racing_installations_replace_an_interrupted_one_once() -> None:
    toy = environment("toy==1.0")
    said: list[str] = []
    (toy.folder / "bin").mkdir(parents=True)
    toy.python.write_text("half a file")
    assert not toy.complete
    threads = [threading.Thread(target=toy.build, args=(said.append,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert toy.complete
    assert sum(line.startswith("creating") for line in said) == 1
    assert os.waitstatus_to_exitcode(os.system(f"{toy.python} -c 'import toy; assert toy.answer == 42'")) == 0


@pytest.mark.usefixtures("wheel")
def test_package_that_cannot_be_had_is_an_error_with_the_words_of_pip() -> None:
    toy = environment("toy==2.0")
    with pytest.raises(EstimatorError, match=r"toy cannot be installed: -m pip install failed: .*toy==2.0"):
        toy.build(lambda line: None)
    assert not toy.complete


def test_unwritable_home_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("POSELOOM_HOME", str(tmp_path / "file"))
    with pytest.raises(EstimatorError, match="toy cannot be installed in"):
        environment("toy==1.0").build(lambda line: None)


def test_missing_python_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSELOOM_HOME", str(tmp_path))
    with pytest.raises(EstimatorError, match=r"expected Python 3.99 on the PATH for toy"):
        Environment("toy", ("toy==1.0",), (99,)).build(lambda line: None)


@pytest.mark.skipif("POSELOOM_TEST_INSTALL" not in os.environ, reason="downloads 170 MB; set POSELOOM_TEST_INSTALL=1")
def test_blazepose_installs_from_the_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSELOOM_HOME", str(tmp_path))
    install_estimator("blazepose", print)
    estimator = create_estimator("blazepose")
    assert len(estimator.estimate([np.zeros((64, 64, 3), np.uint8)], np.array([0]))) == 0
    estimator.close()
