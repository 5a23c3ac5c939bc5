"""Apply corrections to the labels of one video."""

from collections.abc import Iterable

import numpy as np

from poseloom.schemas.arrays import F64
from poseloom.schemas.correction import ChangeTrack, Correction, Edit, MoveKeypoint, RemoveInstance, RemoveKeypoint
from poseloom.schemas.instances import Instances, keypoint_extents
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import Skeleton


def edits_for(skeleton: Skeleton, corrections: Iterable[Correction]) -> list[tuple[str, Edit]]:
    """Correction id and edit of every edit that makes sense in the skeleton, in order.

    The log is append-only and outlives the run it was written for: an edit of a keypoint that
    another run's skeleton lacks must not make that run impossible.
    """
    return [
        (correction.correction_id, edit)
        for correction in corrections
        for edit in correction.edits
        if getattr(edit, "keypoint", None) in (None, *skeleton.keypoints)
    ]


def apply_corrections(labels: Instances, corrections: Iterable[Correction]) -> Instances:
    """The labels with all edits applied in order, sorted by frame and track id.

    An edit of a person who has no row in that frame (because only propagation put them there)
    makes a row that holds the edited keypoints alone; propagation fills in the others.
    """
    edits = [edit for _, edit in edits_for(labels.skeleton, corrections)]
    if not edits:
        return labels.sorted()
    draft = _Draft(labels, edits)
    for edit in edits:
        draft.apply(edit)
    return draft.finish()


class _Draft:
    """Mutable columns of the labels while edits are applied; the one place where rows change."""

    def __init__(self, labels: Instances, edits: list[Edit]) -> None:
        self._used = len(labels)
        self._labels = labels = Instances.concat([labels, _blank(labels.skeleton, len(edits))])
        self._frame = labels.frame_index.copy()
        self._track = labels.track_id.copy()
        self._xy = labels.keypoints_xy.copy()
        self._visibility = labels.visibility.copy()
        self._score = labels.score.copy()
        self._source = labels.source.copy()
        self._anchor = labels.anchor_frame.copy()
        self._touched = np.zeros(len(labels), dtype=np.bool_)
        keys = zip(self._frame[: self._used].tolist(), self._track[: self._used].tolist(), strict=True)
        self._row = {key: row for row, key in enumerate(keys)}

    def apply(self, edit: Edit) -> None:
        match edit:
            case ChangeTrack():
                self._change_track(edit)
            case MoveKeypoint():
                self._set(edit, self._labels.skeleton.index(edit.keypoint), (edit.x, edit.y), edit.visibility)
            case RemoveKeypoint():
                self._set(edit, self._labels.skeleton.index(edit.keypoint), (0.0, 0.0), 0)
            case RemoveInstance():
                for keypoint in self._labels.skeleton.used:
                    self._set(edit, keypoint, (0.0, 0.0), 0)

    def finish(self) -> Instances:
        edited = self._labels.replace(
            frame_index=self._frame,
            track_id=self._track,
            keypoints_xy=self._xy,
            visibility=self._visibility,
            score=self._score,
            source=self._source,
            anchor_frame=self._anchor,
            bbox_xywh=self._boxes(),
            sharpness=np.where(self._touched, np.nan, self._labels.sharpness),
        )
        return edited.select(np.arange(self._used)).sorted()

    def _boxes(self) -> F64:
        """Boxes of edited rows grown to hold their keypoints."""
        old, fit = self._labels.bbox_xywh, keypoint_extents(self._xy, self._visibility)
        low = np.fmin(old[:, :2], fit[:, :2])
        high = np.fmax(old[:, :2] + old[:, 2:], fit[:, :2] + fit[:, 2:])
        return np.where(self._touched[:, None], np.concatenate([low, high - low], axis=1), old)

    def _row_of(self, edit: Edit) -> int:
        key = edit.frame_index, edit.track_id
        if key not in self._row:
            self._row[key] = self._used
            self._frame[self._used], self._track[self._used] = key
            self._used += 1
        return self._row[key]

    def _set(self, edit: Edit, keypoint: int, xy: tuple[float, float], visibility: int) -> None:
        row = self._row_of(edit)
        self._xy[row, keypoint] = xy
        self._visibility[row, keypoint] = visibility
        self._score[row, keypoint] = np.nan
        self._source[row, keypoint] = Source.CORRECTED
        self._anchor[row, keypoint] = -1
        self._touched[row] = True

    def _change_track(self, edit: ChangeTrack) -> None:
        both = (edit.track_id, edit.to_track_id)
        frames = {f for f, track in self._row if track in both and edit.frame_index <= f < edit.end_frame}
        for frame in frames:
            old, new = (frame, edit.track_id), (frame, edit.to_track_id)
            rows = {key: row for key in (old, new) if (row := self._row.pop(key, None)) is not None}
            for key, row in rows.items():
                other = new if key == old else old
                self._row[other] = row
                self._track[row] = other[1]


def _blank(skeleton: Skeleton, n: int) -> Instances:
    """Spare rows without keypoints, for people whom an edit puts into a frame."""
    k = len(skeleton)
    return Instances.build(skeleton, np.zeros(n), np.zeros((n, k, 2)), np.zeros((n, k)), Source.NONE)
