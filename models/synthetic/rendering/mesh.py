"""What the rasteriser draws: triangles with textures in all sizes."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from poseloom.models.synthetic.bodies import Surface
from poseloom.models.synthetic.rendering.compiled import compiled
from poseloom.schemas.arrays import F32, I32, U8, Bool

U32 = npt.NDArray[np.uint32]

SMALLEST = 8
"""Texels along the side of the smallest copy of a texture."""


class Mesh(NamedTuple):
    """A surface, ready to be drawn.

    Attributes:
        triangles: (F, 3) int32 vertex numbers, counter-clockwise outside.
        uv: (F, 3, 2) float32 texture coordinates, v upwards.
        material: (F,) int32.
        texels: (N,) uint32 of all textures, each followed by its halvings down to 8 texels a side; red in the
            lowest byte, then green, blue and alpha.
        start: (M,) int32 first texel of each material.
        side: (M,) int32 texels along one side of each material's largest picture.
        tint: (M, 3) float32.
        two_sided: (M,) bool.
    """

    triangles: I32
    uv: F32
    material: I32
    texels: U32
    start: I32
    side: I32
    tint: F32
    two_sided: Bool


def mesh(surface: Surface) -> Mesh:
    """The surface with smaller copies of its textures for triangles that are far away."""
    pyramids = [_pyramid(np.ascontiguousarray(texture)) for texture in surface.textures]
    sizes = [len(pyramid) for pyramid in pyramids]
    return Mesh(
        np.ascontiguousarray(surface.triangles, np.int32),
        np.ascontiguousarray(surface.uv, np.float32),
        np.ascontiguousarray(surface.material, np.int32),
        np.concatenate(pyramids).view(np.uint32)[:, 0],
        np.cumsum([0, *sizes[:-1]]).astype(np.int32),
        np.array([max(len(texture), SMALLEST) for texture in surface.textures], np.int32),
        np.ascontiguousarray(surface.tint, np.float32),
        np.ascontiguousarray(surface.two_sided, np.bool_),
    )


def _pyramid(texture: U8) -> U8:
    """(N, 4) texels of the texture and all its halvings, largest first."""
    levels = [texture.repeat(repeats := max(1, SMALLEST // len(texture)), axis=0).repeat(repeats, axis=1)]
    while len(levels[-1]) > SMALLEST:
        levels.append(_halved(levels[-1]))
    return np.concatenate([level.reshape(-1, 4) for level in levels])


@compiled
def _halved(texture: U8) -> U8:
    """(S/2, S/2, 4) mean of each 2×2 texels, in which holes do not colour their surroundings."""
    side = texture.shape[0] // 2
    half = np.empty((side, side, 4), np.uint8)
    for y in range(side):
        for x in range(side):
            block = texture[2 * y : 2 * y + 2, 2 * x : 2 * x + 2]
            red = green = blue = alpha = 0.0
            for j in range(2):
                for i in range(2):
                    weight = block[j, i, 3] + 0.01
                    red += weight * block[j, i, 0]
                    green += weight * block[j, i, 1]
                    blue += weight * block[j, i, 2]
                    alpha += weight
            half[y, x, 0] = int(red / alpha + 0.5)
            half[y, x, 1] = int(green / alpha + 0.5)
            half[y, x, 2] = int(blue / alpha + 0.5)
            half[y, x, 3] = int(alpha / 4)
    return half


@compiled
def vertex_normals(vertices: F32, triangles: I32) -> F32:
    """(V, 3) float32 unit normals of (V, 3) vertices: the mean of the triangles around, by area."""
    normals = np.zeros_like(vertices)
    for f in range(len(triangles)):
        a, b, c = triangles[f, 0], triangles[f, 1], triangles[f, 2]
        ux, uy, uz = (
            vertices[b, 0] - vertices[a, 0],
            vertices[b, 1] - vertices[a, 1],
            vertices[b, 2] - vertices[a, 2],
        )
        wx, wy, wz = (
            vertices[c, 0] - vertices[a, 0],
            vertices[c, 1] - vertices[a, 1],
            vertices[c, 2] - vertices[a, 2],
        )
        for v in (a, b, c):
            normals[v, 0] += uy * wz - uz * wy
            normals[v, 1] += uz * wx - ux * wz
            normals[v, 2] += ux * wy - uy * wx
    for v in range(len(normals)):
        length = np.sqrt(normals[v, 0] ** 2 + normals[v, 1] ** 2 + normals[v, 2] ** 2) + np.float32(1e-20)
        for axis in range(3):
            normals[v, axis] /= length
    return normals
