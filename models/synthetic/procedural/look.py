"""What a person looks like, invented from a number."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Colour = tuple[float, float, float]
"""Red, green, blue, 0..255."""

_SKINS: tuple[Colour, ...] = (
    (241, 205, 180), (226, 182, 150), (205, 158, 124), (180, 130, 95), (138, 94, 66), (96, 64, 46), (248, 216, 196),
)  # fmt: skip
_HAIR: tuple[Colour, ...] = (
    (28, 22, 20), (48, 34, 26), (88, 58, 36), (140, 98, 56), (196, 160, 104),
    (120, 52, 30), (150, 148, 146), (24, 22, 26),
)  # fmt: skip
_EYES: tuple[Colour, ...] = ((70, 44, 26), (60, 90, 120), (76, 92, 58), (40, 28, 20))
_CLOTHES: tuple[Colour, ...] = (
    (196, 44, 46), (34, 66, 130), (30, 34, 48), (236, 232, 224), (64, 118, 76), (222, 168, 52), (118, 66, 122),
    (128, 130, 134), (88, 150, 190), (214, 116, 70), (84, 92, 60), (224, 150, 160), (150, 36, 66), (60, 60, 62),
)  # fmt: skip
_TROUSERS: tuple[Colour, ...] = (
    (44, 58, 92), (34, 36, 42), (96, 84, 66), (70, 84, 112), (150, 136, 108), (60, 62, 66), (82, 92, 74), (110, 44, 44),
)  # fmt: skip
_SHOES: tuple[Colour, ...] = ((32, 30, 30), (232, 230, 226), (110, 72, 46), (150, 36, 40), (50, 70, 110))

Hair = Literal["short", "bob", "long", "bun", "cap"]
Print = Literal["plain", "stripes", "bands", "checks", "dots", "badge", "panels"]
Bottom = Literal["trousers", "shorts", "skirt"]
_HAIRS: tuple[Hair, ...] = ("short", "bob", "long", "bun", "cap")
_PRINTS: tuple[Print, ...] = ("plain", "stripes", "bands", "checks", "dots", "badge", "panels")
_BOTTOMS: tuple[Bottom, ...] = ("trousers", "shorts", "skirt")


@dataclass(frozen=True)
class Look:
    """Body, hair and clothes.

    Attributes:
        seed: Of folds and strands.
        stature: Metres.
        build: Thickness of trunk and limbs; 1 is average.
        feminine: 0..1, from broad shoulders to broad hips.
        head: Size of the head relative to an adult's of that stature.
        skin: Colour.
        hair: Colour.
        eyes: Colour.
        style: Of the hair.
        beard: 0..1, how dense.
        shirt: Colour.
        ink: Second colour of the shirt.
        print: Pattern of the shirt.
        sleeve: Where the sleeves end, statures below the shoulder.
        hem: Where the shirt ends, statures above the floor.
        bottom: What is worn below.
        cloth: Its colour.
        leg: Where its legs or the skirt end, statures below the hip.
        shoe: Colour.
    """

    seed: int
    stature: float
    build: float
    feminine: float
    head: float
    skin: Colour
    hair: Colour
    eyes: Colour
    style: Hair
    beard: float
    shirt: Colour
    ink: Colour
    print: Print
    sleeve: float
    hem: float
    bottom: Bottom
    cloth: Colour
    leg: float
    shoe: Colour


def invent(seed: int) -> Look:
    """The look with that number."""
    rng = np.random.default_rng([seed, 0x10015])
    feminine = float(np.clip(rng.normal(0.78 if rng.random() < 0.5 else 0.2, 0.12), 0, 1))
    stature = float(np.clip(rng.normal(1.78 - 0.13 * feminine, 0.075), 1.5, 1.95))
    styles = (0.12, 0.28, 0.34, 0.18, 0.08) if feminine > 0.5 else (0.76, 0.04, 0.03, 0.01, 0.16)
    bottoms = (0.58, 0.17, 0.25) if feminine > 0.5 else (0.72, 0.28, 0.0)
    bottom: Bottom = _BOTTOMS[rng.choice(3, p=bottoms)]
    shirt, ink = rng.choice(len(_CLOTHES), 2, replace=False)
    return Look(
        seed=seed,
        stature=stature,
        build=float(np.clip(rng.lognormal(0.0, 0.11), 0.82, 1.35)),
        feminine=feminine,
        head=float(1.0 + 0.45 * (1.72 - stature) * rng.uniform(0.6, 1.2)),
        skin=_SKINS[rng.integers(len(_SKINS))],
        hair=_HAIR[rng.integers(len(_HAIR))],
        eyes=_EYES[rng.integers(len(_EYES))],
        style=_HAIRS[rng.choice(5, p=styles)],
        beard=float(rng.random() < 0.35) * float(rng.uniform(0.25, 0.9)) if feminine < 0.5 else 0.0,
        shirt=_CLOTHES[shirt],
        ink=_CLOTHES[ink],
        print=_PRINTS[rng.integers(len(_PRINTS))],
        sleeve=float(rng.choice((0.085, 0.11, 0.318), p=(0.3, 0.3, 0.4))),
        hem=0.595 if bottom == "skirt" else float(rng.choice((0.552, 0.568, 0.597), p=(0.4, 0.3, 0.3))),
        bottom=bottom,
        cloth=_TROUSERS[rng.integers(len(_TROUSERS))],
        leg={"trousers": 0.478, "shorts": float(rng.uniform(0.15, 0.21)), "skirt": float(rng.uniform(0.17, 0.3))}[
            bottom
        ],
        shoe=_SHOES[rng.integers(len(_SHOES))],
    )
