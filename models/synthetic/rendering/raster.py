"""Triangles into pixels: a depth buffer that remembers who is seen where."""

import math
from typing import NamedTuple

import numpy as np

from poseloom.models.synthetic.rendering.camera import NEAR_M, View
from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.models.synthetic.rendering.mesh import SMALLEST, U64, Mesh, vertex_normals
from poseloom.models.synthetic.scene import Light
from poseloom.schemas.arrays import F32, F64, I32

OVERSAMPLING = 2
"""Samples along each side of a pixel."""

_WRAP = 0.25
_OPAQUE = 110 / 255
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
    light, screen = _lit(lamp, normals), _on_screen(lens, seen)
    corners, slopes = np.empty((4, _COLUMNS)), np.empty((3, _COLUMNS))
    for f in range(len(mesh.triangles)):
        facing = _facing(seen, mesh.triangles, f)
        if facing == 0 or (facing < 0 and not mesh.two_sided[mesh.material[f]]):
            continue
        if _misses(canvas.nearness, screen, mesh.triangles, f):
            continue
        count = _clipped(corners, mesh, f, seen, light, 0 if facing > 0 else 1)
        _put_on_screen(corners, count, lens)
        if count >= 3:
            _fill(canvas, mesh, mesh.material[f], corners, slopes, owner)
        if count == 4:
            corners[1] = corners[2]
            corners[2] = corners[3]
            _fill(canvas, mesh, mesh.material[f], corners, slopes, owner)


@compiled
def _on_screen(lens: Lens, seen: F32) -> F32:
    """(V, 3) x, y and whether it is in front of the camera, for each vertex."""
    screen = np.zeros_like(seen)
    for v in range(len(seen)):
        if seen[v, 2] >= NEAR_M:
            screen[v, 0] = lens.x + lens.focal * seen[v, 0] / seen[v, 2]
            screen[v, 1] = lens.y + lens.focal * seen[v, 1] / seen[v, 2]
            screen[v, 2] = 1
    return screen


@compiled
def _misses(nearness: F32, screen: F32, triangles: I32, f: int) -> bool:
    """Whether a triangle surely covers no sample, as most of a body far away do: it lies between their middles."""
    a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
    if screen[a, 2] + screen[b, 2] + screen[c, 2] < 3:
        return False
    missed = False
    for axis in range(2):
        low = min(screen[a, axis], screen[b, axis], screen[c, axis]) - 0.502
        high = max(screen[a, axis], screen[b, axis], screen[c, axis]) - 0.498
        missed |= math.floor(high) < math.ceil(low) or high < 0 or low > nearness.shape[1 - axis]
    return missed


@compiled
def _lit(lamp: Lamp, normals: F32) -> F32:
    """(V, 2, 3) light that falls on the outside and the inside of the surface at its vertices."""
    light = np.empty((len(normals), 2, 3), np.float32)
    for v in range(len(normals)):
        straight = upwards = np.float32(0)
        for axis in range(3):
            straight += normals[v, axis] * lamp.direction[axis]
            upwards += normals[v, axis] * lamp.up[axis]
        for face in range(2):
            sign = 1 - 2 * face
            lit = max(0.0, (sign * straight + _WRAP) / (1 + _WRAP))
            above = 0.5 + 0.5 * sign * upwards
            for channel in range(3):
                around = lamp.ground[channel] + (lamp.sky[channel] - lamp.ground[channel]) * above
                light[v, face, channel] = lamp.colour[channel] * lit + around
    return light


@compiled
def _facing(seen: F32, triangles: I32, f: int) -> float:
    """1 where the outside of the triangle faces the camera, -1 where the inside does, 0 on edge."""
    a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
    volume = (
        seen[a, 0] * (seen[b, 1] * seen[c, 2] - seen[b, 2] * seen[c, 1])
        + seen[a, 1] * (seen[b, 2] * seen[c, 0] - seen[b, 0] * seen[c, 2])
        + seen[a, 2] * (seen[b, 0] * seen[c, 1] - seen[b, 1] * seen[c, 0])
    )
    return float(-np.sign(volume))


@compiled
def _clipped(corners: F64, mesh: Mesh, f: int, seen: F32, light: F32, face: int) -> int:
    """Write the corners of the part of triangle f beyond the near plane, in camera space; their number, 0 to 4."""
    count = 0
    for i in range(3):
        after = (i + 1) % 3
        depth, next_depth = seen[mesh.triangles[f, i], 2], seen[mesh.triangles[f, after], 2]
        if depth >= NEAR_M:
            _set_corner(corners, count, mesh, f, i, seen, light, face)
            count += 1
        if (depth >= NEAR_M) != (next_depth >= NEAR_M):
            share = (NEAR_M - depth) / (next_depth - depth)
            ends = np.empty((2, _COLUMNS))
            _set_corner(ends, 0, mesh, f, i, seen, light, face)
            _set_corner(ends, 1, mesh, f, after, seen, light, face)
            corners[count] = ends[0] + share * (ends[1] - ends[0])
            count += 1
    return count


@compiled
def _set_corner(corners: F64, at: int, mesh: Mesh, f: int, i: int, seen: F32, light: F32, face: int) -> None:
    """Position, texture coordinates and light at corner i of triangle f."""
    v, material = mesh.triangles[f, i], mesh.material[f]
    corners[at, 3], corners[at, 4] = mesh.uv[f, i, 0], mesh.uv[f, i, 1]
    for axis in range(3):
        corners[at, axis] = seen[v, axis]
        corners[at, 5 + axis] = mesh.tint[material, axis] * light[v, face, axis]


