"""What a shard costs apart from its work, bounded from above.

Every shard is one frame of 64x64 pixels that is labelled already: there is nothing to track, a tiny picture
to seek and decode, and one person to write. All the time of a run counts, from the call of the flow to its report
(import, linking, release and checks included), with Ray and Prefect running before. Only decoding and writing are
taken off: the same reads, each with its seek, and the same tables written, in bare loops in as many processes.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.inputs import write_labels
from poseloom.infra.cluster import ray_cluster
from poseloom.infra.storage import open_store
from poseloom.infra.video import open_indexed, probe, write_video
from poseloom.models.synthetic import ClipSpec, synthesize_clip
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame
from poseloom.tasks.parameters import Execution, Parameters
from poseloom.tasks.tables import write_instances

_SHARDS = (10, 100, 1_000, 10_000)
"""The first is warm-up."""
_BARRED = 1_000
_CORES = 2


def measure() -> dict[str, float]:
    """Wall seconds of the flow in this process, by number of shards."""
    with TemporaryDirectory() as folder, ray_cluster(None, _CORES):
        seconds = {shards: _seconds(Path(folder, str(shards)), shards) for shards in _SHARDS}
        work = _work_seconds(Path(folder, str(_BARRED)))
    figures = {
        f"ms per shard at {n:,} shards, decoding and writing included": 1000 * seconds[n] / n for n in _SHARDS[1:]
    }
    figures[f"ms per shard at {_BARRED:,} shards"] = 1000 * (seconds[_BARRED] - work) / _BARRED
    ratios = {f"time of {n:,} shards ÷ {n // 10:,} shards": seconds[n] / seconds[n // 10] for n in _SHARDS[2:]}
    return figures | ratios


def _seconds(folder: Path, shards: int) -> float:
    from poseloom.flows.curate import curate

    folder.mkdir()
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    write_video(folder / "clip.mp4", (Frame(frame, noise) for frame in range(shards)), fps=25)
    everywhere = _person().select(np.zeros(shards, np.intp)).replace(frame_index=np.arange(shards))
    write_labels(folder / "labels.json", "clip", everywhere)
    execution = Execution(workers=_CORES, frames_per_shard=1)
    start = time.perf_counter()
    curate([str(folder / "clip.mp4")], str(folder / "out"), str(folder / "labels.json"), Parameters(), execution)
    return time.perf_counter() - start


def _person() -> Instances:
    return synthesize_clip(ClipSpec(people=1, frames=1, width=64, height=64)).truth


def _work_seconds(folder: Path) -> float:
    """Wall seconds of decoding and writing every frame as a shard of its own."""
    with ProcessPoolExecutor(_CORES, get_context("spawn")) as processes:
        list(processes.map(decode_and_write, [folder] * _CORES, [range(1)] * _CORES))
        start = time.perf_counter()
        list(processes.map(decode_and_write, [folder] * _CORES, [range(n, _BARRED, _CORES) for n in range(_CORES)]))
        return time.perf_counter() - start


def decode_and_write(folder: Path, frames: Sequence[int]) -> None:
    """Read each frame as a range of its own, and store a label table of one person for it."""
    store, index = open_store(folder / "bare"), probe(str(folder / "clip.mp4"))
    person = _person()
    reader = open_indexed(index, str(folder / "clip.mp4"))
    for frame in frames:
        list(reader.frames(frame, frame + 1))
        write_instances(store, f"{frame}.parquet", person)
