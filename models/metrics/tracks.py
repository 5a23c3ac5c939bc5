"""Track ids as consecutive numbers, checked as every tracking metric needs them."""

from collections.abc import Sequence

import numpy as np

from poseloom.schemas.arrays import I64
from poseloom.schemas.errors import LabelError, MetricUndefined
from poseloom.schemas.instances import Instances


def track_numbers(sequence: str, side: str, people: Instances, rows: Sequence[I64]) -> tuple[I64, int]:
    """Everyone's track as a number 0..N-1 (-1 for people who do not count), and N.

    Args:
        sequence: Name for messages.
        side: "truth" or "predictions", for messages.
        people: Everyone on that side.
        rows: Of each frame, the rows that count.

    Raises:
        MetricUndefined: Somebody who counts has no track.
        LabelError: Two people of one track in one frame.
    """
    counted = np.concatenate([np.zeros(0, dtype=np.int64), *rows])
    frame_index, track_id = people.frame_index[counted], people.track_id[counted]
    if (track_id < 0).any():
        raise MetricUndefined(
            f"{sequence}: expected a track id on everyone in the {side}, got {int((track_id < 0).sum())} "
            f"without one, the first in frame {int(frame_index[np.argmax(track_id < 0)])}"
        )
    pairs, counts = np.unique(np.stack([frame_index, track_id]), axis=1, return_counts=True)
    if (counts > 1).any():
        frame, track = pairs[:, np.argmax(counts > 1)].tolist()
        raise LabelError(
            f"{sequence}: expected one person of track {track} in frame {frame} of the {side}, got {counts.max()}"
        )
    numbers = np.full(len(people), -1, dtype=np.int64)
    ids, numbers[counted] = np.unique(track_id, return_inverse=True)
    return numbers, len(ids)
