"""Triangles into pixels: a depth buffer that remembers who is seen where."""

import math
from typing import NamedTuple

import numpy as np

from poseloom.models.synthetic.rendering.camera import NEAR_M, View
from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.models.synthetic.rendering.mesh import SMALLEST, Mesh, vertex_normals
from poseloom.models.synthetic.scene import Light
from poseloom.schemas.arrays import F32, F64, I32, U8

OVERSAMPLING = 2
"""Samples along each side of a pixel."""

_WRAP = 0.25
_OPAQUE = 110.0
_COLUMNS = 8  # of a corner: x, y, 1/z, then u, v, red, green, blue, each divided by z


class Canvas(NamedTuple):
    """What has been drawn so far, at `OVERSAMPLING` samples a side of a pixel.

    Attributes:
        colour: (h, w, 3) float32 linear light.
        nearness: (h, w) float32, one over the depth in metres; 0 where nothing is.
        owner: (h, w) int32 number of what is seen.
    """

    colour: F32
    nearness: F32
    owner: I32


class Lamp(NamedTuple):
    """Light as the camera sees it; all (3,) float32, `direction` and `up` in camera space."""

    direction: F32
    up: F32
    colour: F32
    sky: F32
    ground: F32


class Lens(NamedTuple):
    """Focal length and picture centre, in samples."""

    focal: float
    x: float
    y: float


def blank(width: int, height: int) -> Canvas:
    """A canvas for a picture of that many pixels, with nothing on it; owners are -1."""
    shape = (height * OVERSAMPLING, width * OVERSAMPLING)
    return Canvas(np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32), np.full(shape, -1, np.int32))


def clear(canvas: Canvas) -> None:
    """Take everything off the canvas."""
    for layer, nothing in zip(canvas, (0, 0, -1), strict=True):
        layer.fill(nothing)


def copy(canvas: Canvas, onto: Canvas) -> None:
    """Make another canvas of the same size show the same."""
    for layer, target in zip(canvas, onto, strict=True):
        np.copyto(target, layer)


def draw(canvas: Canvas, view: View, light: Light, mesh: Mesh, vertices: F64 | F32, owner: int) -> None:
    """Draw a mesh with its (V, 3) vertices in world space; what is nearer stays in front."""
    seen = np.ascontiguousarray(view.seen(np.asarray(vertices, np.float64)), np.float32)
    normals = vertex_normals(seen, mesh.triangles)
    _draw(canvas, _lens(view), _lamp(view, light), mesh, seen, normals, owner)


def _lens(view: View) -> Lens:
    return Lens(float(view.focal * OVERSAMPLING), view.width * OVERSAMPLING / 2.0, view.height * OVERSAMPLING / 2.0)


def _lamp(view: View, light: Light) -> Lamp:
    in_camera = (view.axes @ light.direction, view.axes @ np.array([0.0, 1.0, 0.0]))
    return Lamp(*(np.asarray(v, np.float32) for v in (*in_camera, light.colour, light.sky, light.ground)))


@compiled
def _draw(canvas: Canvas, lens: Lens, lamp: Lamp, mesh: Mesh, seen: F32, normals: F32, owner: int) -> None:
    """Draw all triangles; `seen` and `normals` are (V, 3) in camera space."""
    corners = np.empty((4, _COLUMNS))
    for f in range(len(mesh.triangles)):
        facing = _facing(seen, mesh.triangles[f])
        if facing == 0 or (facing < 0 and not mesh.two_sided[mesh.material[f]]):
            continue
        count = _clipped(corners, mesh, f, lamp, seen, normals, facing)
        for corner in range(count):
            _put_on_screen(corners[corner], lens)
        for corner in range(2, count):
            _fill(canvas, mesh, mesh.material[f], corners[0], corners[corner - 1], corners[corner], owner)


@compiled
def _facing(seen: F32, triangle: I32) -> float:
    """1 where the outside of the triangle faces the camera, -1 where the inside does, 0 on edge."""
    a, b, c = seen[triangle[0]], seen[triangle[1]], seen[triangle[2]]
    volume = (
        a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) + a[2] * (b[0] * c[1] - b[1] * c[0])
    )
    return float(-np.sign(volume))


@compiled
def _clipped(corners: F64, mesh: Mesh, f: int, lamp: Lamp, seen: F32, normals: F32, facing: float) -> int:
    """Write the corners of the part of triangle f beyond the near plane, in camera space; their number, 0 to 4."""
    count = 0
    for i in range(3):
        here, after = mesh.triangles[f, i], mesh.triangles[f, (i + 1) % 3]
        depth, next_depth = seen[here, 2], seen[after, 2]
        if depth >= NEAR_M:
            _set_corner(corners[count], mesh, f, i, lamp, seen, normals, facing)
            count += 1
        if (depth >= NEAR_M) != (next_depth >= NEAR_M):
            share = (NEAR_M - depth) / (next_depth - depth)
            _set_corner(corners[count], mesh, f, i, lamp, seen, normals, facing)
            other = np.empty(_COLUMNS)
            _set_corner(other, mesh, f, (i + 1) % 3, lamp, seen, normals, facing)
            for column in range(_COLUMNS):
                corners[count, column] += share * (other[column] - corners[count, column])
            count += 1
    return count


