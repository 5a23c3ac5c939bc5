"""Peak memory of curating a video of 1,394 frames of 768x432 beside that of its first 139 frames.

The pictures are a real clip's where ``POSELOOM_TEST_DATA`` has it, else generated ones; the labels on every 10th
frame are generated, four people whose pixels do not matter here. Memory is the proportional set size (PSS: shared
pages count once) of the command and all processes under it, sampled while it runs; that of the Ray workers
alone; and the resident peak of one process that only reads and propagates.
"""

import os
import resource
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.inputs import clip, command
from poseloom.infra.video import open_video
from poseloom.models.synthetic import ClipSpec
from poseloom.schemas.ports import Frame

_LONG, _SHORT = 1_394, 139
_SAMPLE_S = 0.3
_REAL = Path(os.environ.get("POSELOOM_TEST_DATA", "../shared/data")) / "video" / "intel_one_by_one_person.mp4"


def measure() -> dict[str, float]:
    """Peaks in MiB, and their ratios."""
    peaks: dict[str, list[float]] = {"all processes": [], "workers": [], "bare reader and propagation": []}
    with TemporaryDirectory() as folder:
        for count in (_LONG, _SHORT):
            video, labels = clip(ClipSpec(frames=count, width=768, height=432), _pictures(count))
            everything, workers = _peaks(command(video, labels, Path(folder, str(count)), "--workers", "2"))
            with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
                bare = fresh.submit(bare_peak, str(video), str(labels)).result()
            for name, peak in zip(peaks, (everything, workers, bare), strict=True):
                peaks[name].append(peak)
    figures = {f"{name}: {_LONG:,} frames, MiB": long for name, (long, _) in peaks.items()}
    return figures | {
        f"{name}: {_LONG:,} frames ÷ first {_SHORT}": long / short for name, (long, short) in peaks.items()
    }


def _pictures(count: int) -> Iterator[Frame] | None:
    return islice(open_video(str(_REAL)).frames(0, _LONG), count) if _REAL.exists() else None


def _peaks(arguments: list[str]) -> tuple[float, float]:
    """Peak MiB of the command with all processes under it, and of the Ray workers among them."""
    everything = workers = 0.0
    with subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            sizes = {pid: _pss_mib(pid) for pid in _tree(process.pid)}
            everything = max(everything, sum(sizes.values()))
            workers = max(workers, sum(size for pid, size in sizes.items() if _is_worker(pid)))
            time.sleep(_SAMPLE_S)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    return everything, workers


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        parent = int((_text(stat).rpartition(")")[2].split() or ["", "0"])[1])
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _pss_mib(pid: int) -> float:
    lines = _text(Path(f"/proc/{pid}/smaps_rollup")).splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _is_worker(pid: int) -> bool:
    return _text(Path(f"/proc/{pid}/cmdline")).startswith("ray::_Worker")


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:  # the process is gone
        return ""


def bare_peak(video: str, labels: str) -> float:
    """Peak resident MiB of reading and propagating the whole video in this process."""
    from poseloom.infra.labels import read_label_sets
    from poseloom.models.points import point_tracker
    from poseloom.models.propagation import PropagationSettings, propagate

    reader = open_video(video)
    (given,) = read_label_sets(labels)
    count = reader.video.frame_count
    frames = reader.frames(0, count)
    propagate(given.instances.sorted(), 0, count, frames, point_tracker("lucas_kanade"), PropagationSettings())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
