"""`poseloom synth`: generated clips with exact truth, as a data set."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from poseloom.infra.cli.console import console, output
from poseloom.schemas.errors import InputError

if TYPE_CHECKING:
    from poseloom.models.synthetic.bodies import Casting

_README = """# Generated sequences

Made by `poseloom synth`; every label is exact. Layout of PoseTrack21:

- `images/<split>/<sequence>/NNNNNN.jpg`: the pictures;
- `posetrack_data/<split>/<sequence>.json`: PoseTrack's 15 keypoints, head boxes, track ids, ignore regions;
- `coco/<split>/<sequence>.json`: COCO's 17 keypoints of the same people; visibility 1 is hidden by something;
- `sheets/<sequence>.jpg`: a look at it; `videos/<sequence>.mp4` where asked for;
- `origins/<split>/<sequence>.json`: the spec; the same one gives the same pictures and labels again, to the byte.

Seeds below 10,000 are `val`, for benchmarks; those from 10,000 on are `train`. Never measure on what was trained on.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(synth)


def synth(
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the data set; sequences that it holds already are skipped.")
    ],
    preset: Annotated[
        str | None, typer.Option(help="Difficulty: `easy`, `crossing`, `blur`, `occlusion` or `crowd`.")
    ] = None,
    people: Annotated[int | None, typer.Option(help="People to annotate.")] = None,
    frames: Annotated[int | None, typer.Option(help="Frames of each sequence.")] = None,
    seed: Annotated[
        int,
        typer.Option(
            min=0,
            help="Seed of the first sequence: below 10,000 for benchmarks (`val`), from there on for training (`train`).",
        ),
    ] = 0,
    count: Annotated[int, typer.Option(min=1, help="Sequences, of consecutive seeds.")] = 1,
    size: Annotated[str | None, typer.Option(help="Picture size as WIDTHxHEIGHT.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frames per second.")] = None,
    assets: Annotated[
        Path | None, typer.Option(help="Asset pack: people become human meshes instead of procedural bodies.")
    ] = None,
    video: Annotated[bool, typer.Option("--video", help="Write an .mp4 of each sequence as well.")] = False,
) -> None:
    """Generate videos of people with exact keypoints, boxes, identities and visibility, in PoseTrack21's layout.

    Example: `poseloom synth --preset crossing --count 5 --out synthetic`
    """
    from rich.progress import Progress

    from poseloom.models.synthetic.presets import PRESETS, clip_spec
    from poseloom.models.synthetic.presets import preset as preset_spec
    from poseloom.tasks.synth import Layout, write_sequence

    chosen = {"people": people, "frames": frames, "fps": fps, **_size(size), "bodies": "mesh" if assets else None}
    fields = {name: value for name, value in chosen.items() if value is not None}
    number = 1 + list(PRESETS).index(preset) if preset in PRESETS else 0
    seeds = range(seed, seed + count)
    specs = [preset_spec(preset, seed=s, **fields) if preset else clip_spec(seed=s, **fields) for s in seeds]
    clips = [(Layout.of(out, number, spec.seed), spec) for spec in specs]
    if len({layout.split for layout, _ in clips}) > 1:
        raise InputError(f"expected seeds of one split, below 10,000 or from there on, got {seed} to {seeds[-1]}")
    casting, cast_by = _casting(out, assets)
    with Progress(console=console) as bars:
        bar = bars.add_task("generating", total=sum(spec.frames for _, spec in clips))
        for layout, spec in clips:
            new = write_sequence(layout, spec, casting, cast_by, video, lambda: bars.advance(bar))
            if not new:
                console.print(f"{layout.name} is there already", style="dim")
                bars.advance(bar, spec.frames)
    _note(out / "README.md", _README)
    for layout, _ in clips:
        output.print(str(layout.images), soft_wrap=True, highlight=False)
    output.print(f"look    {clips[0][0].sheet}\nwhere   {out}", soft_wrap=True, highlight=False)


def _size(text: str | None) -> dict[str, int]:
    if text is None:
        return {}
    match = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text)
    if match is None:
        raise InputError(f"expected --size as WIDTHxHEIGHT of at most five digits, such as 640x360, got {text!r}")
    return {"width": int(match[1]), "height": int(match[2])}


def _casting(out: Path, assets: Path | None) -> tuple["Casting", str]:
    """Who plays, with a name that tells it; the pack's acknowledgement goes beside the pictures."""
    if assets is None:
        from poseloom.models.synthetic.procedural import ProceduralCasting

        return ProceduralCasting(), "procedural"
    from poseloom.infra.assets import read_pack
    from poseloom.models.synthetic.mesh import MeshCasting
    from poseloom.schemas.ids import content_key

    pack = read_pack(assets)
    _note(out / "ACKNOWLEDGEMENT.txt", pack.acknowledgement + "\n")
    files = sorted((str(path.relative_to(assets)), path.stat().st_size) for path in assets.rglob("*") if path.is_file())
    return MeshCasting(pack), f"mesh {content_key(files)}"


def _note(path: Path, text: str) -> None:
    """Leave a text beside the pictures; what is there already stays."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
