"""Generated videos with an estimator's errors made up."""

from collections.abc import Iterator, Sequence

import numpy as np

from poseloom.models.clicks.case import Case, case
from poseloom.models.synthetic import ClipSpec, synthesize_clip
from poseloom.models.synthetic.estimates import estimates
from poseloom.schemas.errors import InputError
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame

_PRESETS = {"slow": ClipSpec(motion="slow"), "fast": ClipSpec(motion="fast", pan=True)}


def generated_cases(preset: str, seeds: Sequence[int], frames: int | None = None) -> Iterator[Case]:
    """One case a seed: the preset's clip, and predictions with errors of the same seed.

    Raises:
        InputError: No such preset.
    """
    for seed in seeds:
        pictures, truth, size = _clip(preset, seed, frames)
        yield case(
            f"{preset}-{seed}", truth, estimates(truth, seed), np.arange(len(pictures)), len(pictures), pictures, size
        )


def _clip(preset: str, seed: int, frames: int | None) -> tuple[tuple[Frame, ...], Instances, tuple[int, int]]:
    if preset not in _PRESETS:
        raise InputError(f"expected a preset of {', '.join(_PRESETS)}, got {preset!r}")
    spec = _PRESETS[preset].model_copy(update={"seed": seed} | ({"frames": frames} if frames else {}))
    clip = synthesize_clip(spec)
    return clip.frames, clip.truth, (spec.width, spec.height)
