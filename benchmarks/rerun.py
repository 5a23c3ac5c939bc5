"""The same command again, with nothing changed. A short clip: the longer the first run, the easier the bar."""

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.inputs import clip, curate
from poseloom.models.synthetic import ClipSpec

_SPEC = ClipSpec(frames=200, motion="fast")
_REPEATS = 5


def measure() -> dict[str, float]:
    """Wall seconds of whole processes; Prefect's database exists before the first run counts."""
    video, labels = clip(_SPEC)
    with TemporaryDirectory() as folder:
        curate(*clip(ClipSpec(frames=20)), Path(folder, "warm-up"))
        first = curate(video, labels, Path(folder, "out"))
        again = median(curate(video, labels, Path(folder, "out")) for _ in range(_REPEATS))
    return {"first run, 200 frames, s": first, "re-run, s": again, "unchanged re-run ÷ first run": again / first}
