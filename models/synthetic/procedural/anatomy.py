"""The human skeleton: bones, their lengths, and how far each joint moves.

Lengths are fractions of the stature (Drillis & Contini, *Body Segment Parameters*, 1966, as drawn in
Winter, *Biomechanics and Motor Control of Human Movement*). Ranges of motion are the American Academy
of Orthopaedic Surgeons' (*Joint Motion*, 1965) where it has them, else Norkin & White's
(*Measurement of Joint Motion*, 2016), rounded; spine and neck are shared by two joints each. Only the
ankle bends further up than the 20 degrees of a foot in the air: under load it does (the lunge of Bennell
et al., *Australian Journal of Physiotherapy* 44, 1998).
"""

import numpy as np

from poseloom.schemas.arrays import F64

TRUNK = ("pelvis", "spine", "chest", "neck", "head")
LIMBS = ("clavicle", "upper_arm", "forearm", "hand", "thigh", "shank", "foot")
BONES = (*TRUNK, *(f"{side}_{name}" for side in ("left", "right") for name in LIMBS))
BONE = {name: i for i, name in enumerate(BONES)}
SIDES = (("left", 1.0), ("right", -1.0))

HIP_HEIGHT, KNEE_HEIGHT, ANKLE_HEIGHT = 0.530, 0.285, 0.039
THIGH, SHANK = HIP_HEIGHT - KNEE_HEIGHT, KNEE_HEIGHT - ANKLE_HEIGHT
UPPER_ARM, FOREARM, HAND = 0.186, 0.146, 0.108
HIP, SHOULDER, SHOULDER_HEIGHT = 0.050, 0.104, 0.808
HEEL, TOE = 0.033, 0.112
"""How far the sole reaches behind and before the ankle."""

_PARENT_NAMES = {
    "pelvis": "pelvis", "spine": "pelvis", "chest": "spine", "neck": "chest", "head": "neck",
    "clavicle": "chest", "upper_arm": "clavicle", "forearm": "upper_arm", "hand": "forearm",
    "thigh": "pelvis", "shank": "thigh", "foot": "shank",
}  # fmt: skip
_JOINTS = {
    "pelvis": (0.0, HIP_HEIGHT, 0.0), "spine": (0.0, 0.600, -0.012), "chest": (0.0, 0.690, -0.014),
    "neck": (0.0, 0.858, -0.014), "head": (0.0, 0.898, 0.002),
    "clavicle": (0.016, 0.825, -0.004), "upper_arm": (SHOULDER, SHOULDER_HEIGHT, -0.008),
    "forearm": (SHOULDER, SHOULDER_HEIGHT - UPPER_ARM, -0.008),
    "hand": (SHOULDER, SHOULDER_HEIGHT - UPPER_ARM - FOREARM, -0.008),
    "thigh": (HIP, HIP_HEIGHT, 0.0), "shank": (HIP, KNEE_HEIGHT, 0.0), "foot": (HIP, ANKLE_HEIGHT, 0.0),
}  # fmt: skip
_SIGNS = {
    "clavicle": (1, 1, -1), "upper_arm": (-1, 1, 1), "forearm": (-1, 1, -1), "hand": (-1, -1, 1),
    "thigh": (-1, 1, 1), "shank": (1, 1, 1), "foot": (-1, 1, 1),
}  # fmt: skip
_DEGREES = {
    "pelvis": ((-30, 45), (-20, 20), (-60, 60)),
    "spine": ((-15, 40), (-18, 18), (-22, 22)),
    "chest": ((-15, 40), (-18, 18), (-23, 23)),
    "neck": ((-30, 23), (-22, 22), (-40, 40)),
    "head": ((-30, 22), (-23, 23), (-40, 40)),
    "clavicle": ((0, 0), (-10, 40), (-20, 20)),
    "upper_arm": ((-60, 180), (0, 180), (-70, 90)),
    "forearm": ((0, 150), (0, 0), (-80, 80)),
    "hand": ((-30, 20), (-70, 80), (0, 0)),
    "thigh": ((-30, 120), (-30, 45), (-45, 45)),
    "shank": ((0, 135), (0, 0), (0, 0)),
    "foot": ((-50, 32), (-35, 25), (-30, 30)),
}


def _plain(bone: str) -> str:
    return bone.removeprefix("left_").removeprefix("right_")


def _parent(bone: str) -> int:
    name = _PARENT_NAMES[_plain(bone)]
    return BONE[name] if name in BONE else BONE[f"{bone.partition('_')[0]}_{name}"]


def _mirrored(bone: str) -> float:
    return -1.0 if bone.startswith("right_") else 1.0


PARENTS = tuple(_parent(bone) for bone in BONES)
"""The bone that carries each bone; a parent comes before its children, the pelvis carries itself."""

JOINTS: F64 = np.array([_JOINTS[_plain(bone)] for bone in BONES]) * [[_mirrored(bone), 1, 1] for bone in BONES]
"""(19, 3) where each bone begins when the person stands with hanging arms; statures."""

SIGNS: F64 = np.array([_SIGNS.get(_plain(b), (1, -1, 1)) for b in BONES]) * [
    [1, _mirrored(b), _mirrored(b)] for b in BONES
]
"""(19, 3) from anatomical angles to right-handed rotations about x, z and y.

Anatomical angles of a bone are, in this order: *flexion* (trunk and neck bend forwards; arm and thigh
lift forwards; elbow and knee bend; foot up; hand towards the thumb), *abduction* (limbs lift sideways;
trunk and neck lean to the left; shoulder up; hand towards the palm; sole outwards) and *rotation*
(limbs outwards; trunk and head to the left; forearm: pronation; shoulder forwards).
"""

LIMITS: F64 = np.radians([_DEGREES[_plain(bone)] for bone in BONES])
"""(19, 3, 2) least and greatest anatomical angle in radians."""
