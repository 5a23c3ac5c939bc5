"""Steps from one frame to another: how far off, if one went there, and if two had exchanged their places."""

import numpy as np

from poseloom.schemas.arrays import F64, I64, Bool


class Steps:
    """S steps of the points of somebody, each with the motion before and after it.

    Args:
        xy: (N, K, 2) pixels in order of time.
        known: (N, K) which of them are there.
        frames: (N,) frames.
        start: (S,) place where each step begins.
        end: (S,) place where it ends.
    """

    def __init__(self, xy: F64, known: Bool, frames: I64, start: I64, end: I64) -> None:
        self.start_xy, self.end_xy = xy[start], xy[end]
        self.known: Bool = known[start] & known[end]
        self.elapsed = (frames[end] - frames[start])[:, None, None]
        before, after = np.maximum(start - 1, 0), np.minimum(end + 1, len(frames) - 1)
        self.before = _velocity(xy, known, frames, before, start)
        self.after = _velocity(xy, known, frames, end, after)


def _velocity(xy: F64, known: Bool, frames: I64, start: I64, end: I64) -> F64:
    """(S, K, 2) pixels per frame; NaN where unknown."""
    elapsed = np.maximum(frames[end] - frames[start], 1)[:, None, None]
    both = known[start] & known[end] & (end > start)[:, None]
    return np.where(both[..., None], (xy[end] - xy[start]) / elapsed, np.nan)


def departure(here: Steps, there: Steps) -> F64:
    """(S, K) pixels between where `there` ends and where the motion of `here` leads.

    The motion before the step and the motion after it both say where it leads; the better one counts, so
    that a change of speed, and an error of a single frame beside the step, is none. Where neither is known
    everything stands still. Reversing time changes nothing.
    """
    step = there.end_xy - here.start_xy
    with np.errstate(invalid="ignore"):
        ahead = np.linalg.norm(step - here.elapsed * here.before, axis=-1)
        behind = np.linalg.norm(step - here.elapsed * there.after, axis=-1)
    still = np.linalg.norm(step, axis=-1)
    best = np.fmin(ahead, behind)
    return np.asarray(np.where(np.isfinite(best), best, still))
