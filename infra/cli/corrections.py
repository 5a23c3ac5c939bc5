"""`poseloom corrections …`: the log of corrections, and its way to other tools and back."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from poseloom.infra.cli.console import output
from poseloom.schemas.edit_format import EditFormat
from poseloom.schemas.errors import InputError

if TYPE_CHECKING:
    from poseloom.schemas.correction import Correction, LogEntry
    from poseloom.tasks.corrections_exchange import Change

_app = typer.Typer(help="Corrections of a workspace, and their way to other tools and back.", no_args_is_help=True)
_Workspace = Annotated[
    str, typer.Option("--workspace", "-w", help="Workspace: a directory or s3://bucket/prefix.", show_default=False)
]
_Video = Annotated[str, typer.Option("--video", help="Name of the video, or its id.")]
_Annotator = Annotated[str, typer.Option("--annotator", help="Who says so.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="corrections")


@_app.command("export")
def export_file(
    workspace: _Workspace,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.", show_default=False)],
    form: Annotated[EditFormat, typer.Option("--format", help="Format of the tool.")] = EditFormat.CVAT,
    version: Annotated[str, typer.Option("--version", help="Release, or `latest`.")] = "latest",
    video: _Video = "",
    frames: Annotated[str, typer.Option("--frames", metavar="A:B", help="Frames A up to B (exclusive).")] = "",
) -> None:
    """Write the labels of one video of a release, to edit in another tool; `import` brings the edits back.

    People whom the rules drop are in it, too. Frames keep their numbers of the whole video. A CVAT task needs
    a skeleton label `person` with these points and the text attributes `track_id` and `release`.
    SLEAP and Label Studio have no occlusion: there occluded keypoints look visible, and stay occluded if untouched.

    Example: `poseloom corrections export -w out --video dance --format cvat --frames 0:200 --out dance.xml`
    """
    from poseloom.infra.storage import open_workspace
    from poseloom.tasks.corrections_exchange import export_labels

    store = open_workspace(workspace, create=False).store
    record, data = export_labels(store, version, video, form, _range(frames) if frames else None)
    try:
        out.write_bytes(data)
    except OSError as error:
        raise InputError(f"expected --out as a file that can be written, got {out}: {error.strerror}") from error
    span = f"frames {record.start_frame}:{record.end_frame} of {record.video}"
    output.print(f"{out}: {span} as in v{record.release}", soft_wrap=True, highlight=False, markup=False)


@_app.command("import")
def import_files(
    files: Annotated[list[str], typer.Argument(help="Files that a tool gave back.", show_default=False)],
    workspace: _Workspace,
    annotator: _Annotator,
    form: Annotated[str, typer.Option("--format", help="auto, " + ", ".join(EditFormat) + ".")] = "auto",
    base: Annotated[
        str | None, typer.Option(help="Release they were exported from, where the tool lost it.", show_default=False)
    ] = None,
    video: _Video = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what changed and append nothing.")] = False,
) -> None:
    """Append what a person changed in another tool to the log; the next `poseloom curate` propagates it.

    A person who is missing in a frame of the file was removed there; a track without a known id is somebody new.
    The same file twice is one correction. All files are read before anything is appended.

    Example: `poseloom corrections import dance.xml -w out --annotator ada`
    """
    from poseloom.infra.cli.correction_files import check_correction
    from poseloom.infra.storage import open_workspace
    from poseloom.tasks.corrections import append_correction, read_log
    from poseloom.tasks.corrections_exchange import read_changes
    from poseloom.tasks.videos import known_videos

    store = open_workspace(workspace, create=False).store
    changes = read_changes(store, files, annotator, _format(form), base, video)
    videos = known_videos(store)
    for correction in filter(None, (change.correction for change in changes)):
        check_correction(correction, videos)
    for change in changes:
        _say(f"{change.uri}: {change.video.name}, {len(change.frames):,} frames: {_what(change)}")
        if change.boxes:
            _say(f"note: boxes of {change.boxes} people differ; a correction cannot say so: left as they are")
        if change.correction and not dry_run:
            known = len(read_log(store, change.video.video_id))
            revision = append_correction(store, change.correction)
            already = ", which was there already" if revision < known else ""
            _say(f"{change.correction.correction_id} is correction {revision} of {change.video.video_id}{already}")
    if any(change.correction for change in changes) and not dry_run:
        _say("run the same `poseloom curate` again to propagate and release")


@_app.command("list")
def list_log(workspace: _Workspace, video: _Video = "") -> None:
    """List the log of corrections, oldest first; it does not know when they were made."""
    from poseloom.infra.cli.correction_files import named_video
    from poseloom.infra.storage import open_workspace
    from poseloom.tasks.corrections import read_log, standing
    from poseloom.tasks.videos import known_videos

    store = open_workspace(workspace, create=False).store
    videos = known_videos(store)
    table = Table("video", "revision", "id", "annotator", "base", "edits", "what", box=None, padding=(0, 2, 0, 0))
    for known in [named_video(videos, video)] if video else videos:
        log = read_log(store, known.video_id)
        holds = standing(log)
        for revision, entry in enumerate(log):
            table.add_row(known.name, str(revision), *_cells(entry, revision in holds))
    output.print(table)


@_app.command()
def withdraw(
    revision: Annotated[int, typer.Argument(min=0, help="Its number in `corrections list`.", show_default=False)],
    workspace: _Workspace,
    annotator: _Annotator,
    video: Annotated[str, typer.Option("--video", help="Name of the video, or its id.", show_default=False)],
    note: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Take a correction back: an entry of the log that every later run skips it for; nothing is deleted.

    Example: `poseloom corrections withdraw 3 -w out --video dance --annotator ada --note "wrong person"`
    """
    from pydantic import ValidationError

    from poseloom.infra.cli.correction_files import named_video
    from poseloom.infra.storage import open_workspace
    from poseloom.schemas.correction import Withdrawal
    from poseloom.tasks.corrections import withdraw_correction
    from poseloom.tasks.videos import known_videos

    store = open_workspace(workspace, create=False).store
    found = named_video(known_videos(store), video)
    try:
        entry = Withdrawal(video_id=found.video_id, annotator=annotator, withdraws=revision, note=note)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"expected a withdrawal, got {first['msg']} at {first['loc'][0]}") from None
    _say(f"correction {revision} of {found.name} is withdrawn by revision {withdraw_correction(store, entry)}")
    _say("run the same `poseloom curate` again to release without it")


