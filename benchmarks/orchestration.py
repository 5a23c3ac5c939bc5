"""What a shard costs apart from its work, bounded from above.

Every shard is one frame of 64x64 pixels that is labelled already: there is nothing to track, a tiny picture
to seek and decode, and one person to write. All the time of a run counts, from the call of the flow to its report
(import, linking, release and checks included), with Ray and Prefect running before. Only the decoding is
taken off: the same reads in a bare loop, shared out over the cores; each seeks, as the pipeline's do.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.inputs import write_labels
from poseloom.infra.cluster import ray_cluster
from poseloom.infra.video import open_indexed, probe, write_video
from poseloom.models.synthetic import ClipSpec, synthesize
from poseloom.schemas.ports import Frame
from poseloom.tasks.parameters import Execution, Parameters

_SHARDS = (10, 100, 1_000, 10_000)
"""The first is warm-up."""
_BARRED = 1_000
_CORES = 2


def measure() -> dict[str, float]:
    """Wall seconds of the flow in this process, by number of shards."""
    with TemporaryDirectory() as folder, ray_cluster(None, _CORES):
        seconds = {shards: _seconds(Path(folder, str(shards)), shards) for shards in _SHARDS}
        decoding = _decoding_seconds(Path(folder, str(_BARRED), "clip.mp4")) / _CORES
    figures = {f"ms per shard at {n:,} shards, decoding included": 1000 * seconds[n] / n for n in _SHARDS[1:]}
    figures[f"ms per shard at {_BARRED:,} shards"] = 1000 * (seconds[_BARRED] - decoding) / _BARRED
    ratios = {f"time of {n:,} shards ÷ {n // 10:,} shards": seconds[n] / seconds[n // 10] for n in _SHARDS[2:]}
    return figures | ratios


def _seconds(folder: Path, shards: int) -> float:
    from poseloom.flows.curate import curate

    folder.mkdir()
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    write_video(folder / "clip.mp4", (Frame(frame, noise) for frame in range(shards)), fps=25)
    _, truth = synthesize(ClipSpec(people=1, frames=shards, width=64, height=64))
    write_labels(folder / "labels.json", "clip", truth)
    execution = Execution(workers=_CORES, frames_per_shard=1)
    start = time.perf_counter()
    curate([str(folder / "clip.mp4")], str(folder / "out"), str(folder / "labels.json"), Parameters(), execution)
    return time.perf_counter() - start


def _decoding_seconds(video: Path) -> float:
    """Seconds of reading a video frame by frame, each as a range of its own."""
    index = probe(str(video))
    start = time.perf_counter()
    for frame in range(index.video.frame_count):
        list(open_indexed(index, str(video)).frames(frame, frame + 1))
    return time.perf_counter() - start
