"""Runs of dead processes are marked Crashed; runs of living ones are left alone."""

import os
import subprocess
import sys
from uuid import UUID

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run
from prefect.states import Running

from poseloom.flows.zombies import bury_zombies, process_tag, sign_run


@flow
def idle() -> None:
    """Does nothing."""


def _state_after_burial(*tags: str) -> str:
    with get_client(sync_client=True) as client:
        run = client.create_flow_run(idle, state=Running(), tags=list(tags))
        bury_zombies()
        state = client.read_flow_run(run.id).state
    assert state is not None
    return str(state.name)


@pytest.mark.usefixtures("prefect_server")
def test_run_of_a_dead_process_is_crashed() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    tag = process_tag(child.pid)
    assert _state_after_burial(tag) == "Running"
    child.kill()
    child.wait()
    assert _state_after_burial(tag) == "Crashed"


@pytest.mark.usefixtures("prefect_server")
def test_reused_process_number_is_no_sign_of_life() -> None:
    name, started = process_tag(os.getpid()).rsplit(":", 1)
    assert _state_after_burial(f"{name}:{int(started) - 1}") == "Crashed"


@pytest.mark.usefixtures("prefect_server")
def test_runs_of_others_are_left_alone() -> None:
    assert _state_after_burial("poseloom-process:another-machine:1:1", "nightly") == "Running"


@pytest.mark.usefixtures("prefect_server")
def test_signed_run_carries_its_process() -> None:
    signed: list[str] = []

    @flow
    def sign() -> None:
        sign_run()
        signed.append(str(flow_run.id))

    sign()
    with get_client(sync_client=True) as client:
        assert process_tag(os.getpid()) in client.read_flow_run(UUID(signed[0])).tags
