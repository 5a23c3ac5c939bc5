"""Rooms and streets around the people of a scene, invented piece by piece."""

from dataclasses import dataclass

import numpy as np

from poseloom.models.synthetic.rendering import materials
from poseloom.models.synthetic.rendering.pieces import Piece, box, sheet
from poseloom.models.synthetic.scene import Prop
from poseloom.schemas.arrays import F64, U8

SKY_M = 150.0
"""Distance of the sky."""

_CELL_M = 2.0


@dataclass(frozen=True)
class Stage:
    """Where the people are and what the camera can see behind them, in metres.

    Attributes:
        half_width: Greatest |x| of anyone.
        far: Greatest distance of anyone along -z.
        reach: Half the width in view at `far`, with all pans.
    """

    half_width: float
    far: float
    reach: float


def room(rng: np.random.Generator, stage: Stage) -> list[Piece]:
    """Floor, walls, ceiling, things on the wall and furniture in front of it."""
    gap, side, high = rng.uniform(1.2, 3.5), stage.half_width + rng.uniform(1.0, 3.0), rng.uniform(2.6, 4.2)
    back = -stage.far - gap
    paint = materials.paint(rng, 110, 225)
    wall = materials.bricks(rng, paint * (1, 0.75, 0.65)) if rng.random() < 0.2 else materials.plaster(rng, paint)
    floor = [materials.planks(rng, rng.uniform(0.6, 1.1) * rng.uniform((150, 105, 65), (175, 135, 95))),
             materials.tiles(rng, materials.paint(rng, 100, 215), int(rng.choice([2, 4]))),
             materials.gravel(rng, materials.paint(rng, 60, 165), 4)][rng.integers(3)]  # fmt: skip
    ceiling = materials.plaster(rng, (225, 222, 215))
    pieces = [_ground(floor, side, back), *_walls(wall, side, back, high), _ceiling(ceiling, side, back, high)]
    pieces += _skirting(rng, side, back)
    for x in _spread(rng, min(side, stage.reach) - 0.6, 0.9, 2.2):
        pieces += _hanging(rng, x, back, high)
    for x in _spread(rng, min(side, stage.reach) - 0.6, 0.9, 2.4):
        pieces += _furniture(rng, x, back + 0.3, gap)
    return pieces


def street(rng: np.random.Generator, stage: Stage) -> list[Piece]:
    """Ground, houses or trees along the far side, and what stands about in front of them."""
    gap = rng.uniform(3, 12)
    back, side = -stage.far - gap, stage.reach * (1 + gap / stage.far) + 4
    ground = [materials.gravel(rng, rng.uniform(70, 135) * np.array([1.0, 0.98, 0.95]), 4),
              materials.tiles(rng, rng.uniform(110, 190) * np.array([1.0, 0.97, 0.92]), 4),
              materials.gravel(rng, rng.uniform((70, 95, 40), (110, 135, 65)), 7)][rng.integers(3)]  # fmt: skip
    half = max(side, stage.half_width + 5)
    pieces = [_ground(ground, half, back - 20), *_plain(ground, half, back - 20)]
    if rng.random() < 0.7:
        pieces += _houses(rng, side, back)
    for x in _spread(rng, side, 2.0, 7.0):
        pieces += _tree(rng, x, back + rng.uniform(-4, 0.6) * gap / 4)
    for x in _spread(rng, side, 1.2, 4.0):
        pieces += _clutter(rng, x, back + rng.uniform(0.3, 0.8) * gap)
    return pieces


def heaven(rng: np.random.Generator) -> list[Piece]:
    """The sky all around; to be drawn without lamps."""
    texture = materials.sky(rng)
    angles = np.linspace(0, 2 * np.pi, 9)
    corners = SKY_M * np.stack([np.sin(angles), np.full(9, -0.005), -np.cos(angles)], axis=1)
    up = np.array([0, 0.75 * SKY_M, 0])
    return [sheet(corners[i], corners[i + 1] - corners[i], up, 2, 1, texture) for i in range(8)]


def _ground(texture: U8, side: float, back: float) -> Piece:
    columns, rows = int(np.ceil(2 * side / _CELL_M)), int(np.ceil((3 - back) / _CELL_M))
    corner = np.array([-columns * _CELL_M / 2, 0, back + rows * _CELL_M])
    return sheet(corner, np.array([columns * _CELL_M, 0, 0]), np.array([0, 0, -rows * _CELL_M]), columns, rows, texture)


