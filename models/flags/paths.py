"""The people of a video, each through time."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from poseloom.models.boxes import person_boxes
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.instances import UNLINKED, Instances

_USUAL_FPS = 25.0
_LEAST_SIZE = 0.5


@dataclass(frozen=True, eq=False)
class Path:
    """One track in order of time, one row a frame.

    Attributes:
        track_id: Whose it is.
        rows: (N,) rows of the instances.
        frames: (N,) frames, strictly increasing.
        xy: (N, K, 2) pixels.
        labelled: (N, K) visibility above 0.
        size: (N,) pixels: the median diagonal of the person's box within half a second, never below half of
            the track's, since boxes end at the picture's border.
    """

    track_id: int
    rows: I64
    frames: I64
    xy: F64
    labelled: Bool
    size: F64

    def __len__(self) -> int:
        return len(self.frames)


def paths(instances: Instances, seconds_per_frame: float) -> list[Path]:
    """All linked people by track id; of two rows of a track in a frame the first counts."""
    diagonal = np.hypot(*person_boxes(instances)[:, 2:].T)
    found = []
    for track in np.unique(instances.track_id[instances.track_id != UNLINKED]).tolist():
        rows = np.flatnonzero(instances.track_id == track)
        frames, first = np.unique(instances.frame_index[rows], return_index=True)
        rows = rows[first]
        labelled = instances.visibility[rows] > 0
        size = _sizes(diagonal[rows], seconds_per_frame)
        found.append(Path(track, rows, frames.astype(np.int64), instances.keypoints_xy[rows], labelled, size))
    return found


def frame_seconds(fps: float) -> float:
    """Seconds from one frame to the next; as at 25 frames per second where there is no clock."""
    return 1 / (fps or _USUAL_FPS)


def _sizes(diagonal: F64, seconds_per_frame: float) -> F64:
    known = np.isfinite(diagonal) & (diagonal > 0)
    usual = float(np.median(diagonal[known])) if known.any() else 1.0
    around = 2 * round(0.5 / seconds_per_frame) + 1
    smooth = median_filter(np.where(known, diagonal, usual), around, mode="nearest")
    return np.asarray(np.maximum(smooth, _LEAST_SIZE * usual))
