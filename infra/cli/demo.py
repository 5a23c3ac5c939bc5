"""`poseloom demo`: the main job on a generated clip, measured against its exact truth."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from rich.table import Table

from poseloom.infra.cli.console import console, output
from poseloom.infra.cli.curate import cores, run_curate

if TYPE_CHECKING:
    from poseloom.models.synthetic import ClipSpec
    from poseloom.schemas.correction import Correction
    from poseloom.schemas.instances import Instances
    from poseloom.schemas.ports import Store
    from poseloom.schemas.report import Report, StageReport
    from poseloom.schemas.video import Video

_LABELLED_EVERY = 10
_TRUTH = "truth.parquet"


class Motion(StrEnum):
    """Presets of generated motion."""

    SLOW = "slow"
    FAST = "fast"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    folder: Annotated[Path, typer.Option("--workspace", "-w", help="Folder for clips and results.")] = Path(
        "workspace"
    ),
    people: Annotated[int, typer.Option(min=1, max=20, help="People in the clip.")] = 4,
    frames: Annotated[int, typer.Option(min=20, help="Frames of the clip.")] = 200,
    motion: Annotated[Motion, typer.Option(help="How people move.")] = Motion.FAST,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another clip.")] = 1,
) -> None:
    """Label every 10th frame of a generated clip, curate; correct the worst frame, curate again; compare with the truth."""
    from poseloom.infra.storage import open_workspace
    from poseloom.models.synthetic import ClipSpec
    from poseloom.tasks.corrections import append_correction, correction_keys
    from poseloom.tasks.parameters import Execution, Parameters
    from poseloom.tasks.plan import finished_reports
    from poseloom.tasks.videos import known_videos

    spec = ClipSpec(people=people, frames=frames, motion=motion.value, seed=seed)
    workspace = folder / f"demo-{motion.value}-{people}-people-{frames}-frames-seed-{seed}"
    clip, labels, truth = _inputs(workspace / "input", spec)
    parameters, execution = Parameters(name="demo"), Execution(workers=cores(), frames_per_shard=50)

    def run() -> "Report":
        return run_curate([str(clip)], str(workspace), str(labels), parameters, execution)

    store = open_workspace(workspace).store
    videos = known_videos(store)
    if videos and correction_keys(store, videos[0].video_id):
        (before,) = (report for report in finished_reports(store) if report.version == "1.0.0")
    else:
        before = run()
        correction = _worst(_labels_of(store, before, dropped=False), truth, known_videos(store)[0])
        first = correction.edits[0]
        console.print(
            f"correcting {len(correction.edits)} keypoints of track {first.track_id} in frame {first.frame_index}"
        )
        append_correction(store, correction)
    after = run()
    _print(store, truth, before, after)
    _draw(clip, _labels_of(store, after, dropped=False), workspace / "labels.png")


def _inputs(folder: Path, spec: "ClipSpec") -> tuple[Path, Path, "Instances"]:
    """The clip, the labels of every 10th frame, and the truth of all; generated where missing."""
    from poseloom.infra.storage import open_store
    from poseloom.infra.video import write_video
    from poseloom.models.synthetic import pictures, synthesize
    from poseloom.schemas.formats.coco import write_coco
    from poseloom.schemas.instances import Instances
    from poseloom.schemas.labels import FrameLabel, LabelSet
    from poseloom.tasks.tables import read_instances, write_instances

    clip, labels, store = folder / "clip.mp4", folder / "every_10th_frame.json", open_store(folder)
    if store.exists(_TRUTH) and labels.exists():
        return clip, labels, read_instances(store, _TRUTH)
    folder.mkdir(parents=True, exist_ok=True)
    people: list[Instances] = []
    with console.status("generating a clip …"):
        write_video(clip, pictures(synthesize(spec), people), spec.fps)
    truth = Instances.concat(people)
    sparse = truth.select(truth.frame_index % _LABELLED_EVERY == 0)
    listed = tuple(FrameLabel(f, f, f"{f:06d}.jpg") for f in range(0, spec.frames, _LABELLED_EVERY))
    labels.write_text(json.dumps(write_coco([LabelSet(clip.stem, sparse, listed)])), encoding="utf-8")
    write_instances(store, _TRUTH, truth)
    return clip, labels, truth


def _worst(labels: "Instances", truth: "Instances", video: "Video") -> "Correction":
    """What an annotator would do first: put right the person who is furthest off."""
    from poseloom.models.accuracy import matched_rows
    from poseloom.schemas.correction import Correction, MoveKeypoint

    ours, theirs = matched_rows(labels, truth)
    both = (labels.visibility[ours] > 0) & (truth.visibility[theirs] > 0)
    apart = np.where(both, np.linalg.norm(labels.keypoints_xy[ours] - truth.keypoints_xy[theirs], axis=-1), 0)
    worst = int(apart.sum(axis=1).argmax())
    row = int(theirs[worst])
    edits = tuple(
        MoveKeypoint(
            frame_index=int(truth.frame_index[row]),
            track_id=int(truth.track_id[row]),
            keypoint=truth.skeleton.keypoints[k],
            x=float(truth.keypoints_xy[row, k, 0]),
            y=float(truth.keypoints_xy[row, k, 1]),
            visibility=2 if truth.visibility[row, k] == 2 else 1,
        )
        for k in np.flatnonzero(truth.visibility[row])
    )
    return Correction(video_id=video.video_id, annotator="demo", edits=edits)


def _labels_of(store: "Store", report: "Report", dropped: bool) -> "Instances":
    from poseloom.tasks.release import read_labels

    (labels,) = (labels for _, labels in read_labels(store, report.version, dropped))
    return labels


def _draw(clip: Path, labels: "Instances", out: Path) -> None:
    from poseloom.infra.overlay import contact_sheet
    from poseloom.infra.video import open_video

    contact_sheet(open_video(str(clip)), labels, 9, out)
    output.print(f"look    {out}", soft_wrap=True, highlight=False)


def _print(store: "Store", truth: "Instances", before: "Report", after: "Report") -> None:
    from poseloom.models.accuracy import accuracy

    table = Table("", f"v{before.version}", f"v{after.version}", box=None, padding=(0, 3, 0, 0))
    reports = (before, after)
    scores = [accuracy(_labels_of(store, report, dropped=True), truth) for report in reports]
    rows = [
        ("frames", [f"{r.frames:,}" for r in reports]),
        ("instances kept", [f"{r.instances:,}" for r in reports]),
        ("instances dropped", [f"{r.dropped_instances:,}" for r in reports]),
    ]
    rows += [
        (f"  by {rule}", [f"{r.dropped.get(rule, 0):,}" for r in reports])
        for rule in before.dropped
        if before.dropped[rule]
    ]
    rows += [(f"keypoints {source}", [f"{r.keypoints[source]:,}" for r in reports]) for source in before.keypoints]
    rows += [
        ("error*, mean", [f"{s.mean_px:.2f} px" for s in scores]),
        ("error*, median", [f"{s.median_px:.2f} px" for s in scores]),
        ("within half a head*", [f"{100 * s.within_half_head:.2f} %" for s in scores]),
        ("keypoints with a place*", [f"{s.found:,} of {s.keypoints:,}" for s in scores]),
    ]
    for stage in before.stages:
        again = {s.name: s for s in after.stages}[stage.name]
        rows.append((stage.name, [_cost(stage), _cost(again)]))
    for name, values in rows:
        table.add_row(name, *values)
    output.print(table)
    output.print("* against the exact truth of every frame, with the instances that the rules drop")
    output.print(f"digest  {after.digest}\nwhere   {after.location}", soft_wrap=True, highlight=False)


def _cost(stage: "StageReport") -> str:
    computed = f", {stage.shards - stage.reused} of {stage.shards} shards" if stage.shards else ""
    return f"{stage.seconds:.2f} s{computed}"
