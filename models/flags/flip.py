"""Left and right exchange their places."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from poseloom.models.flags.evidence import severity
from poseloom.models.flags.paths import Path
from poseloom.models.flags.settings import FlagSettings
from poseloom.models.flags.steps import Steps, departure
from poseloom.schemas.arrays import F64, Bool
from poseloom.schemas.flag import Flag, FlagKind
from poseloom.schemas.instances import Instances
from poseloom.schemas.skeleton import Skeleton


@dataclass(frozen=True, eq=False)
class Flip:
    """Rows of a path whose sides are exchanged.

    Attributes:
        first: Place of the first row in the path.
        last: Place of the last.
        shown: First and last place to look at: those rows, or the two of its only step where they are too many
            to know that it is they, not all the others.
        pairs: Places of the pairs in the skeleton's list.
        keeping: Person sizes that the keypoints are off if nothing was exchanged.
        limit: From where on that is flagged.
    """

    first: int
    last: int
    shown: tuple[int, int]
    pairs: tuple[int, ...]
    keeping: float
    limit: float


@dataclass(frozen=True, eq=False)
class _Turn:
    """One step, from the row before it to `place`, in which pairs exchange their sides."""

    place: int
    frame: int
    pairs: frozenset[int]
    keeping: float
    limit: float


def flips(path: Path, skeleton: Skeleton, seconds_per_frame: float, settings: FlagSettings) -> list[Flip]:
    """All flips of one person.

    Turns next to each other that exchange the same pairs begin and end one; the nearest ones first. A turn of
    which no other is the end flips the shorter side of the track.
    """
    turns = _turns(path, skeleton, seconds_per_frame, settings)
    apart = [b.frame - a.frame for a, b in pairwise(turns)]
    free = set(range(len(turns)))
    found = []
    for i in sorted(range(len(apart)), key=lambda i: apart[i]):
        a, b = turns[i], turns[i + 1]
        short = apart[i] * seconds_per_frame <= settings.flip_length
        if short and {i, i + 1} <= free and a.pairs & b.pairs:
            free -= {i, i + 1}
            pairs, rows = tuple(sorted(a.pairs | b.pairs)), (a.place, b.place - 1)
            found.append(Flip(*rows, rows, pairs, max(a.keeping, b.keeping), min(a.limit, b.limit)))
    found += [_open(path, turns[i], seconds_per_frame, settings) for i in free]
    return sorted(found, key=lambda flip: flip.first)


def _open(path: Path, turn: _Turn, seconds_per_frame: float, settings: FlagSettings) -> Flip:
    earlier, later = (0, turn.place - 1), (turn.place, len(path) - 1)
    rows = earlier if earlier[1] - earlier[0] < later[1] - later[0] else later
    short = (rows[1] - rows[0] + 1) * seconds_per_frame <= settings.flip_length
    shown = rows if short else (turn.place - 1, turn.place)
    return Flip(*rows, shown, tuple(sorted(turn.pairs)), turn.keeping, turn.limit)


def _turns(path: Path, skeleton: Skeleton, seconds_per_frame: float, settings: FlagSettings) -> list[_Turn]:
    if len(path) < 2 or not skeleton.pairs:
        return []
    keeping, swapping, known = _off(path, skeleton)
    near = (np.diff(path.frames) <= 1 + settings.flip_gap / seconds_per_frame)[:, None]
    turned = known & near & (keeping > settings.flip_size) & (swapping < settings.flip_ratio * keeping)
    turns = []
    for step in np.flatnonzero(turned.sum(axis=1) >= settings.flip_pairs).tolist():
        those = turned[step]
        limit = max(settings.flip_size, float(_rms(swapping[step][those])) / settings.flip_ratio)
        pairs = frozenset(np.flatnonzero(those).tolist())
        frame = int(path.frames[step + 1])
        turns.append(_Turn(step + 1, frame, pairs, float(_rms(keeping[step][those])), limit))
    return turns


def _off(path: Path, skeleton: Skeleton) -> tuple[F64, F64, Bool]:
    """(S, P) sizes that each pair is off in each step, keeping and exchanging its sides, and where both are known."""
    at = np.arange(len(path) - 1)
    left, right = (
        Steps(path.xy[:, side], path.labelled[:, side], path.frames, at, at + 1) for side in np.array(skeleton.pairs).T
    )
    size = (path.size[:-1, None] + path.size[1:, None]) / 2
    keeping = np.hypot(departure(left, left), departure(right, right)) / np.sqrt(2) / size
    swapping = np.hypot(departure(left, right), departure(right, left)) / np.sqrt(2) / size
    return keeping, swapping, np.asarray(left.known & right.known)


def _rms(values: F64) -> F64:
    return np.asarray(np.sqrt((values**2).mean()))


def without_flips(instances: Instances, found: list[tuple[Path, Flip]]) -> Instances:
    """The instances with every flip taken back, those apart of which nobody knows which side of a step is flipped."""
    taken = {name: np.array(getattr(instances, name)) for name in ("keypoints_xy", "visibility", "score", "source")}
    for path, flip in found:
        rows = path.rows[flip.first : flip.last + 1]
        for pair in flip.pairs if flip.shown == (flip.first, flip.last) else ():
            left, right = instances.skeleton.pairs[pair]
            for column in taken.values():
                column[rows, left], column[rows, right] = column[rows, right], column[rows, left]
    return instances.replace(**taken)


def flip_flag(path: Path, flip: Flip, skeleton: Skeleton, seconds_per_frame: float) -> Flag:
    """The flag of one flip."""
    names = [skeleton.keypoints[skeleton.pairs[pair][0]].removeprefix("left_") for pair in flip.pairs]
    first, last = (int(path.frames[place]) for place in flip.shown)
    share = 2 * len(flip.pairs) / len(skeleton.used)
    return Flag(
        kind=FlagKind.FLIP,
        frame_index=first,
        start_frame=first,
        end_frame=last + 1,
        track_id=path.track_id,
        severity=severity((flip.last - flip.first + 1) * seconds_per_frame, share, flip.keeping, flip.limit),
        expected=f"left and right stay on their sides: {', '.join(names)}",
        found=f"they exchange places, {flip.keeping:.3f} sizes apart",
    )
