"""What a person changed: the edits that lead from labels before to labels after."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby

import numpy as np
from scipy.optimize import linear_sum_assignment

from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.correction import ChangeTrack, Edit, MoveKeypoint, RemoveInstance, RemoveKeypoint
from poseloom.schemas.instances import Instances

_Swap = tuple[int, int]
_Frame = dict[int, int]
"""Track id → row, of one frame."""


def difference(
    before: Instances, after: Instances, seen: Instances | None = None, tolerance_px: float = 0.0
) -> list[Edit]:
    """The edits that lead from `before` to `after`: identities first, then keypoints by frame, track and slot.

    Applied to `before` they give the keypoints, visibility and identities of `after` (a removed person keeps
    an empty row). Somebody who keeps half of the labelled keypoints under another id was renamed, not
    redrawn; renamings of consecutive frames are one edit. Boxes and head boxes are not compared.

    Args:
        before: Labels that will be edited; one row per track and frame.
        after: Labels as they should be, likewise.
        seen: `before` as the annotator's tool showed it (rounded, flags lost); only what differs from
            that was changed. It may lack rows of `before`. None: exactly `before`.
        tolerance_px: Keypoints no further apart in x and y than this are in the same place.
    """
    return _Comparison(before, after, before if seen is None else seen, tolerance_px).edits()


class _Comparison:
    def __init__(self, before: Instances, after: Instances, seen: Instances, tolerance_px: float) -> None:
        self._before, self._after, self._seen, self._tolerance = before, after, seen, tolerance_px
        self._before_row = {key: row for row, key in enumerate(_keys(before).tolist())}

    def edits(self) -> list[Edit]:
        seen, after = _by_frame(self._seen), _by_frame(self._after)
        swaps: dict[int, list[_Swap]] = {}
        keypoints: list[Edit] = []
        for frame in self._changed_frames():
            old, new = seen.get(frame, {}), after.get(frame, {})
            swaps[frame] = _swaps(self._renamed(old, new))
            keypoints += self._frame_edits(frame, _swapped(old, swaps[frame]), new)
        return [*_changes(swaps, self._before), *keypoints]

    def _changed_frames(self) -> list[int]:
        old, new = _keys(self._seen), _keys(self._after)
        _, in_old, in_new = np.intersect1d(old, new, return_indices=True)
        same = (self._same_place(in_old, in_new) & self._same_flags(in_old, in_new)).all(axis=1)
        changed = np.concatenate([np.setxor1d(old, new), old[in_old][~same]]) >> 32
        return [int(frame) for frame in np.unique(changed)]

    def _same_place(self, old: I64, new: I64) -> Bool:
        """(M, K) keypoints that are labelled in both or neither of M pairs of rows, and in one place."""
        labelled, still = self._seen.visibility[old] > 0, self._after.visibility[new] > 0
        apart = np.abs(self._seen.keypoints_xy[old] - self._after.keypoints_xy[new]).max(axis=-1)
        return np.asarray((labelled == still) & (~labelled | (apart <= self._tolerance)))

    def _same_flags(self, old: I64, new: I64) -> Bool:
        return np.asarray(self._seen.visibility[old] == self._after.visibility[new])

    def _renamed(self, old: _Frame, new: _Frame) -> dict[int, int]:
        """New track id → the id the same person had; people who kept their id are left out."""
        if not old or not new:
            return {}
        ids, new_ids = list(old), list(new)
        weights = self._agreement(list(old.values()), list(new.values())) * 2
        weights += np.array(ids)[:, None] == np.array(new_ids)[None]
        chosen = zip(*linear_sum_assignment(weights, maximize=True), strict=True)
        pairs = [(new_ids[j], ids[i]) for i, j in chosen if weights[i, j] > 0]
        return {to: of for to, of in pairs if to != of}

    def _agreement(self, old: list[int], new: list[int]) -> F64:
        """(M, N) how many labelled keypoints two people share; 0 for less than half of either's."""
        m, n = len(old), len(new)
        rows, columns = np.repeat(old, n), np.tile(new, m)
        labelled = self._seen.visibility[rows] > 0
        shared = (self._same_place(rows, columns) & labelled).sum(axis=1)
        most = np.maximum(labelled.sum(axis=1), (self._after.visibility[columns] > 0).sum(axis=1))
        return np.where(2 * shared >= most, shared, 0).reshape(m, n).astype(np.float64)

    def _frame_edits(self, frame: int, old: _Frame, new: _Frame) -> Iterator[Edit]:
        for track in sorted(old.keys() | new.keys()):
            if track not in new:
                yield RemoveInstance(frame_index=frame, track_id=track)
            else:
                yield from self._person_edits(frame, track, old.get(track), new[track])

    def _person_edits(self, frame: int, track: int, old: int | None, new: int) -> Iterator[Edit]:
        flags = self._after.visibility[new]
        if old is None:
            shown, placed, known = np.zeros_like(flags), np.zeros(len(flags), dtype=np.bool_), None
        else:
            shown, placed = self._seen.visibility[old], self._same_place(np.array([old]), np.array([new]))[0]
            known = self._before_row[int(_keys(self._seen)[old])]
        for slot in np.flatnonzero((shown != flags) | ~placed & (flags > 0)).tolist():
            name, flag, xy = self._after.skeleton.keypoints[slot], int(flags[slot]), self._after.keypoints_xy[new, slot]
            if flag == 0:
                yield RemoveKeypoint(frame_index=frame, track_id=track, keypoint=name)
                continue
            if known is not None and placed[slot]:
                xy = self._before.keypoints_xy[known, slot]
            if known is not None and flag == shown[slot]:
                flag = int(self._before.visibility[known, slot])
            x, y = (float(value) for value in xy)
            yield MoveKeypoint(
                frame_index=frame, track_id=track, keypoint=name, x=x, y=y, visibility=1 if flag == 1 else 2
            )


