"""Two people who exchange their identities."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from poseloom.models.flags.evidence import severity
from poseloom.models.flags.paths import Path
from poseloom.models.flags.settings import FlagSettings
from poseloom.models.flags.steps import Steps, departure
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.flag import Flag, FlagKind
from poseloom.schemas.instances import Instances

_FEWEST = 3


@dataclass(frozen=True)
class Swap:
    """Two tracks that are each other's from a frame on.

    Attributes:
        tracks: Their ids.
        before: Last frame of the old identities.
        after: First frame of the new ones.
        keeping: Person sizes that both are off if nothing was swapped.
        swapping: Person sizes that they are off if it was.
    """

    tracks: tuple[int, int]
    before: int
    after: int
    keeping: float
    swapping: float


def swaps(people: list[Path], seconds_per_frame: float, settings: FlagSettings) -> list[Swap]:
    """All swaps, in order of time."""
    found = [swap for a, b in combinations(people, 2) for swap in _between(a, b, seconds_per_frame, settings)]
    return sorted(found, key=lambda swap: (swap.after, swap.tracks))


def _between(a: Path, b: Path, seconds_per_frame: float, settings: FlagSettings) -> list[Swap]:
    common, at_a, at_b = np.intersect1d(a.frames, b.frames, return_indices=True)
    near = np.flatnonzero(np.diff(common) <= 1 + settings.swap_gap / seconds_per_frame)
    if not len(near):
        return []
    of_a, of_b = _steps(a, at_a, near), _steps(b, at_b, near)
    shared = of_a.known & of_b.known
    size = np.mean([path.size[at[near + i]] for path, at in ((a, at_a), (b, at_b)) for i in (0, 1)], axis=0)
    keeping = _off([departure(of_a, of_a), departure(of_b, of_b)], shared) / size
    odd = np.flatnonzero((shared.sum(axis=1) >= _FEWEST) & (keeping > settings.swap_size))
    if not len(odd):
        return []
    of_a, of_b = _steps(a, at_a, near[odd]), _steps(b, at_b, near[odd])
    swapping = _off([departure(of_a, of_b), departure(of_b, of_a)], shared[odd]) / size[odd]
    return [
        Swap((a.track_id, b.track_id), int(common[near[i]]), int(common[near[i] + 1]), keeping[i], off)
        for i, off in zip(odd.tolist(), swapping.tolist(), strict=True)
        if off < settings.swap_ratio * keeping[i]
    ]


def _steps(path: Path, at: I64, near: I64) -> Steps:
    return Steps(path.xy, path.labelled, path.frames, at[near], at[near + 1])


def _off(departures: list[F64], shared: Bool) -> F64:
    """(S,) root mean square over the shared keypoints of both."""
    squared = sum((departure**2 * shared).sum(axis=1) for departure in departures)
    return np.asarray(np.sqrt(squared / np.maximum(len(departures) * shared.sum(axis=1), 1)))


def without_swaps(instances: Instances, found: list[Swap]) -> Instances:
    """The instances with every swap taken back: ids as they were at the beginning."""
    track = np.array(instances.track_id)
    owner = {label: label for swap in found for label in swap.tracks}
    for number, swap in enumerate(found):
        a, b = swap.tracks
        owner[a], owner[b] = owner[b], owner[a]
        end = found[number + 1].after if number + 1 < len(found) else np.iinfo(np.int32).max
        held = (instances.frame_index >= swap.after) & (instances.frame_index < end)
        for label, person in owner.items():
            track[held & (instances.track_id == label)] = person
    return instances.replace(track_id=track)


def swap_flags(found: list[Swap], people: list[Path], seconds_per_frame: float, settings: FlagSettings) -> list[Flag]:
    """One flag a swap, at its first frame."""
    by_track = {path.track_id: path for path in people}
    return [_flag(swap, [by_track[track] for track in swap.tracks], seconds_per_frame, settings) for swap in found]


def _flag(swap: Swap, people: list[Path], seconds_per_frame: float, settings: FlagSettings) -> Flag:
    a, b = sorted(swap.tracks)
    sides = [sum(int(side(path.frames, swap).sum()) for path in people) for side in (_earlier, _later)]
    limit = max(settings.swap_size, swap.swapping / settings.swap_ratio)
    return Flag(
        kind=FlagKind.SWAP,
        frame_index=swap.after,
        start_frame=swap.before,
        end_frame=swap.after + 1,
        track_id=a,
        other_track_id=b,
        severity=severity(min(sides) * seconds_per_frame, 1.0, swap.keeping, limit),
        expected=f"{a} and {b} go on where they were: exchanged, they are off by {swap.swapping:.3f} sizes",
        found=f"both jump by {swap.keeping:.3f} sizes",
    )


def _earlier(frames: I64, swap: Swap) -> Bool:
    return np.asarray(frames <= swap.before)


def _later(frames: I64, swap: Swap) -> Bool:
    return np.asarray(frames >= swap.after)
