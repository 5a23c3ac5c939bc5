"""From chains to identities: given ids stay, chains are cut where they contradict them."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from poseloom.models.linker.chains import Chains
from poseloom.schemas.arrays import F64, I32, I64, Bool
from poseloom.schemas.instances import UNLINKED


def identities(chains: Chains, frame_index: I32, given: I32) -> I64:
    """(N,) identity of each instance, the instances sorted by frame.

    A chain adopts the given id that it contains. Where it contains two, or goes on while that id is
    given to somebody else, it is cut at its weakest link in between; if instances of two chains
    still claim one id in one frame, the one nearer to its given instance has it.

    Returns:
        Given ids, and for instances without one a negative number that is common to their track.
    """
    piece = _pieces(chains, frame_index, given)
    named = given != UNLINKED
    name_of = np.full(int(piece.max(initial=-1)) + 1, UNLINKED, np.int64)
    name_of[piece[named]] = given[named]
    identity = np.where(name_of[piece] != UNLINKED, name_of[piece], -1 - piece)
    return _without_rivals(identity, piece, frame_index, named)


def _pieces(chains: Chains, frame_index: I32, given: I32) -> I64:
    """(N,) piece of each instance after cutting the chains that contradict the given ids."""
    frames_of: dict[int, list[int]] = defaultdict(list)
    for row in np.flatnonzero(given != UNLINKED).tolist():
        frames_of[int(given[row])].append(int(frame_index[row]))
    order = np.argsort(chains.chain, kind="stable")
    starts = np.flatnonzero(np.diff(chains.chain[order], prepend=-1))
    piece = chains.chain.copy()
    born = len(starts)
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(order)], strict=True):
        rows = order[start:end]
        if (given[rows] == UNLINKED).all():
            continue
        for cut in _cuts(frame_index[rows].tolist(), given[rows].tolist(), chains.similarity[rows], frames_of):
            piece[rows[cut:]] = born
            born += 1
    return piece


def _cuts(frames: list[int], given: list[int], link: F64, frames_of: dict[int, list[int]]) -> list[int]:
    """Positions of a chain before which it is cut, ascending."""
    anchors = [i for i, name in enumerate(given) if name != UNLINKED]
    cuts: list[int] = []
    for before, after in zip([-1, *anchors], [*anchors, len(frames)], strict=True):
        until = _given_next(frames, given[before], before, frames_of) if before >= 0 else len(frames)
        since = _given_last(frames, given[after], after, frames_of) + 1 if after < len(frames) else 0
        same = before < 0 or after == len(frames) or given[before] == given[after]
        if before >= 0 and (until < after or not same):
            cuts.append(_weakest(link, before + 1, min(until, after)))
        if after < len(frames) and since > max(before, 0) and (not cuts or cuts[-1] < since):
            cuts.append(_weakest(link, since, after))
    return cuts


def _given_next(frames: Sequence[int], name: int, position: int, frames_of: dict[int, list[int]]) -> int:
    """First later position from which the id is given again, in whatever chain."""
    others = frames_of[name]
    i = bisect_right(others, frames[position])
    return bisect_left(frames, others[i]) if i < len(others) else len(frames)


def _given_last(frames: Sequence[int], name: int, position: int, frames_of: dict[int, list[int]]) -> int:
    """Last earlier position until which the id was given before, -1 for none."""
    others = frames_of[name]
    i = bisect_left(others, frames[position])
    return bisect_right(frames, others[i - 1]) - 1 if i else -1


def _weakest(link: F64, first: int, last: int) -> int:
    return first + int(np.argmin(link[first : last + 1]))


def _without_rivals(identity: I64, piece: I64, frame_index: I32, named: Bool) -> I64:
    """Each identity once a frame: rivals further from their given instance go to a track of their own."""
    key = identity * (int(frame_index.max(initial=0)) + 1) + frame_index
    _, inverse, count = np.unique(key, return_inverse=True, return_counts=True)
    rivals = np.flatnonzero((count[inverse] > 1) & (identity >= 0))
    anchors = {p: frame_index[(piece == p) & named] for p in np.unique(piece[rivals]).tolist()}
    away = [np.abs(anchors[int(piece[row])] - frame_index[row]).min() for row in rivals]
    distance = np.array(away, dtype=np.int64)
    ranked = rivals[np.lexsort((rivals, distance, key[rivals]))]
    losers = ranked[np.diff(key[ranked], prepend=-1) == 0]
    out = identity.copy()
    out[losers] = -1 - (int(piece.max(initial=-1)) + 1) - piece[losers]
    return out
