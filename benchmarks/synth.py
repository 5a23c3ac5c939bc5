"""How fast clips are generated on one core: procedural people, and mesh people where there is an asset pack.

Frames of 384x256 (256 high), four people, default spec; and 640x360 with a camera that pans and a shutter that is
open half the time while everyone runs or dances. A process of its own keeps every library to one thread; its first
clip, which compiles or loads compiled code, does not count, and its processor time does: staging, drawing, truth and
effects. The faster of two clips counts.
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
    still = ClipSpec(width=384, height=256, frames=_FRAMES[kind])
    blurred = ClipSpec(width=640, height=360, frames=_FRAMES[kind] // 4, motion="fast", pan=True, shutter=0.5)
    return {
        f"{kind}: frames/s at 384x256, one core": _speed(still, casting),
        f"{kind}: frames/s at 640x360 with pan and open shutter, one core": _speed(blurred, casting),
    }


def _speed(spec: ClipSpec, casting: Casting) -> float:
    """Frames per second of the faster of two clips."""
    _draw(spec.model_copy(update={"frames": 5, "seed": 1}), casting)
    return spec.frames / min(_draw(spec.model_copy(update={"seed": seed}), casting) for seed in (2, 3))


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
