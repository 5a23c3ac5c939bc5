"""A dressed person at rest: what is drawn and what it follows."""

from dataclasses import dataclass
from functools import reduce

import numpy as np
from scipy.spatial import ConvexHull

from poseloom.models.synthetic.bodies import POINTS, Surface
from poseloom.models.synthetic.mesh import dye
from poseloom.models.synthetic.mesh.looks import Look
from poseloom.models.synthetic.mesh.segments import NUMBER, joints_of, strongest
from poseloom.models.synthetic.mesh.shape import shaped
from poseloom.models.synthetic.mesh.wear import fitted, legwear, worn_weights
from poseloom.schemas.arrays import F32, F64, I32, U8
from poseloom.schemas.assets import AssetPack, Garment

_METRE = np.float32(0.1)
_NOSE, _LEFT_EAR, _RIGHT_EAR, _CROWN = 297, 12038, 5439, 881
_JOINT_POINTS = {
    "shoulder": "upperarm",
    "elbow": "forearm",
    "wrist": "hand",
    "hip": "thigh",
    "knee": "shank",
    "ankle": "foot",
}
_PLAIN_SIDE = 256


@dataclass(frozen=True, eq=False)
class Person:
    """Someone at rest, in metres, before any motion.

    Attributes:
        surface: Triangles and textures.
        vertices: (V, 3) float32.
        segment: (V, 4) int32 segments that vertices follow, strongest first.
        weight: (V, 4) float32 how much; rows sum to 1.
        joints: (S, 3) float64 joints of the segments.
        points: (19, 3) float64 keypoints.
        point_segment: (19,) int32 what each moves with.
        head: (H, 3) float64 corners of the skull, which move with the head.
        soles: Per foot, (N, 3) float64 corners of the shoe.
    """

    surface: Surface
    vertices: F32
    segment: I32
    weight: F32
    joints: F64
    points: F64
    point_segment: I32
    head: F64
    soles: tuple[F64, F64]


@dataclass(frozen=True, eq=False)
class _Part:
    vertices: F32
    weights: F32
    quads: I32
    corners: F32
    material: I32
    textures: tuple[U8, ...]
    tint: tuple[float, float, float]
    two_sided: bool


def dressed(pack: AssetPack, body_weights: F32, look: Look) -> Person:
    """The person of a look.

    Args:
        pack: What people are made of.
        body_weights: (V, S) of the pack's body, from `weights_by_segment`.
        look: Who.
    """
    body = shaped(pack.body, pack.targets, look.build)
    joints = joints_of(pack.rig, body)
    garments = [pack.garments[name] for name in look.garments]
    rng = np.random.default_rng(look.dye)
    parts = [_naked(pack, body, body_weights, garments, look)]
    waist = float(joints[NUMBER["waist"], 1])
    parts += [_worn(pack, garment, body, body_weights, waist, look, rng) for garment in garments]
    vertices, weights, surface = _joined(parts)
    segment, weight = strongest(weights)
    points, point_segment = _points(pack, body, joints)
    return Person(
        surface=surface,
        vertices=vertices * _METRE,
        segment=segment,
        weight=weight,
        joints=joints * 0.1,
        points=points * 0.1,
        point_segment=point_segment,
        head=_skull(pack, body, body_weights) * 0.1,
        soles=(_corners(vertices, weights, "foot.L") * 0.1, _corners(vertices, weights, "foot.R") * 0.1),
    )


def _naked(pack: AssetPack, body: F32, weights: F32, garments: list[Garment], look: Look) -> _Part:
    covered = np.zeros(len(body), dtype=np.bool_)
    for garment in garments:
        covered[garment.hides] = True
    bare = np.asarray(~covered[pack.body.quads].all(axis=1))
    return _Part(
        vertices=body,
        weights=weights,
        quads=pack.body.quads[bare],
        corners=pack.body.uv[pack.body.uv_quads[bare]],
        material=np.zeros(int(bare.sum()), dtype=np.int32),
        textures=(pack.pictures[look.skin],),
        tint=look.complexion,
        two_sided=False,
    )


