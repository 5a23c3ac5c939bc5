"""Runs of frames in which something goes on."""

from dataclasses import dataclass

import numpy as np

from poseloom.schemas.arrays import F64, I64, Bool


@dataclass(frozen=True)
class Episode:
    """Consecutive findings.

    Attributes:
        first: Place of the first finding.
        last: Place of the last.
        worst: Place where most is found.
        count: Findings in between.
    """

    first: int
    last: int
    worst: int
    count: int


def episodes(found: Bool, frames: I64, amount: F64, join_frames: float) -> list[Episode]:
    """The runs of a (N,) mask over rows with strictly increasing (N,) frames.

    Findings at most `join_frames` frames apart belong to one run; `amount` (N,) says where it is worst.
    """
    at = np.flatnonzero(found)
    if not len(at):
        return []
    parts = np.split(at, np.flatnonzero(np.diff(frames[at]) > join_frames + 1) + 1)
    return [Episode(int(p[0]), int(p[-1]), int(p[amount[p].argmax()]), len(p)) for p in parts]
