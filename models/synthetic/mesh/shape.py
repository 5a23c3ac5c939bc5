"""The body of a person of some sex, age and build."""

from dataclasses import dataclass
from itertools import product

import numpy as np

from poseloom.schemas.arrays import F32
from poseloom.schemas.assets import BodyMesh, ShapeTargets

_LEAST = 1e-3


@dataclass(frozen=True)
class Build:
    """What a body looks like, everything in 0..1.

    Attributes:
        male: 0 a woman, 1 a man.
        age: 0.1875 a small child, 0.5 a young adult, 1 old.
        muscle: 0.5 is average.
        weight: 0.5 is average.
        height: 0.5 is average.
        african: Share of ancestry.
        asian: Share of ancestry.
        caucasian: Share of ancestry.
    """

    male: float
    age: float
    muscle: float
    weight: float
    height: float
    african: float
    asian: float
    caucasian: float


def shaped(body: BodyMesh, targets: ShapeTargets, build: Build) -> F32:
    """The (V, 3) float32 vertices of such a person, decimetres.

    A target's weight is the product of how much the person is of each word in its name.
    """
    weights = _target_weights(build)
    active = [(number, weights[name]) for number, name in enumerate(targets.names) if weights.get(name, 0) > _LEAST]
    vertices = body.vertices.copy()
    for number, weight in active:
        vertices += targets.offsets[number] * np.float32(weight * targets.unit)
    return vertices


def _target_weights(build: Build) -> dict[str, float]:
    sexes = {"male": build.male, "female": 1 - build.male}
    ages = _ages(build.age)
    muscles, masses = _thirds(build.muscle, "muscle"), _thirds(build.weight, "weight")
    heights = {name: share for name, share in _thirds(build.height, "height").items() if "average" not in name}
    ancestries = {"african": build.african, "asian": build.asian, "caucasian": build.caucasian}
    weights: dict[str, float] = {}
    for (sex, of_sex), (age, of_age) in product(sexes.items(), ages.items()):
        for name, share in ancestries.items():
            weights[f"{name}-{sex}-{age}"] = of_sex * of_age * share
        for (muscle, of_muscle), (mass, of_mass) in product(muscles.items(), masses.items()):
            kind, share = f"{sex}-{age}-{muscle}-{mass}", of_sex * of_age * of_muscle * of_mass
            weights[f"universal-{kind}"] = share
            weights |= {f"height-{kind}-{height}": share * part for height, part in heights.items()}
    return weights


def _ages(age: float) -> dict[str, float]:
    if age >= 0.5:
        return {"young": 2 - 2 * age, "old": 2 * age - 1}
    young = float(np.clip((age - 0.1875) / 0.3125, 0, 1))
    return {"young": young, "child": 1 - young}


def _thirds(value: float, word: str) -> dict[str, float]:
    return {
        f"min{word}": max(0.0, 1 - 2 * value),
        f"average{word}": 1 - abs(2 * value - 1),
        f"max{word}": max(0.0, 2 * value - 1),
    }
