"""Ignore regions: where people are who are not annotated."""

from collections.abc import Iterator

import cv2
import numpy as np
import shapely

from poseloom.models.synthetic.rendering.camera import View
from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.models.synthetic.rendering.projection import Lens, on_screen
from poseloom.models.synthetic.scene import BYSTANDER, Actor
from poseloom.schemas.arrays import F32, F64, Bool
from poseloom.schemas.labels import Polygon

_SMALLEST_PX = 4.0
_SOME = 16


def ignored_in(view: View, actors: tuple[Actor, ...], seen: list[F64]) -> tuple[Polygon, ...]:
    """The convex outline of every bystander, without those of annotated people, cut at the picture's border.

    Evaluation drops annotated keypoints inside a region as well as predicted ones, so that no region
    may reach over an annotated person, hidden parts included. Regions have no holes.

    Args:
        view: The camera.
        actors: Everyone.
        seen: (V, 3) camera-space vertices of everyone.
    """
    if all(actor.track_id != BYSTANDER for actor in actors):
        return ()
    outlines = [_outline(view, vertices) for vertices in seen]
    bystanders = [o for o, actor in zip(outlines, actors, strict=True) if actor.track_id == BYSTANDER]
    annotated = [o for o, actor in zip(outlines, actors, strict=True) if actor.track_id != BYSTANDER]
    free = shapely.box(0, 0, view.width, view.height).difference(shapely.union_all(annotated))
    parts = (part for outline in bystanders for part in _polygons(outline.intersection(free)))
    return tuple(tuple(part.exterior.coords[:-1]) for part in parts)


def _outline(view: View, seen: F64) -> shapely.Geometry:
    """The convex hull of (V, 3) camera-space vertices in the picture; its corners are picked in single precision.

    The hull of some vertices already holds nearly all others.
    """
    screen = on_screen(Lens(view.focal, view.width / 2, view.height / 2), seen.astype(np.float32))
    in_front = np.flatnonzero(screen[:, 2])
    if len(in_front) == 0:
        return shapely.Point()
    some = np.asarray(cv2.convexHull(screen[in_front[::_SOME], :2])[:, 0], np.float32)
    beyond = in_front[_outside(some, screen[in_front, :2])]
    corners = beyond[cv2.convexHull(screen[beyond, :2], returnPoints=False)[:, 0]]
    return shapely.convex_hull(shapely.multipoints(view.pixels(seen[corners])))


@compiled
def _outside(polygon: F32, points: F32) -> Bool:
    """(N,) which of (N, 2) points are not strictly inside a convex polygon."""
    outside = np.zeros(len(points), np.bool_)
    middle_x, middle_y = polygon[:, 0].mean(), polygon[:, 1].mean()
    for i in range(len(polygon)):
        x, y = polygon[i]
        along, down = polygon[i - 1, 0] - x, polygon[i - 1, 1] - y
        inwards = np.sign(along * (middle_y - y) - down * (middle_x - x))
        for p in range(len(points)):
            outside[p] |= inwards * (along * (points[p, 1] - y) - down * (points[p, 0] - x)) <= 0
    return outside


def _polygons(shape: shapely.Geometry) -> Iterator[shapely.Polygon]:
    """The polygons of a shape that are worth mentioning; one with a hole is cut in two through the hole."""
    for part in shapely.get_parts(shape):
        if part.geom_type != "Polygon" or part.area < _SMALLEST_PX:
            continue
        if not part.interiors:
            yield part
            continue
        left, top, right, bottom = part.bounds
        middle = part.interiors[0].centroid.x
        for half in (shapely.box(left, top, middle, bottom), shapely.box(middle, top, right, bottom)):
            yield from _polygons(part.intersection(half))
