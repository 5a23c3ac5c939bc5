"""External estimators: a real worker process that answers, hangs, crashes or lies."""

import ast
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import poseloom.infra.estimators as package
from poseloom.infra.estimators import create_estimator, describe_estimator
from poseloom.schemas.arrays import I32, U8
from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.ports import Estimator
from poseloom.schemas.provenance import Source

WORKER = Path(__file__).with_name("external_worker.py")
PROTOCOL = Path(package.__path__[0]) / "workers"
FRAMES: I32 = np.array([7], dtype=np.int32)


def options(mode: str, note: object = "", **more: str) -> dict[str, str]:
    command = [sys.executable, str(WORKER), mode, str(PROTOCOL), *([str(note)] if note else [])]
    return {"command": shlex.join(command), **more}


def picture(red: int, green: int) -> U8:
    return np.full((20, 30, 3), (red, green, 0), dtype=np.uint8)


@pytest.fixture
def start(request: pytest.FixtureRequest) -> Callable[..., Estimator]:
    def start(mode: str, note: object = "", **more: str) -> Estimator:
        estimator = create_estimator("external", options(mode, note, **more))
        request.addfinalizer(estimator.close)
        return estimator

    return start


def running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.is_file() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def gone_within(pids: list[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(map(running, pids)):
        time.sleep(0.05)
    return not any(map(running, pids))


def test_answers_become_instances_of_their_frames(start: Callable[..., Estimator]) -> None:
    found = start("answer", batch="2").estimate([picture(3, 4), picture(5, 6), picture(7, 8)], np.array([9, 2, 5]))
    assert found.frame_index.tolist() == [9, 2, 5]
    assert found.keypoints_xy[:, 0].tolist() == [[3, 4], [5, 6], [7, 8]]
    assert found.keypoints_xy[:, 16].tolist() == [[3, 4], [5, 6], [7, 8]]
    assert found.bbox_xywh.tolist() == [[0, 0, 30, 20]] * 3
    assert (found.score == 0.5).all()
    assert (found.source == Source.PREDICTED).all()
    assert found.track_id.tolist() == [-1, -1, -1]


def test_unknown_box_becomes_the_extents_of_the_keypoints(start: Callable[..., Estimator]) -> None:
    assert start("no-box").estimate([picture(3, 4)], FRAMES).bbox_xywh.tolist() == [[3, 4, 0, 0]]


def test_keypoint_outside_the_picture_is_unlabelled(start: Callable[..., Estimator]) -> None:
    found = start("outside").estimate([picture(0, 0)], FRAMES)
    assert found.visibility[0].tolist() == [0] + [2] * 16


def test_what_libraries_print_does_not_reach_the_protocol(start: Callable[..., Estimator]) -> None:
    assert len(start("chatter").estimate([picture(1, 2)], FRAMES)) == 1


def test_crashed_worker_is_replaced(start: Callable[..., Estimator], tmp_path: Path) -> None:
    found = start("crash-once", tmp_path / "crashed").estimate([picture(3, 4)], FRAMES)
    assert found.keypoints_xy[0, 0].tolist() == [3, 4]


def test_worker_that_always_crashes_is_given_up_with_its_last_words(start: Callable[..., Estimator]) -> None:
    estimator = start("crash", retries="1")
    with pytest.raises(EstimatorError, match=r"external failed 2 times at frame 7: .*code 3.*ran out of memory"):
        estimator.estimate([picture(3, 4)], FRAMES)


def test_hanging_worker_is_killed_with_its_children(start: Callable[..., Estimator], tmp_path: Path) -> None:
    estimator = start("hang", tmp_path / "pids", timeout="1", start_timeout="1", retries="1")
    with pytest.raises(EstimatorError, match=r"failed 2 times at frame 7: no answer within"):
        estimator.estimate([picture(3, 4)], FRAMES)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 4
    assert gone_within(pids, 5)


def test_worker_that_stops_reading_is_given_up(start: Callable[..., Estimator]) -> None:
    estimator = start("deaf", timeout="0.5", start_timeout="0.5", retries="0")
    large = np.zeros((1000, 1000, 3), dtype=np.uint8)  # more than any pipe holds
    with pytest.raises(EstimatorError, match="no answer within"):
        estimator.estimate([large], FRAMES)


def test_worker_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    given = options("hang", tmp_path / "pids")
    script = f"""
import numpy as np
from poseloom.infra.estimators import create_estimator
create_estimator("external", {given!r}).estimate([np.zeros((9, 9, 3), np.uint8)], np.array([0]))
"""
    parent = subprocess.Popen([sys.executable, "-c", script])
    deadline = time.monotonic() + 30
    while not (tmp_path / "pids").is_file() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.2)
    worker, child = map(int, (tmp_path / "pids").read_text().split())
    parent.kill()
    parent.wait()
    try:
        assert gone_within([worker], 10)
    finally:
        os.kill(child, 9)


def test_error_of_the_model_names_the_frame_and_spares_the_worker(start: Callable[..., Estimator]) -> None:
    estimator = start("raises")
    for _ in range(2):
        with pytest.raises(EstimatorError, match=r"external failed at frame 7: ValueError\('this picture is cursed'\)"):
            estimator.estimate([picture(3, 4)], FRAMES)


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        pytest.param("malformed", "expected a JSON object", id="malformed JSON"),
        pytest.param("list", "expected a JSON object, got list", id="not an object"),
        pytest.param("deep", "expected a JSON object", id="nested too deeply"),
        pytest.param("other-id", "expected a reply to request 2, got 99", id="reply to another request"),
        pytest.param("no-people", "expected a list of people for each of 1 pictures, got NoneType", id="no people"),
        pytest.param("nan-text", "expected finite numbers", id="NaN"),
        pytest.param("wrong-keypoints", r"shape \(1, 17, 4\), got \(1, 16, 4\)", id="16 keypoints"),
        pytest.param("short-box", r"shape \(1, 4\), got \(1, 3\)", id="box of 3 numbers"),
        pytest.param("score-2", "expected scores in 0..1", id="score of 2"),
        pytest.param("visibility-3", "expected visibility 0, 1 or 2", id="visibility of 3"),
        pytest.param("text", "expected a list of at most", id="text for people"),
    ],
)
def test_nonsense_is_refused_at_once(start: Callable[..., Estimator], mode: str, message: str) -> None:
    estimator = start(mode)
    with pytest.raises(EstimatorError, match=f"external answered nonsense at frame 7: .*{message}"):
        estimator.estimate([picture(3, 4)], FRAMES)


