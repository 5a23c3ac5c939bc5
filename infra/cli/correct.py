"""`poseloom correct`: append corrections to a workspace's log."""

from pathlib import Path
from typing import Annotated

import typer

from poseloom.infra.cli.console import output
from poseloom.infra.cli.correction_files import check_correction, named_video, read_correction_file
from poseloom.schemas.correction import Correction, MoveKeypoint, RemoveKeypoint
from poseloom.schemas.errors import InputError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(correct)


def correct(
    workspace: Annotated[str, typer.Argument(help="Workspace that a curate run made.")],
    video: Annotated[str, typer.Option(help="Name of the video, or its id.")] = "",
    frame: Annotated[int, typer.Option(min=0, help="0-based frame.")] = 0,
    track: Annotated[int, typer.Option(min=0, help="Track id of the person.")] = 0,
    keypoint: Annotated[str, typer.Option(help="Keypoint to move, e.g. `left_wrist`.")] = "",
    at: Annotated[str, typer.Option(metavar="X,Y", help="Where it is, in pixels of the video.")] = "",
    occluded: Annotated[bool, typer.Option("--occluded", help="It is there but hidden.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="It cannot be labelled in this frame.")] = False,
    file: Annotated[Path | None, typer.Option(help="A JSON file with one correction or a list of them.")] = None,
    annotator: Annotated[str, typer.Option(help="Who says so.")] = "command line",
) -> None:
    """Say where a keypoint really is; the next `poseloom curate` propagates it and releases again.

    Example: `poseloom correct out --video dance --frame 40 --track 0 --keypoint left_wrist --at 312.5,208`
    """
    from poseloom.infra.storage import open_workspace
    from poseloom.tasks.corrections import append_correction
    from poseloom.tasks.videos import known_videos

    store = open_workspace(workspace, create=False).store
    videos = known_videos(store)
    if file is not None:
        corrections = read_correction_file(file)
    else:
        edit = _edit(frame, track, keypoint, at, occluded, remove)
        corrections = [Correction(video_id=named_video(videos, video).video_id, annotator=annotator, edits=(edit,))]
    for correction in corrections:
        check_correction(correction, videos)
    for correction in corrections:
        revision = append_correction(store, correction)
        output.print(f"{correction.correction_id} is correction {revision} of {correction.video_id}")
    output.print("run the same `poseloom curate` again to propagate and release")


def _edit(
    frame: int, track: int, keypoint: str, at: str, occluded: bool, remove: bool
) -> MoveKeypoint | RemoveKeypoint:
    if not keypoint:
        raise InputError("expected --keypoint with --at or --remove, or --file, got neither")
    if remove and at:
        raise InputError(f"expected either --at or --remove, got both (--at {at})")
    if remove:
        return RemoveKeypoint(frame_index=frame, track_id=track, keypoint=keypoint)
    try:
        x, y = (float(value) for value in at.split(","))
        return MoveKeypoint(
            frame_index=frame, track_id=track, keypoint=keypoint, x=x, y=y, visibility=1 if occluded else 2
        )
    except ValueError:
        raise InputError(f"expected --at X,Y as two finite numbers, got {at!r}") from None
