"""Cameras: placed so that people fill a good part of the picture and the near ones fit in."""

import numpy as np

from poseloom.models.synthetic.scene import Camera
from poseloom.models.synthetic.spec import ClipSpec
from poseloom.models.synthetic.staging.ground import Ground

_TALL, _MEAN = 1.9, 1.7
_LARGEST, _SMALLEST = 0.8, 0.36
_CROSSING_SMALLEST = 0.42
_SWEEP = 0.14
_SWEEP_HZ = 0.16


def place_camera(spec: ClipSpec, rng: np.random.Generator) -> tuple[Camera, Ground]:
    """A camera, and the floor on which people are between about 0.36 and 0.8 of the picture high.

    More people are seen from further away through a longer lens, so that there is room between them.
    """
    zoom = 1.15 * float(np.clip(np.sqrt(spec.people / 4), 1.0, 2.0)) * rng.uniform(0.95, 1.1)
    near = zoom * _TALL / _LARGEST
    far = zoom * _MEAN / (_CROSSING_SMALLEST if spec.paths == "crossing" else _SMALLEST)
    height = rng.uniform(1.25, 1.9) + 0.15 * (zoom - 1.15)
    down, up = np.arctan2(height, near), np.arctan2(_TALL + 0.1 - height, near)
    camera = Camera(focal=zoom * spec.height, height=height, pitch=float(down - up) / 2, yaw=_yaw(spec, zoom, rng))
    slope = spec.width / spec.height / 2 / zoom
    return camera, Ground(near=near, far=far, slope=slope, reach=1 - 2 * _SWEEP if spec.pan else 1.0)


def _yaw(spec: ClipSpec, zoom: float, rng: np.random.Generator) -> np.ndarray:
    """(T,) radians; a sweep moves the picture by a seventh of its width to both sides."""
    phase = rng.uniform(0, 2 * np.pi)
    if not spec.pan:
        return np.zeros(spec.frames)
    widest = np.arctan(_SWEEP * spec.width / spec.height / zoom)
    time = np.arange(spec.frames) / spec.fps
    return np.asarray(widest * np.sin(2 * np.pi * _SWEEP_HZ * time + phase))
