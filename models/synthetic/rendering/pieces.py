"""Flat-sided things: boxes and sheets, and many of them as one."""

from dataclasses import dataclass

import numpy as np

from poseloom.models.synthetic.bodies import Surface
from poseloom.models.synthetic.rendering.people import turn
from poseloom.models.synthetic.scene import Prop
from poseloom.schemas.arrays import F32, F64, U8

_CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
_SIDES = np.array([[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]])


_UPRIGHT = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
_HALVES = np.array([[0, 1, 2], [0, 2, 3]], np.int32)


@dataclass(frozen=True, eq=False)
class Piece:
    """A surface that never moves, with its (V, 3) float64 vertices in the world."""

    surface: Surface
    vertices: F64


def box(prop: Prop) -> Piece:
    """A prop's six sides, each with the whole texture; sides share no corners, so that edges are sharp."""
    vertices = (_CORNERS[_SIDES.ravel()] * prop.size) @ turn(prop.heading).T + prop.centre
    return Piece(_quads(np.tile(_UPRIGHT, (6, 1, 1)), prop.texture, two_sided=False), vertices)


def sheet(corner: F64, along: F64, up: F64, columns: int, rows: int, texture: U8, two_sided: bool = False) -> Piece:
    """A grid of columns × rows cells, each with the whole texture.

    Args:
        corner: (3,) where it begins.
        along: (3,) from the corner to the end of the row.
        up: (3,) from the corner to the end of the column; `along` × `up` points outside.
        columns: Cells along.
        rows: Cells up.
        texture: (S, S, 4) uint8 RGBA.
        two_sided: Whether it has a back.
    """
    row, column = np.divmod(np.arange(rows * columns), columns)
    cells = np.stack([column, row], axis=1)[:, None] + _UPRIGHT
    vertices = corner + cells[..., :1] / columns * along + cells[..., 1:] / rows * up
    uv = np.broadcast_to(_UPRIGHT, cells.shape)
    return Piece(_quads(uv, texture, two_sided), vertices.reshape(-1, 3))


def merged(pieces: list[Piece]) -> Piece:
    """All pieces as one; equal texture arrays are kept once."""
    textures = {id(texture): texture for piece in pieces for texture in piece.surface.textures}
    number = {key: i for i, key in enumerate(textures)}
    starts = np.cumsum([0, *(len(piece.vertices) for piece in pieces)])
    surfaces = [piece.surface for piece in pieces]
    materials = [np.array([number[id(texture)] for texture in s.textures])[s.material] for s in surfaces]
    two_sided = np.zeros(len(textures), np.bool_)
    for surface, material in zip(surfaces, materials, strict=True):
        two_sided[material] = surface.two_sided[surface.material]
    return Piece(
        Surface(
            triangles=np.concatenate([s.triangles + start for s, start in zip(surfaces, starts, strict=False)]),
            uv=np.concatenate([s.uv for s in surfaces]),
            material=np.concatenate(materials),
            textures=tuple(textures.values()),
            tint=np.ones((len(textures), 3), np.float32),
            two_sided=two_sided,
        ),
        np.concatenate([piece.vertices for piece in pieces]),
    )


def _quads(uv: F32, texture: U8, two_sided: bool) -> Surface:
    """Q quadrilaterals of four vertices each, with (Q, 4, 2) texture coordinates."""
    triangles = (np.arange(len(uv), dtype=np.int32)[:, None, None] * 4 + _HALVES).reshape(-1, 3)
    return Surface(
        triangles=triangles,
        uv=uv.reshape(-1, 2)[triangles],
        material=np.zeros(len(triangles), np.int32),
        textures=(texture,),
        tint=np.ones((1, 3), np.float32),
        two_sided=np.array([two_sided]),
    )
