"""Closed surfaces from rings of points."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from poseloom.schemas.arrays import F64, I64


@dataclass(frozen=True, eq=False)
class Part:
    """A closed piece of a body.

    Attributes:
        vertices: (V, 3) metres.
        weights: (V, 19) shares of the bones that carry each vertex; rows add up to 1.
        triangles: (F, 3) vertex numbers, counter-clockwise seen from outside.
        uv: (F, 3, 2) texture coordinates of the corners.
        material: (F,) numbers of textures.
    """

    vertices: F64
    weights: F64
    triangles: I64
    uv: F64
    material: I64


def ring(centre: Sequence[float], half_width: float, half_depth: float, points: int, power: float = 2.0) -> F64:
    """(points, 3) around a vertical axis: from the back (-z) over the right side (-x) to the front and on.

    Args:
        centre: x, y, z.
        half_width: Along x.
        half_depth: Along z.
        points: Number of points.
        power: 2 is an ellipse, more is squarer.
    """
    angle = 2 * np.pi * (np.arange(points) / points - 0.5)
    sine, cosine = np.sin(angle), np.cos(angle)
    across = half_width * np.sign(sine) * np.abs(sine) ** (2 / power)
    ahead = half_depth * np.sign(cosine) * np.abs(cosine) ** (2 / power)
    return np.asarray(centre) + np.stack([across, np.zeros(points), ahead], axis=1)


def loft(rings: F64, weights: F64, v: F64, material: int | I64) -> Part:
    """The surface through rings, closed by a fan at either end.

    Args:
        rings: (R, N, 3) metres; point j of every ring has u = j / N.
        weights: (R, 19) or (R, N, 19) shares of the bones.
        v: (R,) texture coordinate of each ring.
        material: Of the whole, or (R - 1,) of each band; the fans take that of their neighbours.
    """
    count, around = rings.shape[:2]
    shares = np.broadcast_to(weights[:, None] if weights.ndim == 2 else weights, (count, around, weights.shape[-1]))
    vertices = np.concatenate([rings.reshape(-1, 3), rings[[0, -1]].mean(axis=1)])
    carried = np.concatenate([shares.reshape(count * around, -1), shares[[0, -1]].mean(axis=1)])
    sides, corners = _bands(count, around, v)
    bottom, top = _fan(0, count * around, around, v[0]), _fan((count - 1) * around, count * around + 1, around, v[-1])
    triangles = np.concatenate([sides, bottom[0][:, ::-1], top[0]])
    uv = np.concatenate([corners, bottom[1][:, ::-1], top[1]])
    bands = np.broadcast_to(np.asarray(material), count - 1)
    looks = np.concatenate([np.repeat(bands, 2 * around), np.repeat(bands[[0, -1]], around)])
    return _outwards(Part(vertices, carried, triangles, uv, looks))


def join(parts: Sequence[Part]) -> Part:
    """All parts as one, in their order."""
    first = np.cumsum([0, *(len(part.vertices) for part in parts[:-1])])
    return Part(
        np.concatenate([part.vertices for part in parts]),
        np.concatenate([part.weights for part in parts]),
        np.concatenate([part.triangles + start for part, start in zip(parts, first, strict=True)]),
        np.concatenate([part.uv for part in parts]),
        np.concatenate([part.material for part in parts]),
    )


def volume(vertices: F64, triangles: I64) -> float:
    """Cubic metres inside; negative where the triangles are clockwise."""
    a, b, c = np.moveaxis(vertices[triangles], 1, 0)
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


def _bands(count: int, around: int, v: F64) -> tuple[I64, F64]:
    """Two triangles for each pair of neighbours in each pair of rings."""
    i, j = (index.ravel() for index in np.mgrid[0 : count - 1, 0:around])
    low, right = i * around + j, i * around + (j + 1) % around
    triangles = np.stack([low, right, right + around, low, right + around, low + around], axis=1).reshape(-1, 3)
    u0, u1, v0, v1 = j / around, (j + 1) / around, v[i], v[i + 1]
    corners = np.stack([u0, v0, u1, v0, u1, v1, u0, v0, u1, v1, u0, v1], axis=1).reshape(-1, 3, 2)
    return triangles, corners


def _fan(first: int, centre: int, around: int, v: float) -> tuple[I64, F64]:
    """Triangles from a ring to a point, counter-clockwise for an eye above."""
    j = np.arange(around)
    triangles = np.stack([first + j, first + (j + 1) % around, np.full(around, centre)], axis=1)
    u0, u1 = j / around, (j + 1) / around
    flat = np.full(around, v)
    return triangles, np.stack([u0, flat, u1, flat, (u0 + u1) / 2, flat], axis=1).reshape(-1, 3, 2)


def _outwards(part: Part) -> Part:
    """The part with its triangles counter-clockwise, whichever way its rings were stacked."""
    if volume(part.vertices, part.triangles) > 0:
        return part
    return replace(part, triangles=part.triangles[:, ::-1], uv=part.uv[:, ::-1])
