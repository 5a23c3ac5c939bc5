"""Ignore regions: where people are who are not annotated."""

from collections.abc import Iterator

import cv2
import numpy as np
import shapely

from poseloom.models.synthetic.rendering.camera import NEAR_M, View
from poseloom.models.synthetic.scene import BYSTANDER, Actor
from poseloom.schemas.arrays import F64
from poseloom.schemas.labels import Polygon

_SMALLEST_PX = 4.0


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
    pixels = view.pixels(seen[seen[:, 2] >= NEAR_M])
    if len(pixels) > 0:
        pixels = pixels[cv2.convexHull(pixels.astype(np.float32), returnPoints=False)[:, 0]]
    return shapely.convex_hull(shapely.multipoints(pixels))


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
