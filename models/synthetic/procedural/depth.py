"""How deep a point lies inside a surface, measured with rays."""

from collections.abc import Sequence

import numpy as np

from poseloom.schemas.arrays import F64, I64

SLACK, MARGIN_M = 1.1, 0.012
"""Flesh moves when joints bend, and pictures have pixels."""


def depth(point: F64, directions: Sequence[tuple[float, float, float]], vertices: F64, triangles: I64) -> float:
    """Metres from a point to the farthest piece of surface in any of the directions, with some slack.

    Args:
        point: (3,) metres.
        directions: From where the point is looked at; of any length.
        vertices: (V, 3) metres.
        triangles: (F, 3) vertex numbers.
    """
    ways = np.asarray(directions, dtype=np.float64)
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    hits = [_farthest(point, way, vertices[triangles]) for way in ways]
    return SLACK * max(hits) + MARGIN_M


def _farthest(point: F64, way: F64, corners: F64) -> float:
    """Distance of the farthest triangle on a ray (Möller & Trumbore, 1997); 0 where there is none."""
    first, edge, other = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    across = np.cross(way, other)
    scale = np.einsum("ij,ij->i", edge, across)
    usable = np.abs(scale) > 1e-15
    inverse = np.where(usable, 1 / np.where(usable, scale, 1), 0)
    offset = point - first
    u = np.einsum("ij,ij->i", offset, across) * inverse
    turned = np.cross(offset, edge)
    v, distance = turned @ way * inverse, np.einsum("ij,ij->i", other, turned) * inverse
    hit = usable & (u >= 0) & (v >= 0) & (u + v <= 1) & (distance > 0)
    return float(distance[hit].max(initial=0.0))
