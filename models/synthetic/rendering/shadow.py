"""Shadows of people and things on the floor."""

import cv2
import numpy as np

from poseloom.models.synthetic.rendering.camera import NEAR_M, View
from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.models.synthetic.rendering.raster import OVERSAMPLING, Canvas, rows, span
from poseloom.models.synthetic.scene import Light
from poseloom.schemas.arrays import F32, F64, I32, U8, Bool

_FLOOR_M = 0.01
_LOWEST_LAMP = 0.5
_CONTACT_M = 0.3
_CONTACT_SHARE = 0.55


class Shadow:
    """What keeps light from the floor at one moment: the lamp's, and that from around under what stands there."""

    def __init__(self, view: View, light: Light):
        self._view, self._light = view, light
        self._cast, self._contact = (np.zeros((view.height, view.width), np.uint8) for _ in range(2))
        steep = max(float(light.direction[1]), _LOWEST_LAMP)
        self._slant = np.array([light.direction[0], 0.0, light.direction[2]]) / steep

    def cast(self, vertices: F64, triangles: I32) -> None:
        """Let a mesh with (V, 3) vertices in world space cast its shadow."""
        height = vertices[:, 1:2]
        self._cover(self._cast, vertices - height * self._slant, triangles)
        self._cover(self._contact, np.where(height < _CONTACT_M, vertices, np.nan), triangles)

    def darken(self, canvas: Canvas) -> None:
        """Take the light that is kept away from every sample of the floor."""
        view, light = self._view, self._light
        lamp = light.colour * max(float(light.direction[1]), 0.0)
        share = lamp / np.maximum(lamp + light.sky, 1e-6)
        cast, contact = self._soft(self._cast, 0.004), self._soft(self._contact, 0.012)
        # Height of a sample over the floor = eye + depth × (down · y + forward · y).
        rise = np.array([view.axes[1, 1] / (view.focal * OVERSAMPLING), view.axes[2, 1], view.eye[1]])
        _darken(canvas.colour, canvas.nearness, cast, contact, share.astype(np.float32), rise)

    def _cover(self, mask: U8, vertices: F64, triangles: I32) -> None:
        seen = self._view.seen(vertices * (1, 0, 1))
        _cover(mask, self._view.pixels(seen), seen[:, 2] >= NEAR_M, triangles)

    def _soft(self, mask: U8, share_of_height: float) -> U8:
        side = 1 + 2 * max(1, round(2 * share_of_height * self._view.height))
        return np.asarray(cv2.stackBlur(mask, (side, side)), np.uint8)


@compiled
def _cover(mask: U8, xy: F64, in_front: Bool, triangles: I32) -> None:
    """Set the pixels of all triangles that are wholly in front of the camera."""
    height, width = mask.shape
    corners = np.empty((3, 2))
    for f in range(len(triangles)):
        ahead = True
        for i in range(3):
            v = triangles[f, i]
            corners[i, 0], corners[i, 1] = xy[v, 0], xy[v, 1]
            ahead &= in_front[v]
        if not ahead:
            continue
        top, bottom = rows(corners, height)
        for y in range(top, bottom):
            left, right = span(corners, y + 0.5, width)
            for x in range(left, right):
                mask[y, x] = 255


@compiled
def _darken(colour: F32, nearness: F32, cast: U8, contact: U8, share: F32, rise: F64) -> None:
    height, width = cast.shape
    for y in range(height):
        for x in range(width):
            if cast[y, x] == 0 and contact[y, x] == 0:
                continue
            around = 1 - _CONTACT_SHARE * contact[y, x] / 255
            for sample in range(OVERSAMPLING * OVERSAMPLING):
                row = OVERSAMPLING * y + sample // OVERSAMPLING
                column = OVERSAMPLING * x + sample % OVERSAMPLING
                near, down = nearness[row, column], row + 0.5 - OVERSAMPLING * height / 2
                if near > 0 and rise[2] * near + rise[1] + rise[0] * down <= _FLOOR_M * near:
                    for channel in range(3):
                        colour[row, column, channel] *= around * (1 - share[channel] * cast[y, x] / 255)
