"""Textures of faces, hands and hair."""

import numpy as np

from poseloom.models.synthetic.procedural.head import EYES, hairline, longitude
from poseloom.models.synthetic.procedural.look import Colour, Look
from poseloom.models.synthetic.procedural.paint import grid, noise, over, plain, rgba, soft
from poseloom.schemas.arrays import F64, U8

_FACE, _HAIR, _SKIN = 128, 64, 32


def shade(colour: Colour, factor: float) -> Colour:
    """A lighter or darker colour."""
    red, green, blue = (min(255.0, channel * factor) for channel in colour)
    return red, green, blue


def bare(rng: np.random.Generator, side: int, colour: Colour) -> F64:
    """(side, side, 3) skin."""
    return plain(side, colour) * (1 + 0.025 * noise(rng, side, side / 6) + 0.02 * noise(rng, side, 2.5))[..., None]


def hands(look: Look) -> U8:
    """Skin of hands, neck and ears."""
    return rgba(bare(np.random.default_rng([look.seed, 1]), _SKIN, shade(look.skin, 0.96)))


def strands(look: Look) -> U8:
    """Hair, or the cap."""
    rng = np.random.default_rng([look.seed, 2])
    colour = look.ink if look.style == "cap" else look.hair
    fine = 0.16 * noise(rng, _HAIR, 2.2, 12.0) + 0.08 * noise(rng, _HAIR, 7, 5.0)
    _, v = grid(_HAIR)
    gloss = 0.22 * np.exp(-(((v - 0.62) / 0.12) ** 2)) - 0.12 * (v < 0.15)
    strength = 0.25 if look.style == "cap" else 1.0
    return rgba(plain(_HAIR, colour) * (1 + strength * (fine + gloss))[..., None])


def face(look: Look) -> U8:
    """The whole skull: face in the middle, hair on top and behind."""
    rng = np.random.default_rng([look.seed, 3])
    u, v = grid(_FACE)
    around, level = longitude(u), 2 * v - 1
    picture = bare(rng, _FACE, look.skin)
    picture = _complexion(picture, look, around, level)
    picture = _beard(picture, look, around, level, rng)
    picture = _mouth(picture, look, around, level)
    picture = _eyes(picture, look, around, level)
    scalp = soft(level - hairline(around, look) + 0.02, 0.03)
    grown = plain(_FACE, look.hair) * (1 + 0.15 * noise(rng, _FACE, 2.5, 4.0))[..., None]
    return rgba(over(picture, scalp, grown))


def _spot(around: F64, level: F64, at: tuple[float, float], size: tuple[float, float], edge: float = 0.35) -> F64:
    """An ellipse with soft borders; its longitude is taken on both sides."""
    radius = np.hypot((np.abs(around) - at[0]) / size[0], (level - at[1]) / size[1])
    return soft(1 - radius, edge)


def _complexion(picture: F64, look: Look, around: F64, level: F64) -> F64:
    """Cheeks, shadow under nose, brows and chin, light on the nose."""
    red = np.multiply(look.skin, (1.0, 0.80, 0.78))
    picture = over(picture, 0.40 * _spot(around, level, (0.62, -0.28), (0.34, 0.22), 0.9), red)
    dark = shade(look.skin, 0.62)
    picture = over(picture, 0.50 * _spot(around, level, (EYES[0], 0.10), (0.30, 0.17), 0.8), dark)
    picture = over(picture, 0.65 * _spot(around, level, (0.0, -0.37), (0.20, 0.07), 0.6), dark)
    picture = over(picture, 0.30 * _spot(around, level, (0.17, -0.10), (0.06, 0.26), 0.9), dark)
    picture = over(picture, 0.35 * _spot(around, level, (0.0, -0.74), (0.26, 0.05), 0.8), dark)
    picture = over(picture, 0.55 * soft(-0.93 - level, 0.08), dark)
    return over(picture, 0.45 * _spot(around, level, (0.0, -0.12), (0.07, 0.24), 0.8), shade(look.skin, 1.16))


def _beard(picture: F64, look: Look, around: F64, level: F64, rng: np.random.Generator) -> F64:
    jaw = soft(0.02 - level - 0.35 * np.cos(around), 0.15) * soft(1.35 - np.abs(around), 0.25)
    lip = _spot(around, level, (0.0, -0.44), (0.34, 0.07), 0.6)
    stubble = np.clip(0.8 + 0.25 * noise(rng, len(picture), 2.5), 0, 1)
    return over(picture, look.beard * stubble * np.maximum(jaw, lip), shade(look.hair, 0.9))


def _mouth(picture: F64, look: Look, around: F64, level: F64) -> F64:
    lips = np.multiply(look.skin, (0.80, 0.52, 0.52) if look.feminine > 0.5 else (0.80, 0.62, 0.60))
    picture = over(picture, 0.9 * _spot(around, level, (0.0, -0.57), (0.30, 0.085), 0.5), lips)
    return over(picture, 0.8 * _spot(around, level, (0.0, -0.56), (0.28, 0.018), 0.8), np.multiply(lips, 0.45))


def _eyes(picture: F64, look: Look, around: F64, level: F64) -> F64:
    lon, lat = EYES
    picture = over(picture, _spot(around, level, (lon, lat), (0.185, 0.080), 0.3), shade(look.skin, 0.35))
    picture = over(picture, _spot(around, level, (lon, lat - 0.008), (0.160, 0.060), 0.3), (238, 234, 230))
    picture = over(picture, _spot(around, level, (lon, lat), (0.078, 0.072), 0.3), look.eyes)
    picture = over(picture, _spot(around, level, (lon, lat), (0.036, 0.036), 0.4), (12, 10, 10))
    arch = lat + 0.205 - 0.9 * (np.abs(around) - lon - 0.03) ** 2
    brow = _spot(around, level - arch, (lon + 0.02, 0.0), (0.25, 0.040 - 0.012 * look.feminine), 0.5)
    return over(picture, 0.9 * brow, shade(look.hair, 0.75))
