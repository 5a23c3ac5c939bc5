"""Runs that are killed, interrupted or robbed of their workers, at any point, end as if nothing had happened."""

import json
import os
import re
import signal
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from tests.fixtures.clips import Clip
from tests.fixtures.command import Ended, curate, descendants, digests, ended, name_of, poseloom, start, stored, until

SHARDS = 12
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def _computed(run: Ended, stage: str) -> int:
    found = re.search(rf"^{stage} .*\((\d+) of \d+ shards computed\)$", run.out, re.MULTILINE)
    assert found, run.out + run.err
    return int(found[1])


def _run_states(workspace: Path) -> Counter[str]:
    """Prefect's word on the runs of a workspace."""
    body = json.dumps({"flow_runs": {"name": {"any_": [f"curate {workspace}"]}}}).encode()
    request = urllib.request.Request(
        f"{os.environ['PREFECT_API_URL']}/flow_runs/filter", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return Counter(run["state_name"] for run in json.load(answer))


def test_run_killed_at_every_stage_resumes_and_ends_with_the_same_digest(
    clip: Clip, undisturbed: str, tmp_path: Path
) -> None:
    points = [("link", 1), ("propagate", 3), ("assemble", 1)]
    for stage, count in points:
        run = start(*curate(clip, tmp_path))
        until(stored(tmp_path, stage, count), run)
        family = {pid: name for pid in descendants(run.pid) if "Agent" not in (name := name_of(pid))}
        run.kill()
        assert ended(run).code == -signal.SIGKILL
        assert digests(tmp_path) == []
        _assert_gone(family)
        # Once the only shard of assemble is there, the pool closes: its workers may be gone before the kill.
        assert stage == "assemble" or any("_Worker" in name for name in family.values())
    last = poseloom(*curate(clip, tmp_path))
    assert last.code == 0, last.err
    assert [_computed(last, stage) for stage in ("link", "propagate", "assemble")] == [0, 0, 0]
    assert digests(tmp_path) == [("1.0.0", undisturbed)]
    assert _run_states(tmp_path) == {"Crashed": len(points), "Completed": 1}


def _assert_gone(family: dict[int, str], patience_s: float = 20) -> None:
    """Workers, raylet and control store end with their driver (Ray's two idle agents take a minute)."""
    deadline = time.monotonic() + patience_s
    while left := [name for pid, name in family.items() if name and name_of(pid) == name]:
        assert time.monotonic() < deadline, left
        time.sleep(0.2)


def test_interrupted_run_says_so_in_one_line_and_resumes(clip: Clip, undisturbed: str, tmp_path: Path) -> None:
    run = start(*curate(clip, tmp_path))
    until(stored(tmp_path, "propagate", 2), run)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to the command and all that it started
    interrupted = ended(run, timeout=60)
    assert interrupted.code == 130
    assert interrupted.err.count("interrupted; finished shards are kept: run the same command again to resume") == 1
    assert "error" not in interrupted.err
    assert "Traceback" not in interrupted.err
    again = poseloom(*curate(clip, tmp_path))
    assert again.code == 0, again.err
    assert _computed(again, "propagate") <= SHARDS - 2
    assert digests(tmp_path) == [("1.0.0", undisturbed)]


def test_killed_worker_costs_its_shard_only(clip: Clip, undisturbed: str, tmp_path: Path) -> None:
    run = start(*curate(clip, tmp_path))
    until(stored(tmp_path, "propagate", 1), run)
    workers = [pid for pid in descendants(run.pid) if "_Worker" in name_of(pid)]
    os.kill(workers[0], signal.SIGKILL)
    finished = ended(run)
    assert finished.code == 0, finished.err
    assert digests(tmp_path) == [("1.0.0", undisturbed)]


def test_two_runs_at_once_on_one_workspace_make_one_release(clip: Clip, undisturbed: str, tmp_path: Path) -> None:
    runs = [start(*curate(clip, tmp_path)) for _ in range(2)]
    both = [ended(run) for run in runs]
    assert [run.code for run in both] == [0, 0], [run.err for run in both]
    assert digests(tmp_path) == [("1.0.0", undisturbed)]
    assert poseloom("verify", tmp_path).code == 0
