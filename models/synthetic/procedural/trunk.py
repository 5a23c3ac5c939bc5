"""Torso, neck and skirt."""

import numpy as np

from poseloom.models.synthetic.procedural.anatomy import HIP_HEIGHT, SIDES
from poseloom.models.synthetic.procedural.loft import Part, join, loft, ring
from poseloom.models.synthetic.procedural.look import Look
from poseloom.models.synthetic.procedural.materials import LEG_SPAN, SHIRT_SPAN, Material, v_of
from poseloom.models.synthetic.procedural.weights import along, lend, smooth
from poseloom.schemas.arrays import F64

# Height, half width, reach to the front, reach to the back; statures.
_PROFILE: F64 = np.array([
    (0.468, 0.030, 0.028, 0.034), (0.488, 0.066, 0.046, 0.058), (0.515, 0.090, 0.057, 0.072),
    (0.545, 0.096, 0.061, 0.075), (0.580, 0.092, 0.061, 0.064), (0.620, 0.083, 0.059, 0.050),
    (0.655, 0.081, 0.059, 0.048), (0.700, 0.088, 0.063, 0.057), (0.745, 0.096, 0.067, 0.065),
    (0.785, 0.103, 0.058, 0.068), (0.810, 0.107, 0.046, 0.060), (0.830, 0.101, 0.035, 0.048),
    (0.844, 0.066, 0.026, 0.043), (0.853, 0.043, 0.020, 0.040), (0.860, 0.026, 0.010, 0.030),
])  # fmt: skip
_AROUND = 12
_CLOTH = 0.004


def torso(look: Look) -> Part:
    """Pelvis in trousers, and the shirt that hangs over them."""
    below, above = _PROFILE[:, 0] < look.hem + 0.012, _PROFILE[:, 0] > look.hem + 0.012
    trousers = np.append(_PROFILE[below, 0], look.hem + 0.02)
    shirt = np.insert(_PROFILE[above, 0], 0, look.hem)
    loose = 2 * _CLOTH + (0.0 if look.bottom == "skirt" else 0.006) * smooth(shirt, 0.62, 0.55)
    return join([
        _tube(look, trousers, np.full(len(trousers), _CLOTH), v_of(HIP_HEIGHT - trousers, LEG_SPAN), Material.LEG),
        _tube(look, shirt, loose, v_of(shirt, SHIRT_SPAN), Material.SHIRT),
    ])  # fmt: skip


def neck(look: Look) -> Part:
    """From between the shoulders into the head."""
    heights: F64 = np.array([0.845, 0.868, 0.892, 0.918])
    radius = (0.036 - 0.005 * look.feminine) * look.build**0.5
    centres, sizes = (-0.011, -0.010, -0.003, 0.006), (1.12, 0.98, 0.93, 0.96)
    rings = np.stack([
        ring((0, y, z), radius * size, radius * size, 8) for y, z, size in zip(heights, centres, sizes, strict=True)
    ])  # fmt: skip
    shares = along(heights, ("chest", "neck", "head"), ((0.860, 0.014), (0.898, 0.018)))
    return loft(rings, shares, np.linspace(0, 1, 4), Material.SKIN)


def skirt(look: Look) -> Part:
    """A tube around both thighs that moves with them."""
    heights = np.linspace(HIP_HEIGHT - look.leg, 0.607, 6)
    flare = 0.014 + 0.09 * np.maximum(0.545 - heights, 0) ** 0.9
    rings = _rings(look, np.maximum(heights, 0.545), flare)
    rings[..., 1] = heights[:, None]
    shares = np.repeat(along(heights, ("pelvis", "spine"), ((0.605, 0.03),))[:, None], _AROUND, axis=1)
    moved = 0.95 * smooth(rings[..., 1], 0.565, 0.49)
    leftness = smooth(rings[..., 0], -0.09, 0.09)
    shares = lend(shares, "pelvis", "left_thigh", moved * leftness)
    rest = moved * (1 - leftness) / (1 - moved * leftness)
    return loft(
        rings, lend(shares, "pelvis", "right_thigh", rest), v_of(HIP_HEIGHT - heights, LEG_SPAN), Material.SKIRT
    )


def _tube(look: Look, heights: F64, cloth: F64, v: F64, material: Material) -> Part:
    rings = _rings(look, heights, cloth)
    return loft(rings, _shares(rings, heights), v, material)


def _rings(look: Look, heights: F64, cloth: F64) -> F64:
    """(R, N, 3) sections of the trunk with cloth so thick around them."""
    sections = zip(heights, *_extents(look, heights), cloth, strict=True)
    return np.stack([_section(y, w + out, f + out, b + out) for y, w, f, b, out in sections])


def _extents(look: Look, heights: F64) -> tuple[F64, F64, F64]:
    """Half width and reach to front and back at some heights."""
    width, front, back = (np.interp(heights, _PROFILE[:, 0], column) for column in _PROFILE.T[1:])
    chest = smooth(heights, 0.66, 0.76) * smooth(heights, 0.82, 0.78)
    hips = smooth(heights, 0.64, 0.57)
    width = width * (1 + (0.04 - 0.09 * look.feminine) * chest + (0.10 * look.feminine - 0.03) * hips)
    width = width * (1 - 0.09 * look.feminine * smooth(heights, 0.72, 0.68) * (1 - hips))
    front = front + 0.014 * look.feminine * np.exp(-(((heights - 0.738) / 0.030) ** 2))
    belly = max(look.build - 1, 0) * 0.10 * np.exp(-(((heights - 0.635) / 0.055) ** 2))
    thick = look.build ** np.interp(heights, (0.74, 0.80), (0.9, 0.35))
    return width * thick, front * thick + belly, back * thick


def _section(y: float, width: float, front: float, back: float) -> F64:
    section = ring((0, y, 0), width, 1.0, _AROUND, power=2.5)
    section[:, 2] *= np.where(section[:, 2] > 0, front, back)
    return section


def _shares(rings: F64, heights: F64) -> F64:
    """(R, N, 19) shares of trunk, shoulders and thighs."""
    shares = np.repeat(
        along(heights, ("pelvis", "spine", "chest"), ((0.600, 0.035), (0.690, 0.04)))[:, None], _AROUND, 1
    )
    x, y = rings[..., 0], rings[..., 1]
    for side, sign in SIDES:
        carried = 0.85 * smooth(y, 0.75, 0.81) * smooth(sign * x, 0.02, 0.085)
        shares = lend(shares, "chest", f"{side}_clavicle", carried)
        shares = lend(shares, f"{side}_clavicle", f"{side}_upper_arm", 0.35 * smooth(sign * x, 0.07, 0.11))
        shares = lend(shares, "pelvis", f"{side}_thigh", 0.4 * smooth(y, 0.53, 0.48) * smooth(sign * x, 0.0, 0.05))
    return shares
