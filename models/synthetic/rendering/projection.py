"""Triangles on their way to the screen: which of them can be seen, and where their corners are."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from poseloom.models.synthetic.rendering.camera import NEAR_M
from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.models.synthetic.rendering.mesh import Mesh
from poseloom.schemas.arrays import F32, F64, I32

I8 = npt.NDArray[np.int8]

COLUMNS = 8
"""Of a corner: x, y, z, u, v, red, green, blue; on the screen z is 1/z and what follows is divided by z."""

HIDDEN, OUTSIDE, INSIDE = -1, 0, 1
"""What the camera sees of a triangle."""


_FEW = 16
_ROUNDING = 0.002
_EDGE = 0.01  # more than rounding moves an edge
_CLOSER = 1.0001


class Lens(NamedTuple):
    """Focal length and picture centre, in samples."""

    focal: float
    x: float
    y: float


@compiled
def sides(mesh: Mesh, seen: F32, screen: F32, width: int, height: int) -> I8:
    """(F,) which side of each triangle covers samples, if any, were there no other triangles.

    Most triangles of a body lie between the middles of the samples or show a side that is not drawn:
    nothing else is worked out for them.

    Args:
        mesh: The surface.
        seen: (V, 3) vertices in camera space.
        screen: (V, 3) vertices by `on_screen`.
        width: Samples.
        height: Samples.
    """
    triangles, material, two_sided = mesh.triangles, mesh.material, mesh.two_sided
    side = np.full(len(triangles), HIDDEN, np.int8)
    for f in range(len(triangles)):
        a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
        if screen[a, 2] > 0 and screen[b, 2] > 0 and screen[c, 2] > 0:
            ax, ay, bx, by, cx, cy = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1], screen[c, 0], screen[c, 1]
            if missed(ax, bx, cx, width) or missed(ay, by, cy, height):
                continue
            turn = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        elif screen[a, 2] > 0 or screen[b, 2] > 0 or screen[c, 2] > 0:
            turn = _volume(seen, a, b, c)
        else:
            continue
        if turn < 0:
            side[f] = OUTSIDE
        elif turn > 0 and two_sided[material[f]]:
            side[f] = INSIDE
    return side


@compiled
def covered(nearest: F32, screen: F32, triangles: I32, f: int) -> bool:
    """Whether a triangle surely shows nowhere: it reaches no sample, or is nowhere nearer than what is there.

    Only triangles that reach a few samples are looked at; setting one up costs more than this.
    """
    a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
    if screen[a, 2] == 0 or screen[b, 2] == 0 or screen[c, 2] == 0:
        return False
    ax, ay, bx, by, cx, cy = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1], screen[c, 0], screen[c, 1]
    left, right = middles(ax, bx, cx, nearest.shape[1])
    top, bottom = middles(ay, by, cy, nearest.shape[0])
    if (right - left) * (bottom - top) > _FEW:
        return False
    closest = max(screen[a, 2], screen[b, 2], screen[c, 2]) * _CLOSER
    sign = 1 if (bx - ax) * (cy - ay) > (by - ay) * (cx - ax) else -1
    for row in range(top, bottom):
        for column in range(left, right):
            if nearest[row, column] < closest:
                x, y = column + 0.5, row + 0.5
                ab = sign * ((bx - ax) * (y - ay) - (by - ay) * (x - ax))
                bc = sign * ((cx - bx) * (y - by) - (cy - by) * (x - bx))
                ca = sign * ((ax - cx) * (y - cy) - (ay - cy) * (x - cx))
                if ab > -_EDGE and bc > -_EDGE and ca > -_EDGE:
                    return False
    return True


@compiled
def on_screen(lens: Lens, seen: F32) -> F32:
    """(V, 3) x, y and 1/z of (V, 3) camera-space vertices; 1/z is 0 before the near plane."""
    screen = np.zeros_like(seen)
    for v in range(len(seen)):
        if seen[v, 2] >= NEAR_M:
            nearness = 1 / seen[v, 2]
            screen[v, 0] = lens.x + lens.focal * seen[v, 0] * nearness
            screen[v, 1] = lens.y + lens.focal * seen[v, 1] * nearness
            screen[v, 2] = nearness
    return screen


@compiled
def middles(a: float, b: float, c: float, size: int) -> tuple[int, int]:
    """Half-open range of the samples, of 0 to `size` - 1, whose middles lie between the least and greatest of three."""
    first, last = math.ceil(min(a, b, c) - 0.5 - _ROUNDING), math.floor(max(a, b, c) - 0.5 + _ROUNDING)
    return max(int(first), 0), min(int(last) + 1, size)


@compiled
def missed(a: float, b: float, c: float, size: int) -> bool:
    """Whether there are no such samples."""
    first, end = middles(a, b, c, size)
    return first >= end


@compiled
def _volume(seen: F32, a: int, b: int, c: int) -> float:
    """Negative where the outside of a triangle faces the camera."""
    return float(
        seen[a, 0] * (seen[b, 1] * seen[c, 2] - seen[b, 2] * seen[c, 1])
        + seen[a, 1] * (seen[b, 2] * seen[c, 0] - seen[b, 0] * seen[c, 2])
        + seen[a, 2] * (seen[b, 0] * seen[c, 1] - seen[b, 1] * seen[c, 0])
    )


@compiled
def cut(corners: F64, spare: F64) -> int:
    """Leave the part of a triangle beyond the near plane; its number of corners, 0 to 4.

    Args:
        corners: (4, COLUMNS) in camera space; the first three are the triangle.
        spare: (3, COLUMNS) room.
    """
    if corners[0, 2] >= NEAR_M and corners[1, 2] >= NEAR_M and corners[2, 2] >= NEAR_M:
        return 3
    spare[:] = corners[:3]
    count = 0
    for i in range(3):
        after = (i + 1) % 3
        depth, next_depth = spare[i, 2], spare[after, 2]
        if depth >= NEAR_M:
            corners[count] = spare[i]
            count += 1
        if (depth >= NEAR_M) != (next_depth >= NEAR_M):
            share = (NEAR_M - depth) / (next_depth - depth)
            corners[count] = spare[i] + share * (spare[after] - spare[i])
            count += 1
    return count


@compiled
def put_on_screen(corners: F64, count: int, lens: Lens) -> None:
    """Turn the first corners from camera space to screen space."""
    for at in range(count):
        nearness = 1 / corners[at, 2]
        corners[at, 0] = lens.x + lens.focal * corners[at, 0] * nearness
        corners[at, 1] = lens.y + lens.focal * corners[at, 1] * nearness
        corners[at, 2] = nearness
        for column in range(3, COLUMNS):
            corners[at, column] *= nearness


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