@compiled
def _set_corner(corner: F64, mesh: Mesh, f: int, i: int, lamp: Lamp, seen: F32, normals: F32, facing: float) -> None:
    """Position, texture coordinates and light at corner i of triangle f."""
    v, material = mesh.triangles[f, i], mesh.material[f]
    straight = upwards = 0.0
    for axis in range(3):
        corner[axis] = seen[v, axis]
        straight += facing * normals[v, axis] * lamp.direction[axis]
        upwards += facing * normals[v, axis] * lamp.up[axis]
    lit = max(0.0, (straight + _WRAP) / (1 + _WRAP))
    corner[3], corner[4] = mesh.uv[f, i, 0], mesh.uv[f, i, 1]
    for channel in range(3):
        around = lamp.ground[channel] + (lamp.sky[channel] - lamp.ground[channel]) * (0.5 + 0.5 * upwards)
        corner[5 + channel] = mesh.tint[material, channel] * (lamp.colour[channel] * lit + around)


@compiled
def _put_on_screen(corner: F64, lens: Lens) -> None:
    nearness = 1 / corner[2]
    corner[0] = lens.x + lens.focal * corner[0] * nearness
    corner[1] = lens.y + lens.focal * corner[1] * nearness
    corner[2] = nearness
    for column in range(3, _COLUMNS):
        corner[column] *= nearness


@compiled
def _fill(canvas: Canvas, mesh: Mesh, material: int, a: F64, b: F64, c: F64, owner: int) -> None:
    """Draw one triangle on the screen, perspective-correct: everything divided by z is linear there."""
    area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
    if area == 0:
        return
    nearest, texels = canvas.nearness, mesh.texels  # looked up once: a field of a tuple costs as much as a sample
    height, width = nearest.shape
    top, bottom = rows(a, b, c, height)
    first, side = _level(mesh, material, a, b, c, area)
    start, colour = np.empty(_COLUMNS), np.empty(3)
    step = _slopes(a, b, c, area)
    for y in range(top, bottom):
        left, right = span(a, b, c, y + 0.5, width)
        for column in range(2, _COLUMNS):
            start[column] = a[column] + (0.5 - a[0]) * step[0, column] + (y + 0.5 - a[1]) * step[1, column]
        for x in range(left, right):
            nearness = start[2] + x * step[0, 2]
            if nearness <= nearest[y, x]:
                continue
            depth = 1 / nearness
            u, v = (start[3] + x * step[0, 3]) * depth, (start[4] + x * step[0, 4]) * depth
            if not _sample(colour, texels, first, side, u, v):
                continue
            nearest[y, x] = nearness
            canvas.owner[y, x] = owner
            for channel in range(3):
                light = (start[5 + channel] + x * step[0, 5 + channel]) * depth
                canvas.colour[y, x, channel] = colour[channel] * light


@compiled
def rows(a: F64, b: F64, c: F64, height: int) -> tuple[int, int]:
    """Half-open range of the rows whose middles the triangle crosses; corners begin with x, y."""
    top = max(0.0, math.ceil(min(a[1], b[1], c[1]) - 0.5))
    bottom = min(float(height), math.ceil(max(a[1], b[1], c[1]) - 0.5))
    return int(top), int(bottom)


@compiled
def span(a: F64, b: F64, c: F64, y: float, width: int) -> tuple[int, int]:
    """Half-open range of the columns whose middles lie in the triangle at that height."""
    low, high = np.inf, -np.inf
    for p, q in ((a, b), (b, c), (c, a)):
        if (p[1] <= y) != (q[1] <= y):
            x = p[0] + (y - p[1]) * (q[0] - p[0]) / (q[1] - p[1])
            low, high = min(low, x), max(high, x)
    if high <= low:
        return 0, 0
    return int(max(0.0, math.ceil(low - 0.5))), int(min(float(width), math.ceil(high - 0.5)))


@compiled
def _slopes(a: F64, b: F64, c: F64, area: float) -> F64:
    """(2, 8) change of every column for one sample to the right and one down."""
    slopes = np.empty((2, _COLUMNS))
    for column in range(2, _COLUMNS):
        along_b, along_c = b[column] - a[column], c[column] - a[column]
        slopes[0, column] = (along_b * (c[1] - a[1]) - along_c * (b[1] - a[1])) / area
        slopes[1, column] = (along_c * (b[0] - a[0]) - along_b * (c[0] - a[0])) / area
    return slopes


@compiled
def _level(mesh: Mesh, material: int, a: F64, b: F64, c: F64, area: float) -> tuple[int, int]:
    """First texel and side of the texture size with about one texel for each sample of the triangle."""
    first, side = mesh.start[material], mesh.side[material]
    u0, v0, u1, v1 = a[3] / a[2], a[4] / a[2], b[3] / b[2], b[4] / b[2]
    u2, v2 = c[3] / c[2], c[4] / c[2]
    texels = abs((u1 - u0) * (v2 - v0) - (u2 - u0) * (v1 - v0)) * side * side
    while texels > 2 * abs(area) and side > SMALLEST:
        texels /= 4
        first += side * side
        side //= 2
    return first, side


@compiled
def _sample(colour: F64, texels: U8, first: int, side: int, u: float, v: float) -> bool:
    """Write the linear colour between the four texels around; False in a hole."""
    x = min(max(u * side - 0.5, 0.0), side - 1.001)
    y = min(max((1 - v) * side - 0.5, 0.0), side - 1.001)
    column, row = int(x), int(y)
    right, down = x - column, y - row
    above = first + row * side + column
    below = above + side
    w00, w01, w10, w11 = (1 - right) * (1 - down), right * (1 - down), (1 - right) * down, right * down
    for channel in (3, 0, 1, 2):
        value = (
            w00 * texels[above, channel]
            + w01 * texels[above + 1, channel]
            + w10 * texels[below, channel]
            + w11 * texels[below + 1, channel]
        )
        if channel < 3:
            colour[channel] = value * value / 65025
        elif value < _OPAQUE:
            return False
    return True