def _keys(labels: Instances) -> I64:
    """(N,) frame and track of each row in one number."""
    return np.asarray((labels.frame_index.astype(np.int64) << 32) + labels.track_id)


def _by_frame(labels: Instances) -> dict[int, _Frame]:
    frames: dict[int, _Frame] = defaultdict(dict)
    order = np.argsort(_keys(labels), kind="stable")
    for row in order.tolist():
        frames[int(labels.frame_index[row])][int(labels.track_id[row])] = row
    return frames


def _swaps(renamed: dict[int, int]) -> list[_Swap]:
    """Swaps of ids, in order, after which every new id holds the person it is to hold."""
    place = {of: of for of in renamed.values()}
    swaps = []
    for to, of in sorted(renamed.items()):
        at = place[of]
        if at != to:
            swaps.append((at, to))
            place = {person: {at: to, to: at}.get(where, where) for person, where in place.items()}
    return swaps


def _swapped(old: _Frame, swaps: list[_Swap]) -> _Frame:
    for a, b in swaps:
        old = {{a: b, b: a}.get(track, track): row for track, row in old.items()}
    return old


def _changes(swaps: dict[int, list[_Swap]], before: Instances) -> Iterator[Edit]:
    """The swaps as edits over frame ranges: equal ones are one while nobody of those ids is in between."""
    frames_of: dict[tuple[frozenset[int], ...], list[tuple[int, list[_Swap]]]] = defaultdict(list)
    for frame in sorted(swaps):
        for group in _independent(swaps[frame]):
            frames_of[tuple(frozenset(pair) for pair in group)].append((frame, group))
    runs = []
    for pairs, found in frames_of.items():
        tracks = sorted({track for pair in pairs for track in pair})
        present = np.unique(before.frame_index[np.isin(before.track_id, tracks)])
        runs += [(run[0][0], tracks, run[0][1], run[-1][0] + 1) for run in _runs(found, present)]
    for start, _, group, end in sorted(runs, key=lambda run: run[:2]):
        for a, b in group:
            yield ChangeTrack(frame_index=start, track_id=a, to_track_id=b, end_frame=end)


def _runs(found: list[tuple[int, list[_Swap]]], present: np.ndarray) -> list[list[tuple[int, list[_Swap]]]]:
    """Stretches of frames without a frame in between where one of the people is present, and not swapped."""
    frames = np.array([frame for frame, _ in found])
    between = np.searchsorted(present, frames[1:], "left") - np.searchsorted(present, frames[:-1], "right")
    stretch = np.concatenate([[0], np.cumsum(between > 0)]).tolist()
    return [[item for _, item in run] for _, run in groupby(zip(stretch, found, strict=True), key=lambda pair: pair[0])]


def _independent(swaps: list[_Swap]) -> list[list[_Swap]]:
    """The swaps in groups that share no id; their order among each other does not matter."""
    groups: list[list[_Swap]] = []
    for swap in swaps:
        joined = [group for group in groups if any(set(swap) & set(pair) for pair in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([pair for group in joined for pair in group] + [swap])
    return groups
