"""Which correction put a keypoint where it is."""

from collections.abc import Iterable

from poseloom.models.corrections import edits_for
from poseloom.schemas.correction import ChangeTrack, Correction, RemoveInstance
from poseloom.schemas.skeleton import Skeleton

Blame = dict[tuple[int, int], dict[int, str]]
"""(frame index, track id) → keypoint slot → correction id."""


def blame(corrections: Iterable[Correction], skeleton: Skeleton) -> Blame:
    """The last correction of every edited keypoint, with identities as they are after all edits."""
    found: Blame = {}
    for correction_id, edit in edits_for(skeleton, corrections):
        if isinstance(edit, ChangeTrack):
            _swap(found, edit)
            continue
        slots = skeleton.used if isinstance(edit, RemoveInstance) else (skeleton.index(edit.keypoint),)
        keypoints = found.setdefault((edit.frame_index, edit.track_id), {})
        keypoints.update(dict.fromkeys(slots, correction_id))
    return found


def _swap(found: Blame, edit: ChangeTrack) -> None:
    both = (edit.track_id, edit.to_track_id)
    frames = {f for f, track in found if track in both and edit.frame_index <= f < edit.end_frame}
    for frame in frames:
        old, new = (frame, edit.track_id), (frame, edit.to_track_id)
        moved, displaced = found.pop(old, None), found.pop(new, None)
        if moved is not None:
            found[new] = moved
        if displaced is not None:
            found[old] = displaced
