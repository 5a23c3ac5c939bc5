"""The worker pool on real Ray actors: failures are data, poison is capped, hangs end."""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import ray

from poseloom.infra.cluster import ray_cluster
from poseloom.schemas.errors import EstimatorError, VideoError, WorkspaceError
from poseloom.tasks.pool import Failure, Pool, PoolSettings


@pytest.fixture(scope="module", autouse=True)
def ray_on_this_machine() -> Iterator[None]:
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # type: ignore[no-untyped-call]  # ray's
    with ray_cluster(None, 2):
        yield


@dataclass(frozen=True)
class Scripted:
    """Squares numbers; some numbers misbehave. Every call leaves a line in the log."""

    log: str
    name: str = "scripted"

    def open(self) -> Callable[[int], int]:
        def run(number: int) -> int:
            with Path(self.log).open("a") as log:
                log.write(f"{number}\n")
            calls = Path(self.log).read_text().split().count(str(number))
            match number:
                case 100:
                    raise VideoError("expected a video, got soup")
                case 101 if calls < 3:
                    raise EstimatorError("expected the model to answer, got silence")
                case 102:
                    os.kill(os.getpid(), signal.SIGKILL)
                case 103 if calls < 2:
                    os.kill(os.getpid(), signal.SIGKILL)
                case 104:
                    time.sleep(3600)
                case 106:
                    raise WorkspaceError("cannot write, the disk is full")
                case 105:
                    raise ZeroDivisionError("a bug")
            return number * number

        return run


def _run(tmp_path: Path, numbers: list[int], stall_s: float = 60) -> tuple[dict[int, int | Failure], list[int]]:
    log = tmp_path / "calls"
    log.touch()
    with Pool(PoolSettings(workers=2, stall_s=stall_s)) as pool:
        outcomes = dict(pool.run(Scripted(str(log)), numbers))
    return outcomes, [int(line) for line in log.read_text().split()]


def test_every_shard_is_computed_once(tmp_path: Path) -> None:
    outcomes, calls = _run(tmp_path, list(range(50)))
    assert outcomes == {n: n * n for n in range(50)}
    assert sorted(calls) == list(range(50))


def test_bad_input_fails_its_shard_at_once_and_no_other(tmp_path: Path) -> None:
    outcomes, calls = _run(tmp_path, [1, 100, 2])
    failure = outcomes.pop(100)
    assert outcomes == {1: 1, 2: 4}
    assert isinstance(failure, Failure)
    assert failure.cause == "expected a video, got soup"
    assert calls.count(100) == 1


def test_passing_fault_is_tried_again(tmp_path: Path) -> None:
    outcomes, calls = _run(tmp_path, [101])
    assert outcomes == {101: 101 * 101}
    assert calls.count(101) == 3


def test_unexpected_error_names_its_type_and_keeps_its_traceback(tmp_path: Path) -> None:
    outcomes, _ = _run(tmp_path, [105])
    failure = outcomes[105]
    assert isinstance(failure, Failure)
    assert failure.cause == "ZeroDivisionError: a bug (after 3 attempts)"
    assert "raise ZeroDivisionError" in failure.details


def test_killed_worker_costs_a_retry_and_nothing_else(tmp_path: Path) -> None:
    outcomes, calls = _run(tmp_path, [*range(20), 103])
    assert outcomes == {n: n * n for n in [*range(20), 103]}
    assert calls.count(103) == 2


def test_poison_shard_is_given_up_while_others_finish(tmp_path: Path) -> None:
    outcomes, calls = _run(tmp_path, [102, *range(40)])
    failure = outcomes.pop(102)
    assert outcomes == {n: n * n for n in range(40)}
    assert isinstance(failure, Failure)
    assert "the worker died" in failure.cause
    assert calls.count(102) == 3


def test_shard_that_hangs_is_ended_by_the_watchdog(tmp_path: Path) -> None:
    outcomes, calls = _run(tmp_path, [104, 1, 2], stall_s=3)
    failure = outcomes.pop(104)
    assert outcomes == {1: 1, 2: 4}
    assert isinstance(failure, Failure)
    assert "no progress" in failure.cause
    assert calls.count(104) == 3


def test_lost_store_ends_the_run_at_once(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="the disk is full"):
        _run(tmp_path, [106, *range(50)])
    assert (tmp_path / "calls").read_text().split().count("106") == 1
