"""Skull with face and ears, and hair; in statures, upright."""

import numpy as np

from poseloom.models.synthetic.procedural.loft import Part, join, loft, ring
from poseloom.models.synthetic.procedural.look import Look
from poseloom.models.synthetic.procedural.materials import Material
from poseloom.models.synthetic.procedural.weights import along, smooth
from poseloom.schemas.arrays import F64

CENTRE = (0.0, 0.935, 0.012)
HALF_HEIGHT = 0.065
NOSE_TIP, EYES = (0.0, -0.23), (0.40, 0.06)
"""Longitude (radians to the left of the face) and level (-1 chin … 1 crown) on the skull."""
EAR = (0.0455, -0.06, -0.008)
"""Where the left ear is: statures to the left of the middle, level, statures before the middle."""

_AROUND = 14
_BASE = (0.0, 0.890, 0.0)
_LEVELS: F64 = np.array([-0.985, -0.88, -0.70, -0.54, -0.40, -0.28, -0.12, 0.07, 0.26, 0.50, 0.75, 0.97])
_NOSE = ((-0.42, -0.36, -0.28, -0.20, 0.10, 0.26), (0.0, 0.003, 0.0150, 0.0165, 0.004, 0.0))


def longitude(u: F64) -> F64:
    """Radians to the left of the face at texture coordinate u; finer in front, where the face is."""
    q = 2 * u - 1
    return np.asarray(np.pi * (0.55 * q + 0.45 * q**3))


def skull(around: F64, level: F64) -> F64:
    """(…, 3) points of the surface at longitudes and levels; statures, from the middle of the skull."""
    level = np.clip(level, -1, 1)
    low, round_off = np.maximum(-level, 0), np.maximum(1 - np.abs(level) ** 2.2, 0) ** (1 / 2.2)
    upper = level > 0
    wide = 0.0455 * np.where(upper, round_off, np.sqrt(1 - low**3.4) * (1 - 0.24 * low))
    front = 0.0530 * np.where(upper, round_off, np.sqrt(1 - low**7) * (1 - 0.05 * low))
    back = 0.0580 * np.where(upper, round_off, np.sqrt(1 - low**2) * (1 - 0.25 * low))
    ahead = np.where(np.cos(around) > 0, front, back) * np.cos(around)
    return np.stack([wide * np.sin(around), HALF_HEIGHT * level, ahead + _features(around, level)], axis=-1)


def on_skull(around: float, level: float, look: Look) -> F64:
    """(3,) a point of the skull in the upright body; statures."""
    return np.asarray(_placed(skull(np.array([around]), np.array([level])), look)[0])


def ear(sign: float, look: Look) -> F64:
    """(3,) the outside of the ear of the left (1) or right (-1) side in the upright body; statures."""
    return np.asarray(_placed(np.array([[sign * (EAR[0] + 0.003), EAR[1] * HALF_HEIGHT, EAR[2]]]), look)[0])


def head(look: Look) -> Part:
    """Skull and ears."""
    around = longitude(np.arange(_AROUND) / _AROUND)
    rings = _placed(skull(around[None], np.repeat(_LEVELS[:, None], _AROUND, axis=1)), look)
    face = loft(rings, _carried(len(_LEVELS)), (_LEVELS + 1) / 2, Material.FACE)
    return join([face, _ear(1.0, look), _ear(-1.0, look)])


def hair(look: Look) -> Part:
    """A volume over the skull from the hairline up, with what the style adds."""
    around = longitude(np.arange(_AROUND) / _AROUND)
    thick = {"short": 0.006, "bob": 0.011, "long": 0.010, "bun": 0.006, "cap": 0.007}[look.style]
    share: F64 = np.array([0.0, 0.15, 0.45, 0.75, 0.95])[:, None]
    line = hairline(around, look)[None]
    level = line + (1.0 - line) * share
    at = skull(np.broadcast_to(around, level.shape), np.maximum(level, -0.15))
    out = thick * (0.55 + 0.45 * smooth(share, 0.0, 0.3)) * np.array([1.0, 0.0, 1.0])[None, None]
    radial = np.hypot(at[..., 0], at[..., 2])[..., None]
    points = at * (1 + out.reshape(len(share), -1, 3) / np.maximum(radial, 0.012))
    points[..., 1] = HALF_HEIGHT * level + thick * smooth(level, 0.2, 0.9)
    cover = loft(_placed(points, look), _carried(len(share)), share.ravel(), Material.HAIR)
    extra = {"bun": [_bun(look)], "cap": [_brim(look)]}.get(look.style, [])
    return join([cover, *extra])


