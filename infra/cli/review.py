"""`poseloom review …`: make review jobs, take one, hand in what was done."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from poseloom.infra.cli.console import console, output
from poseloom.infra.cli.correction_files import check_correction, read_correction_file
from poseloom.infra.cli.queues import QueueOption, WorkspaceOption, flags_of, open_both
from poseloom.schemas.batch import Batch, Outcome
from poseloom.schemas.errors import InputError
from poseloom.schemas.job import Job

if TYPE_CHECKING:
    from poseloom.schemas.correction import Correction
    from poseloom.schemas.ports import Queue
    from poseloom.tasks.review import Taken

_app = typer.Typer(help="Review a release: jobs, leases and what annotators hand in.", no_args_is_help=True)
_Job = Annotated[str, typer.Option("--job", help="Id of the job.")]
_Fence = Annotated[int, typer.Option(help="Fence of your lease, as `take` printed it.", min=0)]
_Hours = Annotated[float, typer.Option(min=0.001, max=8760, help="How long the lease lasts.")]
_WORST = 5
_NOT_ACCEPTED = 3


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="review")


@_app.command()
def create(
    workspace: WorkspaceOption,
    queue: QueueOption = "",
    version: Annotated[str, typer.Option(help="Version of the release.")] = "latest",
    frames: Annotated[int, typer.Option(min=1, help="Frames of a clip.")] = 100,
    video: Annotated[
        list[str] | None, typer.Option(help="Only the video of this name or id; may be given again.")
    ] = None,
    flagged: Annotated[bool, typer.Option("--flagged", help="Only clips in which something is flagged.")] = False,
    max_leases: Annotated[int, typer.Option(min=1, help="Leases without a submission after which a job is dead.")] = 3,
) -> None:
    """Make review jobs from a release, the worst clips first; again makes no job twice.

    Example: `poseloom review create --workspace out --frames 50 --flagged`
    """
    from poseloom.tasks.review import create_jobs

    opened, jobs = open_both(workspace, queue)
    made = create_jobs(jobs, opened.store, version, frames, video or (), flagged, max_leases)
    left = (
        (made.known, "known with these labels"),
        (made.waiting, "share frames with a job that is not done"),
        (made.clean, "without a flag"),
    )
    rest = "".join(f"; {count} left out: {why}" for count, why in left if count)
    output.print(f"{made.added} jobs made{rest}", soft_wrap=True, highlight=False)


@_app.command()
def take(
    workspace: WorkspaceOption,
    annotator: Annotated[str, typer.Option(help="Who you are.")],
    queue: QueueOption = "",
    job: Annotated[
        str, typer.Option(help="This job instead of the next one; your own again for its newest labels.")
    ] = "",
    hours: _Hours = 12,
    out: Annotated[Path | None, typer.Option(help="Where the labels go.", show_default="JOB-FENCE.json")] = None,
) -> None:
    """Lease the next job and write the labels of its clip to a file.

    Example: `poseloom review take --workspace out --annotator ada`
    """
    from poseloom.tasks.review import labels_file, take_job

    if not 0 < len(annotator) <= 200:
        raise InputError(f"expected a name of 1 to 200 characters as --annotator, got {len(annotator)}")
    if out is not None and out.exists():
        raise InputError(f"expected --out to name a new file, got {out}, which may hold somebody's edits")
    opened, jobs = open_both(workspace, queue)
    taken = take_job(jobs, opened.store, annotator, timedelta(hours=hours), job or None)
    if taken is None:
        console.print(_nothing(jobs))
        raise typer.Exit(_NOT_ACCEPTED)
    path = out or Path(f"{taken.job.job_id}-{taken.job.fence}.json")
    try:
        with path.open("xb") as file:
            file.write(labels_file(taken))
    except OSError:
        jobs.release(taken.job.job_id, taken.job.fence, f"{path} could not be written")
        raise
    _show(taken, path, workspace)


@_app.command()
def submit(
    workspace: WorkspaceOption,
    job: _Job,
    fence: _Fence,
    labels: Annotated[str, typer.Option(help="Digest of the labels you reviewed, as `take` printed it.")],
    file: Annotated[
        Path | None,
        typer.Argument(
            help="A JSON file with one correction, as for `poseloom correct --file`.",
            show_default="the labels are right as they are",
        ),
    ] = None,
    queue: QueueOption = "",
) -> None:
    """Hand in a job: its edits, if any, go into the correction log; again changes nothing.

    Exit code 3: kept but not applied, because the lease is over or the labels changed meanwhile.

    Example: `poseloom review submit edits.json --workspace out --job 4e2a… --fence 1 --labels 90ab…`
    """
    from poseloom.tasks.review import submit_batch
    from poseloom.tasks.videos import known_videos

    opened, jobs = open_both(workspace, queue)
    correction = None if file is None else _one_correction(file)
    if correction is not None:
        check_correction(correction, known_videos(opened.store))
    batch = Batch(job_id=job, fence=fence, digest=labels, correction=correction)
    verdict = submit_batch(jobs, opened.store, batch).verdict
    if verdict.outcome is Outcome.ACCEPTED:
        if correction is not None:
            output.print(f"{batch.name} is correction {verdict.revision} of {correction.video_id}")
        output.print(f"job {job} is submitted{'' if correction else ': nothing to correct'}", highlight=False)
        return
    how = "release the job and take it again" if verdict.outcome is Outcome.CONFLICT else "take the job again"
    console.print(
        f"[yellow]{verdict.outcome}:[/] {verdict.reason}\nthe {batch.name if correction is None else f'correction {batch.name}'} is kept in the queue and not applied; {how} to go on",
        soft_wrap=True, highlight=False,
    )  # fmt: skip
    raise typer.Exit(_NOT_ACCEPTED)


@_app.command()
def extend(workspace: WorkspaceOption, job: _Job, fence: _Fence, queue: QueueOption = "", hours: _Hours = 12) -> None:
    """Keep a job for longer: the lease lasts at least that long from now."""
    kept = open_both(workspace, queue)[1].extend(job, fence, timedelta(hours=hours))
    output.print(f"job {job} is yours until {kept.lease_end:%Y-%m-%d %H:%M} UTC", highlight=False)


@_app.command()
def release(
    workspace: WorkspaceOption,
    job: _Job,
    fence: _Fence,
    queue: QueueOption = "",
    reason: Annotated[str, typer.Option(help="Why; kept where it was the job's last lease.")] = "",
) -> None:
    """Give a job back for somebody else."""
    _print_state(open_both(workspace, queue)[1].release(job, fence, reason))


@_app.command()
def revive(workspace: WorkspaceOption, job: _Job, queue: QueueOption = "") -> None:
    """Put a dead job back into the queue."""
    _print_state(open_both(workspace, queue)[1].revive(job))


def _one_correction(file: Path) -> "Correction":
    corrections = read_correction_file(file)
    if len(corrections) != 1:
        raise InputError(f"expected one correction for one job in {file}, got {len(corrections)}")
    return corrections[0]


def _print_state(job: Job) -> None:
    why = f": {job.reason}" if job.reason else ""
    output.print(f"job {job.job_id} is {job.state}{why}", soft_wrap=True, highlight=False, markup=False)


def _nothing(jobs: "Queue") -> str:
    counts: dict[str, int] = {}
    for job in jobs.jobs():
        counts[job.state.value] = counts.get(job.state.value, 0) + 1
    there = ", ".join(f"{count} {state}" for state, count in sorted(counts.items())) or "no jobs at all"
    return f"no job to take: {there}"


def _show(taken: "Taken", path: Path, workspace: str) -> None:
    job = taken.job
    frames = f"frames {job.clip.start_frame}-{job.clip.end_frame - 1}"
    lines = [
        f"job {job.job_id}: {taken.entry.name}, {frames}, release {job.base.release}, yours until {job.lease_end:%Y-%m-%d %H:%M} UTC",
        *([f"flagged: {flags_of(job)}"] if job.flags else []),
        *(
            f"  frame {flag.frame_index}, track {flag.track_id}: {flag.kind.value}: {flag.found}"
            for flag in job.flags[:_WORST]
        ),
        f"labels: {path}",
        f"hand in: poseloom review submit [EDITS.json] --workspace {workspace} --job {job.job_id} --fence {job.fence} --labels {job.base.digest}",
    ]
    output.print("\n".join(lines), soft_wrap=True, highlight=False, markup=False)
