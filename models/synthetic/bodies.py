"""What a generated person is to the renderer, however it is made: a textured surface that can be posed.

Body space is right-handed metres: y up, the floor at y = 0, the pelvis above the origin, the person
facing +z, so that their left hand is at +x.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from poseloom.schemas.arrays import F32, F64, I32, U8, Bool
from poseloom.schemas.skeleton import COCO17, Skeleton

POINTS = Skeleton(
    name="synthetic19",
    keypoints=(*COCO17.keypoints, "head_bottom", "head_top"),
    limbs=COCO17.limbs,
    sigmas=(*COCO17.sigmas, 0.025, 0.025),
)
"""Every keypoint that is generated; labels are converted to COCO-17 or PoseTrack by name."""

Activity = Literal["walk", "run", "gesture", "dance"]
"""What a person does; the first two move along a path, the others stay in place."""


@dataclass(frozen=True, eq=False)
class Surface:
    """Triangles of a body with their looks; the same in every pose.

    Attributes:
        triangles: (F, 3) int32 vertex numbers, counter-clockwise seen from outside.
        uv: (F, 3, 2) float32 texture coordinates of the corners, 0..1, v upwards.
        material: (F,) int32 index into the materials.
        textures: M square RGBA uint8 pictures with sides that are powers of two; alpha below 110 is a hole.
        tint: (M, 3) float32 factors of the colours.
        two_sided: (M,) whether the back of a triangle is drawn as well (cloth, hair).
    """

    triangles: I32
    uv: F32
    material: I32
    textures: tuple[U8, ...]
    tint: F32
    two_sided: Bool


@dataclass(frozen=True, eq=False)
class Pose:
    """A body at one moment, in body space.

    Attributes:
        vertices: (V, 3) float32 metres.
        points: (19, 3) float64 metres, the keypoints of `POINTS`.
        head: (H, 3) float64 metres, points whose extent in the picture is the head box.
    """

    vertices: F32
    points: F64
    head: F64


class Body(Protocol):
    """One person."""

    @property
    def surface(self) -> Surface:
        """What is drawn."""

    @property
    def depth(self) -> F64:
        """(19,) metres; a keypoint is visible where no more than this of the person's own surface is before it."""

    @property
    def cadence_m(self) -> float:
        """Metres walked or run in one gait cycle; 0 for activities in place."""

    def pose(self, time_s: float, travelled_m: float) -> Pose:
        """The body at a time, having moved so far along its path (gait follows the way, not the clock)."""


class Casting(Protocol):
    """Makes people."""

    def body(self, look: int, activity: Activity, seed: int) -> Body:
        """A person; equal looks give the same appearance, `seed` varies how they move.

        Deterministic in its arguments.
        """
