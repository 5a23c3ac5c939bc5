"""Colours of cloth and hair, made from the pack's pictures."""

import cv2
import numpy as np

from poseloom.schemas.arrays import F32, U8

_SOBER = (
    *((28, 30, 36), (58, 60, 64), (120, 122, 124), (196, 180, 150), (92, 96, 62), (38, 54, 96)),
    *((74, 104, 150), (52, 74, 112), (106, 74, 52), (150, 138, 118)),
)
_BRIGHT = (
    *((232, 232, 228), (142, 176, 206), (164, 36, 40), (98, 28, 44), (44, 98, 62), (206, 160, 56)),
    *((206, 128, 144), (104, 64, 124), (34, 118, 128), (222, 102, 42), (40, 84, 180), (210, 206, 190)),
)
_TOPS = np.array(_SOBER + _BRIGHT, dtype=np.float32)
_BOTTOMS = np.array(_SOBER * 3 + _BRIGHT, dtype=np.float32)
"""RGB of clothes as people wear them: above the hips often loud, below mostly greys, blues and earth."""

_KEPT, _PRINTED = 0.3, 0.22
_SOLID_ALPHA = 128


def topwear(picture: U8, rng: np.random.Generator) -> U8:
    """A shirt, jacket or shoe of another colour: folds and seams stay, now and then it gets a print.

    Args:
        picture: (S, S, 4) uint8 RGBA.
        rng: Decides.
    """
    return _dyed(picture, rng, _TOPS, _PRINTED)


def legwear(picture: U8, rng: np.random.Generator) -> U8:
    """Trousers or a skirt of another colour, seldom with a print."""
    return _dyed(picture, rng, _BOTTOMS, _PRINTED / 4)


def plain(side: int) -> U8:
    """A white picture for garments that came without one."""
    return np.full((side, side, 4), 255, dtype=np.uint8)


def bleached(picture: U8) -> U8:
    """Hair without its colour, and full enough for the alpha test at a distance."""
    grey = np.minimum(_lightness(picture) * 200, 255).astype(np.uint8)
    alpha = np.minimum(picture[..., 3].astype(np.int32) * 2, 255).astype(np.uint8)
    return np.dstack([grey, grey, grey, alpha])


def shaded(picture: U8, occlusion: U8) -> U8:
    """The picture darkened in its folds by the (S, S, 4) ambient-occlusion picture."""
    side = picture.shape[0]
    folds = cv2.resize(occlusion[..., 0], (side, side), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    return np.dstack([(picture[..., :3] * (0.35 + 0.65 * folds[..., None])).astype(np.uint8), picture[..., 3]])


def _dyed(picture: U8, rng: np.random.Generator, palette: F32, printed: float) -> U8:
    kept, has_print = rng.random() < _KEPT, rng.random() < printed
    colour, second = palette[rng.integers(len(palette), size=2)] * rng.uniform(0.85, 1.15)
    light = _lightness(picture)[..., None]
    cloth = picture[..., :3].astype(np.float32) if kept else light * colour
    if has_print:
        cover = 0.85 * _print(picture.shape[0], rng)[..., None]
        cloth = cloth * (1 - cover) + cover * light * second
    return np.dstack([np.clip(cloth, 0, 255).astype(np.uint8), picture[..., 3]])


def _lightness(picture: U8) -> F32:
    grey = cv2.cvtColor(np.ascontiguousarray(picture[..., :3]), cv2.COLOR_RGB2GRAY).astype(np.float32)
    solid = grey[picture[..., 3] > _SOLID_ALPHA]
    usual = float(np.percentile(solid, 80)) if solid.size else 255.0
    return np.asarray(np.clip(grey / max(usual, 1.0), 0.25, 1.3), dtype=np.float32)


def _print(side: int, rng: np.random.Generator) -> F32:
    width = rng.uniform(side / 48, side / 12)
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    across, along = (np.sin(axis * np.float32(2 * np.pi / width)) > 0.2 for axis in (rows, columns))
    prints = (across, along, (across.astype(np.float32) + along) / 2)
    return np.asarray(prints[rng.integers(len(prints))], dtype=np.float32)