def _worn(
    pack: AssetPack,
    garment: Garment,
    body: F32,
    body_weights: F32,
    waist: float,
    look: Look,
    rng: np.random.Generator,
) -> _Part:
    vertices = fitted(garment, body)
    low = legwear(garment, vertices, waist) if garment.kind == "clothes" else np.zeros(len(garment.quads), np.bool_)
    return _Part(
        vertices=vertices,
        weights=worn_weights(garment, body_weights),
        quads=garment.quads,
        corners=garment.uv[garment.uv_quads],
        material=low.astype(np.int32),
        textures=_textures(pack, garment, look, rng),
        tint=look.hair if garment.kind in {"hair", "eyebrows", "eyelashes"} else (1.0, 1.0, 1.0),
        two_sided=garment.kind in {"clothes", "hair"},
    )


def _textures(pack: AssetPack, garment: Garment, look: Look, rng: np.random.Generator) -> tuple[U8, ...]:
    """What the garment looks like above the waist and below."""
    if garment.kind == "eyes":
        return (pack.pictures[look.iris],)
    picture = pack.pictures[garment.picture] if garment.picture else dye.plain(_PLAIN_SIDE)
    if garment.kind != "clothes":
        return (dye.bleached(picture),)
    if garment.shading is not None:
        picture = dye.shaded(picture, pack.pictures[garment.shading])
    return dye.topwear(picture, rng), dye.legwear(picture, rng)


def _joined(parts: list[_Part]) -> tuple[F32, F32, Surface]:
    """All parts as one mesh, without vertices that nothing is drawn of."""
    first_vertex = np.cumsum([0, *(len(part.vertices) for part in parts)])
    first_material = np.cumsum([0, *(len(part.textures) for part in parts)])
    quads = np.concatenate([part.quads + first for part, first in zip(parts, first_vertex[:-1], strict=True)])
    material = np.concatenate([part.material + first for part, first in zip(parts, first_material[:-1], strict=True)])
    corners = np.concatenate([part.corners for part in parts])
    used, triangles = np.unique(quads[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3), return_inverse=True)
    triangles = triangles.reshape(-1, 3)
    real = (triangles != np.roll(triangles, 1, axis=1)).all(axis=1)
    counts = [len(part.textures) for part in parts]
    surface = Surface(
        triangles=triangles[real].astype(np.int32),
        uv=np.ascontiguousarray(corners[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 2)[real], dtype=np.float32),
        material=np.repeat(material, 2)[real].astype(np.int32),
        textures=reduce(lambda all_of, part: all_of + part.textures, parts, ()),
        tint=np.repeat(np.array([part.tint for part in parts], dtype=np.float32), counts, axis=0),
        two_sided=np.repeat([part.two_sided for part in parts], counts),
    )
    vertices = np.concatenate([part.vertices for part in parts])[used]
    return vertices, np.concatenate([part.weights for part in parts])[used], surface


def _points(pack: AssetPack, body: F32, joints: F64) -> tuple[F64, I32]:
    head = NUMBER["head"]
    places: dict[str, tuple[F64 | F32, int]] = {
        "nose": (body[_NOSE], head),
        "left_eye": (body[pack.body.joints["joint-l-eye"]].mean(axis=0), head),
        "right_eye": (body[pack.body.joints["joint-r-eye"]].mean(axis=0), head),
        "left_ear": (body[_LEFT_EAR], head),
        "right_ear": (body[_RIGHT_EAR], head),
        "head_bottom": (joints[NUMBER["neck"]], NUMBER["neck"]),
        "head_top": (body[_CROWN], head),
    }
    for side, letter in (("left", "L"), ("right", "R")):
        for point, name in _JOINT_POINTS.items():
            number = NUMBER[f"{name}.{letter}"]
            places[f"{side}_{point}"] = (joints[number], number)
    ordered = [places[name] for name in POINTS.keypoints]
    points = np.array([place for place, _ in ordered], dtype=np.float64)
    return points, np.array([number for _, number in ordered], dtype=np.int32)


def _skull(pack: AssetPack, body: F32, weights: F32) -> F64:
    """Corners of what the head box covers: the head from the chin up."""
    drawn = np.unique(pack.body.quads)
    of_head = drawn[weights[drawn, NUMBER["head"]] > 0.9]
    return _hull(body[of_head])


def _corners(vertices: F32, weights: F32, name: str) -> F64:
    return _hull(vertices[weights[:, NUMBER[name]] > 0.9])


def _hull(points: F32) -> F64:
    return points[ConvexHull(points).vertices].astype(np.float64)
