"""`poseloom flags`: which frames and people a reviewer should look at."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from poseloom.infra.cli.console import output
from poseloom.schemas.errors import InputError
from poseloom.schemas.flag import Flag, FlagKind

if TYPE_CHECKING:
    from poseloom.schemas.ports import Store
    from poseloom.tasks.flags import VideoFlags


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(flags)


def flags(
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="Workspace: a directory or s3://bucket/prefix.")],
    version: Annotated[str, typer.Option(help="Version of the release.")] = "latest",
    video: Annotated[str, typer.Option(help="Only the video of this name or id.")] = "",
    kind: Annotated[list[FlagKind] | None, typer.Option(help="Only these kinds; may be given again.")] = None,
    top: Annotated[int, typer.Option(min=1, help="How many of the worst to list and to draw.")] = 12,
    as_json: Annotated[bool, typer.Option("--json", help="Print all flags as JSON.")] = False,
    sheet: Annotated[Path | None, typer.Option(help="Contact sheet of the worst, `.png` or `.jpg`.")] = None,
) -> None:
    """Find what a person should look at: swapped identities, flips, jumps, drift, missing people and more.

    Severity is in person-seconds of labels that are expected to be wrong, the worst first.

    Example: `poseloom flags --workspace out --kind swap --kind missing --sheet worst.png`
    """
    from poseloom.infra.storage import open_workspace
    from poseloom.tasks.flags import release_flags

    if sheet is not None and sheet.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise InputError(f"expected --sheet as a *.png or *.jpg, got {sheet}")
    store = open_workspace(workspace, create=False).store
    found = [one for one in release_flags(store, version) if video in ("", one.entry.name, one.entry.video_id)]
    if video and not found:
        raise InputError(f"expected --video to name a video of release {version}, got {video!r}")
    chosen = [(one, [flag for flag in one.flags if not kind or flag.kind in kind]) for one in found]
    worst = sorted(
        ((one, flag) for one, those in chosen for flag in those),
        key=lambda pair: (-pair[1].severity, pair[0].entry.name, pair[1].start_frame, pair[1].kind, pair[1].track_id),
    )
    if as_json:
        output.print(_json(chosen), soft_wrap=True, highlight=False, markup=False)
    else:
        _print(chosen, worst[:top])
    if sheet is not None:
        _draw(store, worst[:top], sheet)
        if not as_json:
            output.print(str(sheet), soft_wrap=True, highlight=False)


def _json(chosen: "Sequence[tuple[VideoFlags, list[Flag]]]") -> str:
    videos = [
        {
            "video": one.entry.name,
            "video_id": one.entry.video_id,
            "fps": one.entry.fps,
            "drift_judged": one.has_predictions,
            "flags": [flag.model_dump(mode="json") for flag in those],
        }
        for one, those in chosen
    ]
    return json.dumps(videos, indent=1)


def _print(chosen: "Sequence[tuple[VideoFlags, list[Flag]]]", worst: "Sequence[tuple[VideoFlags, Flag]]") -> None:
    if not worst:
        output.print("nothing to look at")
    else:
        output.print(_by_kind(chosen))
        output.print()
        output.print(_worst(worst))
    unseen = [one.entry.name for one, _ in chosen if not one.has_predictions]
    if unseen:
        names = ", ".join(unseen[:3]) + (" …" if len(unseen) > 3 else "")
        output.print(f"drift is not judged where no estimator has run: {names}", highlight=False, markup=False)


def _by_kind(chosen: "Sequence[tuple[VideoFlags, list[Flag]]]") -> Table:
    table = Table("video", "kind", "flags", "person-seconds", "worst frame", box=None, padding=(0, 2, 0, 0))
    rows = []
    for one, those in chosen:
        for kind in FlagKind:
            mine = [flag for flag in those if flag.kind == kind]
            if mine:
                rows.append((sum(flag.severity for flag in mine), one.entry.name, kind, mine))
    for total, name, kind, mine in sorted(rows, key=lambda row: (-row[0], row[1], row[2])):
        table.add_row(name, kind.value, str(len(mine)), f"{total:.2f}", str(mine[0].frame_index))
    return table


def _worst(worst: "Sequence[tuple[VideoFlags, Flag]]") -> Table:
    table = Table("severity", "video", "frames", "track", "what", box=None, padding=(0, 2, 0, 0))
    for one, flag in worst:
        who = str(flag.track_id) if flag.other_track_id is None else f"{flag.track_id}, {flag.other_track_id}"
        what = f"{flag.kind.value}{f' of {flag.keypoint}' if flag.keypoint else ''}: {flag.found}"
        frames = f"{flag.start_frame}-{flag.end_frame - 1}"
        table.add_row(f"{flag.severity:.2f}", one.entry.name, frames, who, what)
    return table


def _draw(store: "Store", worst: "Sequence[tuple[VideoFlags, Flag]]", sheet: Path) -> None:
    from poseloom.infra.overlay import Tile, flag_sheet
    from poseloom.tasks.videos import open_stored, read_index

    readers = {one.entry.video_id: open_stored(store, read_index(store, one.entry.video_id).video) for one, _ in worst}
    flag_sheet([Tile(readers[one.entry.video_id], one.labels, flag) for one, flag in worst], sheet)
