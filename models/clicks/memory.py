"""A point tracker that remembers: the same points through the same pictures are followed once."""

from collections.abc import Sequence

import numpy as np

from poseloom.models.points.lucas_kanade import LucasKanade
from poseloom.schemas.arrays import F32, F64, U8
from poseloom.schemas.ports import Frame, PointTracker, PointTracks

_Run = tuple[int, int]
"""First picture and direction."""


class RememberingTracker:
    """Gives what the tracker gives, bit for bit.

    Where points do not influence each other (Lucas-Kanade), each point is remembered by itself, and
    a shorter run is the beginning of a longer one. Other trackers' answers are remembered whole.

    Args:
        tracker: The tracker.
        pictures: The pictures of the video, in order; tracks through others are not remembered.
    """

    def __init__(self, tracker: PointTracker, pictures: Sequence[Frame]) -> None:
        self.name = tracker.name
        self._tracker = tracker
        self._pictures = pictures
        self._place = {id(frame.image): place for place, frame in enumerate(pictures)}
        self._whole: dict[tuple[_Run, int, bytes], PointTracks] = {}
        self._points: dict[tuple[_Run, bytes], tuple[F64, F32]] = {}

    def track(self, images: Sequence[U8], points_xy: F64) -> PointTracks:
        """Follow N points (N, 2) given in the first of T pictures ((H, W, 3) uint8 RGB) through the rest."""
        run = self._run(images)
        if run is None or not len(points_xy):
            return self._tracker.track(images, points_xy)
        if isinstance(self._tracker, LucasKanade):
            return self._by_point(run, images, points_xy)
        key = run, len(images), points_xy.tobytes()
        if key not in self._whole:
            self._whole[key] = self._tracker.track(images, points_xy)
        return self._whole[key]

    def _by_point(self, run: _Run, images: Sequence[U8], points_xy: F64) -> PointTracks:
        keys = [(run, point.tobytes()) for point in points_xy]
        missing = [
            n for n, key in enumerate(keys) if key not in self._points or len(self._points[key][1]) < len(images)
        ]
        if missing:
            tracks = self._tracker.track(images, points_xy[missing])
            for i, n in enumerate(missing):
                self._points[keys[n]] = tracks.xy[:, i], tracks.confidence[:, i]
        known = [self._points[key] for key in keys]
        return PointTracks(
            np.stack([xy[: len(images)] for xy, _ in known], axis=1),
            np.stack([confidence[: len(images)] for _, confidence in known], axis=1),
        )

    def _run(self, images: Sequence[U8]) -> _Run | None:
        """Where in the video the pictures are; None where they are no run of it."""
        places = [self._place.get(id(image), -1) for image in images]
        steps = set(np.diff(places).tolist())
        if -1 in places or steps not in (set(), {1}, {-1}):
            return None
        return places[0], next(iter(steps), 0)
