"""How fast clips are generated on one core: procedural people, and mesh people where there is an asset pack.

Frames of 384x256 (256 high), four people, default spec. A process of its own keeps every library to one thread; its
first clip, which compiles or loads compiled code, does not count, and its processor time does: staging, drawing,
truth and effects. The faster of two clips counts.
"""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from poseloom.models.synthetic import ClipSpec, synthesize
from poseloom.models.synthetic.bodies import Casting

_PACK = Path(os.environ.get("POSELOOM_TEST_DATA", "../shared/data")) / "humans"
_FRAMES = {"procedural": 200, "mesh": 60}


def measure() -> dict[str, float]:
    """Frames per second of processor time."""
    figures = _alone("procedural")
    return figures | _alone("mesh") if _PACK.is_dir() else figures


def _alone(kind: str) -> dict[str, float]:
    threads = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    before = {name: os.environ.get(name) for name in threads}
    os.environ.update(threads)
    try:
        with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
            return fresh.submit(frames_per_second, kind).result()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def frames_per_second(kind: str) -> dict[str, float]:
    """Figures of one kind of people, in this process."""
    import cv2

    cv2.setNumThreads(1)
    casting = _casting(kind)
    count = _FRAMES[kind]
    _draw(ClipSpec(width=384, height=256, frames=5, seed=1), casting)
    seconds = [_draw(ClipSpec(width=384, height=256, frames=count, seed=seed), casting) for seed in (2, 3)]
    return {f"{kind}: frames/s at 384x256, one core": count / min(seconds)}


def _draw(spec: ClipSpec, casting: Casting) -> float:
    """Processor seconds of a whole clip."""
    start = time.process_time()
    for _ in synthesize(spec, casting):
        pass
    return time.process_time() - start


def _casting(kind: str) -> Casting:
    if kind == "procedural":
        from poseloom.models.synthetic.procedural import ProceduralCasting

        return ProceduralCasting()
    from poseloom.infra.assets import read_pack
    from poseloom.models.synthetic.mesh import MeshCasting

    return MeshCasting(read_pack(_PACK))
