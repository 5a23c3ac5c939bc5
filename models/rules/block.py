"""A block of instances, laid out so that rules run over long contiguous rows."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.instances import Instances
from poseloom.schemas.skeleton import Skeleton


@dataclass(frozen=True)
class Tracks:
    """Where each of N instances stands in its track.

    Attributes:
        before: (N,) row of the track's previous instance; -1 at a beginning and where unlinked.
        elapsed: (N,) frames since then; 1 where there is none.
        limb: (N,) row of the track in `median`; -1 where unlinked.
        median: (T, L) square of each limb's median length in pixels, NaN where too few are labelled.
    """

    before: I64
    elapsed: I64
    limb: I64
    median: F64


@dataclass(frozen=True)
class Block:
    """Rows ``[start, end)`` of the instances, keypoint-major.

    Attributes:
        instances: All instances of the video.
        tracks: Their tracks.
        start: First row.
        end: One past the last row.
        width: Picture width in pixels.
        height: Picture height in pixels.
    """

    instances: Instances
    tracks: Tracks
    start: int
    end: int
    width: int
    height: int

    @property
    def rows(self) -> slice:
        """The block's rows."""
        return slice(self.start, self.end)

    @property
    def skeleton(self) -> Skeleton:
        """Skeleton of the instances."""
        return self.instances.skeleton

    @cached_property
    def xy(self) -> F64:
        """(2, K, B) coordinates."""
        return np.ascontiguousarray(self.instances.keypoints_xy[self.rows].transpose(2, 1, 0))

    @cached_property
    def visibility(self) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        """(K, B) flags."""
        return np.ascontiguousarray(self.instances.visibility[self.rows].T)

    @cached_property
    def labelled(self) -> Bool:
        """(K, B) visibility above 0."""
        return self.visibility > 0

    @cached_property
    def follows(self) -> Bool:
        """(B,) whether the track has an earlier instance."""
        return self.tracks.before[self.rows] >= 0

    @cached_property
    def before_xy(self) -> F64:
        """(2, K, B) coordinates of the track's previous instance, its own at a beginning."""
        return np.ascontiguousarray(self.instances.keypoints_xy[self._before].transpose(2, 1, 0))

    @cached_property
    def shared(self) -> Bool:
        """(K, B) labelled here and in the track's previous instance."""
        return self.labelled & (self.instances.visibility[self._before].T > 0)

    @cached_property
    def box(self) -> F64:
        """(4, B) x, y, width, height; the keypoints' extent where no box is known."""
        boxes = np.ascontiguousarray(self.instances.bbox_xywh[self.rows].T)
        unknown = ~np.isfinite(boxes).all(axis=0)
        if unknown.any():
            low = np.where(self.labelled, self.xy, np.inf).min(axis=1)
            high = np.where(self.labelled, self.xy, -np.inf).max(axis=1)
            with np.errstate(invalid="ignore"):
                boxes = np.where(unknown, np.concatenate([low, high - low]), boxes)
        return boxes

    @cached_property
    def diagonal(self) -> F64:
        """(B,) pixels; 0 where nothing is known."""
        diagonal = np.hypot(self.box[2], self.box[3])
        return np.where(np.isfinite(diagonal), diagonal, 0)

    @cached_property
    def _before(self) -> I64:
        before = self.tracks.before[self.rows]
        return np.where(before >= 0, before, np.arange(self.start, self.end))
