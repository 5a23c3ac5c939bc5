"""Generated multi-person clips with exact ground truth on every frame."""

from poseloom.models.synthetic.presets import BENCHMARK_SEEDS, PRESETS, TRAINING_SEEDS, clip_spec, preset
from poseloom.models.synthetic.rendered import Rendered
from poseloom.models.synthetic.spec import ClipSpec
from poseloom.models.synthetic.world import SyntheticClip, pictures, synthesize, synthesize_clip

__all__ = [
    "BENCHMARK_SEEDS",
    "PRESETS",
    "TRAINING_SEEDS",
    "ClipSpec",
    "Rendered",
    "SyntheticClip",
    "clip_spec",
    "pictures",
    "preset",
    "synthesize",
    "synthesize_clip",
]
