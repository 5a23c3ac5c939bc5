"""Generated videos with an estimator's errors made up."""

from collections.abc import Iterator, Sequence

import numpy as np

from poseloom.models.clicks.case import Case, case
from poseloom.models.synthetic import preset, synthesize_clip
from poseloom.models.synthetic.estimates import estimates


def generated_cases(name: str, seeds: Sequence[int], frames: int | None = None) -> Iterator[Case]:
    """One case a seed: the preset's clip, and predictions with errors of the same seed.

    Args:
        name: The preset.
        seeds: Of clips and errors.
        frames: Length of the clips; the preset's without.

    Raises:
        InputError: No such preset.
    """
    for seed in seeds:
        spec = preset(name, seed=seed, **({"frames": frames} if frames else {}))
        clip = synthesize_clip(spec)
        yield case(
            f"{name}-{seed}",
            clip.truth,
            estimates(clip.truth, seed),
            np.arange(spec.frames),
            spec.frames,
            clip.frames,
            (spec.width, spec.height),
        )