def hairline(around: F64, look: Look) -> F64:
    """Level at which the hair begins at each longitude."""
    nape, side = {
        "short": (-0.55, 0.12),
        "bob": (-0.85, -0.8),
        "long": (-1.75, -1.5),
        "bun": (-0.5, 0.15),
        "cap": (0.2, 0.3),
    }[look.style]
    fringe = 0.40 if look.style == "cap" else 0.58 - 0.10 * (look.seed % 3)
    temple = 0.30 if look.style in ("short", "bun", "cap") else side * 0.5
    knots = np.radians((0, 42, 62, 85, 120, 180))
    return np.asarray(np.interp(np.abs(around), knots, (fringe, fringe - 0.04, temple, side, (nape + side) / 2, nape)))


def _features(around: F64, level: F64) -> F64:
    """What nose, eye sockets, brows, lips and chin add to the front; statures."""

    def bump(lon: float, lat: float, wide: float, high: float) -> F64:
        return np.asarray(np.exp(-(((np.abs(around) - lon) / wide) ** 2) - ((level - lat) / high) ** 2))

    nose = np.interp(level, *_NOSE) * np.exp(-((around / 0.17) ** 2))
    sockets = -0.0040 * bump(EYES[0], 0.07, 0.20, 0.13)
    brows = 0.0018 * bump(EYES[0], 0.27, 0.30, 0.10)
    lips = 0.0020 * bump(0.0, -0.57, 0.30, 0.10)
    chin = 0.0030 * bump(0.0, -0.86, 0.30, 0.12)
    return np.asarray(nose + sockets + brows + lips + chin)


def _ear(sign: float, look: Look) -> Part:
    levels, sizes = np.array([-0.34, -0.16, 0.06, 0.20]), (0.35, 0.75, 1.0, 0.6)
    rings = np.stack([
        ring((sign * (EAR[0] - 0.001), HALF_HEIGHT * level, EAR[2] - 0.006 * level), 0.0045, 0.010 * size, 5)
        for level, size in zip(levels, sizes, strict=True)
    ])  # fmt: skip
    return loft(_placed(rings, look), _carried(len(levels)), np.linspace(0, 1, len(levels)), Material.SKIN)


def _bun(look: Look) -> Part:
    rows = np.linspace(-0.9, 0.9, 4)
    sizes = 0.026 * np.sqrt(1 - rows**2)
    rings = np.stack([
        ring((0, 0.030 + 0.026 * row, -0.062), size, 0.92 * size, 7) for row, size in zip(rows, sizes, strict=True)
    ])  # fmt: skip
    return loft(_placed(rings, look), _carried(len(rows)), np.linspace(0, 1, len(rows)), Material.HAIR)


def _brim(look: Look) -> Part:
    rings = np.stack(
        [ring((0, 0.030 + dy, 0.052), size, 0.9 * size, 10) for dy, size in ((0.0, 0.040), (0.003, 0.040))]
    )
    return loft(_placed(rings, look), _carried(2), np.array([0.3, 0.4]), Material.HAIR)


def _placed(points: F64, look: Look) -> F64:
    """From the middle of the skull to the upright body; the head grows from where it meets the neck."""
    return np.asarray(_BASE + look.head * (points + CENTRE - np.asarray(_BASE)))


def _carried(rings: int) -> F64:
    return along(np.zeros(rings), ("head",), ())
