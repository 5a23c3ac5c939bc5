"""Keypoints that move as no body does."""

import numpy as np

from poseloom.models.flags.episodes import Episode, episodes
from poseloom.models.flags.evidence import flagged, severity
from poseloom.models.flags.paths import Path
from poseloom.models.flags.settings import FlagSettings
from poseloom.schemas.arrays import F64
from poseloom.schemas.flag import Flag, FlagKind
from poseloom.schemas.skeleton import Skeleton

_REACH = 2
_CUBIC_SPAN, _LINEAR_SPAN = 6, 3
"""Frames from the first to the last of the neighbours, at most."""
_CUBIC_GAIN, _LINEAR_GAIN = 35 / 18, 3 / 2
"""Sums of squares of what a single displacement by 1 leaves in the five frames around it."""


def jump_flags(path: Path, skeleton: Skeleton, seconds_per_frame: float, settings: FlagSettings) -> list[Flag]:
    """One flag per episode and keypoint, or per episode of a person most of whose keypoints jump at once."""
    off = _off(path)
    limit = np.maximum(
        settings.jump_size + settings.jump_acceleration * seconds_per_frame**2,
        settings.jump_scale * _usual(off),
    )
    jumps = np.nan_to_num(off) > limit
    join = settings.join / seconds_per_frame
    whole = jumps.sum(axis=1) * 2 > np.maximum(path.labelled.sum(axis=1), 1)
    flags = []
    excess = np.nan_to_num(off / limit)
    for episode in episodes(whole, path.frames, excess.max(axis=1), join):
        share = float(jumps[episode.first : episode.last + 1].sum(axis=1).max()) / len(skeleton.used)
        slot = int(excess[episode.worst].argmax())
        flags.append(_flag(path, episode, off[episode.worst, slot], limit[slot], share * seconds_per_frame))
        jumps[max(episode.first - _REACH, 0) : episode.last + 1 + _REACH] = False
    for k in skeleton.used:
        flags += [
            _flag(
                path,
                episode,
                off[episode.worst, k],
                limit[k],
                seconds_per_frame / len(skeleton.used),
                skeleton.keypoints[k],
            )
            for episode in episodes(jumps[:, k], path.frames, excess[:, k], join)
        ]
    return flags


def _flag(path: Path, episode: Episode, off: float, limit: float, cost: float, keypoint: str | None = None) -> Flag:
    """Args: `cost` is in person-seconds a frame."""
    told = f"within {limit:.3f} sizes of where the frames around put it", f"{off:.3f} sizes away"
    return flagged(FlagKind.JUMP, path, episode, severity(episode.count, cost, off, limit), *told, keypoint)


def _usual(off: F64) -> F64:
    """(K,) medians over time; 0 where nothing is known."""
    known = np.isfinite(off).any(axis=0)
    usual = np.zeros(off.shape[1])
    usual[known] = np.nanmedian(off[:, known], axis=0)
    return usual


def _off(path: Path) -> F64:
    """(N, K) person sizes that each keypoint is off its neighbours in time; NaN where there are too few.

    The distance from the cubic through the two frames before and the two after (the line between one
    before and one after where that is all there is), as the root of the sum of squares over five frames,
    so that a single displacement by d gives d.
    """
    cubic = _residual(path, (-2, -1, 1, 2), _CUBIC_SPAN)
    linear = _residual(path, (-1, 1), _LINEAR_SPAN)
    squared = np.where(np.isfinite(cubic), cubic**2 / _CUBIC_GAIN, linear**2 / _LINEAR_GAIN)
    around = np.zeros_like(squared)
    for shift in range(-_REACH, _REACH + 1):
        around += np.nan_to_num(_shifted(squared, shift))
    own = np.sqrt(squared)
    return np.asarray(np.where(np.isfinite(own), np.sqrt(around), np.nan))


def _residual(path: Path, offsets: tuple[int, ...], span: int) -> F64:
    """(N, K) sizes from Lagrange's polynomial through the rows at these offsets; NaN where one is missing or far."""
    time = path.frames.astype(np.float64)
    nodes = [_shifted(time, offset) for offset in offsets]
    guess = np.zeros_like(path.xy)
    known = path.labelled & (nodes[-1] - nodes[0] <= span)[:, None]
    for i, offset in enumerate(offsets):
        others = [node for j, node in enumerate(nodes) if j != i]
        weight = np.prod([(time - node) / (nodes[i] - node) for node in others], axis=0)
        guess += weight[:, None, None] * _shifted(path.xy, offset)
        known &= _shifted(path.labelled.astype(np.float64), offset) > 0
    away = np.linalg.norm(path.xy - guess, axis=-1) / path.size[:, None]
    return np.where(known, away, np.nan)


def _shifted(values: F64, offset: int) -> F64:
    """Row i holds row i + offset; NaN beyond the ends."""
    moved = np.full_like(values, np.nan)
    n = len(values)
    low, high = max(0, -offset), min(n, n - offset)
    if low < high:
        moved[low:high] = values[low + offset : high + offset]
    return moved
