"""Arms, hands, legs and shoes; built hanging straight down, on the left side, in statures."""

import numpy as np

from poseloom.models.synthetic.procedural.anatomy import BONE, FOREARM, JOINTS, SHANK, THIGH, UPPER_ARM
from poseloom.models.synthetic.procedural.loft import Part, join, loft, ring
from poseloom.models.synthetic.procedural.look import Look
from poseloom.models.synthetic.procedural.materials import ARM_SPAN, LEG_SPAN, Material, v_of
from poseloom.models.synthetic.procedural.weights import along, lend, smooth
from poseloom.schemas.arrays import F64

_ELBOW, _WRIST = UPPER_ARM, UPPER_ARM + FOREARM
_KNEE, _ANKLE = THIGH, THIGH + SHANK

# Way down from the first joint, radius; statures.
_ARM: F64 = np.array([
    (-0.027, 0.013), (-0.018, 0.0245), (-0.001, 0.0325), (0.030, 0.0350), (0.075, 0.0320), (0.130, 0.0275),
    (0.170, 0.0255), (0.190, 0.0250), (0.214, 0.0260), (0.265, 0.0220), (0.338, 0.0158),
])  # fmt: skip
# Way down from the hip's joint, radius, shift to the front; statures.
_LEG: F64 = np.array([
    (-0.050, 0.022, -0.004), (-0.032, 0.044, -0.004), (0.000, 0.0540, -0.004), (0.045, 0.0545, -0.002),
    (0.110, 0.0470, 0.002), (0.180, 0.0385, 0.003), (0.225, 0.0345, 0.003), (0.262, 0.0330, 0.001),
    (0.310, 0.0345, -0.006), (0.350, 0.0330, -0.008), (0.410, 0.0255, -0.005), (0.462, 0.0205, -0.002),
    (0.498, 0.0205, 0.0),
])  # fmt: skip
# Way down from the shoulder's joint, half thickness, half breadth, shift towards the body; statures.
_HAND: F64 = np.array([
    (0.322, 0.0125, 0.0155, 0.0), (0.347, 0.0125, 0.0210, 0.001), (0.378, 0.0130, 0.0250, 0.002),
    (0.408, 0.0100, 0.0230, 0.006), (0.434, 0.0065, 0.0165, 0.012),
])  # fmt: skip
# Way ahead of the ankle, half width, height, height of the sole; statures.
_SHOE: F64 = np.array([
    (-0.042, 0.015, 0.044, 0.005), (-0.033, 0.0225, 0.058, 0.0), (0.000, 0.0250, 0.064, 0.0),
    (0.034, 0.0250, 0.050, 0.0), (0.070, 0.0300, 0.036, 0.0), (0.098, 0.0255, 0.027, 0.0),
    (0.112, 0.0150, 0.020, 0.0),
])  # fmt: skip


def arm(look: Look) -> Part:
    """Shoulder, upper arm and forearm, partly in a sleeve, and the hand."""
    ways, sleeved = _cut(_ARM[:, 0], look.sleeve)
    radius = np.interp(ways, *_ARM.T) * look.build**0.75 * (1.03 - 0.13 * look.feminine)
    short = look.sleeve < _ELBOW
    loose = 0.003 + (0.007 * smooth(ways, 0.04, 0.10) if short else 0.003 * smooth(ways, 0.15, 0.3))
    radius = radius + np.where(sleeved, loose, 0.0)
    rings = np.stack([ring((0, -way, 0), r, 1.06 * r, 7) for way, r in zip(ways, radius, strict=True)])
    bones = ("left_upper_arm", "left_forearm", "left_hand")
    shares = along(ways, bones, ((_ELBOW, 0.024), (_WRIST, 0.012)))
    shares = lend(shares, "left_upper_arm", "left_clavicle", 0.6 * smooth(ways, 0.0, -0.035))
    limb = loft(rings[::-1], shares[::-1], v_of(ways[::-1], ARM_SPAN), Material.ARM)
    return _moved(join([limb, _hand(), _thumb()]), JOINTS[BONE["left_upper_arm"]])


