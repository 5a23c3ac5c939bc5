"""`poseloom overlay`: labels drawn into their video."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from poseloom.infra.cli.console import console, output
from poseloom.schemas.errors import InputError

if TYPE_CHECKING:
    from poseloom.infra.video import VideoIndex
    from poseloom.schemas.instances import Instances


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(overlay)


def overlay(
    video: Annotated[str, typer.Argument(help="Video file or image folder.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="`.mp4` for a video, `.png` or `.jpg` for a contact sheet.")],
    labels: Annotated[str | None, typer.Option(help="Label file: PoseTrack or COCO JSON, .slp, label Parquet.")] = None,
    workspace: Annotated[
        str | None, typer.Option("--workspace", "-w", help="Take the labels of a release instead.")
    ] = None,
    version: Annotated[str, typer.Option(help="Version of the release.")] = "latest",
    frames: Annotated[str, typer.Option(help="Contact sheet: how many frames, or which, as 0,25,50.")] = "12",
) -> None:
    """Draw labels into their video, so that people look rather than read.

    Example: `poseloom overlay dance.mp4 --workspace out --out dance_labels.mp4`
    """
    from poseloom.infra.overlay import contact_sheet, write_overlay_video
    from poseloom.infra.video import open_indexed, probe

    if out.suffix.lower() not in (".mp4", ".png", ".jpg"):
        raise InputError(f"expected --out as .mp4, .png or .jpg, got {out}")
    index = probe(video)
    reader = open_indexed(index, video)
    found = _labels(index, labels, workspace, version)
    if out.suffix.lower() == ".mp4":
        from rich.progress import Progress

        with Progress(console=console) as bars:
            bar = bars.add_task("drawing", total=reader.video.frame_count)
            write_overlay_video(reader, found, out, lambda done: bars.update(bar, completed=done))
    else:
        contact_sheet(reader, found, _frames(frames), out)
    output.print(str(out), soft_wrap=True, highlight=False)


def _labels(index: "VideoIndex", labels: str | None, workspace: str | None, version: str) -> "Instances":
    video = index.video
    if (labels is None) == (workspace is None):
        raise InputError(
            "expected labels from either --labels or --workspace, got " + ("both" if labels else "neither")
        )
    if labels is not None:
        from poseloom.infra.labels import match_labels, read_label_sets

        pictures = {video.video_id: index.frame_names}
        return match_labels(read_label_sets(labels), [video], pictures)[video.video_id].instances
    from poseloom.infra.storage import open_store
    from poseloom.tasks.release import read_labels

    for entry, instances in read_labels(open_store(str(workspace)), version):
        if entry.video_id == video.video_id:
            return instances
    raise InputError(
        f"expected {video.name} ({video.video_id}) in release {version} of {workspace}, found other videos only"
    )


def _frames(text: str) -> int | list[int]:
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"expected --frames as a count or as 0,25,50, got {text!r}") from None
    return numbers if "," in text else numbers[0]
