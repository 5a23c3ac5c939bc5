"""What a pose estimator would say about people whose truth is known: its errors, made up by a seeded model.

The errors have the shape of those that Ronchi & Perona (ICCV 2017) found in estimators: jitter,
misses, left/right swaps, inversions between people; beside them whole people missed and invented.
They last, as those on videos do: every kind of error is a two-state Markov chain in time, and
jitter is an autoregression. Sizes are in OKS's units: 1 is where a keypoint's similarity is
``exp(-0.5)``. The rates are plausible ones, no fit to any estimator: they make test material, and
no absolute figure measured on it says anything about a real one.
"""

from itertools import pairwise

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from poseloom.models.boxes import iou_matrix, person_boxes
from poseloom.models.linker import link
from poseloom.models.oks import box_area
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.instances import UNLINKED, Instances, keypoint_extents
from poseloom.schemas.provenance import Source

_LIMBS = (("elbow", "wrist"), ("knee", "ankle"))


class EstimateErrors(BaseModel):
    """How an estimator errs.

    Attributes:
        jitter: Standard deviation of a visible keypoint's error, in OKS's units.
        hidden: Factor on it for keypoints that are not visible.
        memory: Correlation of the jitter from one frame to the next.
        miss: Chance per frame that a keypoint begins to be somewhere else.
        miss_hidden: The same for keypoints that are not visible.
        miss_length: Mean frames that this lasts.
        miss_size: Standard deviation of how far off it then is, in OKS's units.
        swap: Chance per frame that a person's arms or legs begin to change sides.
        swap_length: Mean frames that this lasts.
        invert: Chance per frame that an arm or leg begins to be that of a person who overlaps.
        invert_length: Mean frames that this lasts.
        lost: Chance per frame that a person begins to be missed.
        lost_hidden: The same for a person most of whose keypoints are not visible.
        lost_length: Mean frames that this lasts.
        invented: Chance per frame that nobody begins to be seen as somebody.
        invented_length: Mean frames that this lasts.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    jitter: float = Field(default=0.2, ge=0)
    hidden: float = Field(default=2.0, ge=1)
    memory: float = Field(default=0.85, ge=0, lt=1)
    miss: float = Field(default=0.003, ge=0, le=1)
    miss_hidden: float = Field(default=0.012, ge=0, le=1)
    miss_length: float = Field(default=8.0, ge=1)
    miss_size: float = Field(default=4.0, ge=0)
    swap: float = Field(default=0.003, ge=0, le=1)
    swap_length: float = Field(default=6.0, ge=1)
    invert: float = Field(default=0.01, ge=0, le=1)
    invert_length: float = Field(default=6.0, ge=1)
    lost: float = Field(default=0.004, ge=0, le=1)
    lost_hidden: float = Field(default=0.05, ge=0, le=1)
    lost_length: float = Field(default=8.0, ge=1)
    invented: float = Field(default=0.02, ge=0, le=1)
    invented_length: float = Field(default=8.0, ge=1)


def estimates(truth: Instances, seed: int, errors: EstimateErrors | None = None) -> Instances:
    """Predictions for the truth's frames: source PREDICTED, scored, with the ids of our linker.

    Only keypoints that the truth labels are predicted; scores are lower where the error is larger,
    with noise. The ids are the linker's own, so that lost people, overlaps and invented ones cause
    the identity errors that they cause.

    Args:
        truth: Linked people; their order does not matter.
        seed: Equal seeds give equal estimates of equal truth.
        errors: How to err.
    """
    model = _Model(truth.sorted(), errors or EstimateErrors(), np.random.default_rng(seed))
    return link(Instances.concat([model.people(), model.invented()]).sorted())


class _Model:
    def __init__(self, truth: Instances, errors: EstimateErrors, rng: np.random.Generator) -> None:
        self._truth, self._errors, self._rng = truth, errors, rng
        self._tracks = [np.flatnonzero(truth.track_id == track) for track in np.unique(truth.track_id)]
        area = np.maximum(np.nan_to_num(box_area(person_boxes(truth))), 1.0)
        self._unit: F64 = np.sqrt(area)[:, None] * 2 * np.asarray(truth.skeleton.sigmas)

    def people(self) -> Instances:
        truth, errors = self._truth, self._errors
        hidden = truth.visibility == 1
        xy = self._swapped(self._inverted(np.array(truth.keypoints_xy)))
        moved = np.where(hidden, errors.hidden, 1.0)[..., None] * errors.jitter * self._wander()
        missed = self._episodes(np.where(hidden, errors.miss_hidden, errors.miss), errors.miss_length)
        moved += missed[..., None] * errors.miss_size * self._wander()
        xy += moved * self._unit[..., None]
        labelled = truth.visibility > 0
        mostly_hidden = hidden.sum(axis=1) > 0.6 * np.maximum(labelled.sum(axis=1), 1)
        lost = self._episodes(np.where(mostly_hidden, errors.lost_hidden, errors.lost), errors.lost_length)
        seen = np.flatnonzero(~lost & labelled.any(axis=1))
        return self._told(truth.select(seen), xy[seen], self._scores(xy)[seen])

    def invented(self) -> Instances:
        """People who are not there: poses of the truth, somewhere else, for a while."""
        truth, errors, rng = self._truth, self._errors, self._rng
        frames = np.unique(truth.frame_index)
        parts = [self._told(truth.select(np.zeros(0, np.int64)), np.zeros((0, len(truth.skeleton), 2)), None)]
        if not len(frames):
            return parts[0]
        extent = keypoint_extents(truth.keypoints_xy.reshape(1, -1, 2), truth.visibility.reshape(1, -1))[0]
        for start in np.flatnonzero(rng.random(len(frames)) < errors.invented).tolist():
            those = frames[start : start + int(rng.geometric(1 / errors.invented_length))]
            like = int(rng.integers(len(truth)))
            own = keypoint_extents(truth.keypoints_xy[[like]], truth.visibility[[like]])[0]
            shape = (truth.keypoints_xy[like] - own[:2] - own[2:] / 2) * rng.uniform(0.5, 1.1)
            place = extent[:2] + extent[2:] * rng.random(2)
            drift = np.cumsum(rng.normal(0, 0.01, (len(those), 1, 2)), axis=0) * max(own[2], own[3], 1.0)
            xy = place + shape + drift + rng.normal(0, 0.3, (len(those), *shape.shape)) * self._unit[like, :, None]
            score = np.clip(rng.uniform(0.2, 0.6) + rng.normal(0, 0.08, xy.shape[:2]), 0.05, 0.95)
            somebody = truth.select(np.full(len(those), like)).replace(frame_index=those)
            parts.append(self._told(somebody, xy, score))
        return Instances.concat(parts)

    def _told(self, like: Instances, xy: F64, score: F64 | None) -> Instances:
        labelled = like.visibility > 0
        return Instances.build(
            like.skeleton, like.frame_index, xy, np.where(labelled, 2, 0), Source.PREDICTED,
            track_id=np.full(len(like), UNLINKED, np.int32),
            score=np.where(labelled, np.zeros(labelled.shape) if score is None else score, np.nan),
        )  # fmt: skip

    def _scores(self, xy: F64) -> F64:
        away = np.linalg.norm(xy - self._truth.keypoints_xy, axis=-1) / self._unit
        doubt = np.where(self._truth.visibility == 1, 0.15, 0.0)
        certain = 0.9 / (1 + (away / 3) ** 2) - doubt
        return np.asarray(np.clip(certain + self._rng.normal(0, 0.08, away.shape), 0.05, 0.99))

    def _wander(self) -> F64:
        """(N, K, 2) unit normal noise that is correlated along each track."""
        noise = self._rng.normal(size=(*self._truth.visibility.shape, 2))
        memory = self._errors.memory
        for rows in self._tracks:
            for before, now in pairwise(rows.tolist()):
                noise[now] = memory * noise[before] + np.sqrt(1 - memory**2) * noise[now]
        return np.asarray(noise)

    def _episodes(self, chance: F64, length: float) -> Bool:
        """Where something is going on that begins with that chance per frame and lasts that long."""
        draw = self._rng.random(chance.shape)
        on = draw < chance
        for rows in self._tracks:
            for before, now in pairwise(rows.tolist()):
                on[now] |= on[before] & (draw[now] < 1 - 1 / length)
        return np.asarray(on)

    def _swapped(self, xy: F64) -> F64:
        names = self._truth.skeleton.keypoints
        for limb in _LIMBS:
            now = self._episodes(np.full(len(xy), self._errors.swap), self._errors.swap_length)
            for left, right in self._truth.skeleton.pairs:
                if names[left].removeprefix("left_") in limb:
                    both = now & (self._truth.visibility[:, [left, right]] > 0).all(axis=1)
                    xy[both, left], xy[both, right] = xy[both, right], xy[both, left]
        return xy

    def _inverted(self, xy: F64) -> F64:
        truth, errors = self._truth, self._errors
        other = self._overlapping()
        names = truth.skeleton.keypoints
        for side in ("left", "right"):
            for limb in _LIMBS:
                keypoints = [k for k, name in enumerate(names) if name in {f"{side}_{joint}" for joint in limb}]
                now = self._episodes(np.where(other >= 0, errors.invert, 0.0), errors.invert_length) & (other >= 0)
                for k in keypoints:
                    both = now & (truth.visibility[other, k] > 0)
                    xy[both, k] = truth.keypoints_xy[other[both], k]
        return xy

    def _overlapping(self) -> I64:
        """(N,) row of the person of the same frame whose box overlaps most, from a tenth on; else -1."""
        boxes, frames = person_boxes(self._truth), self._truth.frame_index
        most = np.full(len(frames), -1)
        each = np.unique(frames)
        starts, ends = np.searchsorted(frames, each), np.searchsorted(frames, each, side="right")
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            overlap = iou_matrix(boxes[start:end], boxes[start:end])
            np.fill_diagonal(overlap, 0)
            most[start:end] = np.where(overlap.max(axis=1) >= 0.1, start + overlap.argmax(axis=1), -1)
        return most
