"""Textures of shirts, sleeves, trousers, skirts and shoes."""

import numpy as np

from poseloom.models.synthetic.procedural.look import Look
from poseloom.models.synthetic.procedural.materials import ARM_SPAN, LEG_SPAN, SHIRT_SPAN, place_of
from poseloom.models.synthetic.procedural.paint import folded, grid, noise, over, plain, rgba, soft
from poseloom.models.synthetic.procedural.skin import bare, shade
from poseloom.schemas.arrays import F64, U8

_SHIRT, _ARM, _LEG, _SHOE, _SKIRT = 128, 64, 128, 32, 64


def shirt(look: Look) -> U8:
    """Front, back, collar and hem; the front is in the middle."""
    rng = np.random.default_rng([look.seed, 10])
    u, v = grid(_SHIRT)
    height = place_of(v, SHIRT_SPAN)
    picture = over(plain(_SHIRT, look.shirt), _print(look, 6 * u, (height - 0.5) / 0.065, rng), look.ink)
    picture = over(picture, 0.9 * _badge(look, u, height), look.ink)
    picture = folded(rng, picture, 0.075)
    front = np.abs(u - 0.5)
    neckline = 0.850 - (0.012 + 0.012 * (look.seed % 3)) * np.exp(-((front / 0.10) ** 2))
    trim = look.ink if look.print in ("badge", "panels") else shade(look.shirt, 0.72)
    picture = over(picture, soft(0.006 - np.abs(height - neckline), 0.004), trim)
    picture = over(picture, soft(height - neckline - 0.004, 0.004), shade(look.skin, 0.96))
    picture = over(picture, 0.5 * soft(0.003 - np.abs(height - look.hem - 0.004), 0.003), shade(look.shirt, 0.55))
    side = np.minimum(np.abs(u - 0.25), np.abs(u - 0.75))
    return rgba(over(picture, 0.35 * (side < 0.006), shade(look.shirt, 0.5)))


def sleeve(look: Look) -> U8:
    """An arm from the shoulder to the wrist: cloth, then skin."""
    rng = np.random.default_rng([look.seed, 11])
    u, v = grid(_ARM)
    way = place_of(v, ARM_SPAN)
    printed = _print(look, 2.5 * u, (0.318 - way) / 0.065, rng) if look.print != "panels" else np.ones_like(u)
    cloth = folded(rng, over(plain(_ARM, look.shirt), printed, look.ink), 0.085)
    trim = look.ink if look.print in ("badge", "panels") else shade(look.shirt, 0.72)
    cloth = over(cloth, 0.8 * soft(0.006 - np.abs(way - look.sleeve + 0.007), 0.005), trim)
    skin = bare(rng, _ARM, look.skin)
    skin = over(skin, 0.25 * np.exp(-(((way - 0.19) / 0.018) ** 2)), shade(look.skin, 0.7))
    return rgba(over(skin, way <= look.sleeve, cloth))


def trousers(look: Look) -> U8:
    """Pelvis and one leg: cloth, then skin, then the sock."""
    rng = np.random.default_rng([look.seed, 12])
    u, v = grid(_LEG)
    way = place_of(v, LEG_SPAN)
    worn = np.clip(0.16 * np.exp(-((np.abs(u - 0.5) / 0.13) ** 2)) * (way > 0.02), 0, 1)
    cloth = over(folded(rng, plain(_LEG, look.cloth), 0.07), worn, shade(look.cloth, 1.6))
    seam = np.minimum(np.abs(u - 0.25), np.abs(u - 0.75)) < 0.008
    cloth = over(cloth, 0.45 * seam, shade(look.cloth, 0.5))
    cloth = over(cloth, 0.85 * (np.abs(way + 0.075) < 0.008), shade(look.shoe, 0.6))
    knee = 0.10 * np.exp(-(((way - 0.245) / 0.025) ** 2)) * noise(rng, _LEG, 9, 0.6)
    cloth = np.asarray(cloth * (1 + knee)[..., None])
    end = look.leg if look.bottom != "skirt" else look.leg - 0.02
    skin = bare(rng, _LEG, look.skin)
    skin = over(skin, 0.25 * np.exp(-(((way - 0.245) / 0.02) ** 2)), shade(look.skin, 0.72))
    skin = over(skin, way > 0.445, (232, 232, 230))
    return rgba(over(skin, way <= end, cloth))


def skirt(look: Look) -> U8:
    """Pleats."""
    rng = np.random.default_rng([look.seed, 13])
    u, v = grid(_SKIRT)
    picture = folded(rng, plain(_SKIRT, look.cloth), 0.06)
    way = place_of(v, LEG_SPAN)
    pleats = 1 + 0.10 * np.sin(2 * np.pi * 12 * u) * np.clip((way + 0.03) / 0.1, 0, 1)
    return rgba(over(picture * pleats[..., None], 0.6 * (way > look.leg - 0.012), shade(look.cloth, 0.6)))


def shoe(look: Look) -> U8:
    """A shoe from heel (v = 0) to toe; laces on top, a sole below."""
    u, v = grid(_SHOE)
    rng = np.random.default_rng([look.seed, 14])
    picture = plain(_SHOE, look.shoe) * (1 + 0.04 * noise(rng, _SHOE, 4))[..., None]
    top, bottom = np.abs(u - 0.25) < 0.07, np.abs(u - 0.75) < 0.19
    laces = top & (v > 0.42) & (v < 0.72) & (np.sin(2 * np.pi * 14 * v) > 0)
    light = sum(look.shoe) > 380
    picture = over(picture, 0.8 * laces, (60, 60, 64) if light else (225, 225, 220))
    return rgba(over(picture, bottom, (70, 66, 62) if light else (205, 200, 192)))


def _print(look: Look, across: F64, up: F64, rng: np.random.Generator) -> F64:
    """0..1 where the ink is; `across` and `up` count repeats."""
    wave_across, wave_up = np.sin(2 * np.pi * across), np.sin(2 * np.pi * up)
    if look.print == "stripes":
        return soft(wave_up - 0.15, 0.5)
    if look.print == "bands":
        return soft(np.sin(0.5 * np.pi * up) - 0.6, 0.15)
    if look.print == "checks":
        return 0.5 * (soft(wave_up - 0.2, 0.5) + soft(wave_across - 0.2, 0.5))
    if look.print == "dots":
        return soft(wave_up * wave_across - 0.55, 0.3)
    if look.print == "panels":
        return soft(np.abs(across / 6 - 0.5) - 0.36, 0.012)
    return np.zeros(across.shape)


def _badge(look: Look, u: F64, height: F64) -> F64:
    """A figure on the chest and a number on the back."""
    if look.print != "badge":
        return np.zeros(u.shape)
    x, y = (u - 0.5) / 0.11, (height - 0.73) / 0.035
    shapes = (np.hypot(x, y) - 1, np.abs(x) + np.abs(y) - 1.2, np.maximum(np.abs(x), np.abs(y) * 1.6) - 1)
    chest = soft(-shapes[look.seed % 3], 0.12)
    behind = np.minimum(u, 1 - u)
    back = (behind < 0.10) & (np.abs(height - 0.735) < 0.035) & (np.sin(90 * behind + look.seed) > -0.3)
    return np.asarray(np.maximum(chest, back))
