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
_SOFTNESS = 0.006


class Shadow:
    """What keeps the lamp's light from the floor at one moment."""

    def __init__(self, view: View, light: Light):
        self._view, self._light = view, light
        self._mask = np.zeros((view.height, view.width), np.uint8)
        steep = max(float(light.direction[1]), _LOWEST_LAMP)
        self._slant = np.array([light.direction[0], 0.0, light.direction[2]]) / steep

    def cast(self, vertices: F64, triangles: I32) -> None:
        """Let a mesh with (V, 3) vertices in world space cast its shadow."""
        flat = vertices - vertices[:, 1:2] * self._slant
        flat[:, 1] = 0
        seen = self._view.seen(flat)
        _cover(self._mask, self._view.pixels(seen), seen[:, 2] >= NEAR_M, triangles)

    def darken(self, canvas: Canvas) -> None:
        """Take the lamp's share of the light from the floor where it is in shadow."""
        if not self._mask.any():
            return
        blur = max(0.6, _SOFTNESS * self._view.height)
        soft = np.asarray(cv2.GaussianBlur(self._mask, (0, 0), blur), np.uint8)
        lamp = self._light.colour * max(float(self._light.direction[1]), 0.0)
        share = lamp / np.maximum(lamp + self._light.sky, 1e-6)
        view = self._view
        # Height of a sample over the floor = eye + depth × (down · y + forward · y).
        rise = np.array([view.axes[1, 1] / (view.focal * OVERSAMPLING), view.axes[2, 1], view.eye[1]])
        _darken(canvas.colour, canvas.nearness, soft, share.astype(np.float32), rise)


@compiled
def _cover(mask: U8, xy: F64, in_front: Bool, triangles: I32) -> None:
    """Set the pixels of all triangles that are wholly in front of the camera."""
    height, width = mask.shape
    for f in range(len(triangles)):
        i, j, k = triangles[f]
        if not (in_front[i] and in_front[j] and in_front[k]):
            continue
        a, b, c = xy[i], xy[j], xy[k]
        top, bottom = rows(a, b, c, height)
        for y in range(top, bottom):
            left, right = span(a, b, c, y + 0.5, width)
            for x in range(left, right):
                mask[y, x] = 255


@compiled
def _darken(colour: F32, nearness: F32, mask: U8, share: F32, rise: F64) -> None:
    height, width = mask.shape
    for y in range(height):
        for x in range(width):
            if mask[y, x] == 0:
                continue
            for sample in range(OVERSAMPLING * OVERSAMPLING):
                row = OVERSAMPLING * y + sample // OVERSAMPLING
                column = OVERSAMPLING * x + sample % OVERSAMPLING
                down = row + 0.5 - OVERSAMPLING * height / 2
                above = rise[2] * nearness[row, column] + rise[1] + rise[0] * down
                if nearness[row, column] > 0 and above <= _FLOOR_M * nearness[row, column]:
                    for channel in range(3):
                        colour[row, column, channel] *= 1 - share[channel] * mask[y, x] / 255
