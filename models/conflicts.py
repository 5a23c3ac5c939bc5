"""Which people have changed since an annotator saw them."""

from collections.abc import Iterable

import numpy as np

from poseloom.schemas.correction import ChangeTrack, Edit
from poseloom.schemas.instances import Instances

Cell = tuple[int, int]
"""(frame index, track id)."""


def changed_cells(seen: Instances, current: Instances, cells: Iterable[Cell]) -> list[Cell]:
    """Those of the frames and tracks in which the labels are no longer as seen, in order.

    Compared is what people edit: presence, box, coordinates and visibility of a person; a person
    without labelled keypoints is not there.
    """
    before, after = _people(seen), _people(current)
    return [cell for cell in sorted(cells) if not _equal(seen, before.get(cell), current, after.get(cell))]


def edited_cells(edits: Iterable[Edit]) -> set[Cell]:
    """Frames and tracks that the edits touch."""
    cells: set[Cell] = set()
    for edit in edits:
        if isinstance(edit, ChangeTrack):
            frames = range(edit.frame_index, edit.end_frame)
            cells.update((frame, track) for frame in frames for track in (edit.track_id, edit.to_track_id))
        else:
            cells.add((edit.frame_index, edit.track_id))
    return cells


def _people(labels: Instances) -> dict[Cell, int]:
    rows = np.flatnonzero((labels.visibility > 0).any(axis=1))
    keys = zip(labels.frame_index[rows].tolist(), labels.track_id[rows].tolist(), strict=True)
    return dict(zip(keys, rows.tolist(), strict=True))


def _equal(seen: Instances, row: int | None, current: Instances, now: int | None) -> bool:
    if row is None or now is None:
        return row is now
    return (
        np.array_equal(seen.visibility[row], current.visibility[now])
        and np.array_equal(seen.keypoints_xy[row], current.keypoints_xy[now])
        and np.array_equal(seen.bbox_xywh[row], current.bbox_xywh[now], equal_nan=True)
    )
