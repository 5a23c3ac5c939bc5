"""Identities for the instances of a whole video."""

import numpy as np

from poseloom.models.boxes import person_boxes
from poseloom.models.linker.chains import chain_instances, mean_score
from poseloom.models.linker.identities import identities
from poseloom.models.linker.settings import LinkerSettings
from poseloom.models.oks import box_area, keypoint_similarity
from poseloom.schemas.arrays import I32, I64, Bool
from poseloom.schemas.errors import LabelError
from poseloom.schemas.ids import TRACK_ID_LIMIT
from poseloom.schemas.instances import UNLINKED, Instances

__all__ = ["LinkerSettings", "link"]


def link(instances: Instances, settings: LinkerSettings | None = None) -> Instances:
    """Give every instance of a video a track id.

    It sees the whole video at once and no pixels, so the ids do not depend on how the video was cut
    into shards. Instances that have a track id keep it. An unlinked instance that repeats one of
    them in its frame is dropped; the others are linked by OKS, IoU and motion, adopt a given id
    where their track contains it, and otherwise get the smallest unused ids in order of first
    appearance.

    Returns:
        The instances sorted by frame and track id.

    Raises:
        LabelError: More tracks than a label table can hold.
    """
    settings = settings or LinkerSettings()
    ordered = instances.sorted()
    if (ordered.track_id != UNLINKED).all():
        return ordered
    ordered = ordered.select(~repeats(ordered, settings.duplicate_oks))
    chains = chain_instances(ordered, settings)
    identity = identities(chains, ordered.frame_index, ordered.track_id)
    kept = _worth_keeping(ordered, identity, settings)
    return ordered.select(kept).replace(track_id=_numbered(identity[kept])).sorted()


def repeats(instances: Instances, threshold: float) -> Bool:
    """(N,) whether an unlinked instance shows the person of a given one in its frame; sorted by frame."""
    given = instances.track_id != UNLINKED
    both = np.intersect1d(instances.frame_index[given], instances.frame_index[~given])
    starts, ends = (np.searchsorted(instances.frame_index, both, side) for side in ("left", "right"))
    repeated = np.zeros(len(instances), bool)
    boxes = person_boxes(instances)
    labelled, area = instances.visibility > 0, np.nan_to_num(box_area(boxes))
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        rows = np.arange(start, end)
        theirs, ours = rows[given[rows]], rows[~given[rows]]
        shared = labelled[theirs][:, None] & labelled[ours][None]
        alike = keypoint_similarity(
            instances.keypoints_xy[theirs][:, None],
            area[theirs][:, None],
            instances.keypoints_xy[ours][None],
            instances.skeleton.sigmas,
        )
        oks = (alike * shared).sum(axis=2) / np.maximum(shared.sum(axis=2), 1)
        repeated[ours] = (oks >= threshold).any(axis=0)
    return repeated


def _worth_keeping(instances: Instances, identity: I64, settings: LinkerSettings) -> I64:
    """Rows whose track has a given identity or is long and certain enough."""
    _, track, length = np.unique(identity, return_inverse=True, return_counts=True)
    score = np.nan_to_num(mean_score(instances), nan=1.0)
    mean = np.bincount(track, weights=score, minlength=len(length)) / np.maximum(length, 1)
    enough = (length[track] >= settings.min_length) & (mean[track] >= settings.min_score)
    return np.flatnonzero((identity >= 0) | enough)


def _numbered(identity: I64) -> I32:
    """Given ids as they are; new tracks by first appearance with the smallest ids that are free."""
    new, first, which = np.unique(identity, return_index=True, return_inverse=True)
    unnamed = np.flatnonzero(new < 0)
    unnamed = unnamed[np.argsort(first[unnamed])]
    free = np.setdiff1d(np.arange(len(new)), new)[: len(unnamed)]
    new[unnamed] = free
    if len(new) and new.max() >= TRACK_ID_LIMIT:
        raise LabelError(f"expected at most {TRACK_ID_LIMIT} tracks in a video, got id {int(new.max())}")
    return new[which].astype(np.int32)