def _plain(texture: U8, side: float, back: float) -> list[Piece]:
    """The ground from where details end to the horizon, in cells of ten metres."""
    wide, deep = 2 * SKY_M, SKY_M + back
    behind = sheet(np.array([-SKY_M, 0, back]), np.array([wide, 0, 0]), np.array([0, 0, -deep]), 30, 13, texture)
    up, out = np.array([0, 0, back - 3]), np.array([SKY_M - side, 0, 0])
    beside = (np.array([side, 0, 3]), np.array([-SKY_M, 0, 3]))
    return [behind, *(sheet(corner, out, up, 14, 4, texture) for corner in beside)]


def _ceiling(texture: U8, side: float, back: float, high: float) -> Piece:
    along, up = np.array([2 * side, 0, 0]), np.array([0, 0, 3 - back])
    return sheet(np.array([-side, high, back]), along, up, int(side) + 1, 4, texture)


def _walls(texture: U8, side: float, back: float, high: float) -> list[Piece]:
    up, deep = np.array([0, high, 0]), 3 - back
    count = int(np.ceil(deep / _CELL_M))
    return [
        sheet(np.array([-side, 0, back]), np.array([2 * side, 0, 0]), up, int(np.ceil(side)), 2, texture),
        sheet(np.array([-side, 0, 3]), np.array([0, 0, -deep]), up, count, 2, texture),
        sheet(np.array([side, 0, back]), np.array([0, 0, deep]), up, count, 2, texture),
    ]


def _skirting(rng: np.random.Generator, side: float, back: float) -> list[Piece]:
    texture = materials.plaster(rng, rng.choice([rng.uniform(200, 240), rng.uniform(50, 110)]) * np.ones(3))
    return [_box((0, 0.05, back), (2 * side, 0.1, 0.04), texture)]


def _hanging(rng: np.random.Generator, x: float, back: float, high: float) -> list[Piece]:
    """A picture, a window, a door, or nothing."""
    kind = rng.integers(4)
    if kind == 0:
        wide, tall = rng.uniform(0.4, 1.1), rng.uniform(0.4, 0.9)
        return [_box((x, rng.uniform(1.4, 1.8), back), (wide, tall, 0.06), materials.painting(rng))]
    if kind == 1:
        glass, frame = materials.sky(rng), materials.plaster(rng, rng.uniform(150, 240) * np.ones(3))
        middle = min(1.55, high - 0.9)
        panes = [_box((x + dx, middle, back), (0.46, 1.2, 0.08), glass) for dx in (-0.26, 0.26)]
        return [_box((x, middle, back), (1.14, 1.34, 0.05), frame), *panes]
    if kind == 2:
        leaf = materials.planks(rng, rng.uniform(0.5, 1.3) * rng.uniform((135, 95, 65), (170, 150, 130)))
        return [_box((x, 1.0, back), (0.9, 2.0, 0.06), leaf)]
    return []


def _furniture(rng: np.random.Generator, x: float, back: float, gap: float) -> list[Piece]:
    """A bookcase, a table, a sofa, a plant, boxes, or nothing."""
    kind, wood = rng.integers(6), rng.uniform(0.5, 1.2) * np.array([160, 115, 75])
    if kind == 0:
        tall = rng.uniform(1.2, 2.1)
        return [_box((x, tall / 2, back), (rng.uniform(0.7, 1.3), tall, 0.35), materials.shelves(rng, wood))]
    if kind == 1:
        return _table(rng, x, back + rng.uniform(0.1, 0.5) * (gap - 1), wood)
    if kind == 2:
        return _sofa(rng, x, back + 0.15)
    if kind == 3:
        return _plant(rng, x, back, rng.uniform(0.5, 0.9))
    if kind == 4:
        return _clutter(rng, x, back + 0.1)
    return []


def _table(rng: np.random.Generator, x: float, z: float, wood: F64) -> list[Piece]:
    texture, wide, high = materials.planks(rng, wood), rng.uniform(0.9, 1.7), rng.uniform(0.5, 0.8)
    legs = [(x + sx * (wide / 2 - 0.06), high / 2, z + sz * 0.28) for sx in (-1, 1) for sz in (-1, 1)]
    thing = _box(
        (x + rng.uniform(-0.3, 0.3), high + 0.14, z), (0.25, 0.24, 0.2), materials.cloth(rng), rng.uniform(0, 3)
    )
    return [
        _box((x, high, z), (wide, 0.05, 0.7), texture),
        *(_box(leg, (0.05, high, 0.05), texture) for leg in legs),
        thing,
    ]


