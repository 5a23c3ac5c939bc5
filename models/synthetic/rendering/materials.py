"""Textures of places: walls, floors, fronts of houses, furniture, leaves, sky."""

from collections.abc import Sequence

import cv2
import numpy as np

from poseloom.schemas.arrays import F32, F64, U8

_SIDE = 256
_Colour = F64 | Sequence[float]


def grain(rng: np.random.Generator, cell_x: float, cell_y: float) -> F32:
    """(256, 256) noise of unit variance with details of that many texels; it tiles."""
    coarse = rng.standard_normal((max(2, round(_SIDE / cell_y)), max(2, round(_SIDE / cell_x)))).astype(np.float32)
    wrapped = np.pad(coarse, 2, mode="wrap")
    scale_y, scale_x = _SIDE / coarse.shape[0], _SIDE / coarse.shape[1]
    size = (round(wrapped.shape[1] * scale_x), round(wrapped.shape[0] * scale_y))
    fine = cv2.resize(wrapped, size, interpolation=cv2.INTER_CUBIC)
    top, left = round(2 * scale_y), round(2 * scale_x)
    fine = fine[top : top + _SIDE, left : left + _SIDE]
    return np.asarray(fine / max(float(fine.std()), 1e-6), np.float32)


def paint(rng: np.random.Generator, dark: float, bright: float) -> F64:
    """(3,) an unobtrusive colour."""
    return np.asarray(rng.uniform(dark, bright) * (1 + rng.uniform(0, 0.14) * rng.uniform(-1, 1, 3)))


def plaster(rng: np.random.Generator, colour: _Colour) -> U8:
    """A painted wall with stains."""
    stains = 0.02 * grain(rng, 90, 90) + 0.008 * grain(rng, 12, 12) + 0.012 * grain(rng, 2, 2)
    return _opaque(np.asarray(colour) * (1 + stains[..., None]))


def planks(rng: np.random.Generator, colour: _Colour) -> U8:
    """Six boards side by side with the grain of wood."""
    boards = np.arange(_SIDE) * 6 // _SIDE
    shade = rng.uniform(0.78, 1.12, 6)[boards][None, :]
    wood = 1 + 0.07 * grain(rng, 3, 90) + 0.06 * grain(rng, 9, 130) + 0.03 * grain(rng, 2, 8)
    joints = np.where(np.arange(_SIDE) * 6 % _SIDE < 9, 0.55, 1.0)[None, :]
    ends = np.ones((_SIDE, _SIDE))
    for board, row in enumerate(rng.integers(0, _SIDE, 6)):
        ends[row : row + 2, boards == board] = 0.6
    return _opaque(np.asarray(colour) * (shade * wood * joints * ends)[..., None])


def tiles(rng: np.random.Generator, colour: _Colour, count: int) -> U8:
    """Square tiles with joints; every second one may differ."""
    cell = np.arange(_SIDE) * count // _SIDE
    shade = rng.uniform(0.93, 1.05, (count, count))
    shade[np.indices((count, count)).sum(axis=0) % 2 == 0] *= rng.choice([1.0, 0.8, 0.6])
    offset = np.arange(_SIDE) * count % _SIDE
    joint = (offset[:, None] < 2.5 * count) | (offset[None, :] < 2.5 * count)
    relief = 1 + 0.04 * grain(rng, 20, 20) + 0.03 * grain(rng, 3, 3)
    return _opaque(np.asarray(colour) * (shade[np.ix_(cell, cell)] * relief * np.where(joint, 0.62, 1))[..., None])


