"""What an evaluation found, and its JSON document."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any

from poseloom.tasks.evaluate.counting import Counts
from poseloom.tasks.evaluate.views import FrameView
from poseloom.tasks.evaluate.worst import WorstFrame

FORMAT = 1
"""Grows when a key of the document changes its meaning or goes."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Evaluation:
    """Every figure of an evaluation; `docs/evaluation.md` describes the document.

    Attributes:
        skeleton: In which skeleton, converted from what, over which keypoints.
        metrics: Figures by metric; None where the labels cannot give it.
        counts: What was compared.
        nulls: Reason of every None, by its path in the document.
        warnings: What a person should know before using a figure.
        worst_frames: By sequence, the frames furthest from the truth, the worst first.
        views: A few of these with their people, for pictures; not in the document.
    """

    skeleton: Json
    metrics: Mapping[str, Json | None]
    counts: Counts
    nulls: Mapping[str, str]
    warnings: tuple[str, ...]
    worst_frames: Mapping[str, tuple[WorstFrame, ...]]
    views: tuple[FrameView, ...]

    def document(self) -> Json:
        """The JSON document; floats as computed, no NaN."""
        worst = {name: [asdict(frame) for frame in frames] for name, frames in self.worst_frames.items()}
        return {
            "format": FORMAT,
            "skeleton": self.skeleton,
            **self.metrics,
            "counts": asdict(self.counts),
            "nulls": dict(self.nulls),
            "warnings": list(self.warnings),
            "worst_frames": worst,
        }

    def write(self, file: IO[str]) -> None:
        """Write the document as JSON, piece by piece; equal inputs give equal bytes."""
        file.writelines(json.JSONEncoder(indent=1, ensure_ascii=False, allow_nan=False).iterencode(self.document()))
        file.write("\n")


def without_nan(value: Any, path: str, reason: str, nulls: dict[str, str]) -> Any:
    """The value with None for NaN; their paths and the reason go to `nulls`."""
    if isinstance(value, dict):
        return {key: without_nan(item, f"{path}.{key}", reason, nulls) for key, item in value.items()}
    if isinstance(value, float) and math.isnan(value):
        nulls[path] = reason
        return None
    return value