def test_text_instead_of_a_protocol_is_refused() -> None:
    with pytest.raises(EstimatorError, match="answered nonsense at the start: expected the length of a message"):
        create_estimator("external", options("garbage"))


def test_worker_that_never_says_hello_is_given_up() -> None:
    with pytest.raises(EstimatorError, match=r"failed 1 times at the start: no answer within 0.5 s"):
        create_estimator("external", options("silent", start_timeout="0.5", retries="0"))


def test_command_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(EstimatorError, match="/nowhere/python does not start"):
        create_estimator("external", {"command": "/nowhere/python worker.py", "retries": "0"})


@pytest.mark.parametrize("command", ["", "'unclosed"])
def test_unusable_command_is_an_error(command: str) -> None:
    with pytest.raises(EstimatorError, match="expected"):
        describe_estimator("external", {"command": command})


def test_unknown_skeleton_is_an_error() -> None:
    with pytest.raises(EstimatorError, match=r"expected a skeleton of coco17, .*got 'hydra'"):
        create_estimator("external", options("answer", "hydra"))


def test_worker_does_not_inherit_the_python_of_its_parent(
    start: Callable[..., Estimator], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path))
    monkeypatch.setenv("UNRELATED", "kept")
    start("environment", tmp_path / "environment").estimate([picture(1, 2)], FRAMES)
    seen = json.loads((tmp_path / "environment").read_text())
    assert "PYTHONPATH" not in seen
    assert "VIRTUAL_ENV" not in seen
    assert seen["UNRELATED"] == "kept"


def test_digest_follows_what_the_worker_says_of_itself() -> None:
    first, again, other = (describe_estimator("external", options(m)).digest for m in ("answer", "answer", "no-box"))
    assert first == again
    assert first != other


def test_estimator_answers_again_after_its_worker_was_killed(start: Callable[..., Estimator], tmp_path: Path) -> None:
    estimator = start("environment", tmp_path / "environment")
    estimator.estimate([picture(1, 2)], FRAMES)
    estimator.close()
    assert len(estimator.estimate([picture(1, 2)], FRAMES)) == 1


def test_copied_protocol_and_a_few_lines_make_a_worker(tmp_path: Path) -> None:
    shutil.copy(PROTOCOL / "protocol.py", tmp_path)
    (tmp_path / "my_worker.py").write_text("""
from protocol import serve
def load():
    def estimate(image):
        return [{"box": None, "keypoints": [[image.shape[1] / 2, image.shape[0] / 2, 2, 1.0]] * 21}]
    return estimate
serve(load, skeleton="humanart21", digest="my-model-1")
""")
    command = shlex.join([sys.executable, "-E", "-s", str(tmp_path / "my_worker.py")])
    estimator = create_estimator("external", {"command": command})
    found = estimator.estimate([picture(0, 0)], FRAMES)
    estimator.close()
    assert found.skeleton.name == "humanart21"
    assert (found.keypoints_xy == (15, 10)).all()


def test_protocol_file_is_readable_by_old_pythons() -> None:
    ast.parse((PROTOCOL / "protocol.py").read_text(), feature_version=(3, 8))
