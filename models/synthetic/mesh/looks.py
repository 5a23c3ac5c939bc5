"""Choosing what a person looks like."""

from dataclasses import dataclass

import numpy as np

from poseloom.models.synthetic.mesh.shape import Build
from poseloom.schemas.assets import AssetPack
from poseloom.schemas.errors import InputError

_CHILD, _ADULT, _ELDER = 0.12, 0.68, 0.20
_HAIR = {
    "male": ("short01", "short02", "short03", "short04"),
    "female": ("bob02", "long01", "ponytail01", "braid01", "short01", "short03"),
}
_BALD = 0.12
_HAIR_COLOURS = (
    (0.15, 0.12, 0.10),
    (0.26, 0.17, 0.11),
    (0.50, 0.35, 0.25),
    (0.95, 0.70, 0.42),
    (0.50, 0.24, 0.14),
    (0.12, 0.11, 0.11),
)
_GREY_HAIR = (0.85, 0.84, 0.82)
_DARK_HAIR = (0, 1, 5)


@dataclass(frozen=True)
class Look:
    """A person, as chosen.

    Attributes:
        build: The body.
        skin: Name of the skin texture.
        complexion: RGB factors of the skin.
        garments: Names of what is worn, eyes and brows included.
        iris: Name of the eye texture.
        hair: RGB colour of hair and brows.
        dye: Seed of the clothes' colours.
    """

    build: Build
    skin: str
    complexion: tuple[float, float, float]
    garments: tuple[str, ...]
    iris: str
    hair: tuple[float, float, float]
    dye: int


def chosen(pack: AssetPack, look: int) -> Look:
    """The person of that number: children, adults and elders of all builds and skins.

    Raises:
        InputError: The pack has nothing of a kind that everybody needs.
    """
    rng = np.random.default_rng((look, 19))
    sex = "male" if rng.random() < 0.5 else "female"
    build = _build(rng, sex)
    skin, dark = _skin(pack, rng, sex, build)
    strength = rng.uniform(0.55, 1.0) if dark else rng.uniform(0.8, 1.05)
    warmth = rng.uniform(-0.04, 0.04)
    return Look(
        build=build,
        skin=skin,
        complexion=(strength * (1 + warmth), strength, strength * (1 - warmth)),
        garments=_garments(pack, rng, sex),
        iris=_one(rng, pack.irises, "eye texture"),
        hair=_hair_colour(rng, build, dark),
        dye=int(rng.integers(1 << 31)),
    )


def _build(rng: np.random.Generator, sex: str) -> Build:
    ages = ((0.26, 0.40), (0.43, 0.62), (0.65, 1.0))
    age = rng.uniform(*ages[rng.choice(3, p=(_CHILD, _ADULT, _ELDER))])
    ancestry = rng.dirichlet((0.4, 0.4, 0.4))
    return Build(
        male=float(np.clip(rng.normal(0.95 if sex == "male" else 0.05, 0.06), 0, 1)),
        age=float(age),
        muscle=float(np.clip(rng.normal(0.5, 0.18), 0.05, 0.95)),
        weight=float(np.clip(rng.normal(0.5, 0.17), 0.05, 0.95)),
        height=float(np.clip(rng.normal(0.51, 0.06), 0.36, 0.66)),
        african=float(ancestry[0]),
        asian=float(ancestry[1]),
        caucasian=float(ancestry[2]),
    )


def _skin(pack: AssetPack, rng: np.random.Generator, sex: str, build: Build) -> tuple[str, bool]:
    dark = build.african > 0.45
    tone = "darkskinned" if dark else "lightskinned"
    period = "young" if build.age < 0.62 else "middleage" if build.age < 0.82 else "old"
    for wanted in (f"{period}_{tone}_{sex}_", f"_{tone}_{sex}_", f"_{tone}_"):
        fitting = [name for name in pack.skins if wanted in f"{name}_"]
        if fitting:
            return _one(rng, fitting, "skin"), dark
    return _one(rng, pack.skins, "skin"), dark


def _garments(pack: AssetPack, rng: np.random.Generator, sex: str) -> tuple[str, ...]:
    clothes = [name for name, garment in pack.garments.items() if garment.kind == "clothes"]
    eyes = [name for name, garment in pack.garments.items() if garment.kind == "eyes"]
    brows = [name for name, garment in pack.garments.items() if garment.kind == "eyebrows"]
    worn = [
        _one(rng, [name for name in clothes if name.startswith(f"{sex}_")], f"{sex} suit"),
        _one(rng, [name for name in clothes if name.startswith("shoes")], "pair of shoes"),
        _one(rng, eyes, "pair of eyes"),
        _one(rng, brows, "pair of eyebrows"),
    ]
    if sex == "female" or rng.random() >= _BALD:
        worn.append(_one(rng, [name for name in _HAIR[sex] if name in pack.garments], f"{sex} hair"))
    return tuple(worn)


def _hair_colour(rng: np.random.Generator, build: Build, dark: bool) -> tuple[float, float, float]:
    natural = dark or build.asian > 0.5
    number = rng.choice(_DARK_HAIR) if natural else rng.integers(len(_HAIR_COLOURS))
    grey = float(np.clip((build.age - 0.68) * 4, 0, 1)) * rng.uniform(0.5, 1)
    strength = rng.uniform(0.75, 1.25)
    red, green, blue = (
        strength * ((1 - grey) * own + grey * old)
        for own, old in zip(_HAIR_COLOURS[int(number)], _GREY_HAIR, strict=True)
    )
    return (red, green, blue)


def _one(rng: np.random.Generator, choices: "list[str] | tuple[str, ...]", what: str) -> str:
    if not choices:
        raise InputError(f"expected at least one {what} in the asset pack, got none")
    return choices[int(rng.integers(len(choices)))]
