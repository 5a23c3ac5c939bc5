"""Wide pictures of a place, from which the views of a camera that turns are cut."""

from collections.abc import Callable

import cv2
import numpy as np

from poseloom.models.synthetic.rendering.camera import View
from poseloom.models.synthetic.rendering.canvas import OVERSAMPLING, Canvas, blank
from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.models.synthetic.rendering.people import turn
from poseloom.schemas.arrays import F32, F64

_STEP = 0.5
"""Radians of pan that one wide picture serves."""
_MARGIN_PX = 2


class Panorama:
    """What surrounds a camera that stays where it is, drawn once for all directions within half a radian.

    Where a camera only turns, one view follows from another by a homography, depths included. Only the
    latest wide picture is kept; which one serves a view depends on nothing but the view.

    Args:
        draw: Draws the place onto a canvas through a view.
    """

    def __init__(self, draw: Callable[[Canvas, View], None]):
        self._draw = draw
        self._direction: int | None = None
        self._cut = np.empty((0, 0, 4), np.float32)

    def show(self, canvas: Canvas, view: View) -> None:
        """Make the canvas show the place through the view."""
        yaw = float(np.arctan2(view.axes[2, 0], -view.axes[2, 2]))
        direction = round(yaw / _STEP)
        if direction != self._direction:
            self._direction, self._view = direction, _widened(_turned(view, yaw - direction * _STEP))
            wide = blank(self._view.width, self._view.height)
            self._draw(wide, self._view)
            self._picture = np.dstack([wide.colour, wide.nearness])
        homography = _homography(view, self._view)
        if self._cut.shape[:2] != canvas.nearness.shape:
            self._cut = np.empty((*canvas.nearness.shape, 4), np.float32)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpPerspective(self._picture, homography, canvas.nearness.shape[::-1], self._cut, flags)
        _unpack(self._cut, homography[2], canvas)


def _turned(view: View, angle: float) -> View:
    """The view after turning to the left."""
    return View(view.eye, view.axes @ turn(-angle), view.focal, view.width, view.height)


def _widened(view: View) -> View:
    """The view with a picture around it that holds whatever is seen while turning by half a step to either side."""
    corners = np.array([[x, y, 1] for x in (0, OVERSAMPLING * view.width) for y in (0, OVERSAMPLING * view.height)])
    turned = (_turned(view, angle) for angle in (-_STEP / 2, _STEP / 2))
    there = np.concatenate([corners @ _homography(one, view).T for one in turned])
    reach = np.abs(there[:, :2] / there[:, 2:] / OVERSAMPLING - (view.width / 2, view.height / 2))
    width, height = np.ceil(2 * reach.max(axis=0)).astype(int) + 2 * _MARGIN_PX
    return View(view.eye, view.axes, view.focal, int(width), int(height))


def _homography(view: View, onto: View) -> F64:
    """(3, 3) from column, row, 1 of a sample of one view to those of another from the same place, times its z / z."""
    return np.asarray(_samples(onto) @ onto.axes @ view.axes.T @ np.linalg.inv(_samples(view)))


def _samples(view: View) -> F64:
    """(3, 3) from camera space to column, row, 1 of the samples, times z; whole numbers are their middles."""
    focal, x, y = (OVERSAMPLING * value for value in (view.focal, view.width / 2, view.height / 2))
    return np.array([[focal, 0, x - 0.5], [0, focal, y - 0.5], [0, 0, 1]])


@compiled
def _unpack(cut: F32, closer: F64, canvas: Canvas) -> None:
    """Put (h, w, 4) colour and nearness on a canvas, where z of what they were drawn through is `closer` times z."""
    colour, nearness, owner = canvas
    for y in range(cut.shape[0]):
        for x in range(cut.shape[1]):
            for channel in range(3):
                colour[y, x, channel] = cut[y, x, channel]
            nearness[y, x] = cut[y, x, 3] * (closer[0] * x + closer[1] * y + closer[2])
            owner[y, x] = -1
