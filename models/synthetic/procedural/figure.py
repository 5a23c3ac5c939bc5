"""A person standing at rest: surface, bones that carry it, keypoints and how deep they lie."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from poseloom.models.synthetic.bodies import POINTS, Surface
from poseloom.models.synthetic.procedural import cloth, skin
from poseloom.models.synthetic.procedural.anatomy import BONE, BONES, HIP_HEIGHT, SIDES
from poseloom.models.synthetic.procedural.depth import MARGIN_M, depth
from poseloom.models.synthetic.procedural.head import EYES, NOSE_TIP, ear, hair, head, on_skull
from poseloom.models.synthetic.procedural.kinematics import Bones, forward, rotations
from poseloom.models.synthetic.procedural.limbs import arm, leg, mirrored
from poseloom.models.synthetic.procedural.loft import Part, join
from poseloom.models.synthetic.procedural.look import Look, invent
from poseloom.models.synthetic.procedural.trunk import neck, skirt, torso
from poseloom.schemas.arrays import F32, F64, read_only

_SPREAD = 38.0
"""Degrees by which the arms are lifted in the pose that is modelled: between hanging and raised."""

_CARRIERS = {
    "nose": "head", "eye": "head", "ear": "head", "shoulder": "upper_arm", "elbow": "forearm", "wrist": "hand",
    "hip": "thigh", "knee": "shank", "ankle": "foot", "head_bottom": "neck", "head_top": "head",
}  # fmt: skip
_ROUND = ((0, 0, 1), (0, 0, -1), (1, 0, 0), (1, 0, 1), (1, 0, -1), (-1, 0, 0), (-1, 0, 1), (-1, 0, -1))
_OUTER = _ROUND[:5]
_INNER = ((-0.7, 0, 1), (-0.7, 0, -1))
"""Directions from which a keypoint of the left side is looked at; hips and shoulders not from the other side."""


@dataclass(frozen=True, eq=False)
class Figure:
    """A body that can be posed.

    Attributes:
        look: What it was made of.
        surface: What is drawn.
        carried: (V, 76) float32; each vertex, homogeneous, weighted by each of 19 bones, so that a
            pose is one matrix product (linear blend skinning).
        unrest: (19, 4, 4) from the modelled pose to the frame of each bone.
        points: (19, 3) metres, keypoints relative to the joint of the bone that carries each.
        carriers: (19,) numbers of those bones.
        head: (H, 3) metres, the skull relative to the head's joint.
        depth: (19,) metres.
    """

    look: Look
    surface: Surface
    carried: F32
    unrest: F64
    points: F64
    carriers: tuple[int, ...]
    head: F64
    depth: F64


@lru_cache(maxsize=128)
def figure(seed: int) -> Figure:
    """The person with that look."""
    look = invent(seed)
    rest = forward(_rest_angles(), np.array([0.0, HIP_HEIGHT, 0.0]), 1.0)
    parts = _parts(look, rest)
    body = join(list(parts.values()))
    points, carriers = _points(look, rest)
    skull = parts["head"].vertices - rest.joint[BONE["head"]]
    return Figure(
        look=look,
        surface=_surface(look, body),
        carried=_carried(body, look.stature),
        unrest=_unrest(rest, look.stature),
        points=read_only(points * look.stature, np.float64),
        carriers=carriers,
        head=read_only(skull * look.stature, np.float64),
        depth=_depths(look, rest, points, carriers, parts),
    )


def _rest_angles() -> F64:
    angles = np.zeros((len(BONES), 3))
    for side, _ in SIDES:
        angles[BONE[f"{side}_upper_arm"], 1] = np.radians(_SPREAD)
    return angles


def _parts(look: Look, rest: Bones) -> dict[str, Part]:
    """Closed parts in the modelled pose; statures."""
    shoulder = rest.joint[BONE["left_upper_arm"]]
    hanging = arm(look)
    turn = rotations(np.radians((0.0, _SPREAD, 0.0)))
    spread = (hanging.vertices - shoulder) @ turn.T + shoulder
    left_arm = Part(spread, hanging.weights, hanging.triangles, hanging.uv, hanging.material)
    left_leg = leg(look)
    parts = {
        "head": head(look), "hair": hair(look), "neck": neck(look), "torso": torso(look),
        "left_arm": left_arm, "right_arm": mirrored(left_arm),
        "left_leg": left_leg, "right_leg": mirrored(left_leg),
    }  # fmt: skip
    return {**parts, "skirt": skirt(look)} if look.bottom == "skirt" else parts


def _surface(look: Look, body: Part) -> Surface:
    textures = (
        skin.face(look), skin.strands(look), cloth.shirt(look), cloth.sleeve(look),
        cloth.trousers(look), cloth.shoe(look), skin.hands(look), cloth.skirt(look),
    )  # fmt: skip
    return Surface(
        triangles=read_only(body.triangles, np.int32),
        uv=read_only(body.uv, np.float32),
        material=read_only(body.material, np.int32),
        textures=tuple(read_only(texture, np.uint8) for texture in textures),
        tint=read_only(np.ones((len(textures), 3)), np.float32),
        two_sided=read_only(np.zeros(len(textures)), np.bool_),
    )


def _carried(body: Part, stature: float) -> F32:
    homogeneous = np.column_stack([body.vertices * stature, np.ones(len(body.vertices))])
    each = body.weights[:, :, None] * homogeneous[:, None, :]
    return read_only(each.reshape(len(each), -1), np.float32)


def _unrest(rest: Bones, stature: float) -> F64:
    matrices = np.tile(np.eye(4), (len(BONES), 1, 1))
    matrices[:, :3, :3] = rest.turn.transpose(0, 2, 1)
    matrices[:, :3, 3] = -np.einsum("bji,bj->bi", rest.turn, rest.joint * stature)
    return read_only(matrices, np.float64)


def _points(look: Look, rest: Bones) -> tuple[F64, tuple[int, ...]]:
    """(19, 3) keypoints relative to the joint and in the frame of the bone that carries each, and these bones."""
    on_head = {
        "nose": on_skull(*NOSE_TIP, look), "head_top": on_skull(0.0, 1.0, look),
        "left_eye": on_skull(*EYES, look), "right_eye": on_skull(-EYES[0], EYES[1], look),
        "left_ear": ear(1.0, look), "right_ear": ear(-1.0, look),
    }  # fmt: skip
    carriers, places = [], []
    for name in POINTS.keypoints:
        side, _, plain = name.rpartition("_") if name.startswith(("left", "right")) else ("", "", name)
        bone = _CARRIERS[plain]
        carriers.append(BONE[bone] if bone in BONE else BONE[f"{side}_{bone}"])
        joint = rest.joint[carriers[-1]]
        places.append(on_head.get(name, joint) - joint)
    return np.array(places), tuple(carriers)


def _depths(look: Look, rest: Bones, points: F64, carriers: tuple[int, ...], parts: dict[str, Part]) -> F64:
    """(19,) metres; measured on the left side, the right one is its mirror image."""

    def measured(name: str, directions: tuple[tuple[float, float, float], ...], *around: str) -> float:
        index = POINTS.keypoints.index(name)
        bone = carriers[index]
        own = join([parts[part] for part in around])
        point = rest.joint[bone] + rest.turn[bone] @ points[index]
        return depth(point * look.stature, directions, own.vertices * look.stature, own.triangles)

    wears = ("torso", "left_leg", "skirt") if "skirt" in parts else ("torso", "left_leg")
    by_name = {
        "shoulder": measured("left_shoulder", (*_OUTER, (0, 1, 0), *_INNER), "torso", "left_arm"),
        "elbow": measured("left_elbow", _ROUND, "left_arm"),
        "wrist": measured("left_wrist", _ROUND, "left_arm"),
        "hip": measured("left_hip", _OUTER, *wears),
        "knee": measured("left_knee", _ROUND, *wears[1:]),
        "ankle": measured("left_ankle", _ROUND, "left_leg"),
        "head_bottom": measured("head_bottom", _ROUND, "neck"),
        "head_top": measured("head_top", ((0, 1, 0), *((x, -0.2, z) for x, _, z in _ROUND)), "head", "hair"),
    }
    values = [by_name.get(name.removeprefix("left_").removeprefix("right_"), MARGIN_M) for name in POINTS.keypoints]
    return read_only(values, np.float64)
