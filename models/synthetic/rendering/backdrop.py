"""The place where a scene happens, invented from its seed."""

import numpy as np

from poseloom.models.synthetic.rendering.camera import View
from poseloom.models.synthetic.rendering.canvas import Canvas, blank, copy
from poseloom.models.synthetic.rendering.mesh import Mesh, mesh
from poseloom.models.synthetic.rendering.panorama import Panorama
from poseloom.models.synthetic.rendering.pieces import Piece, merged
from poseloom.models.synthetic.rendering.places import Stage, heaven, room, street
from poseloom.models.synthetic.rendering.raster import draw
from poseloom.models.synthetic.scene import Light, Scene
from poseloom.schemas.arrays import F64

_LARGEST_ROOM_M = 13.0
_NOWHERE = np.zeros(3)
_DAYLIGHT = Light(np.array([0.0, 1.0, 0.0]), _NOWHERE, np.ones(3), np.ones(3))
"""What the sky shines with by itself."""


class Backdrop:
    """Floor, walls and what stands about; solid, so that it could hide people, but it stays out of their way.

    A camera that does not move sees the same in every frame: that is drawn once, as is what is around one that pans.
    """

    def __init__(self, scene: Scene, width: int):
        rng = np.random.default_rng(scene.seed)
        stage = _stage(scene, width)
        outside = stage.far > _LARGEST_ROOM_M or rng.random() < 0.5
        self._light = scene.light
        self._sky = _ready(merged(heaven(rng))) if outside else None
        self._place = _ready(merged((street(rng, stage) if outside else room(rng, stage))[::-1]))
        self._panorama = Panorama(self._draw) if np.ptp(scene.camera.yaw) > 0 else None
        self._drawn: Canvas | None = None

    def draw(self, canvas: Canvas, view: View) -> None:
        """Make the canvas show the empty place."""
        if self._panorama:
            self._panorama.show(canvas, view)
            return
        if self._drawn is None:
            self._drawn = blank(view.width, view.height)
            self._draw(self._drawn, view)
        copy(self._drawn, canvas)

    def _draw(self, canvas: Canvas, view: View) -> None:
        """Draw what is in front first, since hidden samples cost less."""
        draw(canvas, view, self._light, *self._place, -1)
        if self._sky:
            draw(canvas, view, _DAYLIGHT, *self._sky, -1)


def _stage(scene: Scene, width: int) -> Stage:
    ways = np.concatenate([np.array([[0.0, -3.0]]), *(actor.position for actor in scene.actors)])
    props = [
        prop.centre[[0, 2]] + sign * np.hypot(prop.size[0], prop.size[2]) / 2
        for prop in scene.props
        for sign in (-1, 1)
    ]
    places = np.concatenate([ways, np.array(props).reshape(-1, 2)])
    far = float(-places[:, 1].min())
    angle = np.arctan(width / 2 / scene.camera.focal) + np.abs(scene.camera.yaw).max()
    reach = 1.4 * far * float(np.tan(min(angle, 1.3)))
    return Stage(float(np.abs(places[:, 0]).max()), far, reach)


def _ready(piece: Piece) -> tuple[Mesh, F64]:
    return mesh(piece.surface), piece.vertices
