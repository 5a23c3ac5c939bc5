"""Triangles into pixels: a depth buffer that remembers who is seen where."""

import numpy as np

from poseloom.models.synthetic.rendering.camera import View
from poseloom.models.synthetic.rendering.canvas import OVERSAMPLING, Canvas
from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.models.synthetic.rendering.lighting import Lamp, lamp_in, lit
from poseloom.models.synthetic.rendering.mesh import SMALLEST, U32, Mesh, vertex_normals
from poseloom.models.synthetic.rendering.projection import (
    COLUMNS,
    INSIDE,
    OUTSIDE,
    Lens,
    covered,
    cut,
    on_screen,
    put_on_screen,
    rows,
    sides,
    span,
)
from poseloom.models.synthetic.scene import Light
from poseloom.schemas.arrays import F32, F64

_OPAQUE = 110 * 256
_SCALE = 1 / 65280


def draw(canvas: Canvas, view: View, light: Light, mesh: Mesh, vertices: F64 | F32, owner: int) -> None:
    """Draw a mesh with its (V, 3) vertices in world space; what is nearer stays in front."""
    seen = np.ascontiguousarray(view.seen(np.asarray(vertices, np.float64)), np.float32)
    normals = vertex_normals(seen, mesh.triangles)
    _draw(canvas, _lens(view), lamp_in(view, light), mesh, seen, normals, owner)


def _lens(view: View) -> Lens:
    return Lens(float(view.focal * OVERSAMPLING), view.width * OVERSAMPLING / 2.0, view.height * OVERSAMPLING / 2.0)


@compiled
def _draw(canvas: Canvas, lens: Lens, lamp: Lamp, mesh: Mesh, seen: F32, normals: F32, owner: int) -> None:
    """Draw all triangles; `seen` and `normals` are (V, 3) in camera space."""
    height, width = canvas.nearness.shape
    screen = on_screen(lens, seen)
    light, side = lit(lamp, normals), sides(mesh, seen, screen, width, height)
    # Looked up once: fields of a tuple cost more than a small triangle.
    triangles, uv, material, tint, nearest = mesh.triangles, mesh.uv, mesh.material, mesh.tint, canvas.nearness
    texels, start, texture_side = mesh.texels, mesh.start, mesh.side
    corners, room, slopes = np.empty((4, COLUMNS)), np.empty((3, COLUMNS)), np.empty((3, COLUMNS))
    for face in (OUTSIDE, INSIDE):  # what is inside is mostly hidden by then
        for f in range(len(triangles)):
            if side[f] != face or covered(nearest, screen, triangles, f):
                continue
            m = material[f]
            for i in range(3):
                v = triangles[f, i]
                corners[i, 3], corners[i, 4] = uv[f, i, 0], uv[f, i, 1]
                for axis in range(3):
                    corners[i, axis] = seen[v, axis]
                    corners[i, 5 + axis] = tint[m, axis] * light[v, face, axis]
            count = cut(corners, room)
            put_on_screen(corners, count, lens)
            if count >= 3:
                _fill(canvas, texels, start[m], texture_side[m], corners, slopes, owner)
            if count == 4:
                corners[1:3] = corners[2:]
                _fill(canvas, texels, start[m], texture_side[m], corners, slopes, owner)


@compiled
def _fill(canvas: Canvas, texels: U32, first: int, side: int, corners: F64, slopes: F64, owner: int) -> None:
    """Draw the triangle of the first three corners, perspective-correct: columns are linear on the screen."""
    colour, nearest, owners = canvas
    height, width = nearest.shape
    top, bottom = rows(corners, height)
    if top >= bottom:
        return
    area = _set_slopes(slopes, corners)
    first, side = _level(first, side, corners, area)
    for y in range(top, bottom):
        left, right = span(corners, y + 0.5, width)
        if left >= right:
            continue
        for column in range(2, COLUMNS):
            slopes[2, column] = corners[0, column] + (y + 0.5 - corners[0, 1]) * slopes[1, column]
        for x in range(left, right):
            along = x + 0.5 - corners[0, 0]
            nearness = slopes[2, 2] + along * slopes[0, 2]
            if nearness <= nearest[y, x]:
                continue
            depth = 1 / nearness
            u, v = (slopes[2, 3] + along * slopes[0, 3]) * depth, (slopes[2, 4] + along * slopes[0, 4]) * depth
            red_blue, green_alpha = _sample(texels, first, side, u, v)
            if green_alpha >> 16 < _OPAQUE:
                continue
            nearest[y, x] = nearness
            owners[y, x] = owner
            shares = (red_blue & 0xFFFF, green_alpha & 0xFFFF, red_blue >> 16)
            for channel in range(3):
                share = shares[channel] * _SCALE
                colour[y, x, channel] = (
                    share * share * depth * (slopes[2, 5 + channel] + along * slopes[0, 5 + channel])
                )


@compiled
def _set_slopes(slopes: F64, corners: F64) -> float:
    """Write the change of every column for one sample to the right and one down; the doubled area."""
    x1, y1 = corners[1, 0] - corners[0, 0], corners[1, 1] - corners[0, 1]
    x2, y2 = corners[2, 0] - corners[0, 0], corners[2, 1] - corners[0, 1]
    area = x1 * y2 - x2 * y1
    for column in range(2, COLUMNS):
        along_1 = (corners[1, column] - corners[0, column]) / area
        along_2 = (corners[2, column] - corners[0, column]) / area
        slopes[0, column] = along_1 * y2 - along_2 * y1
        slopes[1, column] = along_2 * x1 - along_1 * x2
    return float(abs(area))


@compiled
def _level(first: int, side: int, corners: F64, area: float) -> tuple[int, int]:
    """First texel and side of the texture size with about one texel for each sample of the triangle."""
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
def _sample(texels: U32, first: int, side: int, u: float, v: float) -> tuple[np.int64, np.int64]:
    """256 times the colour between the four texels around: red with blue, and green with alpha, 16 bits each."""
    x = min(max(u * side - 0.5, 0.0), side - 1.001)
    y = min(max((1 - v) * side - 0.5, 0.0), side - 1.001)
    column, row = int(x), int(y)
    right, down = int(16 * (x - column)), int(16 * (y - row))
    at = first + row * side + column
    red_blue = green_alpha = np.int64(0)
    for below in range(2):
        for beside in range(2):
            weight = (down if below else 16 - down) * (right if beside else 16 - right)
            texel = np.int64(texels[at + below * side + beside])
            red_blue += weight * (texel & 0xFF00FF)
            green_alpha += weight * (texel >> 8 & 0xFF00FF)
    return red_blue, green_alpha
