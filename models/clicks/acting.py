"""What the oracle's actions do: real corrections, drawn people, deleted tracks, then propagation."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from poseloom.models.accuracy import matched_rows
from poseloom.models.boxes import person_boxes
from poseloom.models.clicks.case import Case, is_somebody
from poseloom.models.clicks.matching import NOBODY, Matches
from poseloom.models.clicks.oracle import placed
from poseloom.models.clicks.scoring import instance_scores, keys_of, lookup
from poseloom.models.corrections import apply_corrections
from poseloom.models.propagation.anchors import anchors, removals
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.correction import Correction, Edit, RemoveInstance
from poseloom.schemas.errors import LabelError
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Propagator
from poseloom.schemas.provenance import Source

Kind = Literal["kpt", "add", "del"]


@dataclass(frozen=True)
class Action:
    """One click: a keypoint put right, a person drawn, or a wrong track removed.

    Attributes:
        kind: Which of the three.
        frame_index: Where it was made.
        track_id: Track of the labels that it changed.
        tracklet: Track of the truth that it was made for; -1 for a deletion.
    """

    kind: Kind
    frame_index: int
    track_id: int
    tracklet: int


class Session:
    """One case under annotation with one strategy.

    The labels are what was predicted and drawn, with all corrections applied; the state is what the
    strategy makes of them. The strategy never sees the truth.

    Args:
        case: The video.
        propagator: The strategy.
    """

    def __init__(self, case: Case, propagator: Propagator) -> None:
        self._case = case
        self._propagator = propagator
        self._labels = case.predicted
        self._edits: list[Edit] = []
        self._added: list[Instances] = []
        self._touched: set[int] = set()
        self._identities: dict[int, list[int]] = {}
        self._predicted = keys_of(case.predicted), instance_scores(case.predicted)
        self._fresh = int(max(case.predicted.track_id.max(initial=-1), -1)) + 1
        self.drawn: dict[tuple[int, int], int] = {}
        self.state = case.predicted

    @property
    def touched(self) -> Bool:
        """(D,) people of the state on whom the oracle acted in that very frame."""
        return np.isin(keys_of(self.state), np.fromiter(self._touched, dtype=np.int64))

    @property
    def scores(self) -> F64:
        """(D,) scores of the state's people; 1 for those on whom the oracle acted."""
        return np.where(self.touched, 1.0, instance_scores(self.state))

    @property
    def untouched_scores(self) -> F64:
        """(D,) scores as predicted, whatever was corrected; people who were not predicted have their own."""
        return lookup(keys_of(self.state), *self._predicted, missing=instance_scores(self.state))

    def note(self, matches: Matches) -> None:
        """Remember under which ids each tracklet was found, in order."""
        found = np.flatnonzero(matches.row != NOBODY)
        for tracklet, track_id in zip(
            self._case.truth.track_id[found].tolist(), self.state.track_id[matches.row[found]].tolist(), strict=True
        ):
            known = self._identities.setdefault(tracklet, [])
            if track_id not in known:
                known.append(track_id)

    def click(self, person: int, keypoint: int, matches: Matches) -> Action:
        """Put one keypoint of a matched person of the truth where it belongs."""
        truth = self._case.truth
        frame, track_id = int(truth.frame_index[person]), int(self.state.track_id[matches.row[person]])
        self._edits.append(placed(truth, person, keypoint, track_id))
        self._touched.add(_key(frame, track_id))
        return Action("kpt", frame, track_id, int(truth.track_id[person]))

    def draw(self, person: int, matches: Matches) -> Action:
        """Draw the box of a person of the truth who matches nobody; its pose is a guess (`_guess`)."""
        truth = self._case.truth
        frame, tracklet = int(truth.frame_index[person]), int(truth.track_id[person])
        track_id = self._free_identity(frame, tracklet, matches)
        box = person_boxes(truth)[person]
        xy, visibility = self._guess(person, box, matches)
        drawn = Instances.build(
            truth.skeleton,
            [frame],
            xy[None],
            visibility[None],
            Source.PREDICTED,
            track_id=[track_id],
            bbox_xywh=box[None],
            score=np.where(visibility > 0, 1.0, np.nan)[None],
        )
        self._added.append(drawn)
        self._touched.add(_key(frame, track_id))
        self.drawn[frame, tracklet] = track_id
        return Action("add", frame, track_id, tracklet)

    def delete(self, matches: Matches) -> Action | None:
        """Remove the track that matches nobody in any labelled frame and has the highest score.

        Where there is none, one person who matches nobody; where there is none either, nothing.
        """
        state = self.state
        there = is_somebody(state)
        candidates = there & ~matches.taken & np.isin(state.frame_index, self._case.frames)
        wrong = candidates & ~np.isin(state.track_id, state.track_id[matches.taken])
        chosen = np.flatnonzero(wrong if wrong.any() else candidates)
        if not len(chosen):
            return None
        row = int(chosen[np.argmax(self.scores[chosen])])
        track_id = int(state.track_id[row])
        gone = np.flatnonzero(there & (state.track_id == track_id)) if wrong.any() else np.array([row])
        for frame in state.frame_index[gone].tolist():
            self._edits.append(RemoveInstance(frame_index=frame, track_id=track_id))
        return Action("del", int(state.frame_index[row]), track_id, NOBODY)

    def propagate(self) -> None:
        """Apply what was done since the last time and let the strategy carry it through the video.

        Raises:
            LabelError: The strategy changed what a person said.
        """
        labels = Instances.concat([self._labels, *self._added])
        corrections = (
            [Correction(video_id=self._case.name, annotator="oracle", edits=tuple(self._edits))] if self._edits else []
        )
        self._labels = apply_corrections(labels, corrections)
        self._edits, self._added = [], []
        frames = iter(self._case.pictures) if self._propagator.needs_pictures else iter(())
        state = self._propagator.propagate(self._labels, self._case.frame_count, frames)
        check_locks(self._labels, state, self._propagator.name)
        self.state = state

    def _free_identity(self, frame: int, tracklet: int, matches: Matches) -> int:
        """The id under which the tracklet was found first that nobody else has in the frame, or a new one."""
        rows = [self._labels, *self._added]
        used = {int(t) for part in rows for t in part.track_id[part.frame_index == frame]}
        here = matches.taken & (self.state.frame_index == frame)
        used |= set(self.state.track_id[here].tolist())
        known = self._identities.setdefault(tracklet, [])
        free = next((track_id for track_id in known if track_id not in used), None)
        if free is None:
            free, self._fresh = self._fresh, self._fresh + 1
            known.append(free)
        return free

    def _guess(self, person: int, box: F64, matches: Matches) -> tuple[F64, I64]:
        """The pose that this person was matched with in the nearest frame, moved as the box did.

        Without one, all keypoints are in the middle of the box.
        """
        truth, state = self._case.truth, self.state
        centre = box[:2] + box[2:] / 2
        same = np.flatnonzero((truth.track_id == truth.track_id[person]) & (matches.row != NOBODY))
        if not len(same):
            k = len(truth.skeleton)
            return np.broadcast_to(centre, (k, 2)), np.isin(np.arange(k), truth.skeleton.used) * 2
        nearest = same[np.argmin(np.abs(truth.frame_index[same] - truth.frame_index[person]))]
        row = matches.row[nearest]
        theirs = person_boxes(state.select(np.array([row])))[0]
        moved = centre - theirs[:2] - theirs[2:] / 2
        return state.keypoints_xy[row] + moved, state.visibility[row].astype(np.int64)


def check_locks(labels: Instances, state: Instances, name: str) -> None:
    """Refuse a strategy that changed what a person placed or removed.

    Args:
        labels: What the strategy was given.
        state: What it made of it.
        name: What it is called.

    Raises:
        LabelError: Names the first keypoint.
    """
    changed = anchors(labels) | removals(labels)
    after, before = matched_rows(state, labels)
    changed[before] &= (
        (state.keypoints_xy[after] != labels.keypoints_xy[before]).any(axis=2)
        | (state.visibility[after] != labels.visibility[before])
        | (state.source[after] != labels.source[before])
    )
    if changed.any():
        row, keypoint = np.argwhere(changed)[0].tolist()
        raise LabelError(
            f"expected {name} to leave {labels.skeleton.keypoints[keypoint]} of track {labels.track_id[row]} in frame "
            f"{labels.frame_index[row]} as a person put it, got another"
        )


def _key(frame: int, track_id: int) -> int:
    return (frame << 32) | track_id
