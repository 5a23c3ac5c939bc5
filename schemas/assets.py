"""An asset pack in memory: meshes, clothes, pictures and motion capture that people are made of.

Lengths are decimetres, y up, the body facing +z with its left hand at +x, unless said otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from poseloom.schemas.arrays import F32, F64, I32, U8

GarmentKind = Literal["clothes", "hair", "eyebrows", "eyelashes", "eyes"]


@dataclass(frozen=True, eq=False)
class BodyMesh:
    """The naked body that every person is shaped from.

    Attributes:
        vertices: (V, 3) float32; helper vertices that garments hang on follow those of the body.
        uv: (T, 2) float32 texture coordinates, v upwards.
        quads: (F, 4) int32 vertices of the drawn faces, counter-clockwise from outside.
        uv_quads: (F, 4) int32 texture coordinates of their corners.
        joints: (8,) int32 vertices of a small cube around each named joint.
    """

    vertices: F32
    uv: F32
    quads: I32
    uv_quads: I32
    joints: Mapping[str, I32]


@dataclass(frozen=True, eq=False)
class Rig:
    """Bones, and which of them every vertex follows.

    Attributes:
        bones: Names of the B bones, parents before children, sides as ``.L`` and ``.R``.
        parents: (B,) int32, -1 for the root.
        heads: For every bone the vertices whose mean is its joint.
        bone_index: (V, 4) int32.
        bone_weight: (V, 4) float32; rows sum to 1.
    """

    bones: tuple[str, ...]
    parents: I32
    heads: tuple[I32, ...]
    bone_index: I32
    bone_weight: F32


@dataclass(frozen=True, eq=False)
class ShapeTargets:
    """Displacements of the body's vertices, each a kind of person.

    Attributes:
        names: Names of the N targets, such as ``universal-male-old-maxmuscle-minweight``.
        offsets: (N, V, 3) int16 in units of `unit`.
        unit: Decimetres.
    """

    names: tuple[str, ...]
    offsets: npt.NDArray[np.int16]
    unit: float


@dataclass(frozen=True, eq=False)
class Garment:
    """Something worn: clothes, hair, eyes.

    Every vertex hangs on three vertices of the body.

    Attributes:
        name: Unique in the pack.
        kind: What it is.
        anchors: (G, 3) int32 vertices of the body.
        weights: (G, 3) float32 their weights.
        offset: (G, 3) float32 what is added to their weighted mean.
        scale_vertices: (3, 2) int32 two vertices of the body per axis; their distance along it scales the offset.
        scale_lengths: (3,) float32 that distance on the body that the garment was made for.
        uv: (T, 2) float32.
        quads: (F, 4) int32 own vertices.
        uv_quads: (F, 4) int32.
        hides: (D,) int32 vertices of the body that it covers.
        picture: Name of its texture, or None.
        shading: Name of its ambient-occlusion texture, or None.
    """

    name: str
    kind: GarmentKind
    anchors: I32
    weights: F32
    offset: F32
    scale_vertices: I32
    scale_lengths: F32
    uv: F32
    quads: I32
    uv_quads: I32
    hides: I32
    picture: str | None
    shading: str | None


@dataclass(frozen=True, eq=False)
class MotionClip:
    """One recording.

    Attributes:
        name: Unique in its capture.
        label: What the person does.
        rotations: (T, J, 4) float32 unit quaternions (w, x, y, z), each relative to the parent joint.
        root: (T, 3) float32 position of the root, in the capture's own unit.
    """

    name: str
    label: str
    rotations: F32
    root: F32


@dataclass(frozen=True, eq=False)
class MotionCapture:
    """Recordings that share a skeleton.

    Attributes:
        convention: How its joints are named: DAZ's BVH or Acclaim's ASF.
        joints: Names of the J joints, parents before children.
        parents: (J,) int32, -1 for the root.
        offsets: (J, 3) float64 from the parent joint in the zero pose, in the capture's own unit.
        fps: Frames per second.
        clips: The recordings.
    """

    convention: Literal["daz", "asf"]
    joints: tuple[str, ...]
    parents: I32
    offsets: F64
    fps: float
    clips: tuple[MotionClip, ...]


@dataclass(frozen=True, eq=False)
class AssetPack:
    """Everything that people are made of.

    Attributes:
        body: The mesh.
        rig: Its bones.
        targets: Its shapes.
        garments: By name.
        skins: Names of skin textures, such as ``young_lightskinned_female_diffuse2``.
        irises: Names of eye textures.
        pictures: Textures by name: square (S, S, 4) uint8 RGBA, sides a power of two; decoded when asked for.
        captures: Motion.
        acknowledgement: What publications and data made with the pack have to say.
    """

    body: BodyMesh
    rig: Rig
    targets: ShapeTargets
    garments: Mapping[str, Garment]
    skins: tuple[str, ...]
    irises: tuple[str, ...]
    pictures: Mapping[str, U8]
    captures: tuple[MotionCapture, ...]
    acknowledgement: str
