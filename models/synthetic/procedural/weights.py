"""Which bones carry a vertex."""

from collections.abc import Sequence

import numpy as np

from poseloom.models.synthetic.procedural.anatomy import BONE, BONES
from poseloom.schemas.arrays import F64


def smooth(values: F64, low: float, high: float) -> F64:
    """0 below `low`, 1 above `high`, an even rise between them; `low` may be the greater."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share))


def along(places: F64, bones: Sequence[str], borders: Sequence[tuple[float, float]]) -> F64:
    """(R, 19) shares of bones that follow each other along a limb.

    Args:
        places: (R,) places, growing from the first bone to the last.
        bones: B names.
        borders: B - 1 joints' places, and half the length over which neighbours share.
    """
    rises = [smooth(places, at - half, at + half) for at, half in borders]
    steps = [np.ones_like(places), *rises, np.zeros_like(places)]
    shares = np.zeros((len(places), len(BONES)))
    for bone, rise, fall in zip(bones, steps[:-1], steps[1:], strict=True):
        shares[:, BONE[bone]] += rise - fall
    return shares


def lend(shares: F64, lender: str, taker: str, part: F64) -> F64:
    """The shares with a part, 0..1, of one bone's given to another; `part` fits all but the last axis."""
    lent = shares.copy()
    moved = shares[..., BONE[lender]] * part
    lent[..., BONE[lender]] -= moved
    lent[..., BONE[taker]] += moved
    return lent