def _range(text: str) -> tuple[int, int]:
    try:
        start, end = (int(part) for part in text.split(":"))
    except ValueError:
        raise InputError(f"expected --frames A:B as two integers, got {text!r}") from None
    return start, end


def _format(name: str) -> EditFormat | None:
    if name == "auto":
        return None
    try:
        return EditFormat(name)
    except ValueError:
        raise InputError(f"expected --format auto, {', '.join(EditFormat)}, got {name!r}") from None


_KINDS = {
    "move_keypoint": "keypoints placed",
    "remove_keypoint": "keypoints removed",
    "remove_instance": "people removed",
    "change_track": "identities changed",
}


def _what(change: "Change") -> str:
    return _counted(change.correction) if change.correction else "nothing changed"


def _counted(correction: "Correction") -> str:
    counts: Counter[str] = Counter(edit.kind for edit in correction.edits)
    return ", ".join(f"{counts[kind]:,} {name}" for kind, name in _KINDS.items() if counts[kind])


def _cells(entry: "LogEntry", holds: bool) -> tuple[str, str, str, str, str]:
    from rich.markup import escape

    from poseloom.schemas.correction import Withdrawal

    if isinstance(entry, Withdrawal):
        return "", escape(entry.annotator), "", "", f"withdraws {entry.withdraws}"
    what = _counted(entry) + ("" if holds else " (withdrawn)")
    return entry.correction_id, escape(entry.annotator), entry.base_release or "", f"{len(entry.edits):,}", what


def _say(text: str) -> None:
    output.print(text, soft_wrap=True, highlight=False, markup=False)
