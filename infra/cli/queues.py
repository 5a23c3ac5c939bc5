"""Where a workspace's queue is, and how its jobs read."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from poseloom.schemas.errors import InputError
from poseloom.schemas.job import Job

if TYPE_CHECKING:
    from poseloom.infra.storage import Workspace
    from poseloom.schemas.ports import Queue

WorkspaceOption = Annotated[
    str, typer.Option("--workspace", "-w", help="Workspace: a directory or s3://bucket/prefix.")
]
QueueOption = Annotated[
    str,
    typer.Option(
        "--queue",
        envvar="POSELOOM_QUEUE",
        show_default="queue.sqlite in the workspace",
        help="Queue: postgresql://user@host/database, or sqlite:///PATH; one queue per workspace.",
    ),
]


def open_both(workspace: str, queue: str) -> "tuple[Workspace, Queue]":
    """The workspace and its queue.

    Raises:
        InputError: A queue must be named for a workspace that is not a directory.
        WorkspaceError: One of them cannot be used.
    """
    from poseloom.infra.queue import open_queue
    from poseloom.infra.storage import open_workspace

    opened = open_workspace(workspace, create=False)
    if not queue and opened.uri.startswith("s3://"):
        raise InputError(f"expected --queue postgresql://… for the workspace {opened.uri}, got none")
    return opened, open_queue(queue or f"sqlite:///{Path(opened.uri) / 'queue' / 'queue.sqlite'}")


def age(since: datetime | None, now: datetime) -> str:
    """How long ago, or how long still, in its two largest units."""
    if since is None:
        return ""
    seconds = abs(now - since) // timedelta(seconds=1)
    units = (("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
    first = next((i for i, (_, length) in enumerate(units) if seconds >= length), len(units) - 1)
    parts = []
    for name, length in units[first : first + 2]:
        parts.append(f"{seconds // length}{name}")
        seconds %= length
    return " ".join(parts)


def flags_of(job: Job) -> str:
    """How many flags of each kind, the worst kind first."""
    counts: dict[str, int] = {}
    for flag in job.flags:
        counts[flag.kind.value] = counts.get(flag.kind.value, 0) + 1
    return ", ".join(f"{kind} {count}" for kind, count in counts.items())
