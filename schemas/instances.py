"""Instances: one person in one frame, as parallel read-only arrays.

Coordinates are source-video pixels, origin top-left, x right, y down (COCO's convention: the centre
of the top-left pixel is at (0.5, 0.5)); they may lie outside the picture. Frame indices are 0-based.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from poseloom.schemas.arrays import F32, F64, I32, I64, U8, read_only
from poseloom.schemas.errors import LabelError
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import Conversion, Skeleton

UNLINKED = -1
"""Track id of an instance that no linker has seen yet."""


@dataclass(frozen=True, eq=False)
class Instances:
    """N instances of K keypoints.

    Attributes:
        skeleton: Meaning of the K axis.
        frame_index: (N,) int32, 0-based frame of the source video.
        track_id: (N,) int32, identity within the video; -1 while unlinked.
        bbox_xywh: (N, 4) float64 pixels; NaN where no box is known.
        keypoints_xy: (N, K, 2) float64 pixels; 0 where visibility is 0.
        visibility: (N, K) uint8, COCO's flags: 0 unlabelled, 1 labelled but not visible, 2 visible.
        score: (N, K) float32 confidence in 0..1; NaN where a person, not a model, placed the keypoint.
        source: (N, K) uint8 of `Source`; NONE exactly where visibility is 0, except that a
            person's removal of a keypoint is CORRECTED with visibility 0.
        anchor_frame: (N, K) int32 frame of the anchor a propagated keypoint came from, else -1.
        sharpness: (N,) float32 variance of the Laplacian on the person crop; NaN until measured.
        head_xywh: (N, 4) float64 head box in pixels; NaN where none is known.
        person_id: (N,) int64 identity across videos; -1 where none is known.
        extra: N JSON objects with whatever else the label file said, ``""`` for none.
    """

    skeleton: Skeleton
    frame_index: I32
    track_id: I32
    bbox_xywh: F64
    keypoints_xy: F64
    visibility: U8
    score: F32
    source: U8
    anchor_frame: I32
    sharpness: F32
    head_xywh: F64
    person_id: I64
    extra: tuple[str, ...]

    def __post_init__(self) -> None:
        n, k = len(self.frame_index), len(self.skeleton)
        for name, (shape, dtype) in _columns(n, k).items():
            values = np.asarray(getattr(self, name))
            if values.shape != shape:
                raise LabelError(
                    f"expected {name} of shape {shape} for {n} instances of {self.skeleton.name}, got {values.shape}"
                )
            object.__setattr__(self, name, _held(name, values, dtype))
        if len(self.extra) != n:
            raise LabelError(f"expected {n} extra fields, got {len(self.extra)}")
        self._check_keypoints()

    def _check_keypoints(self) -> None:
        labelled = self.visibility > 0
        if self.visibility.size and self.visibility.max() > 2:
            raise LabelError(f"expected visibility 0, 1 or 2, got {int(self.visibility.max())}")
        broken = labelled & ~np.isfinite(self.keypoints_xy).all(axis=-1)
        if broken.any():
            row, slot = (int(i) for i in np.argwhere(broken)[0])
            raise LabelError(
                f"expected finite coordinates, got {self.keypoints_xy[row, slot].tolist()} "
                f"for {self.skeleton.keypoints[slot]} of track {self.track_id[row]} in frame {self.frame_index[row]}"
            )

    def __len__(self) -> int:
        return len(self.frame_index)

    @classmethod
    def build(
        cls,
        skeleton: Skeleton,
        frame_index: npt.ArrayLike,
        keypoints_xy: npt.ArrayLike,
        visibility: npt.ArrayLike,
        source: Source,
        **columns: Any,
    ) -> "Instances":
        """Instances with every column that is not given at its "unknown" value.

        `source` is set wherever a keypoint is labelled; unlabelled coordinates become 0. Without
        `bbox_xywh`, boxes are the extents of the labelled keypoints.
        """
        visible = np.asarray(visibility)
        labelled = visible > 0
        xy = np.where(labelled[..., None], np.asarray(keypoints_xy, dtype=np.float64), 0.0)
        n, k = visible.shape
        given = {
            "track_id": np.full(n, UNLINKED, np.int32),
            "score": np.full((n, k), np.nan, np.float32),
            "source": np.where(labelled, np.uint8(source), np.uint8(Source.NONE)),
            "anchor_frame": np.full((n, k), -1, np.int32),
            "sharpness": np.full(n, np.nan, np.float32),
            "head_xywh": np.full((n, 4), np.nan),
            "person_id": np.full(n, -1),
            "extra": ("",) * n,
        } | columns
        if "bbox_xywh" not in given:
            given["bbox_xywh"] = keypoint_extents(xy, visible)
        return cls(skeleton=skeleton, frame_index=np.asarray(frame_index), keypoints_xy=xy, visibility=visible, **given)

    @classmethod
    def empty(cls, skeleton: Skeleton) -> "Instances":
        """No instances of that skeleton."""
        k = len(skeleton)
        return cls.build(skeleton, np.zeros(0), np.zeros((0, k, 2)), np.zeros((0, k)), Source.NONE)

    @classmethod
    def concat(cls, parts: "list[Instances]") -> "Instances":
        """All instances of the parts, in their order.

        Raises:
            LabelError: No part, or parts of different skeletons.
        """
        if not parts or any(part.skeleton != parts[0].skeleton for part in parts):
            raise LabelError(f"expected instances of one skeleton, got {sorted({p.skeleton.name for p in parts})}")
        arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _columns(0, 0)}
        return cls(skeleton=parts[0].skeleton, extra=tuple(e for part in parts for e in part.extra), **arrays)

    def select(self, rows: npt.NDArray[Any]) -> "Instances":
        """The rows of a boolean mask or an index array."""
        index = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        arrays = {name: getattr(self, name)[index] for name in _columns(0, 0)}
        return Instances(skeleton=self.skeleton, extra=tuple(self.extra[int(i)] for i in index), **arrays)

    def replace(self, **columns: Any) -> "Instances":
        """A copy with some columns replaced."""
        return dataclasses.replace(self, **columns)

    def sorted(self) -> "Instances":
        """Rows ordered by frame, then track id (stable for unlinked rows)."""
        return self.select(np.lexsort((self.track_id, self.frame_index)))

    def in_frames(self, start_frame: int, end_frame: int) -> "Instances":
        """Rows of the half-open frame range."""
        return self.select((self.frame_index >= start_frame) & (self.frame_index < end_frame))

    def convert(self, how: Conversion) -> "Instances":
        """The same people in another skeleton; what gets lost or stays missing is declared in `how`."""
        take, known = np.array(how.take), np.array(how.take) >= 0
        per_keypoint: dict[str, Any] = {
            name: np.where(known, getattr(self, name)[:, take], blank)
            for name, blank in (("visibility", 0), ("score", np.nan), ("source", Source.NONE), ("anchor_frame", -1))
        }
        xy = np.where(known[:, None], self.keypoints_xy[:, take], 0.0)
        return dataclasses.replace(self, skeleton=how.target, keypoints_xy=xy, **per_keypoint)


def keypoint_extents(xy: F64, visibility: U8) -> F64:
    """(N, 4) xywh boxes around the labelled keypoints; NaN rows where there is none."""
    boxes = np.full((len(xy), 4), np.nan)
    some = (visibility > 0).any(axis=1)
    labelled = (visibility[some] > 0).T[..., None]
    by_keypoint = np.ascontiguousarray(xy[some].swapaxes(0, 1))  # reducing the first axis is four times as fast
    low = np.where(labelled, by_keypoint, np.inf).min(axis=0)
    high = np.where(labelled, by_keypoint, -np.inf).max(axis=0)
    boxes[some] = np.concatenate([low, high - low], axis=1)
    return boxes


def _held(name: str, values: npt.NDArray[Any], dtype: type[np.generic]) -> npt.NDArray[Any]:
    """The values as a read-only column; whole numbers never wrap around."""
    with np.errstate(invalid="ignore"):
        column = read_only(values, dtype)
    if np.issubdtype(dtype, np.integer) and values.dtype != column.dtype:
        changed = column != values
        if changed.any():
            raise LabelError(f"expected {name} as {column.dtype}, got {values[changed][0]}")
    return column


def _columns(n: int, k: int) -> dict[str, tuple[tuple[int, ...], type[np.generic]]]:
    return {
        "frame_index": ((n,), np.int32),
        "track_id": ((n,), np.int32),
        "bbox_xywh": ((n, 4), np.float64),
        "keypoints_xy": ((n, k, 2), np.float64),
        "visibility": ((n, k), np.uint8),
        "score": ((n, k), np.float32),
        "source": ((n, k), np.uint8),
        "anchor_frame": ((n, k), np.int32),
        "sharpness": ((n,), np.float32),
        "head_xywh": ((n, 4), np.float64),
        "person_id": ((n,), np.int64),
    }