def leg(look: Look) -> Part:
    """Thigh and shank, partly in trousers, and the shoe."""
    end = look.leg if look.bottom != "skirt" else -0.02
    ways, clothed = _cut(_LEG[:, 0], end)
    radius, shift = (np.interp(ways, _LEG[:, 0], column) for column in _LEG.T[1:])
    radius = radius * look.build**0.8 * (1 + 0.05 * look.feminine * smooth(ways, 0.2, 0.1))
    loose = 0.003 + (0.010 * smooth(ways, 0.06, 0.16) if look.bottom == "shorts" else 0.010 * smooth(ways, 0.2, 0.46))
    radius = radius + np.where(clothed, loose, 0.0)
    rings = np.stack([ring((0, -way, z), r, 1.05 * r, 7) for way, r, z in zip(ways, radius, shift, strict=True)])
    shares = along(ways, ("left_thigh", "left_shank", "left_foot"), ((_KNEE, 0.03), (_ANKLE, 0.01)))
    shares = lend(shares, "left_thigh", "pelvis", 0.75 * smooth(ways, 0.03, -0.045))
    limb = loft(rings[::-1], shares[::-1], v_of(ways[::-1], LEG_SPAN), Material.LEG)
    return join([_moved(limb, JOINTS[BONE["left_thigh"]]), _moved(_shoe(), JOINTS[BONE["left_foot"]] * (1, 0, 1))])


def mirrored(part: Part) -> Part:
    """The same limb on the right side."""
    order = [BONE[_other(bone)] for bone in BONE]
    vertices, triangles = part.vertices * (-1, 1, 1), part.triangles[:, ::-1]
    return Part(vertices, part.weights[:, order], triangles, part.uv[:, ::-1], part.material)


def _other(bone: str) -> str:
    if bone.startswith("left_"):
        return bone.replace("left_", "right_")
    return bone.replace("right_", "left_")


def _cut(ways: F64, end: float) -> tuple[F64, F64]:
    """The ways with a step where cloth ends, and which of them are clothed."""
    kept = ways[np.abs(ways - end) > 0.008]
    cut = np.sort([*kept, end, end + 1e-3])
    return cut, np.asarray(cut <= end)


def _hand() -> Part:
    rings = np.stack([ring((-shift, -way, 0), thick, broad, 6) for way, thick, broad, shift in _HAND[::-1]])
    shares = along(_HAND[::-1, 0], ("left_forearm", "left_hand"), ((_WRIST, 0.012),))
    return loft(rings, shares, np.linspace(0, 1, len(rings)), Material.SKIN)


def _thumb() -> Part:
    path = ((0.343, 0.001, 0.012, 0.0085), (0.372, 0.006, 0.029, 0.0080), (0.394, 0.010, 0.034, 0.0050))
    rings = np.stack([ring((-shift, -way, ahead), r, r, 4) for way, shift, ahead, r in path[::-1]])
    shares = along(np.full(3, 1.0), ("left_forearm", "left_hand"), ((_WRIST, 0.012),))
    return loft(rings, shares, np.linspace(0, 1, 3), Material.SKIN)


def _shoe() -> Part:
    around = 2 * np.pi * (np.arange(8) + 0.5) / 8
    across, high = (np.sign(f) * np.abs(f) ** (2 / 3) for f in (np.cos(around), np.sin(around)))
    high = (high - high.min()) / np.ptp(high)
    rings = np.stack([
        np.stack([w * across, low + (h - low) * high, np.full(8, z)], axis=1) for z, w, h, low in _SHOE
    ])  # fmt: skip
    shares = along(np.zeros(len(rings)), ("left_foot",), ())
    return loft(rings, shares, np.linspace(0, 1, len(rings)), Material.SHOE)


def _moved(part: Part, by: F64) -> Part:
    return Part(part.vertices + by, part.weights, part.triangles, part.uv, part.material)
