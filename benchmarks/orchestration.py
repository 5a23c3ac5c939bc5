"""What a shard costs apart from its work, bounded from above.

Every shard is one frame of 64x64 pixels that is labelled already: there is nothing to track, one tiny picture
to decode and one person to write. All the time of a run counts, from the call of the flow to its report
(import, linking, release and checks included), with Ray and Prefect running before.
"""

import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from benchmarks.inputs import write_labels
from poseloom.infra.cluster import ray_cluster
from poseloom.models.synthetic import ClipSpec, synthesize
from poseloom.tasks.parameters import Execution, Parameters

_SHARDS = (10, 100, 1_000, 10_000)
"""The first is warm-up."""
_CORES = 2


def measure() -> dict[str, float]:
    """Wall seconds of the flow in this process, by number of shards."""
    with TemporaryDirectory() as folder, ray_cluster(None, _CORES):
        seconds = {shards: _seconds(Path(folder, str(shards)), shards) for shards in _SHARDS}
    figures = {f"ms per shard at {n:,} shards": 1000 * seconds[n] / n for n in _SHARDS[1:]}
    ratios = {f"time of {n:,} shards ÷ {n // 10:,} shards": seconds[n] / seconds[n // 10] for n in _SHARDS[2:]}
    return figures | ratios


def _seconds(folder: Path, shards: int) -> float:
    from poseloom.flows.curate import curate

    _, truth = synthesize(ClipSpec(people=1, frames=shards, width=64, height=64))
    pictures = folder / "clip"
    pictures.mkdir(parents=True)
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    cv2.imwrite(str(pictures / "000000.png"), noise)
    for frame in range(1, shards):
        os.link(pictures / "000000.png", pictures / f"{frame:06d}.png")
    write_labels(folder / "labels.json", "clip", truth)
    execution = Execution(workers=_CORES, frames_per_shard=1)
    start = time.perf_counter()
    curate([str(pictures)], str(folder / "out"), str(folder / "labels.json"), Parameters(), execution)
    return time.perf_counter() - start
