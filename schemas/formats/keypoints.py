"""(x, y, third) triples of label files and their typed columns."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from poseloom.schemas.arrays import F32, F64, U8, Bool


@dataclass(frozen=True)
class Flags:
    """What the third number of a located keypoint means, and how it is written.

    A keypoint is located unless its three numbers are all 0.

    Attributes:
        meaning: Visibility meant by third = 0, 1, 2 of a located keypoint.
        written: Third written for visibility 0, 1, 2.
    """

    meaning: tuple[int, int, int]
    written: tuple[int, int, int]

    def decode(self, triples: F64) -> tuple[F64, U8]:
        """(N, K, 2) coordinates and (N, K) visibility of (N, K, 3) triples.

        A third that is no flag is some tool's confidence: the keypoint is there.
        """
        third = triples[..., 2]
        flag = np.where(are_flags(third), third, 1.0).astype(np.intp)
        located = triples.any(axis=-1)
        visibility = np.where(located, np.array(self.meaning, dtype=np.uint8)[flag], np.uint8(0))
        return np.where(visibility[..., None] > 0, triples[..., :2], 0.0), visibility

    def encode(self, xy: F64, visibility: U8) -> F64:
        """(N, K, 3) triples; an unlabelled keypoint is ``0, 0, 0``."""
        third = np.array(self.written, dtype=np.float64)[visibility]
        return np.concatenate([np.where(visibility[..., None] > 0, xy, 0.0), third[..., None]], axis=-1)


COCO_FLAGS = Flags(meaning=(0, 1, 2), written=(0, 1, 2))
# PoseTrack decides presence by coordinates; its ancestor's v = 0 with coordinates means occluded.
POSETRACK_FLAGS = Flags(meaning=(1, 2, 2), written=(0, 0, 1))
# For PoseTrack files that use the value 2, which then can only be COCO's.
POSETRACK_FLAGS_012 = Flags(meaning=(1, 1, 2), written=(0, 1, 2))


def are_flags(third: F64) -> Bool:
    """Which values are 0, 1 or 2."""
    return np.isin(third, (0, 1, 2))


def decode_scores(values: F64, visibility: U8) -> F32:
    """Confidences clipped to 0..1; NaN where nothing is labelled."""
    return np.where(visibility > 0, np.clip(values, 0.0, 1.0), np.nan).astype(np.float32)


def encode_scores(score: F32, visibility: U8) -> F64:
    """Confidences for JSON: 0 where nothing is labelled, 1 where a person placed the keypoint.

    A float32 is written with the fewest decimals that are still the same float32.
    """
    exact = np.where(visibility > 0, np.nan_to_num(score, nan=1.0), np.float32(0)).astype(np.float32)
    shortest = exact.astype(np.float64)
    undecided = np.ones(exact.shape, dtype=bool)
    for decimals in range(9):
        candidate = np.round(exact.astype(np.float64), decimals)
        hit = undecided & (candidate.astype(np.float32) == exact)
        shortest[hit] = candidate[hit]
        undecided &= ~hit
        if not undecided.any():
            break
    return shortest


def keep_as_read(written: F64, as_read: dict[int, list[float]], still_means: Callable[[F64, list[int]], Bool]) -> None:
    """Put values back as they were read, in place, wherever they still mean the typed value.

    Args:
        written: (N, K, ...) values about to be written.
        as_read: Row to its flat values as read; rows of another length are ignored.
        still_means: Gives (M, K) for M rows of values as read and their row numbers.
    """
    size = int(np.prod(written.shape[1:]))
    rows = [row for row, values in as_read.items() if len(values) == size]
    if rows:
        before = np.array([as_read[row] for row in rows], dtype=np.float64).reshape(-1, *written.shape[1:])
        keep = still_means(before, rows)
        part = written[rows]
        part[keep] = before[keep]
        written[rows] = part
