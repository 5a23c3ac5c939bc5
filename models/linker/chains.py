"""Chains: instances that follow one another, whatever their identities."""

from dataclasses import dataclass

import numpy as np

from poseloom.models.boxes import iou_matrix, person_boxes
from poseloom.models.linker.settings import LinkerSettings
from poseloom.models.oks import box_area, keypoint_similarity
from poseloom.schemas.arrays import F64, I32, I64, Bool
from poseloom.schemas.instances import Instances

MIN_SHARED_KEYPOINTS = 3
"""With fewer keypoints in common, boxes alone decide."""


@dataclass(frozen=True)
class Chains:
    """For each of N instances its chain (0-based, in order of first appearance) and the similarity of
    the link to its predecessor (1 where it has none)."""

    chain: I64
    similarity: F64


@dataclass(frozen=True)
class People:
    """What links are judged by: N people's (N, K, 2) keypoints, (N, K) mask, (N, 4) boxes, (N,) areas, ids, scores."""

    xy: F64
    labelled: Bool
    boxes: F64
    area: F64
    given: I32
    confident: Bool

    @classmethod
    def of(cls, instances: Instances, settings: LinkerSettings) -> "People":
        """Of instances."""
        boxes = person_boxes(instances)
        score = mean_score(instances)
        confident = np.isnan(score) | (score >= settings.confident)
        area = np.nan_to_num(box_area(boxes))
        return cls(
            instances.keypoints_xy, instances.visibility > 0, boxes, area, instances.track_id, np.asarray(confident)
        )

    def at(self, rows: I64 | slice) -> "People":
        """Some of them."""
        return People(*(values[rows] for values in vars(self).values()))

    def joined(self, others: "People") -> "People":
        """These people, then the others."""
        pairs = zip(vars(self).values(), vars(others).values(), strict=True)
        return People(*(np.concatenate(pair) for pair in pairs))

    def moved(self, by: F64) -> "People":
        """All of them shifted by (N, 2) pixels."""
        boxes = self.boxes.copy()
        boxes[:, :2] += by
        return People(self.xy + by[:, None], self.labelled, boxes, self.area, self.given, self.confident)


