"""Things that stand around and hide people."""

from dataclasses import dataclass

import cv2
import numpy as np

from poseloom.models.synthetic.scene import Prop
from poseloom.models.synthetic.staging.ground import Ground
from poseloom.schemas.arrays import F64, U8

_TEXTURE = 64


@dataclass(frozen=True)
class Kind:
    """A kind of thing.

    Attributes:
        size: Metres along x, y, z.
        look: What its surface is like.
        amid: Whether people walk around it; otherwise it stands between them and the camera.
    """

    size: tuple[float, float, float]
    look: str
    amid: bool


_KINDS = (
    Kind((0.12, 2.6, 0.12), "metal", amid=True),
    Kind((0.5, 0.85, 0.3), "wood", amid=False),
    Kind((0.26, 2.9, 0.26), "stone", amid=True),
    Kind((0.32, 0.95, 0.32), "metal", amid=False),
    Kind((0.7, 1.45, 0.08), "poster", amid=True),
    Kind((0.09, 2.6, 0.09), "wood", amid=False),
    Kind((0.5, 0.95, 0.5), "stone", amid=True),
    Kind((0.3, 1.2, 0.08), "poster", amid=False),
)


def place_props(count: int, ground: Ground, rng: np.random.Generator) -> tuple[Prop, ...]:
    """Things of all kinds in turn, spread over the picture's width; about half of them among the people."""
    first = int(rng.integers(len(_KINDS)))
    columns = (rng.permutation(count) + rng.uniform(0.25, 0.75, count)) / max(count, 1) * 2 - 1
    return tuple(_prop(_KINDS[(first + i) % len(_KINDS)], 0.8 * columns[i], ground, rng) for i in range(count))


def obstacles(props: tuple[Prop, ...]) -> F64:
    """(M, 3) x, z and radius in metres of the discs on the floor that nobody walks into."""
    discs = [(p.centre[0], p.centre[2], np.hypot(p.size[0], p.size[2]) / 2) for p in props]
    return np.array(discs, dtype=np.float64).reshape(-1, 3)


def _prop(kind: Kind, u: float, ground: Ground, rng: np.random.Generator) -> Prop:
    depth = rng.uniform(1.05, 1.4) * ground.near if kind.amid else rng.uniform(0.72, 0.8) * ground.near
    x, z = ground.at(u, depth)
    size = np.array(kind.size) * rng.uniform(0.9, 1.1, 3)
    return Prop(np.array([x, size[1] / 2, z]), size, rng.uniform(-0.4, 0.4), _texture(kind.look, rng))


def _texture(look: str, rng: np.random.Generator) -> U8:
    """(64, 64, 4) uint8 RGBA."""
    grain = cv2.GaussianBlur(rng.normal(0, 1, (_TEXTURE, _TEXTURE)), (0, 0), 1.2)
    down = np.arange(_TEXTURE)[:, None] * np.ones(_TEXTURE, dtype=int)
    if look == "wood":
        stripes = cv2.GaussianBlur(rng.normal(0, 1, (1, _TEXTURE)), (0, 0), 1.5) * 30
        base = np.array(rng.choice([[150, 105, 65], [110, 75, 50], [175, 145, 105]]))
        shade = stripes + 14 * grain - 45.0 * (down.T % 16 == 0)
    elif look == "stone":
        base = np.array(rng.choice([[150, 145, 138], [165, 110, 90], [120, 122, 128]]))
        joints = (down % 16 == 0) | ((down.T + 8 * (down // 16 % 2)) % 16 == 0)
        shade = 26 * grain - 35.0 * joints
    elif look == "metal":
        base = np.array(rng.choice([[70, 90, 110], [60, 95, 70], [165, 40, 35], [190, 160, 40]]))
        shade = 5 * grain + 22.0 * ((down // 12) % 3 == 0)
    else:
        base = rng.integers(90, 220, 3)
        shade = 4 * grain
    image = np.clip(base + shade[..., None], 0, 255).astype(np.uint8)
    if look == "poster":
        _print_poster(image, rng)
    return np.dstack([image, np.full((_TEXTURE, _TEXTURE), 255, np.uint8)])


def _print_poster(image: U8, rng: np.random.Generator) -> None:
    for _ in range(3):
        x, y, radius = (int(v) for v in rng.integers((8, 8, 5), (56, 44, 16)))
        cv2.circle(image, (x, y), radius, rng.integers(20, 240, 3).tolist(), -1, cv2.LINE_AA)
    for row in (50, 55, 59):
        cv2.line(image, (6, row), (int(rng.integers(30, 58)), row), (25, 25, 30), 2)
