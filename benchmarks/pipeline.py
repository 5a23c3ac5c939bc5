"""The pipeline beside the same decoder, estimator, linker and tracker in a bare loop in one process.

2,000 frames of 640x360 in 40 shards on 2 cores. The estimator is `vitpose` with small random weights: real
preprocessing and real forward passes of both models, about 15 ms a frame, and poses of no meaning. The labels of
every 10th frame are propagated by `lucas_kanade`. The bare loop stores nothing, measures no sharpness, checks
nothing and publishes nothing. It may use both cores: OpenCV does; torch runs once with one thread and once with
two, and the faster counts. The pipeline's time is the sum of its stages, ingest to publish, with the loading of the
models in its workers; the loop's is given with and without that.
"""

import runpy
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.inputs import clip, curate, only_report
from poseloom.models.synthetic import ClipSpec

_SPEC = ClipSpec(frames=2_000)
_CORES, _SHARDS = 2, 40
_TINY_MODELS = Path(__file__).parents[1] / "tests" / "infra" / "tiny_vitpose.py"
_THRESHOLD = "0.6"


def measure() -> dict[str, float]:
    """Best of two for each side, taking turns."""
    video, labels = clip(_SPEC)
    loads, loops, walls = [], [], []
    stages: list[dict[str, float]] = []
    with TemporaryDirectory() as folder:
        weights = str(runpy.run_path(str(_TINY_MODELS))["save_tiny_vitpose"](Path(folder, "weights")))
        for threads in (1, _CORES):
            with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
                load, loop = fresh.submit(bare_loop, str(video), str(labels), weights, threads).result()
            loads.append(load)
            loops.append(loop)
            workspace = Path(folder, f"out-{threads}")
            walls.append(curate(video, labels, workspace, *_options(weights)))
            stages.append({stage.name: stage.seconds for stage in only_report(workspace).stages})
    whole = min(load + loop for load, loop in zip(loads, loops, strict=True))
    best = min(stages, key=lambda run: sum(run.values()))
    seconds = sum(best.values())
    return {
        "bare loop, frames/s": _SPEC.frames / min(loops),
        "pipeline after start-up, frames/s": _SPEC.frames / seconds,
        "frames/s ÷ bare loop, models loaded by both": whole / seconds,
        "frames/s ÷ bare loop, models loaded by the pipeline only": min(loops) / seconds,
        "frames/s ÷ bare loop, start of Ray and Prefect counted too": whole / min(walls),
    } | {f"{stage}, s": cost for stage, cost in best.items()}


def _options(weights: str) -> list[str]:
    estimator = {"weights": weights, "threshold": _THRESHOLD, "threads": "1"}
    pairs = [word for name, value in estimator.items() for word in ("--estimator-option", f"{name}={value}")]
    per_shard = str(_SPEC.frames // _SHARDS)
    return ["--estimator", "vitpose", *pairs, "--workers", str(_CORES), "--frames-per-shard", per_shard]


def bare_loop(video: str, labels: str, weights: str, threads: int) -> tuple[float, float]:
    """Seconds of loading, and of the loop."""
    start = time.perf_counter()
    from poseloom.infra.estimators import create_estimator
    from poseloom.infra.labels import read_label_sets
    from poseloom.infra.video import open_video
    from poseloom.models.linker import link
    from poseloom.models.points import point_tracker
    from poseloom.models.propagation import PropagationSettings, needed_frames, propagate
    from poseloom.schemas.instances import Instances

    options = {"weights": weights, "threshold": _THRESHOLD, "threads": str(threads)}
    estimator, tracker = create_estimator("vitpose", options), point_tracker("lucas_kanade")
    loaded = time.perf_counter()
    reader, settings = open_video(video), PropagationSettings()
    (given,) = read_label_sets(labels)
    count = reader.video.frame_count
    found = [
        estimator.estimate([frame.image], np.array([frame.frame_index], np.int32)) for frame in reader.frames(0, count)
    ]
    linked = link(Instances.concat([given.instances, *found]))
    needed = needed_frames(linked, 0, count, count, settings)
    propagate(linked, 0, count, reader.frames(*needed), tracker, settings)
    return loaded - start, time.perf_counter() - loaded
