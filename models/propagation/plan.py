"""Which frames of which keypoints lie between or beside anchors."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from poseloom.models.propagation.anchors import anchors, labelled_by_hand, person_sizes, removals
from poseloom.models.propagation.settings import PropagationSettings
from poseloom.schemas.arrays import F64
from poseloom.schemas.instances import Instances

NO_ROW = -1


@dataclass(frozen=True)
class Span:
    """Consecutive frames of one keypoint of one track that one or two anchors vouch for.

    Attributes:
        track_id: The person.
        keypoint: Slot of the skeleton.
        first: First picture that is needed.
        last: Last picture that is needed (included).
        before: Row of the anchor in the first picture, or -1.
        after: Row of the anchor in the last picture, or -1.
        outer_before: Row of the anchor before `before`, or -1.
        outer_after: Row of the anchor after `after`, or -1.
        sees: Half-open range of the frames whose labels decided what this span is.
    """

    track_id: int
    keypoint: int
    first: int
    last: int
    before: int = NO_ROW
    after: int = NO_ROW
    outer_before: int = NO_ROW
    outer_after: int = NO_ROW
    sees: tuple[int, int] = (0, 0)

    @property
    def start(self) -> int:
        """First frame to fill."""
        return self.first + (self.before != NO_ROW)

    @property
    def end(self) -> int:
        """One past the last frame to fill."""
        return self.last + (self.after == NO_ROW)

    @property
    def is_gap(self) -> bool:
        """Whether there is an anchor on both sides."""
        return NO_ROW not in (self.before, self.after)


@dataclass(frozen=True)
class _Statement:
    """A person placed the keypoint in that frame, or said that it is not there (row -1: nor is its person)."""

    frame: int
    row: int
    placed: bool


def spans(labels: Instances, start_frame: int, end_frame: int, settings: PropagationSettings) -> list[Span]:
    """All spans with a frame to fill in the half-open range, sorted by their pictures.

    One-sided spans reach over the ends of the video where an anchor lies close to them.
    """
    sizes = person_sizes(labels)
    found = (
        span
        for track, keypoint, said in _statements(labels)
        for span in _spans(track, keypoint, said, labels, sizes, settings)
        if span.start < span.end and span.start < end_frame and span.end > start_frame
    )
    return sorted(found, key=lambda span: (span.last, span.first, span.track_id, span.keypoint))


def needed_frames(
    labels: Instances, start_frame: int, end_frame: int, frame_count: int, settings: PropagationSettings
) -> tuple[int, int]:
    """The pictures and label rows that it takes to propagate into ``[start_frame, end_frame)``.

    Returns:
        Half-open frame range within the video; ``(start_frame, start_frame)`` when there is nothing
        to propagate.
    """
    return needed_ranges(labels, [(start_frame, end_frame)], frame_count, settings)[0]


def needed_ranges(
    labels: Instances, ranges: Sequence[tuple[int, int]], frame_count: int, settings: PropagationSettings
) -> list[tuple[int, int]]:
    """`needed_frames` of every range, in one pass over the labels.

    Args:
        labels: Linked instances.
        ranges: Half-open frame ranges, ascending and disjoint.
        frame_count: Frames of the video.
        settings: Limits.
    """
    starts, ends = np.array(ranges, dtype=np.int64).reshape(-1, 2).T
    low, high, touched = starts.copy(), ends.copy(), np.zeros(len(starts), dtype=np.bool_)
    for span in spans(labels, 0, frame_count, settings):
        into = slice(np.searchsorted(ends, span.start, "right"), np.searchsorted(starts, span.end, "left"))
        low[into] = np.minimum(low[into], span.sees[0])
        high[into] = np.maximum(high[into], span.sees[1])
        touched[into] = True
    low, high = np.where(touched, np.maximum(low, 0), starts), np.where(touched, np.minimum(high, frame_count), starts)
    return list(zip(low.tolist(), high.tolist(), strict=True))


def _statements(labels: Instances) -> Iterator[tuple[int, int, list[_Statement]]]:
    placed = anchors(labels)
    rows, keypoints = np.nonzero((placed | removals(labels)) & (labels.track_id >= 0)[:, None])
    order = np.lexsort((labels.frame_index[rows], keypoints, labels.track_id[rows]))
    by_keypoint: dict[tuple[int, int], list[_Statement]] = {}
    for row, keypoint in zip(rows[order].tolist(), keypoints[order].tolist(), strict=True):
        said = _Statement(int(labels.frame_index[row]), row, bool(placed[row, keypoint]))
        by_keypoint.setdefault((int(labels.track_id[row]), keypoint), []).append(said)
    absences = _absences(labels, {track for track, _ in by_keypoint})
    for (track, keypoint), statements in by_keypoint.items():
        if any(said.placed for said in statements):
            gone = [_Statement(frame, NO_ROW, False) for frame in absences[track]]
            yield track, keypoint, sorted([*statements, *gone], key=lambda said: said.frame)


def _absences(labels: Instances, tracks: set[int]) -> dict[int, list[int]]:
    """By track, the frames labelled by hand that lack it, next to those that have it."""
    by_hand = np.unique(labels.frame_index[labelled_by_hand(labels)])
    found = {}
    for track in tracks:
        present = np.unique(labels.frame_index[labels.track_id == track])
        absent = np.setdiff1d(by_hand, present)
        after = np.searchsorted(absent, present)
        neighbours = np.unique(np.concatenate([after - 1, after]))
        found[track] = absent[neighbours[(neighbours >= 0) & (neighbours < len(absent))]].tolist()
    return found


def _spans(
    track: int,
    keypoint: int,
    said: list[_Statement],
    labels: Instances,
    sizes: F64,
    settings: PropagationSettings,
) -> Iterator[Span]:
    def joined(left: _Statement, right: _Statement) -> bool:
        if not (left.placed and right.placed) or right.frame - left.frame > settings.max_gap:
            return False
        jump = np.linalg.norm(labels.keypoints_xy[right.row, keypoint] - labels.keypoints_xy[left.row, keypoint])
        return bool(jump <= settings.max_jump * max(sizes[left.row], sizes[right.row]))

    def before(right: _Statement, limit: int | None) -> Iterator[Span]:
        reach = max(0, right.frame - settings.horizon)
        first = reach if limit is None else max(reach, limit + 1)
        yield Span(track, keypoint, first, right.frame, after=right.row, sees=(first - 1, right.frame + 1))

    def after(left: _Statement, limit: int | None) -> Iterator[Span]:
        reach = left.frame + settings.horizon
        last = reach if limit is None else min(reach, limit - 1)
        yield Span(track, keypoint, left.frame, last, before=left.row, sees=(left.frame, last + 2))

    if said[0].placed:
        yield from before(said[0], None)
    if said[-1].placed:
        yield from after(said[-1], None)
    near = [joined(left, right) for left, right in pairwise(said)]
    for i, (left, right) in enumerate(pairwise(said)):
        if near[i]:
            outer = (
                said[i - 1] if i and near[i - 1] else left,
                said[i + 2] if i + 2 < len(said) and near[i + 1] else right,
            )
            yield Span(
                track, keypoint, left.frame, right.frame, left.row, right.row,
                outer[0].row if outer[0] is not left else NO_ROW,
                outer[1].row if outer[1] is not right else NO_ROW,
                sees=(outer[0].frame, outer[1].frame + 1),
            )  # fmt: skip
            continue
        if left.placed:
            yield from after(left, right.frame)
        if right.placed:
            yield from before(right, left.frame)
