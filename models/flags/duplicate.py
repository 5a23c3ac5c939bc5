"""People who are labelled twice."""

import numpy as np

from poseloom.models.flags.episodes import episodes
from poseloom.models.flags.settings import FlagSettings
from poseloom.models.rules.frame import duplicates
from poseloom.schemas.flag import Flag, FlagKind
from poseloom.schemas.instances import Instances
from poseloom.schemas.rules import Duplicate


def duplicate_flags(labels: Instances, rule: Duplicate, seconds_per_frame: float, settings: FlagSettings) -> list[Flag]:
    """One flag per pair of tracks and episode in which the first repeats the other (the release's own rule)."""
    worse, better = duplicates(labels, rule)
    tracks = labels.track_id
    flags: list[Flag] = []
    for copy, original in sorted(set(zip(tracks[worse].tolist(), tracks[better].tolist(), strict=True))):
        pair = (tracks[worse] == copy) & (tracks[better] == original)
        frames = np.unique(labels.frame_index[worse[pair]]).astype(np.int64)
        every = np.ones(len(frames))
        flags += [
            Flag(
                kind=FlagKind.DUPLICATE,
                frame_index=int(frames[episode.first]),
                start_frame=int(frames[episode.first]),
                end_frame=int(frames[episode.last]) + 1,
                track_id=copy,
                other_track_id=original,
                severity=episode.count * seconds_per_frame,
                expected="one label a person",
                found=f"{copy} and {original} are the same: OKS {rule.max_oks:g} or more",
            )
            for episode in episodes(every > 0, frames, every, settings.join / seconds_per_frame)
        ]
    return flags
