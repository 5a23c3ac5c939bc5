"""Skeletons: ordered keypoint names with limbs, left/right pairs and OKS sigmas."""

from dataclasses import dataclass
from functools import cached_property

from poseloom.schemas.errors import LabelError

_COCO_LIMBS = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8),
    (7, 9), (8, 10), (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)  # fmt: skip
_COCO_SIGMAS = (
    0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062,
    0.107, 0.107, 0.087, 0.087, 0.089, 0.089,
)  # fmt: skip
_BODY = (
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip


AREA_OF_BOX = 0.53
"""Area of a person for OKS as a share of their box: the convention where no segmentation exists (xtcocotools,
faster-coco-eval); the whole box would be about twice as lax."""


@dataclass(frozen=True)
class Skeleton:
    """An ordered set of K keypoints.

    Attributes:
        name: Registry name, e.g. ``"coco17"``.
        keypoints: K names; the order is the K axis of every array.
        limbs: Index pairs drawn and measured as limbs.
        sigmas: K per-keypoint OKS constants (COCO convention, ``k = 2 * sigma``).
        unused: Slots that exist in the layout but are never annotated.
    """

    name: str
    keypoints: tuple[str, ...]
    limbs: tuple[tuple[int, int], ...]
    sigmas: tuple[float, ...]
    unused: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.keypoints)

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Index pairs (left, right) of mirrored keypoints, from their names."""
        index = {name: k for k, name in enumerate(self.keypoints)}
        mirrored = ((k, index.get("right_" + name[5:])) for name, k in index.items() if name.startswith("left_"))
        return tuple((left, right) for left, right in mirrored if right is not None)

    @cached_property
    def used(self) -> tuple[int, ...]:
        """Slots that may carry a keypoint."""
        return tuple(k for k in range(len(self)) if k not in self.unused)

    def index(self, keypoint: str) -> int:
        """Position of a keypoint by name.

        Raises:
            LabelError: The skeleton has no keypoint of that name.
        """
        try:
            return self.keypoints.index(keypoint)
        except ValueError:
            known = ", ".join(self.keypoints)
            raise LabelError(f"expected a keypoint of {self.name} ({known}), got {keypoint!r}") from None


COCO17 = Skeleton(
    name="coco17",
    keypoints=("nose", "left_eye", "right_eye", "left_ear", "right_ear", *_BODY),
    limbs=_COCO_LIMBS,
    sigmas=_COCO_SIGMAS,
)

# 17 slots, 15 keypoints: the ear slots are placeholders "for compatibility" and never annotated.
# Sigmas: mmpose's vector by index (a convention, not measured; METRICS of the PoseTrack kits ignore it).
POSETRACK = Skeleton(
    name="posetrack",
    keypoints=("nose", "head_bottom", "head_top", "left_ear", "right_ear", *_BODY),
    limbs=(
        (0, 1), (0, 2), (1, 5), (1, 6), (5, 7), (7, 9), (6, 8), (8, 10), (5, 11), (6, 12),
        (11, 12), (11, 13), (13, 15), (12, 14), (14, 16),
    ),
    sigmas=_COCO_SIGMAS,
    unused=(3, 4),
)  # fmt: skip

# Human-Art (CVPR 2023) extends COCO-17 by one finger tip and one toe tip a side.
HUMANART21 = Skeleton(
    name="humanart21",
    keypoints=(*COCO17.keypoints, "left_finger", "right_finger", "left_toe", "right_toe"),
    limbs=(*_COCO_LIMBS, (9, 17), (10, 18), (15, 19), (16, 20)),
    sigmas=(*_COCO_SIGMAS, 0.062, 0.062, 0.089, 0.089),
)

SKELETONS = {skeleton.name: skeleton for skeleton in (COCO17, POSETRACK, HUMANART21)}


def skeleton_named(name: str) -> Skeleton:
    """Look a skeleton up by name.

    Raises:
        LabelError: No such skeleton.
    """
    if name not in SKELETONS:
        raise LabelError(f"expected a skeleton of {', '.join(SKELETONS)}, got {name!r}")
    return SKELETONS[name]


@dataclass(frozen=True)
class Conversion:
    """How one skeleton's keypoints map onto another's, with its losses declared.

    Attributes:
        source: Skeleton of the input.
        target: Skeleton of the output.
        take: For each target slot, the source slot with the same name, or -1.
        lost: Names of source keypoints that the target cannot hold.
        missing: Names of target keypoints that stay unlabelled.
    """

    source: Skeleton
    target: Skeleton
    take: tuple[int, ...]
    lost: tuple[str, ...]
    missing: tuple[str, ...]


def conversion(source: Skeleton, target: Skeleton) -> Conversion:
    """Match keypoints by name; unused slots never match."""
    where = {source.keypoints[k]: k for k in source.used}
    wanted = {target.keypoints[k] for k in target.used}
    take = tuple(where.get(name, -1) if name in wanted else -1 for name in target.keypoints)
    return Conversion(
        source=source,
        target=target,
        take=take,
        lost=tuple(name for name in where if name not in wanted),
        missing=tuple(name for name in target.keypoints if name in wanted and name not in where),
    )
