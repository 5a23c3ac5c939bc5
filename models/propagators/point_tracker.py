"""A point tracker alone, from every correction forward: what iPose gives."""

from collections.abc import Iterator

import numpy as np

from poseloom.models.propagation.fold import fold
from poseloom.models.propagation.placements import Placements
from poseloom.models.propagators.statements import Statements, statements
from poseloom.schemas.arrays import I64, U8
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame, PointTracker

HORIZON = 30
"""Frames that a track goes on without another correction; the same as our own propagation's."""


class TrackedPoints:
    """Every corrected keypoint is followed forward until the next statement on it, and replaces predictions.

    So IMPose describes iPose, with CoTracker (§II-B, §V-A: its proxy for iPose). Nothing is fused,
    nothing goes backwards, and nothing ends a track but the next statement, the horizon, and the
    tracker itself when it gives the point up (confidence 0). Scores are the tracker's confidence.

    Args:
        tracker: Follows points through pictures.
        horizon: Frames that a track may reach.
    """

    name = "point_tracker"
    needs_pictures = True

    def __init__(self, tracker: PointTracker, horizon: int = HORIZON) -> None:
        self._tracker = tracker
        self._horizon = horizon

    def propagate(self, labels: Instances, frame_count: int, frames: Iterator[Frame]) -> Instances:
        """The labels with the tracks of all corrections."""
        said = statements(labels)
        until = np.minimum(said.frame + self._horizon + 1, frame_count)
        following = np.flatnonzero(said.has_next)
        until[following] = np.minimum(until[following], said.frame[following + 1])
        from_here = np.flatnonzero(said.placed & (until > said.frame + 1))
        placed = [
            self._follow(labels, said, group, until[group], images)
            for group, images in _windows(said.frame, until, from_here, frames)
        ]
        return fold(labels, Placements.concat(placed), 0, frame_count)

    def _follow(self, labels: Instances, said: Statements, group: I64, until: I64, images: list[U8]) -> Placements:
        row, keypoint = said.row[group], said.keypoint[group]
        tracks = self._tracker.track(images, labels.keypoints_xy[row, keypoint])
        first = int(said.frame[group[0]])
        frame = first + np.arange(len(images))[:, None]
        step, n = np.nonzero((frame > first) & (frame < until) & (tracks.confidence > 0))
        return Placements(
            track_id=said.track_id[group][n],
            keypoint=keypoint[n],
            frame_index=first + step,
            xy=tracks.xy[step, n],
            score=tracks.confidence[step, n].astype(np.float64),
            before=row[n],
            after=np.full(len(n), -1),
        )


def _windows(start: I64, until: I64, chosen: I64, frames: Iterator[Frame]) -> Iterator[tuple[I64, list[U8]]]:
    """The statements of each start frame with their pictures, as soon as the last of these is there."""
    waiting = {
        first: (int(until[group].max()), group)
        for first in np.unique(start[chosen]).tolist()
        for group in [chosen[start[chosen] == first]]
    }
    held: dict[int, U8] = {}
    while waiting:
        frame = next(frames, None)
        if frame is None:
            return
        held[frame.frame_index] = frame.image
        for first in [first for first, (end, _) in waiting.items() if end == frame.frame_index + 1]:
            end, group = waiting.pop(first)
            yield group, [held[index] for index in range(first, end)]
        oldest = min(waiting, default=0)
        held = {index: image for index, image in held.items() if index >= oldest}
