"""Drawing a scene, frame by frame."""

from collections.abc import Iterator

import numpy as np

from poseloom.models.synthetic.rendered import Rendered
from poseloom.models.synthetic.rendering.backdrop import Backdrop
from poseloom.models.synthetic.rendering.camera import NEAR_M, View, view_at
from poseloom.models.synthetic.rendering.canvas import OVERSAMPLING, blank
from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.models.synthetic.rendering.effects import compress, develop, moments
from poseloom.models.synthetic.rendering.mesh import mesh
from poseloom.models.synthetic.rendering.people import Placed, place
from poseloom.models.synthetic.rendering.pieces import box
from poseloom.models.synthetic.rendering.raster import draw
from poseloom.models.synthetic.rendering.regions import ignored_in
from poseloom.models.synthetic.rendering.shadow import Shadow
from poseloom.models.synthetic.rendering.truth import people_in
from poseloom.models.synthetic.scene import Scene
from poseloom.models.synthetic.spec import ClipSpec
from poseloom.schemas.arrays import F32
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
        surfaces = {id(actor.body.surface): actor.body.surface for actor in scene.actors}
        looks = {key: mesh(surface) for key, surface in surfaces.items()}
        self._bodies = [looks[id(actor.body.surface)] for actor in scene.actors]
        self._props = [(mesh(piece.surface), piece.vertices) for piece in map(box, scene.props)]

    def frame(self, t: int) -> Rendered:
        """Frame t. Its shutter is open around the frame's time, which is the moment of the truth."""
        spec, actors = self._spec, self._scene.actors
        light = np.zeros((spec.height, spec.width, 3), np.float32)
        exposed = moments(t, spec.shutter, self._travel(t))
        for moment in exposed:
            view, placed = self._view(moment), self._placed(moment)
            self._draw(view, placed)
            _expose(light, self._canvas.colour, 1 / len(exposed))
            if moment == t:
                seen = [view.seen(where.vertices) for where in placed]
                people = people_in(self._canvas, view, t, actors, placed, seen)
                ignored = ignored_in(view, actors, seen)
        picture = develop(light, spec.exposure, self._scene.seed, t)
        return Rendered(Frame(t, compress(picture, spec.jpeg_quality)), people, ignored)

    def _view(self, moment: float) -> View:
        return view_at(self._scene.camera, self._spec.width, self._spec.height, moment)

    def _placed(self, moment: float) -> list[Placed]:
        return [place(actor, self._spec.fps, moment) for actor in self._scene.actors]

    def _draw(self, view: View, placed: list[Placed]) -> None:
        """Draw everything onto the canvas."""
        things = [(body, where.vertices) for body, where in zip(self._bodies, placed, strict=True)] + self._props
        self._backdrop.draw(self._canvas, view)
        shadow = Shadow(view, self._scene.light)
        for shape, vertices in things:
            shadow.cast(vertices, shape.triangles)
        shadow.darken(self._canvas)
        depths = [float(view.seen(vertices.mean(axis=0))[2]) for _, vertices in things]
        for owner in np.argsort(depths, kind="stable").tolist():  # what is hidden by then costs less
            shape, vertices = things[owner]
            draw(self._canvas, view, self._scene.light, shape, vertices, owner)

    def _travel(self, t: int) -> float:
        """Pixels that the fastest keypoint, or the picture itself, moves while the shutter is open."""
        if self._spec.shutter == 0:
            return 0.0
        views = [self._view(t + sign * self._spec.shutter / 2) for sign in (-1, 1)]
        turned = float(np.arccos(np.clip(views[0].axes[2] @ views[1].axes[2], -1, 1)))
        travels = [self._scene.camera.focal * turned]
        ends = zip(*(self._placed(t + sign * self._spec.shutter / 2) for sign in (-1, 1)), strict=True)
        for before, after in ends:
            seen = [view.seen(where.points) for view, where in zip(views, (before, after), strict=True)]
            in_front = (seen[0][:, 2] > NEAR_M) & (seen[1][:, 2] > NEAR_M)
            way = views[0].pixels(seen[0][in_front]) - views[1].pixels(seen[1][in_front])
            travels.append(float(np.hypot(*way.T).max(initial=0.0)))
        return max(travels)


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
