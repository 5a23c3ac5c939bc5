"""Flow runs that their process left behind.

A process that is killed leaves its run Running in Prefect for ever: nobody tells the server.
Each run therefore carries its process in a tag, and the next run on the same machine marks those
whose process is gone as Crashed.
"""

import os
import platform
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
from prefect.client.schemas.objects import StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.runtime import flow_run
from prefect.states import Crashed

_PREFIX = f"poseloom-process:{platform.node()}:"


def sign_run() -> None:
    """Tag the current flow run with this machine and process."""
    with get_client(sync_client=True) as client:
        client.update_flow_run(UUID(flow_run.id), tags=[*flow_run.tags, process_tag(os.getpid())])


def process_tag(pid: int) -> str:
    """Tag that names a process of this machine, and no later one of the same number."""
    return f"{_PREFIX}{pid}:{_started(pid)}"


def bury_zombies() -> None:
    """Mark runs of dead processes of this machine as Crashed."""
    running = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.RUNNING])))
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_run_filter=running, sort=FlowRunSort.START_TIME_DESC, limit=200):
            owner = next((tag.removeprefix(_PREFIX) for tag in run.tags if tag.startswith(_PREFIX)), None)
            if owner and not _alive(owner):
                message = f"process {owner.split(':')[0]} is gone; its finished shards are kept and reused"
                client.set_flow_run_state(run.id, Crashed(message=message), force=True)


def _alive(owner: str) -> bool:
    pid, started = owner.split(":")
    return _started(int(pid)) == started


def _started(pid: int) -> str:
    """Start time of a process in clock ticks since boot; empty when it is gone (or the system has no /proc)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        return ""
