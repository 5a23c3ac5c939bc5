"""Named clips, and which seeds are for what.

Seeds below 10,000 are for benchmarks, tests and validation, those from 10,000 on for training, so that
nothing is ever measured on clips that a model has seen.
"""

from typing import Any

from pydantic import ValidationError

from poseloom.models.synthetic.spec import ClipSpec
from poseloom.schemas.errors import InputError

BENCHMARK_SEEDS = range(10_000)
TRAINING_SEEDS = range(10_000, 1 << 31)

PRESETS: dict[str, dict[str, Any]] = {
    "easy": {"people": 3},
    "crossing": {"people": 4, "frames": 200, "paths": "crossing", "leave": True, "alike": True},
    "blur": {"people": 3, "motion": "fast", "pan": True, "shutter": 0.8, "exposure": 0.55, "jpeg_quality": 70},
    "occlusion": {"people": 4, "paths": "crossing", "props": 6},
    "crowd": {
        "people": 12, "paths": "crossing", "bystanders": 6, "exposure": 0.4, "jpeg_quality": 45,
    },
}  # fmt: skip
"""Fields of each preset.

- ``easy``: three people apart from each other in daylight, for a first look and as the control of the others.
- ``crossing``: four people in the same clothes who pass before and behind each other, leave and come back:
  identity, with nothing but motion to tell them apart.
- ``blur``: people who run and dance in dim light while the shutter is open for most of the time: trackers lose
  their texture, and the camera pans.
- ``occlusion``: things in the way of people who cross: keypoints that are there but cannot be seen.
- ``crowd``: a dozen people at dusk, seen through compression, with passers-by in ignore regions.
"""


def preset(name: str, **fields: Any) -> ClipSpec:
    """The spec of a preset, with other fields changed as given.

    Raises:
        InputError: No such preset, or a value that a spec cannot have.
    """
    if name not in PRESETS:
        raise InputError(f"expected a preset of {', '.join(PRESETS)}, got {name!r}")
    return clip_spec(**(PRESETS[name] | fields))


def clip_spec(**fields: Any) -> ClipSpec:
    """A spec from values that somebody typed.

    Raises:
        InputError: Names the first field with a value that it cannot have.
    """
    try:
        return ClipSpec(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"expected {where} in range, got {first['input']!r}: {first['msg'].lower()}") from error
