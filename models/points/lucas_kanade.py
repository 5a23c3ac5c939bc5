"""Pyramidal Lucas-Kanade with a forward-backward check."""

from collections.abc import Sequence

import cv2
import numpy as np

from poseloom.schemas.arrays import F32, F64, U8, Bool
from poseloom.schemas.ports import PointTracks

_STOP = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 20, 0.03)


class LucasKanade:
    """Follows image patches from picture to picture (Bouguet's pyramidal Lucas-Kanade of OpenCV).

    Each step is tracked forward and back (Kalal et al., ICPR 2010); a point's confidence is the
    product over its steps of ``1 / (1 + (miss / tolerance)^2)``, the miss being the distance in
    pixels between the start of the step and where tracking back ends. A point that leaves the
    picture, or that Lucas-Kanade gives up, is lost: it stays where it was, with confidence 0.
    Points do not influence each other.

    Args:
        window: Side of the patch in pixels.
        levels: Pyramid levels above the picture itself.
        tolerance: Miss in pixels that halves the confidence, for a picture 1000 pixels long.
    """

    name = "lucas_kanade"

    def __init__(self, window: int = 21, levels: int = 4, tolerance: float = 1.5) -> None:
        self._window = (window, window)
        self._levels = levels
        self._tolerance = tolerance

    def track(self, images: Sequence[U8], points_xy: F64) -> PointTracks:
        """Follow N points (N, 2) given in the first of T pictures ((H, W, 3) uint8 RGB) through the rest."""
        xy = np.empty((len(images), len(points_xy), 2))
        confidence = np.zeros((len(images), len(points_xy)), dtype=np.float32)
        if not len(points_xy):
            return PointTracks(xy, confidence)
        xy[0], confidence[0] = points_xy, _inside(points_xy, images[0])
        before = _gray(images[0])
        for t in range(1, len(images)):
            after = _gray(images[t])
            xy[t], confidence[t] = self._step(before, after, xy[t - 1], confidence[t - 1])
            before = after
        return PointTracks(xy, confidence)

    def _step(self, before: U8, after: U8, xy: F64, confidence: F32) -> tuple[F64, F32]:
        """One picture further: OpenCV puts the top-left pixel's centre at (0, 0), we at (0.5, 0.5)."""
        start = (xy - 0.5).astype(np.float32)
        moved, found = self._flow(before, after, start)
        back, found_back = self._flow(after, before, moved)
        miss = np.linalg.norm(back - start, axis=1) / (self._tolerance * max(1.0, max(after.shape) / 1000))
        there = moved.astype(np.float64) + 0.5
        alive = (confidence > 0) & found & found_back & _inside(there, after)
        trusted = np.where(alive, confidence / (1 + miss**2), 0).astype(np.float32)
        return np.where(alive[:, None], there, xy), trusted

    def _flow(self, before: U8, after: U8, start: F32) -> tuple[F32, Bool]:
        moved, found, _ = cv2.calcOpticalFlowPyrLK(
            before,
            after,
            start,
            None,
            winSize=self._window,
            maxLevel=self._levels,
            criteria=_STOP,  # type: ignore[call-overload]
        )
        return moved, found[:, 0] > 0


def _gray(image: U8) -> U8:
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _inside(xy: F64, image: U8) -> Bool:
    height, width = image.shape[:2]
    return np.asarray((xy >= 0).all(axis=1) & (xy[:, 0] <= width) & (xy[:, 1] <= height))