def bricks(rng: np.random.Generator, colour: _Colour) -> U8:
    """Eight courses of bricks in mortar."""
    y, x = np.mgrid[0:_SIDE, 0:_SIDE]
    course = y * 8 // _SIDE
    along = (x + course % 2 * _SIDE // 8) % _SIDE
    shade = rng.uniform(0.72, 1.15, (8, 4))[course, along * 4 // _SIDE]
    mortar = (y * 8 % _SIDE < 24) | (along * 4 % _SIDE < 14)
    rough = 1 + 0.06 * grain(rng, 3, 3) + 0.05 * grain(rng, 24, 24)
    stone = np.asarray(colour) * shade[..., None]
    return _opaque(np.where(mortar[..., None], (150, 146, 138), stone) * rough[..., None])


def gravel(rng: np.random.Generator, colour: _Colour, coarse: float) -> U8:
    """Asphalt, sand or grass: specks of many sizes."""
    specks = 0.10 * grain(rng, 2, 2) + 0.08 * grain(rng, coarse, coarse) + 0.07 * grain(rng, 40, 40)
    hue = 1 + 0.03 * grain(rng, 30, 30)[..., None] * np.array([1.0, 0.2, -1.0])
    return _opaque(np.asarray(colour) * hue * (1 + specks[..., None]))


def house(rng: np.random.Generator, colour: _Colour) -> U8:
    """A front with rows of windows."""
    wall = np.asarray(plaster(rng, colour)[..., :3], np.float64)
    columns, storeys = int(rng.integers(3, 7)), int(rng.integers(3, 6))
    wide, high = _SIDE / columns, _SIDE / storeys
    frame = paint(rng, 60, 235)
    for storey in range(storeys):
        for column in range(columns):
            left, top = (column + 0.24) * wide, (storey + 0.2) * high
            right, bottom = (column + 0.76) * wide, (storey + 0.82) * high
            glass = rng.uniform(20, 80) * np.array([0.8, 0.95, 1.15]) + (rng.random() < 0.15) * 90
            _rectangle(wall, left - 3, top - 3, right + 3, bottom + 3, frame)
            _rectangle(wall, left, top, right, bottom, glass)
            _rectangle(wall, left, top, right, (top + bottom) / 2, glass * 1.5)
            _rectangle(wall, (left + right) / 2 - 1, top, (left + right) / 2 + 1, bottom, frame)
    return _opaque(wall)


def shelves(rng: np.random.Generator, wood: _Colour) -> U8:
    """Five boards full of books and gaps."""
    front = np.full((_SIDE, _SIDE, 3), 0.35) * np.asarray(wood)
    for top in range(4, _SIDE - 8, 50):
        x = 8.0
        while x < _SIDE - 12:
            width, tall = rng.uniform(5, 14), rng.uniform(26, 42)
            if rng.random() < 0.86:
                _rectangle(
                    front, x, top + 44 - tall, x + width - 1, top + 44, rng.uniform(0.3, 1.0) * rng.uniform(60, 215, 3)
                )
            x += width
        _rectangle(front, 0, top + 44, _SIDE, top + 50, np.asarray(wood))
    front[:, :8] = front[:, -8:] = front[:4] = np.asarray(wood)
    return _opaque(front * (1 + 0.05 * grain(rng, 2, 4)[..., None]))


def painting(rng: np.random.Generator) -> U8:
    """A picture in a frame."""
    canvas = np.stack([grain(rng, 50, 40) for _ in range(3)], axis=-1) * 35 + paint(rng, 60, 200)
    for _ in range(int(rng.integers(2, 7))):
        x, y, w, h = rng.uniform(0, _SIDE, 4)
        _rectangle(canvas, x, y, x + w / 2, y + h / 2, rng.uniform(30, 210, 3))
    border = rng.uniform(20, 190, 3)
    canvas[:14] = canvas[-14:] = border
    canvas[:, :14] = canvas[:, -14:] = border
    return _opaque(canvas)


def cloth(rng: np.random.Generator) -> U8:
    """Upholstery: plain, striped or checked."""
    y, x = np.mgrid[0:_SIDE, 0:_SIDE]
    pattern = rng.choice([0.0, 0.35]) * (x * 8 // _SIDE % 2) + rng.choice([0.0, 0.25]) * (y * 8 // _SIDE % 2)
    weave = 1 + 0.05 * grain(rng, 2, 2) + 0.06 * grain(rng, 40, 40)
    return _opaque(paint(rng, 50, 190) * rng.uniform(0.7, 1.1, 3) * ((1 - pattern) * weave)[..., None])


def leaves(rng: np.random.Generator) -> U8:
    """A crown of leaves with holes between them."""
    y, x = np.mgrid[-1 : 1 : _SIDE * 1j, -1 : 1 : _SIDE * 1j]
    dense = grain(rng, 16, 16) + 0.8 * grain(rng, 6, 6) + 2.2 - 3.4 * (x**2 + y**2)
    green = rng.uniform((40, 75, 20), (95, 130, 60)) * (1 + 0.3 * grain(rng, 7, 7) + 0.15 * grain(rng, 2, 2))[..., None]
    picture = _opaque(green)
    picture[..., 3] = np.where(dense > 0, 255, 0)
    return picture


def sky(rng: np.random.Generator) -> U8:
    """Sky with clouds over hills; its lower edge is the horizon."""
    height = np.linspace(1, 0, _SIDE)[:, None, None]
    zenith, haze = np.array([95, 140, 205.0]), np.array([205, 215, 225.0])
    clouds = np.clip(0.6 * grain(rng, 60, 25) + 0.35 * grain(rng, 22, 12) - rng.uniform(-0.3, 1.2), 0, 1)[..., None]
    picture = (haze + (zenith - haze) * height**0.6) * (1 - clouds) + 238 * clouds
    ridge = 10 + 5 * grain(rng, 40, 256)[0] + 2.5 * grain(rng, 9, 256)[0]
    hills = np.arange(_SIDE)[::-1, None] < ridge
    forest = rng.uniform((60, 80, 60), (105, 120, 115)) * (1 + 0.12 * grain(rng, 5, 5)[..., None])
    return _opaque(np.where(hills[..., None], forest, picture))


def _rectangle(picture: F64, left: float, top: float, right: float, bottom: float, colour: F64) -> None:
    edges = np.clip(np.round([left, top, right, bottom]).astype(int), 0, _SIDE)
    picture[edges[1] : edges[3], edges[0] : edges[2]] = colour


def _opaque(colours: F64) -> U8:
    """(256, 256, 4) of (256, 256, 3) colours, 0..255."""
    picture = np.full((_SIDE, _SIDE, 4), 255, np.uint8)
    picture[..., :3] = np.clip(colours, 0, 255)
    return picture
