"""People of whom whoever placed them was not sure."""

import numpy as np

from poseloom.models.flags.episodes import episodes
from poseloom.models.flags.evidence import flagged
from poseloom.models.flags.paths import Path
from poseloom.models.flags.settings import FlagSettings
from poseloom.schemas.flag import Flag, FlagKind
from poseloom.schemas.instances import Instances


def uncertain_flags(path: Path, labels: Instances, seconds_per_frame: float, settings: FlagSettings) -> list[Flag]:
    """One flag per episode with a low mean score; keypoints that a person placed count as certain."""
    scores = np.nan_to_num(labels.score[path.rows], nan=1.0)
    count = np.maximum(path.labelled.sum(axis=1), 1)
    mean = np.where(path.labelled.any(axis=1), (scores * path.labelled).sum(axis=1) / count, 1.0)
    low = mean < settings.uncertain_score
    doubt = np.where(low, 1 - mean / max(settings.uncertain_score, 1e-9), 0.0)
    return [
        flagged(
            FlagKind.UNCERTAIN,
            path,
            episode,
            float(doubt[episode.first : episode.last + 1].sum()) * seconds_per_frame,
            f"a mean keypoint score of {settings.uncertain_score:.2f} at least",
            f"{mean[episode.worst]:.2f}",
        )
        for episode in episodes(low, path.frames, doubt, settings.join / seconds_per_frame)
    ]
