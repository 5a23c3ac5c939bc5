"""Annotation rules that fail."""

from collections.abc import Mapping

import numpy as np

from poseloom.models.flags.episodes import episodes
from poseloom.models.flags.evidence import flagged
from poseloom.models.flags.paths import Path
from poseloom.models.flags.settings import FlagSettings
from poseloom.schemas.arrays import Bool
from poseloom.schemas.flag import Flag, FlagKind

_JUDGED_HERE = {"duplicate", "flip", "limb_length", "track_gap", "velocity"}
"""Rules about what a detector of its own flags."""


def rule_flags(
    path: Path, passes: Mapping[str, Bool], share: float, seconds_per_frame: float, settings: FlagSettings
) -> list[Flag]:
    """One flag per rule and episode.

    Args:
        path: The person.
        passes: By rule, (N,) whether each instance passes it.
        share: Share of a person that a failing rule stands for: most often it is one keypoint that is amiss.
        seconds_per_frame: Time from one frame to the next.
        settings: The limits.
    """
    every = np.ones(len(path))
    return [
        flagged(
            FlagKind.RULE,
            path,
            episode,
            episode.count * seconds_per_frame * share,
            f"the rule {name} holds",
            f"it fails in {episode.count} frames",
        )
        for name in sorted(passes.keys() - _JUDGED_HERE)
        for episode in episodes(~passes[name][path.rows], path.frames, every, settings.join / seconds_per_frame)
    ]
