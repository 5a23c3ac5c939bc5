"""A dressed person at rest: what is drawn and what it follows."""

from dataclasses import dataclass
from functools import reduce

import numpy as np

from poseloom.models.synthetic.bodies import Surface
from poseloom.models.synthetic.mesh import dye
from poseloom.models.synthetic.mesh.landmarks import corners, keypoints, skull
from poseloom.models.synthetic.mesh.looks import Look
from poseloom.models.synthetic.mesh.segments import NUMBER, joints_of, strongest
from poseloom.models.synthetic.mesh.shape import shaped
from poseloom.models.synthetic.mesh.wear import fitted, legwear, worn_weights
from poseloom.schemas.arrays import F32, F64, I32, U8, Bool
from poseloom.schemas.assets import AssetPack, Garment

_METRE = np.float32(0.1)
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


@dataclass(frozen=True, eq=False)
class _Fitting:
    """What all garments of one person are fitted with; heights and vertices in decimetres."""

    pack: AssetPack
    look: Look
    body: F32
    weights: F32
    hips: float
    rng: np.random.Generator


def dressed(pack: AssetPack, body_weights: F32, look: Look) -> Person:
    """The person of a look.

    Args:
        pack: What people are made of.
        body_weights: (V, S) of the pack's body, from `weights_by_segment`.
        look: Who; what is worn first lies outside, such as trousers over socks.
    """
    body = shaped(pack.body, pack.targets, look.build)
    joints = joints_of(pack.rig, body)
    hips = float(joints[NUMBER["thigh.L"], 1])
    fitting = _Fitting(pack, look, body, body_weights, hips, np.random.default_rng(look.dye))
    vertices, weights, surface = _joined(_parts(fitting))
    segment, weight = strongest(weights)
    points, point_segment = keypoints(pack.body, body, joints)
    return Person(
        surface=surface,
        vertices=vertices * _METRE,
        segment=segment,
        weight=weight,
        joints=joints * 0.1,
        points=points * 0.1,
        point_segment=point_segment,
        head=skull(pack.body, body, body_weights) * 0.1,
        soles=(corners(vertices, weights, "foot.L") * 0.1, corners(vertices, weights, "foot.R") * 0.1),
    )


def _parts(fitting: _Fitting) -> list[_Part]:
    covered = np.zeros(len(fitting.body), dtype=np.bool_)
    worn = []
    for name in fitting.look.garments:
        garment = fitting.pack.garments[name]
        worn.append(_worn(fitting, garment, covered))
        covered[garment.hides] = True
    return [_naked(fitting, covered), *worn]


def _naked(fitting: _Fitting, covered: Bool) -> _Part:
    mesh = fitting.pack.body
    bare = ~np.logical_and.reduce(covered[mesh.quads], axis=1)
    return _Part(
        vertices=fitting.body,
        weights=fitting.weights,
        quads=mesh.quads[bare],
        corners=mesh.uv[mesh.uv_quads[bare]],
        material=np.zeros(int(bare.sum()), dtype=np.int32),
        textures=(fitting.pack.pictures[fitting.look.skin],),
        tint=fitting.look.complexion,
        two_sided=False,
    )


def _worn(fitting: _Fitting, garment: Garment, covered: Bool) -> _Part:
    vertices = fitted(garment, fitting.body)
    low = np.zeros(len(garment.quads), dtype=np.bool_)
    if garment.kind == "clothes":
        low = legwear(garment, vertices, fitting.hips)
    below_others = np.logical_and.reduce(covered[garment.anchors], axis=1)
    seen = ~np.logical_and.reduce(below_others[garment.quads], axis=1)
    return _Part(
        vertices=vertices,
        weights=worn_weights(garment, fitting.weights),
        quads=garment.quads[seen],
        corners=garment.uv[garment.uv_quads[seen]],
        material=low[seen].astype(np.int32) * int(not low.all()),
        textures=_textures(fitting, garment, low),
        tint=fitting.look.hair if garment.kind in {"hair", "eyebrows", "eyelashes"} else (1.0, 1.0, 1.0),
        two_sided=garment.kind in {"clothes", "hair"},
    )


def _textures(fitting: _Fitting, garment: Garment, low: Bool) -> tuple[U8, ...]:
    """What the garment looks like above the hips and below, as far as it is there."""
    pictures = fitting.pack.pictures
    if garment.kind == "eyes":
        return (pictures[fitting.look.iris],)
    picture = pictures[garment.picture] if garment.picture else dye.plain(_PLAIN_SIDE)
    if garment.kind != "clothes":
        return (dye.bleached(picture),)
    if garment.shading is not None:
        picture = dye.shaded(picture, pictures[garment.shading])
    above = () if low.all() else (dye.topwear(picture, fitting.rng),)
    return (*above, dye.legwear(picture, fitting.rng)) if low.any() else above


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