def _sofa(rng: np.random.Generator, x: float, z: float) -> list[Piece]:
    texture, wide = materials.cloth(rng), rng.uniform(1.3, 2.0)
    arms = [_box((x + s * wide / 2, 0.3, z + 0.1), (0.18, 0.6, 0.85), texture) for s in (-1, 1)]
    return [
        _box((x, 0.22, z + 0.1), (wide, 0.44, 0.8), texture),
        _box((x, 0.45, z - 0.2), (wide, 0.9, 0.2), texture),
        *arms,
    ]


def _plant(rng: np.random.Generator, x: float, z: float, size: float) -> list[Piece]:
    pot = _box((x, 0.2, z), (0.35, 0.4, 0.35), materials.plaster(rng, rng.uniform(70, 210, 3)), 0.5)
    return [pot, *_crown(rng, x, 0.35 + size / 2, z, size)]


def _tree(rng: np.random.Generator, x: float, z: float) -> list[Piece]:
    size, trunk = rng.uniform(2.0, 4.5), rng.uniform(1.2, 2.5)
    bark = materials.gravel(rng, rng.uniform(0.6, 1.1) * np.array([100, 82, 66]), 9)
    return [_box((x, trunk / 2, z), (0.25, trunk, 0.25), bark), *_crown(rng, x, trunk + 0.4 * size, z, size)]


def _crown(rng: np.random.Generator, x: float, y: float, z: float, size: float) -> list[Piece]:
    """Two sheets of leaves, one behind the other, that face the camera."""
    towards = -np.array([x, 0, z]) / np.hypot(x, z)
    along, up = size * np.array([towards[2], 0, -towards[0]]), np.array([0, size, 0])
    pieces = []
    for shift in (0.0, 0.3):
        centre = np.array([x, y, z]) + shift * size * (towards * 0.5 + rng.uniform(-1, 1, 3) * (1, 0.5, 0))
        pieces.append(sheet(centre - along / 2 - up / 2, along, up, 1, 1, materials.leaves(rng)))
    return pieces


def _houses(rng: np.random.Generator, side: float, back: float) -> list[Piece]:
    pieces, x = [], -side - 4
    while x < side + 4:
        wide, high, deep = rng.uniform(6, 14), rng.uniform(5, 16), rng.uniform(5, 9)
        front = materials.house(rng, materials.paint(rng, 110, 215))
        centre = (x + wide / 2, high / 2, back - deep / 2 - rng.uniform(0, 1.5))
        pieces.append(_box(centre, (wide, high, deep), front))
        x += wide + rng.choice([0.0, 0.0, 3.0])
    return pieces


def _clutter(rng: np.random.Generator, x: float, z: float) -> list[Piece]:
    """A crate, a bin, a post or a bench."""
    kind, heading = rng.integers(4), rng.uniform(-0.5, 0.5)
    wood = materials.planks(rng, rng.uniform(0.6, 1.2) * np.array([150, 115, 80]))
    if kind == 0:
        size = rng.uniform(0.35, 0.8)
        return [_box((x, size / 2, z), (size, size, size), wood, heading)]
    if kind == 1:
        return [_box((x, 0.45, z), (0.45, 0.9, 0.45), materials.plaster(rng, rng.uniform(30, 170, 3)), heading)]
    if kind == 2:
        high = rng.uniform(1.0, 3.5)
        return [_box((x, high / 2, z), (0.09, high, 0.09), materials.plaster(rng, rng.uniform(40, 130) * np.ones(3)))]
    feet = [_box((x + dx, 0.2, z), (0.08, 0.4, 0.35), wood) for dx in (-0.6, 0.6)]
    return [_box((x, 0.43, z), (1.5, 0.06, 0.4), wood), *feet]


def _box(
    centre: tuple[float, float, float], size: tuple[float, float, float], texture: U8, heading: float = 0.0
) -> Piece:
    return box(Prop(np.array(centre), np.array(size), heading, texture))


def _spread(rng: np.random.Generator, side: float, least: float, most: float) -> list[float]:
    """Places from -side to side, irregularly apart."""
    steps = rng.uniform(least, most, 1 + int(2 * max(side, 0) / least))
    places = -side + np.cumsum(steps) - steps[0]
    return [float(x) for x in places[places < side]]
