"""`poseloom queue`: what waits for review, who has what, and what became of it."""

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from poseloom.infra.cli.console import output
from poseloom.infra.cli.queues import QueueOption, WorkspaceOption, age, flags_of, open_both
from poseloom.schemas.batch import Outcome
from poseloom.schemas.job import Job, JobState

if TYPE_CHECKING:
    from poseloom.schemas.batch import SettledBatch

_NAMES = {JobState.OPEN: "waiting", JobState.LEASED: "leased", JobState.SUBMITTED: "submitted", JobState.DEAD: "dead"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(queue)


def queue(
    workspace: WorkspaceOption,
    queue: QueueOption = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print everything as JSON, with batches that were not accepted.")
    ] = False,
) -> None:
    """Show the review queue: jobs that wait, are leased, submitted or dead, since when, and why.

    Example: `poseloom queue --workspace out`
    """
    from poseloom.tasks.videos import known_videos

    opened, jobs_queue = open_both(workspace, queue)
    now, jobs = jobs_queue.now(), jobs_queue.jobs()
    kept = [settled for settled in jobs_queue.batches() if settled.verdict.outcome is not Outcome.ACCEPTED]
    if as_json:
        output.print(_json(now, jobs, kept), soft_wrap=True, highlight=False, markup=False)
        return
    names = {video.video_id: video.name for video in known_videos(opened.store)}
    counts = Counter(job.state for job in jobs)
    output.print(", ".join(f"{counts[state]} {name}" for state, name in _NAMES.items()), highlight=False)
    if jobs:
        output.print(_table(jobs, names, now))
    for settled in kept:
        batch, verdict = settled.batch, settled.verdict
        who = f"{batch.name} for job {batch.job_id}"
        output.print(
            f"kept, not applied ({verdict.outcome}): {who}: {verdict.reason}",
            soft_wrap=True, highlight=False, markup=False,
        )  # fmt: skip


def _table(jobs: list[Job], names: dict[str, str], now: datetime) -> Table:
    table = Table(
        "job", "video", "frames", "state", "since", "who", "left", "leases", "flags", box=None, padding=(0, 2, 0, 0)
    )
    for job in jobs:
        table.add_row(
            job.job_id,
            names.get(job.clip.video_id, job.clip.video_id),
            f"{job.clip.start_frame}-{job.clip.end_frame - 1}",
            _NAMES[job.state],
            age(job.changed_at, now),
            job.annotator,
            age(job.lease_end, now),
            f"{job.leases}/{job.max_leases}",
            job.reason or flags_of(job),
        )
    return table


def _json(now: datetime, jobs: list[Job], kept: "list[SettledBatch]") -> str:
    import json

    document = {
        "now": now.isoformat(),
        "jobs": [job.model_dump(mode="json") for job in jobs],
        "kept": [settled.model_dump(mode="json") for settled in kept],
    }
    return json.dumps(document, indent=1)
