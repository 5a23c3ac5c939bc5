"""Drawing a scene, frame by frame."""

from collections.abc import Iterator

import numpy as np

from poseloom.models.synthetic.rendered import Rendered
from poseloom.models.synthetic.rendering.backdrop import Backdrop
from poseloom.models.synthetic.rendering.camera import view_at
from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.models.synthetic.rendering.effects import compress, develop, moments
from poseloom.models.synthetic.rendering.mesh import mesh
from poseloom.models.synthetic.rendering.people import place
from poseloom.models.synthetic.rendering.pieces import box
from poseloom.models.synthetic.rendering.raster import OVERSAMPLING, blank, draw
from poseloom.models.synthetic.rendering.regions import ignored_in
from poseloom.models.synthetic.rendering.shadow import Shadow
from poseloom.models.synthetic.rendering.truth import people_in
from poseloom.models.synthetic.scene import Scene
from poseloom.models.synthetic.spec import ClipSpec
from poseloom.schemas.arrays import F32
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import Polygon
from poseloom.schemas.ports import Frame


def render(spec: ClipSpec, scene: Scene) -> Iterator[Rendered]:
    """All frames of the scene in order, with their truth."""
    renderer = Renderer(spec, scene)
    return (renderer.frame(t) for t in range(spec.frames))


class Renderer:
    """Draws any frame of a scene; a frame is the same whenever and however often it is drawn."""

    def __init__(self, spec: ClipSpec, scene: Scene):
        self._spec, self._scene = spec, scene
        self._backdrop = Backdrop(scene, spec.width)
        self._canvas = blank(spec.width, spec.height)
        self._bodies = [mesh(actor.body.surface) for actor in scene.actors]
        self._props = [(mesh(piece.surface), piece.vertices) for piece in map(box, scene.props)]

    def frame(self, t: int) -> Rendered:
        """Frame t. Its shutter is open around the frame's time, which is the moment of the truth."""
        exposed = moments(t, self._spec.shutter)
        light = np.zeros((self._spec.height, self._spec.width, 3), np.float32)
        for moment in exposed:
            people, ignored = self._drawn(t, moment)
            _expose(light, self._canvas.colour, 1 / len(exposed))
            if moment == t:
                truth, regions = people, ignored
        picture = develop(light, self._spec.exposure, self._scene.seed, t)
        return Rendered(Frame(t, compress(picture, self._spec.jpeg_quality)), truth, regions)

    def _drawn(self, t: int, moment: float) -> tuple[Instances, tuple[Polygon, ...]]:
        """Draw everything onto the canvas; what is true at that moment."""
        spec, actors = self._spec, self._scene.actors
        view = view_at(self._scene.camera, spec.width, spec.height, moment)
        placed = [place(actor, spec.fps, moment) for actor in actors]
        seen = [view.seen(where.vertices) for where in placed]
        things = [(body, where.vertices) for body, where in zip(self._bodies, placed, strict=True)] + self._props
        self._backdrop.draw(self._canvas, view)
        shadow = Shadow(view, self._scene.light)
        for shape, vertices in things:
            shadow.cast(vertices, shape.triangles)
        shadow.darken(self._canvas)
        for owner, (shape, vertices) in enumerate(things):
            draw(self._canvas, view, self._scene.light, shape, vertices, owner)
        return people_in(self._canvas, view, t, actors, placed, seen), ignored_in(view, actors, seen)


@compiled
def _expose(light: F32, colour: F32, share: float) -> None:
    """Add a share of the mean colour of each pixel's samples."""
    height, width, channels = light.shape
    weight = np.float32(share / (OVERSAMPLING * OVERSAMPLING))
    for y in range(height):
        for x in range(width):
            for channel in range(channels):
                total = np.float32(0)
                for j in range(OVERSAMPLING):
                    for i in range(OVERSAMPLING):
                        total += min(colour[OVERSAMPLING * y + j, OVERSAMPLING * x + i, channel], np.float32(1))
                light[y, x, channel] += weight * total
