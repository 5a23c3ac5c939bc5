"""The rigid parts that a mesh person is moved by, and the motion-capture joint that each one follows.

The rig has 163 bones; motion capture knows no fingers, toes or faces, so bones that always move
together form one segment. Joint correspondence measured on both skeletons; zero poses face +z.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from poseloom.schemas.arrays import F32, F64, I32
from poseloom.schemas.assets import Rig


@dataclass(frozen=True)
class Segment:
    """One rigid part.

    Attributes:
        name: Sides as ``.L`` and ``.R``.
        bone: The rig's bone whose head is the joint; bones below it belong to the segment.
        parent: Number of the segment it hangs on, -1 for the pelvis.
        joint: The joint it follows, by capture convention.
    """

    name: str
    bone: str
    parent: int
    joint: dict[Literal["daz", "asf"], str]


_TRUNK = (
    ("pelvis", "root", "", "hip", "root"),
    ("waist", "spine04", "pelvis", "abdomen", "lowerback"),
    ("chest", "spine02", "waist", "chest", "upperback"),
    ("thorax", "spine01", "chest", "chest", "thorax"),
    ("neck", "neck01", "thorax", "neck", "lowerneck"),
    ("nape", "neck03", "neck", "neck", "upperneck"),
    ("head", "head", "nape", "head", "head"),
)
_SIDE = (
    ("collar", "clavicle", "thorax", "Collar", "clavicle"),
    ("upperarm", "upperarm01", "collar", "Shldr", "humerus"),
    ("forearm", "lowerarm01", "upperarm", "ForeArm", "radius"),
    ("hand", "wrist", "forearm", "Hand", "wrist"),
    ("thigh", "upperleg01", "pelvis", "Thigh", "femur"),
    ("shank", "lowerleg01", "thigh", "Shin", "tibia"),
    ("foot", "foot", "shank", "Foot", "foot"),
)


def _segments() -> tuple[Segment, ...]:
    rows = list(_TRUNK)
    for side in "LR":
        prefix = side.lower()
        names = {name for name, *_ in _SIDE}
        for name, bone, parent, daz, asf in _SIDE:
            above = f"{parent}.{side}" if parent in names else parent
            rows.append((f"{name}.{side}", f"{bone}.{side}", above, prefix + daz, prefix + asf))
    order = [name for name, *_ in rows]
    return tuple(
        Segment(name, bone, order.index(parent) if parent else -1, {"daz": daz, "asf": asf})
        for name, bone, parent, daz, asf in rows
    )


SEGMENTS = _segments()
NUMBER = {segment.name: number for number, segment in enumerate(SEGMENTS)}
PARENTS = np.array([segment.parent for segment in SEGMENTS])

LIMBS = {
    NUMBER[f"{upper}.{side}"]: NUMBER[f"{lower}.{side}"]
    for side in "LR"
    for upper, lower in (("upperarm", "forearm"), ("forearm", "hand"), ("thigh", "shank"), ("shank", "foot"))
}
"""Segments whose rest direction differs between the rig and the captures, each with the one at its far end."""

MIRRORED = np.array(
    [NUMBER[s.name[:-1] + {"L": "R", "R": "L"}[s.name[-1]]] if s.name[-2] == "." else n for n, s in enumerate(SEGMENTS)]
)
"""For every segment the one of the other side."""


def joints_of(rig: Rig, vertices: F32) -> F64:
    """(S, 3) joints of the segments of a shaped body with (V, 3) vertices, in their unit."""
    return np.array([vertices[rig.heads[bone]].mean(axis=0) for bone in _bones(rig)], dtype=np.float64)


def weights_by_segment(rig: Rig) -> F32:
    """(V, S) float32: how much every vertex of the body follows every segment; rows sum to 1."""
    roots = {bone: number for number, bone in enumerate(_bones(rig))}
    owner: list[int] = []
    for bone, parent in enumerate(rig.parents):
        owner.append(roots.get(bone, owner[parent] if parent >= 0 else 0))
    weights = np.zeros((len(rig.bone_index), len(SEGMENTS)), dtype=np.float32)
    rows = np.arange(len(weights))
    for column in range(rig.bone_index.shape[1]):
        np.add.at(weights, (rows, np.array(owner)[rig.bone_index[:, column]]), rig.bone_weight[:, column])
    return weights


def strongest(weights: F32, count: int = 4) -> tuple[I32, F32]:
    """The (V, count) segments that vertices follow most, strongest first, with weights that sum to 1."""
    index = np.argsort(-weights, axis=1, kind="stable")[:, :count].astype(np.int32)
    weight = np.take_along_axis(weights, index, axis=1)
    return index, weight / weight.sum(axis=1, keepdims=True)


def _bones(rig: Rig) -> list[int]:
    return [rig.bones.index(segment.bone) for segment in SEGMENTS]
