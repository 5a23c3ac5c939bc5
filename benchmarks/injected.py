"""Label errors put into labels on purpose, with the list of what was done; equal seeds do equal things.

An error counts as one from half a head on (0.05 person sizes), within which labels count as right in PCKh:
smaller ones are not injected. A person size is the diagonal of the person's box.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from poseloom.models.boxes import person_boxes
from poseloom.models.oks import box_area
from poseloom.schemas.arrays import F64, I64
from poseloom.schemas.flag import Flag, FlagKind
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import Skeleton

KINDS = (FlagKind.FLIP, FlagKind.SWAP, FlagKind.JUMP, FlagKind.DRIFT, FlagKind.MISSING)
NEAR_FRAMES = 2
_HALF_HEAD = 0.05
_APART_S = 0.6
_TRIES = 2000


@dataclass(frozen=True)
class Injected:
    """One error.

    Attributes:
        kind: Which flag it deserves.
        start_frame: First wrong frame.
        end_frame: Frame after the last; a swap goes on, but shows in its first frame.
        tracks: Whom it concerns: one person, or both of a swap.
        keypoint: Which keypoint, for jitter and drift.
    """

    kind: FlagKind
    start_frame: int
    end_frame: int
    tracks: frozenset[int]
    keypoint: str | None = None

    def is_hit(self, flag: Flag) -> bool:
        """Same kind, people and keypoint, in frames that overlap once they are widened by two on each side."""
        people = {flag.track_id} if flag.other_track_id is None else {flag.track_id, flag.other_track_id}
        near = flag.start_frame < self.end_frame + NEAR_FRAMES and self.start_frame - NEAR_FRAMES < flag.end_frame
        return flag.kind == self.kind and people == self.tracks and flag.keypoint == self.keypoint and near


def inject(labels: Instances, kind: FlagKind, count: int, fps: float, seed: int) -> tuple[Instances, list[Injected]]:
    """The labels with up to that many errors of one kind, at least 0.6 s from one another where people are the same."""
    rng = np.random.default_rng([seed, list(FlagKind).index(kind)])
    labels, done = labels.sorted(), list[Injected]()
    for _ in range(_TRIES):
        if len(done) == count:
            break
        attempt = _INJECT[kind](labels, fps, rng)
        if attempt is not None and not any(_close(attempt[1], other, fps) for other in done):
            labels, error = attempt
            done = [_renamed(other, error) for other in done] + [error]
    return labels, done


def hits(found: list[Flag], injected: list[Injected]) -> int:
    """Errors with a flag of their own: one flag answers for one error."""
    free = list(found)
    count = 0
    for error in injected:
        mine = next((flag for flag in free if error.is_hit(flag)), None)
        if mine is not None:
            free.remove(mine)
            count += 1
    return count


def _renamed(earlier: Injected, swap: Injected) -> Injected:
    """An error put in before a swap that precedes it in time concerns the exchanged ids."""
    if swap.kind != FlagKind.SWAP or earlier.start_frame < swap.start_frame:
        return earlier
    a, b = swap.tracks
    return replace(earlier, tracks=frozenset({a: b, b: a}.get(track, track) for track in earlier.tracks))


def _close(one: Injected, other: Injected, fps: float) -> bool:
    apart = _APART_S * fps
    return bool(one.tracks & other.tracks) and (
        one.start_frame < other.end_frame + apart and other.start_frame < one.end_frame + apart
    )


_Attempt = tuple[Instances, Injected] | None


def _stretch(labels: Instances, rng: np.random.Generator, shortest: int, longest: int) -> I64 | None:
    """Rows of one person in consecutive frames, half the keypoints or more in the picture all the time.

    There is a frame before and one after that are not among them.
    """
    rows = np.flatnonzero(labels.track_id == rng.choice(np.unique(labels.track_id)))
    length = int(rng.integers(max(shortest, 1), longest + 1))
    if len(rows) < length + 2:
        return None
    start = int(rng.integers(1, len(rows) - length))
    around = rows[start - 1 : start + length + 1]
    seen = (labels.visibility[around] > 0).sum(axis=1) * 2 >= len(labels.skeleton.used)
    return around[1:-1] if seen.all() and np.ptp(labels.frame_index[around]) == length + 1 else None


def _sizes(labels: Instances, rows: I64) -> F64:
    return np.asarray(np.hypot(*person_boxes(labels.select(rows))[:, 2:].T))


def _of(labels: Instances, kind: FlagKind, rows: I64, keypoint: str | None = None) -> Injected:
    frames = labels.frame_index[rows]
    return Injected(kind, int(frames[0]), int(frames[-1]) + 1, frozenset({int(labels.track_id[rows[0]])}), keypoint)


def _flip(labels: Instances, fps: float, rng: np.random.Generator) -> _Attempt:
    """All pairs, the arms or the legs, for 0.12 to 0.8 s."""
    rows = _stretch(labels, rng, round(0.12 * fps), round(0.8 * fps))
    scope = [("all", ""), ("elbow", "wrist"), ("knee", "ankle")][int(rng.choice(3, p=[0.5, 0.25, 0.25]))]
    if rows is None:
        return None
    pairs = [pair for pair in labels.skeleton.pairs if scope[0] == "all" or _name(labels.skeleton, pair) in scope]
    left, right = np.array(pairs).T
    xy, visibility = np.array(labels.keypoints_xy), np.array(labels.visibility)
    both = (visibility[rows[:, None], left] > 0) & (visibility[rows[:, None], right] > 0)
    moved = np.linalg.norm(xy[rows[:, None], left] - xy[rows[:, None], right], axis=-1) / _sizes(labels, rows)[:, None]
    if not both.any(axis=1).all() or np.sqrt((moved**2 * both).sum() / both.sum()) < _HALF_HEAD:
        return None
    at, other = (rows[:, None], left), (rows[:, None], right)
    for column in (xy, visibility):
        column[at], column[other] = column[other], column[at]
    source = np.where(visibility > 0, np.uint8(Source.PROPAGATED), np.uint8(Source.NONE))
    return labels.replace(keypoints_xy=xy, visibility=visibility, source=source), _of(labels, FlagKind.FLIP, rows)


def _name(skeleton: Skeleton, pair: tuple[int, int]) -> str:
    return skeleton.keypoints[pair[0]].removeprefix("left_")


def _swap(labels: Instances, fps: float, rng: np.random.Generator) -> _Attempt:
    """Two people from a frame on to the end: half the time the two who are nearest to each other there."""
    frame = int(rng.integers(2, int(labels.frame_index.max())))
    before, now = (set(labels.track_id[labels.frame_index == at].tolist()) for at in (frame - 1, frame))
    there = sorted(before & now)
    if len(there) < 2:
        return None
    rows = {
        track: int(np.flatnonzero((labels.frame_index == frame) & (labels.track_id == track))[0]) for track in there
    }
    pairs = [(a, b) for i, a in enumerate(there) for b in there[i + 1 :]]
    apart = [_apart(labels, rows[a], rows[b]) for a, b in pairs]
    chosen = int(np.argmin(apart)) if rng.random() < 0.5 else int(rng.integers(len(pairs)))
    if not apart[chosen] >= _HALF_HEAD or not np.isfinite(apart[chosen]):
        return None
    a, b = pairs[chosen]
    track, later = np.array(labels.track_id), labels.frame_index >= frame
    for one, other in ((a, b), (b, a)):
        track[later & (labels.track_id == one)] = other
    return labels.replace(track_id=track).sorted(), Injected(FlagKind.SWAP, frame, frame + 1, frozenset({a, b}))


def _apart(labels: Instances, a: int, b: int) -> float:
    """Root mean square sizes between two people's keypoints; infinite with fewer than three to compare."""
    both = (labels.visibility[[a, b]] > 0).all(axis=0)
    if both.sum() < 3:
        return float("inf")
    offset = labels.keypoints_xy[a] - labels.keypoints_xy[b]
    return float(np.sqrt((offset[both] ** 2).sum(axis=1).mean()) / _sizes(labels, np.array([a, b])).mean())


