"""The registry of estimators, and the estimator that adds nobody."""

from pathlib import Path

import numpy as np
import pytest

from poseloom.infra.estimators import create_estimator, describe_estimator, estimator_names, install_estimator
from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.skeleton import POSETRACK


@pytest.fixture
def third_party(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution on the path that brings the estimators ``nobody`` and ``broken``."""
    metadata = tmp_path / "nobody-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: nobody\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[poseloom.estimators]\nnobody = nobody_estimator\nbroken = missing_module\nodd = nobody_estimator:describe\n"
    )
    (tmp_path / "nobody_estimator.py").write_text("from poseloom.infra.estimators.imported import create, describe\n")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_built_in_estimators_are_found_by_their_modules() -> None:
    assert {"blazepose", "external", "imported", "vitpose"} <= set(estimator_names())
    assert not any(name.startswith("_") or name == "workers" for name in estimator_names())


def test_unknown_estimator_is_an_error_that_lists_the_known() -> None:
    with pytest.raises(EstimatorError, match=r"expected an estimator of blazepose, .*vitpose, got 'openpose'"):
        create_estimator("openpose")


def test_helper_module_is_no_estimator() -> None:
    with pytest.raises(EstimatorError, match="got '_options'"):
        create_estimator("_options")


@pytest.mark.parametrize("name", ["blazepose", "external", "imported", "vitpose"])
def test_unknown_option_is_an_error_that_lists_the_known(name: str) -> None:
    with pytest.raises(EstimatorError, match=rf"expected options of {name} \(.+\), got colour"):
        describe_estimator(name, {"colour": "red"})


@pytest.mark.parametrize("value", ["many", "-1", "1.5", "nan", "inf", ""])
def test_option_that_is_no_such_number_is_an_error(value: str) -> None:
    with pytest.raises(EstimatorError, match="expected levels to be a"):
        describe_estimator("blazepose", {"levels": value})


@pytest.mark.usefixtures("third_party")
def test_estimator_of_another_distribution_is_found() -> None:
    assert "nobody" in estimator_names()
    assert len(create_estimator("nobody").estimate([np.zeros((8, 8, 3), np.uint8)], np.array([0]))) == 0


@pytest.mark.usefixtures("third_party")
def test_entry_point_that_does_not_import_is_an_error() -> None:
    with pytest.raises(EstimatorError, match="'broken' of missing_module does not import"):
        describe_estimator("broken")


@pytest.mark.usefixtures("third_party")
def test_entry_point_that_is_no_module_is_an_error() -> None:
    with pytest.raises(EstimatorError, match="'odd' to be a module"):
        describe_estimator("odd")


def test_imported_finds_nobody_in_the_skeleton_of_the_labels() -> None:
    found = create_estimator("imported", {"skeleton": "posetrack"}).estimate(
        [np.zeros((8, 8, 3), np.uint8)], np.array([3])
    )
    assert len(found) == 0
    assert found.skeleton == POSETRACK


def test_imported_refuses_an_unknown_skeleton() -> None:
    with pytest.raises(
        EstimatorError, match="expected skeleton to be one of coco17, posetrack, humanart21, got 'hydra'"
    ):
        describe_estimator("imported", {"skeleton": "hydra"})


def test_imported_has_one_digest_for_each_skeleton() -> None:
    digests = [describe_estimator("imported", {"skeleton": name}).digest for name in ("coco17", "posetrack", "coco17")]
    assert digests[0] == digests[2] != digests[1]


def test_estimator_without_an_installation_says_so() -> None:
    said: list[str] = []
    install_estimator("imported", said.append)
    assert said == ["imported needs no installation"]
