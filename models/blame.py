"""Which correction put a keypoint where it is."""

from collections.abc import Iterable

from poseloom.schemas.correction import ChangeTrack, Correction, RemoveInstance
from poseloom.schemas.skeleton import Skeleton

Blame = dict[tuple[int, int], dict[int, str]]
"""(frame index, track id) → keypoint slot → correction id."""


def blame(corrections: Iterable[Correction], skeleton: Skeleton) -> Blame:
    """The last correction of every edited keypoint, with identities as they are after all edits."""
    found: Blame = {}
    for correction in corrections:
        for edit in correction.edits:
            if isinstance(edit, ChangeTrack):
                _swap(found, edit)
                continue
            slots = skeleton.used if isinstance(edit, RemoveInstance) else (skeleton.index(edit.keypoint),)
            keypoints = found.setdefault((edit.frame_index, edit.track_id), {})
            keypoints.update(dict.fromkeys(slots, correction.correction_id))
    return found


def _swap(found: Blame, edit: ChangeTrack) -> None:
    for frame in range(edit.frame_index, edit.end_frame):
        old, new = (frame, edit.track_id), (frame, edit.to_track_id)
        moved, displaced = found.pop(old, None), found.pop(new, None)
        if moved is not None:
            found[new] = moved
        if displaced is not None:
            found[old] = displaced
