"""Limbs far longer than the person's are."""

import numpy as np

from poseloom.models.flags.episodes import episodes
from poseloom.models.flags.evidence import flagged, severity
from poseloom.models.flags.paths import Path
from poseloom.models.flags.settings import FlagSettings
from poseloom.schemas.flag import Flag, FlagKind
from poseloom.schemas.skeleton import Skeleton

_FEWEST = 3
_LONGEST = 0.9


def limb_flags(path: Path, skeleton: Skeleton, seconds_per_frame: float, settings: FlagSettings) -> list[Flag]:
    """One flag per limb and episode.

    Lengths are compared in sizes, since people come nearer, and with the longest views of the limb (its 90th
    percentile): the shoulders of someone in profile are nine times as far apart once they turn to the camera.
    """
    flags = []
    for a, b in skeleton.limbs:
        known = path.labelled[:, a] & path.labelled[:, b]
        if known.sum() < _FEWEST:
            continue
        length = np.where(known, np.linalg.norm(path.xy[:, a] - path.xy[:, b], axis=-1) / path.size, 0.0)
        usual = float(np.quantile(length[known], _LONGEST))
        limit = max(settings.limb_ratio * usual, settings.limb_size)
        name = f"{skeleton.keypoints[a]} to {skeleton.keypoints[b]}"
        for episode in episodes(length > limit, path.frames, length, settings.join / seconds_per_frame):
            longest = float(length[episode.worst])
            weight = severity(episode.count * seconds_per_frame, 1 / len(skeleton.used), longest, limit)
            told = f"{name} up to {limit:.2f} sizes long, mostly below {usual:.2f}", f"{longest:.2f} sizes"
            flags.append(flagged(FlagKind.LIMB, path, episode, weight, *told, skeleton.keypoints[b]))
    return flags