def mean_score(instances: Instances) -> F64:
    """(N,) mean score of the labelled keypoints; NaN without any score."""
    scored = (instances.visibility > 0) & ~np.isnan(instances.score)
    total = np.where(scored, instances.score, 0).sum(axis=1, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return np.asarray(total / scored.sum(axis=1))


def similarity(a: People, b: People, sigmas: F64, spread: F64) -> F64:
    """(A, B) mean of OKS over shared keypoints and IoU.

    Args:
        a: A people.
        b: B people.
        sigmas: (K,) OKS constants.
        spread: (A,) factor on the tolerated squared distance.
    """
    overlap = iou_matrix(a.boxes, b.boxes)
    shared = a.labelled[:, None] & b.labelled[None]
    count = shared.sum(axis=2)
    area = (a.area[:, None] + b.area[None]) / 2 * spread[:, None]
    oks = (keypoint_similarity(a.xy[:, None], area, b.xy[None], sigmas) * shared).sum(axis=2) / np.maximum(count, 1)
    return np.where(count >= MIN_SHARED_KEYPOINTS, (oks + overlap) / 2, overlap)


def chain_instances(instances: Instances, settings: LinkerSettings) -> Chains:
    """Link instances sorted by frame into chains, frame by frame.

    Optimal assignment (Hungarian) of each frame's instances to the chains seen within `max_gap`
    frames, moved with their damped velocity; confident instances choose first (ByteTrack, ECCV 2022).
    """
    people = People.of(instances, settings)
    live = _Live(np.asarray(instances.skeleton.sigmas), settings, people.at(slice(0, 0)))
    n = len(instances)
    chain, link = np.zeros(n, np.int64), np.ones(n)
    frames, starts = np.unique(instances.frame_index, return_index=True)
    for frame, start, end in zip(frames.tolist(), starts.tolist(), [*starts[1:].tolist(), n], strict=True):
        chain[start:end], link[start:end] = live.step(frame, people.at(slice(start, end)))
    return Chains(chain, link)


class _Live:
    """The chains that may still continue: M last people with velocity, last frame and chain number."""

    def __init__(self, sigmas: F64, settings: LinkerSettings, nobody: People):
        self._sigmas, self._settings, self._people = sigmas, settings, nobody
        self._velocity = np.zeros((0, 2))
        self._frame = np.zeros(0, np.int64)
        self._chain = np.zeros(0, np.int64)
        self._born = 0

    def step(self, frame: int, people: People) -> tuple[I64, F64]:
        """(N,) chain and similarity of the link for the people of the next frame."""
        n = len(people.given)
        self._forget(frame)
        chosen, link = np.full(n, -1), np.ones(n)
        if len(self._frame):
            alike = self._alike(frame, people)
            for group in (people.confident, ~people.confident):
                free = np.ones(len(self._frame), bool)
                free[chosen[chosen >= 0]] = False
                if group.any() and free.any():
                    self._assign(alike, np.flatnonzero(free), np.flatnonzero(group), chosen)
            linked = np.flatnonzero(chosen >= 0)
            link[linked] = alike[chosen[linked], linked]
        return self._update(frame, people, chosen), link

    def _forget(self, frame: int) -> None:
        fresh = frame - self._frame <= self._settings.max_gap + 1
        if not fresh.all():
            self._people = self._people.at(np.flatnonzero(fresh))
            self._velocity, self._frame, self._chain = self._velocity[fresh], self._frame[fresh], self._chain[fresh]

    def _alike(self, frame: int, people: People) -> F64:
        settings, elapsed = self._settings, frame - self._frame
        d = settings.damping
        travel = elapsed if d == 1 else d * (1 - d**elapsed) / (1 - d)
        spread = np.asarray(settings.tolerance**2 * (1 + settings.gap_growth * (elapsed - 1)), np.float64)
        expected = self._people.moved(self._velocity * travel[:, None])
        alike = similarity(expected, people, self._sigmas, spread)
        before, now = self._people.given[:, None], people.given[None]
        alike[(before >= 0) & (now >= 0) & (before != now)] = 0
        alike[(before >= 0) & (before == now)] = 1
        return alike

    def _assign(self, alike: F64, free: I64, people: I64, chosen: I64) -> None:
        from scipy.optimize import linear_sum_assignment  # 0.3 s that an unchanged re-run does not need

        usable = alike[np.ix_(free, people)]
        usable = np.where(usable >= self._settings.min_similarity, usable, 0)
        for i, j in zip(*linear_sum_assignment(usable, maximize=True), strict=True):
            if usable[i, j] > 0:
                chosen[people[j]] = free[i]

    def _update(self, frame: int, people: People, chosen: I64) -> I64:
        old, new = np.flatnonzero(chosen >= 0), np.flatnonzero(chosen < 0)
        if len(old):
            self._continue(frame, people.at(old), chosen[old])
        chain = np.empty(len(chosen), np.int64)
        chain[old] = self._chain[chosen[old]]
        if len(new):
            chain[new] = self._begin(frame, people.at(new))
        return chain

    def _continue(self, frame: int, people: People, slots: I64) -> None:
        before, elapsed = self._people.at(slots), frame - self._frame[slots]
        step = _displacement(before, people) / elapsed[:, None]
        self._velocity[slots] = (self._velocity[slots] + step) / 2
        for name, values in vars(self._people).items():
            values[slots] = getattr(people, name)
        self._frame[slots] = frame

    def _begin(self, frame: int, people: People) -> I64:
        chain = np.arange(self._born, self._born + len(people.given))
        self._born += len(chain)
        self._people = self._people.joined(people)
        self._velocity = np.concatenate([self._velocity, np.zeros((len(chain), 2))])
        self._frame = np.concatenate([self._frame, np.full(len(chain), frame)])
        self._chain = np.concatenate([self._chain, chain])
        return chain


def _displacement(before: People, now: People) -> F64:
    """(N, 2) mean movement of the shared keypoints, of the box where there are too few."""
    shared = (before.labelled & now.labelled)[..., None]
    count = shared.sum(axis=1)
    moved = ((now.xy - before.xy) * shared).sum(axis=1) / np.maximum(count, 1)
    box = (now.boxes[:, :2] + now.boxes[:, 2:] / 2) - (before.boxes[:, :2] + before.boxes[:, 2:] / 2)
    return np.where(count >= MIN_SHARED_KEYPOINTS, moved, np.nan_to_num(box))
