"""Clips and labels that the benchmarks share, generated once a machine; and the user's command."""

import json
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from poseloom.infra.storage import open_store
from poseloom.infra.video import write_video
from poseloom.models.synthetic import ClipSpec, pictures, synthesize
from poseloom.schemas.formats.coco import write_coco
from poseloom.schemas.ids import content_key
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import FrameLabel, LabelSet
from poseloom.schemas.ports import Frame
from poseloom.schemas.report import Report
from poseloom.tasks.plan import finished_reports

_CACHE = Path(tempfile.gettempdir()) / "poseloom-benchmarks"
_LABELLED_EVERY = 10


def clip(spec: ClipSpec, frames: Iterable[Frame] | None = None) -> tuple[Path, Path]:
    """An MP4 file of the generated clip (or of other pictures) and the generated labels of every 10th frame."""
    folder = _CACHE / content_key("rendered", spec.model_dump(), frames is None)
    video, labels = folder / "clip.mp4", folder / "labels.json"
    if not video.exists():
        folder.mkdir(parents=True, exist_ok=True)
        people: list[Instances] = []
        drawn = pictures(synthesize(spec), people)
        if frames is None:
            write_video(video, drawn, spec.fps)
        else:
            deque(drawn, maxlen=0)
            write_video(video, frames, spec.fps)
        truth = Instances.concat(people)
        write_labels(labels, "clip", truth.select(truth.frame_index % _LABELLED_EVERY == 0))
    return video, labels


def write_labels(path: Path, name: str, labels: Instances) -> None:
    """A COCO file of the labels, listing just their frames."""
    frames = sorted(set(labels.frame_index.tolist()))
    listed = tuple(FrameLabel(frame, frame, f"{frame:06d}.png") for frame in frames)
    path.write_text(json.dumps(write_coco([LabelSet(name, labels, listed)])))


def command(video: Path, labels: Path, workspace: Path, *options: str) -> list[str]:
    """What a user types."""
    poseloom = str(Path(sys.executable).with_name("poseloom"))
    return [poseloom, "curate", str(video), "--labels", str(labels), "--workspace", str(workspace), *options]


def curate(video: Path, labels: Path, workspace: Path, *options: str) -> float:
    """Wall seconds of the command."""
    start = time.perf_counter()
    subprocess.run(command(video, labels, workspace, *options), check=True, capture_output=True)
    return time.perf_counter() - start


def only_report(workspace: Path) -> Report:
    """Report of the one run in the workspace."""
    (report,) = finished_reports(open_store(workspace))
    return report
