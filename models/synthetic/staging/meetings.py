"""What paths look like in the picture, known before anything is drawn: who covers whom, who is away."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from poseloom.models.synthetic.scene import Camera
from poseloom.models.synthetic.staging.ground import Ground
from poseloom.models.synthetic.staging.paths import Path
from poseloom.schemas.arrays import F64, Bool

_HALF_BODY_M, _HALF_STRIDE_M = 0.22, 0.42
SHORT_ABSENCE = 30
"""Frames; PoseTrack's evaluation of occlusions calls longer ones long."""


def overlaps(paths: Sequence[Path], camera: Camera, ground: Ground) -> list[tuple[int, int]]:
    """Each time one person begins to cover another in the picture, as (who is nearer, who is further)."""
    across, halves = zip(*(_extent(path, camera) for path in paths), strict=True)
    seen = [np.abs(place) < ground.slope for place in across]
    found = []
    for a, b in combinations(range(len(paths)), 2):
        meets = (np.abs(across[a] - across[b]) < halves[a] + halves[b]) & seen[a] & seen[b]
        for start in np.flatnonzero(meets[1:] & ~meets[:-1]):
            nearer = paths[a].position[start, 1] > paths[b].position[start, 1]
            found.append((a, b) if nearer else (b, a))
    return found


def covered(paths: Sequence[Path], camera: Camera) -> float:
    """Share of frames and people in which somebody stands before or behind somebody."""
    across, halves = (np.stack(v) for v in zip(*(_extent(path, camera) for path in paths), strict=True))
    meets = np.abs(across[:, None] - across) < halves[:, None] + halves
    meets[np.arange(len(paths)), np.arange(len(paths))] = False
    return float(meets.any(axis=1).mean())


def absences(paths: Sequence[Path], camera: Camera, ground: Ground) -> list[int]:
    """Frames of each time that somebody is out of the picture and comes back."""
    return [length for path in paths for length in _gaps(_present(path, camera, ground))]


def _extent(path: Path, camera: Camera) -> tuple[F64, F64]:
    """(T,) tangent of the angle at which a person is seen, and half of their width in it."""
    x, z = path.position.T
    depth = np.hypot(x, z)
    return np.tan(np.arctan2(x, -z) - camera.yaw), _HALF_BODY_M / depth


def _present(path: Path, camera: Camera, ground: Ground) -> Bool:
    across, half = _extent(path, camera)
    return np.asarray(np.abs(across) - half * _HALF_STRIDE_M / _HALF_BODY_M < ground.slope)


def _gaps(present: Bool) -> list[int]:
    seen = np.flatnonzero(present)
    apart = np.diff(seen) - 1
    return [int(gap) for gap in apart[apart > 0]]
