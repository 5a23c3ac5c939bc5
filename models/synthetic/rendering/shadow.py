"""Shadows of people and things on the floor."""

import cv2
import numpy as np

from poseloom.models.synthetic.rendering.camera import View
from poseloom.models.synthetic.rendering.canvas import OVERSAMPLING, Canvas
from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.models.synthetic.rendering.projection import Lens, missed, on_screen, rows, span
from poseloom.models.synthetic.scene import Light
from poseloom.schemas.arrays import F32, F64, I32, U8

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
        self._cover(self._cast, vertices, self._slant, np.inf, triangles)
        self._cover(self._contact, vertices, np.zeros(3), _CONTACT_M, triangles)

    def darken(self, canvas: Canvas) -> None:
        """Take the light that is kept away from every sample of the floor."""
        view, light = self._view, self._light
        lamp = light.colour * max(float(light.direction[1]), 0.0)
        share = lamp / np.maximum(lamp + light.sky, 1e-6)
        cast, contact = self._soft(self._cast, 0.004), self._soft(self._contact, 0.012)
        # Height of a sample over the floor = eye + depth × (down · y + forward · y).
        rise = np.array([view.axes[1, 1] / (view.focal * OVERSAMPLING), view.axes[2, 1], view.eye[1]])
        _darken(canvas.colour, canvas.nearness, cast, contact, share.astype(np.float32), rise)

    def _cover(self, mask: U8, vertices: F64, slant: F64, below: float, triangles: I32) -> None:
        view = self._view
        lens = Lens(view.focal, view.width / 2, view.height / 2)
        _cover(mask, on_screen(lens, _on_floor(vertices, slant, below, view.eye, view.axes)), triangles)

    def _soft(self, mask: U8, share_of_height: float) -> U8:
        side = 1 + 2 * max(1, round(2 * share_of_height * self._view.height))
        return np.asarray(cv2.stackBlur(mask, (side, side)), np.uint8)


@compiled
def _on_floor(vertices: F64, slant: F64, below: float, eye: F64, axes: F64) -> F32:
    """(V, 3) camera-space places on the floor of vertices lower than `below`; the others are behind the camera."""
    seen = np.full(vertices.shape, -1, np.float32)
    for v in range(len(vertices)):
        height = vertices[v, 1]
        if height < below:
            x, z = vertices[v, 0] - height * slant[0] - eye[0], vertices[v, 2] - height * slant[2] - eye[2]
            for axis in range(3):
                seen[v, axis] = axes[axis, 0] * x - axes[axis, 1] * eye[1] + axes[axis, 2] * z
    return seen


@compiled
def _cover(mask: U8, screen: F32, triangles: I32) -> None:
    """Set the pixels of all triangles that are wholly in front of the camera."""
    height, width = mask.shape
    corners = np.empty((3, 2))
    for f in range(len(triangles)):
        a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
        if screen[a, 2] == 0 or screen[b, 2] == 0 or screen[c, 2] == 0:
            continue
        if missed(screen[a, 0], screen[b, 0], screen[c, 0], width):
            continue
        if missed(screen[a, 1], screen[b, 1], screen[c, 1], height):
            continue
        for i in range(3):
            corners[i] = screen[triangles[f, i], :2]
        top, bottom = rows(corners, height)
        for y in range(top, bottom):
            left, right = span(corners, y + 0.5, width)
            mask[y, left:right] = 255


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