def _jitter(labels: Instances, fps: float, rng: np.random.Generator) -> _Attempt:
    """One keypoint, anew in every frame, by 0.05 to 0.15 sizes on each axis, for 0.2 to 0.8 s."""
    rows, k = _stretch(labels, rng, round(0.2 * fps), round(0.8 * fps)), int(rng.choice(labels.skeleton.used))
    if rows is None or not (labels.visibility[rows, k] > 0).all():
        return None
    amount = rng.uniform(_HALF_HEAD, 0.15) * _sizes(labels, rows)[:, None]
    return _moved(labels, rows, k, amount * rng.normal(size=(len(rows), 2)), FlagKind.JUMP)


def _drift(labels: Instances, fps: float, rng: np.random.Generator) -> _Attempt:
    """One propagated keypoint, further and further for 0.4 to 1.6 s, up to 3..8 of OKS's units, 0.1 sizes at least."""
    rows, k = _stretch(labels, rng, round(0.4 * fps), round(1.6 * fps)), int(rng.choice(labels.skeleton.used))
    if rows is None or not (labels.visibility[rows, k] > 0).all():
        return None
    area = box_area(person_boxes(labels.select(rows)))
    far = rng.uniform(3, 8) * 2 * labels.skeleton.sigmas[k] * np.sqrt(area)
    far = np.maximum(far, 2 * _HALF_HEAD * _sizes(labels, rows))
    angle, grows = rng.uniform(0, 2 * np.pi), np.arange(1, len(rows) + 1) / len(rows) * far
    return _moved(labels, rows, k, grows[:, None] * np.array([np.cos(angle), np.sin(angle)]), FlagKind.DRIFT)


def _moved(labels: Instances, rows: I64, k: int, by: F64, kind: FlagKind) -> _Attempt:
    xy = np.array(labels.keypoints_xy)
    xy[rows, k] += by
    return labels.replace(keypoints_xy=xy), _of(labels, kind, rows, labels.skeleton.keypoints[k])


def _missing(labels: Instances, fps: float, rng: np.random.Generator) -> _Attempt:
    """A person, for 0.12 to 1 s."""
    rows = _stretch(labels, rng, round(0.12 * fps), round(fps))
    if rows is None:
        return None
    return labels.select(np.setdiff1d(np.arange(len(labels)), rows)), _of(labels, FlagKind.MISSING, rows)


_INJECT: dict[FlagKind, Callable[[Instances, float, np.random.Generator], _Attempt]] = {
    FlagKind.FLIP: _flip,
    FlagKind.SWAP: _swap,
    FlagKind.JUMP: _jitter,
    FlagKind.DRIFT: _drift,
    FlagKind.MISSING: _missing,
}
