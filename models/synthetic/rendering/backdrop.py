"""The place where a scene happens, invented from its seed."""

import numpy as np

from poseloom.models.synthetic.rendering.camera import View
from poseloom.models.synthetic.rendering.raster import Canvas, blank
from poseloom.models.synthetic.scene import Scene


class Backdrop:
    """Floor, walls and what stands about."""

    def __init__(self, scene: Scene):
        self._sky = np.random.default_rng(scene.seed).uniform(0.1, 0.6, 3).astype(np.float32)

    def draw(self, view: View) -> Canvas:
        """A new canvas with the place on it."""
        canvas = blank(view.width, view.height)
        canvas.colour[:] = self._sky
        return canvas
