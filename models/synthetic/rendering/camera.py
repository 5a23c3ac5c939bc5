"""The pinhole camera: where points of the world appear in the picture."""

from dataclasses import dataclass

import numpy as np

from poseloom.models.synthetic.scene import Camera
from poseloom.schemas.arrays import F64

NEAR_M = 0.1
"""Nothing nearer to the camera than this is drawn."""


@dataclass(frozen=True, eq=False)
class View:
    """A camera at one moment.

    Camera space is right-handed metres: x right, y down, z forward. Pixels have their origin at the
    top-left corner of the picture, so that the centre of the top-left pixel is at (0.5, 0.5).

    Attributes:
        eye: (3,) float64 metres, the camera in the world.
        axes: (3, 3) float64, the camera's right, down and forward as rows.
        focal: Pixels.
        width: Picture width in pixels.
        height: Picture height in pixels.
    """

    eye: F64
    axes: F64
    focal: float
    width: int
    height: int

    def seen(self, points: F64) -> F64:
        """(..., 3) camera-space metres of (..., 3) points of the world."""
        return np.asarray((points - self.eye) @ self.axes.T)

    def pixels(self, seen: F64) -> F64:
        """(..., 2) pixels of (..., 3) camera-space points; meaningless unless z is positive."""
        return np.asarray(self.focal * seen[..., :2] / seen[..., 2:] + (self.width / 2, self.height / 2))


def view_at(camera: Camera, width: int, height: int, moment: float) -> View:
    """The camera at a moment in frames, between frames as well."""
    yaw = float(between(camera.yaw, moment))
    forward = np.array([np.sin(yaw) * np.cos(camera.pitch), -np.sin(camera.pitch), -np.cos(yaw) * np.cos(camera.pitch)])
    right = np.array([np.cos(yaw), 0.0, np.sin(yaw)])
    axes = np.stack([right, np.cross(forward, right), forward])
    return View(np.array([0.0, camera.height, 0.0]), axes, camera.focal, width, height)


def project(points: F64, camera: Camera, width: int, height: int, moment: float) -> tuple[F64, F64]:
    """Pixels (..., 2) and depths (...,) in metres along the viewing axis of (..., 3) points of the world."""
    view = view_at(camera, width, height, moment)
    seen = view.seen(points)
    return view.pixels(seen), seen[..., 2]


def between(values: F64, moment: float) -> F64:
    """Values (T, ...) at a moment in frames, straight between frames and on beyond the first and last."""
    before = int(np.clip(np.floor(moment), 0, max(len(values) - 2, 0)))
    after = min(before + 1, len(values) - 1)
    return np.asarray(values[before] + (moment - before) * (values[after] - values[before]))