@compiled
def _put_on_screen(corners: F64, count: int, lens: Lens) -> None:
    for at in range(count):
        nearness = 1 / corners[at, 2]
        corners[at, 0] = lens.x + lens.focal * corners[at, 0] * nearness
        corners[at, 1] = lens.y + lens.focal * corners[at, 1] * nearness
        corners[at, 2] = nearness
        for column in range(3, _COLUMNS):
            corners[at, column] *= nearness


@compiled
def _fill(canvas: Canvas, mesh: Mesh, material: int, corners: F64, slopes: F64, owner: int) -> None:
    """Draw the triangle of the first three corners, perspective-correct: columns are linear on the screen."""
    nearest, texels = canvas.nearness, mesh.texels  # looked up once: a field of a tuple costs as much as a sample
    height, width = nearest.shape
    top, bottom = rows(corners, height)
    if top >= bottom:
        return
    area = _set_slopes(slopes, corners)
    first, side = _level(mesh, material, corners, area)
    for y in range(top, bottom):
        left, right = span(corners, y + 0.5, width)
        for column in range(2, _COLUMNS):
            slopes[2, column] = corners[0, column] + (y + 0.5 - corners[0, 1]) * slopes[1, column]
        for x in range(left, right):
            along = x + 0.5 - corners[0, 0]
            nearness = slopes[2, 2] + along * slopes[0, 2]
            if nearness <= nearest[y, x]:
                continue
            depth = 1 / nearness
            u, v = (slopes[2, 3] + along * slopes[0, 3]) * depth, (slopes[2, 4] + along * slopes[0, 4]) * depth
            sample = _sample(texels, first, side, u, v)
            if _lane(sample, 3) < _OPAQUE:
                continue
            nearest[y, x] = nearness
            canvas.owner[y, x] = owner
            for channel in range(3):
                share = _lane(sample, channel)
                light = (slopes[2, 5 + channel] + along * slopes[0, 5 + channel]) * depth
                canvas.colour[y, x, channel] = share * share * light


@compiled
def rows(corners: F64, height: int) -> tuple[int, int]:
    """Half-open range of the rows whose middles a triangle crosses; corners begin with x, y."""
    low = min(corners[0, 1], corners[1, 1], corners[2, 1])
    high = max(corners[0, 1], corners[1, 1], corners[2, 1])
    return int(max(0.0, math.ceil(low - 0.5))), int(min(float(height), math.ceil(high - 0.5)))


@compiled
def span(corners: F64, y: float, width: int) -> tuple[int, int]:
    """Half-open range of the columns whose middles lie in the triangle at that height."""
    low, high = 1e18, -1e18
    for p in range(3):
        q = (p + 1) % 3
        if (corners[p, 1] <= y) != (corners[q, 1] <= y):
            slope = (corners[q, 0] - corners[p, 0]) / (corners[q, 1] - corners[p, 1])
            x = corners[p, 0] + (y - corners[p, 1]) * slope
            low, high = min(low, x), max(high, x)
    if high <= low:
        return 0, 0
    return int(max(0.0, math.ceil(low - 0.5))), int(min(float(width), math.ceil(high - 0.5)))


@compiled
def _set_slopes(slopes: F64, corners: F64) -> float:
    """Write the change of every column for one sample to the right and one down; the doubled area."""
    x1, y1 = corners[1, 0] - corners[0, 0], corners[1, 1] - corners[0, 1]
    x2, y2 = corners[2, 0] - corners[0, 0], corners[2, 1] - corners[0, 1]
    area = x1 * y2 - x2 * y1
    for column in range(2, _COLUMNS):
        along_1 = (corners[1, column] - corners[0, column]) / area
        along_2 = (corners[2, column] - corners[0, column]) / area
        slopes[0, column] = along_1 * y2 - along_2 * y1
        slopes[1, column] = along_2 * x1 - along_1 * x2
    return float(abs(area))


@compiled
def _level(mesh: Mesh, material: int, corners: F64, area: float) -> tuple[int, int]:
    """First texel and side of the texture size with about one texel for each sample of the triangle."""
    first, side = mesh.start[material], mesh.side[material]
    u, v = corners[0, 3] / corners[0, 2], corners[0, 4] / corners[0, 2]
    u1, v1 = corners[1, 3] / corners[1, 2] - u, corners[1, 4] / corners[1, 2] - v
    u2, v2 = corners[2, 3] / corners[2, 2] - u, corners[2, 4] / corners[2, 2] - v
    texels = abs(u1 * v2 - u2 * v1) * side * side
    while texels > 2 * area and side > SMALLEST:
        texels /= 4
        first += side * side
        side //= 2
    return first, side


@compiled
def _sample(texels: U64, first: int, side: int, u: float, v: float) -> np.uint64:
    """256 times the colour between the four texels around, in the lanes of `Mesh.texels`."""
    x = min(max(u * side - 0.5, 0.0), side - 1.001)
    y = min(max((1 - v) * side - 0.5, 0.0), side - 1.001)
    column, row = int(x), int(y)
    right, down = int(16 * (x - column)), int(16 * (y - row))
    above = first + row * side + column
    below = above + side
    weighed: np.uint64 = (
        np.uint64((16 - right) * (16 - down)) * texels[above]
        + np.uint64(right * (16 - down)) * texels[above + 1]
        + np.uint64((16 - right) * down) * texels[below]
        + np.uint64(right * down) * texels[below + 1]
    )
    return weighed


@compiled
def _lane(sample: np.uint64, channel: int) -> float:
    """One channel of a sample, 0..1."""
    return float((sample >> np.uint64(16 * channel)) & np.uint64(0xFFFF)) * (1 / 65280)
