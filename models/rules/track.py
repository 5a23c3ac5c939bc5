"""Rules on an instance and its track; each gives (B,) True where the instance passes."""

import numpy as np

from poseloom.models.rules.block import Block, Tracks
from poseloom.schemas.arrays import F64, I64, Bool
from poseloom.schemas.instances import UNLINKED, Instances
from poseloom.schemas.rules import Flip, LimbLength, TrackGap, Velocity

_SAMPLES = 101
_FEWEST = 3


def follow(instances: Instances) -> Tracks:
    """Find each instance's predecessor and each track's median limbs; rows in any order."""
    frame, track = instances.frame_index.astype(np.int64), instances.track_id.astype(np.int64)
    n = len(frame)
    order = np.argsort(track * (int(frame.max(initial=0)) + 1) + frame, kind="stable")
    new_track = np.diff(track[order], prepend=-2) != 0
    before, elapsed = np.full(n, -1), np.ones(n, np.int64)
    linked = ~new_track & (track[order] != UNLINKED)
    before[order[linked]] = order[np.flatnonzero(linked) - 1]
    elapsed[order[linked]] = frame[order[linked]] - frame[before[order[linked]]]
    limb = np.empty(n, np.int64)
    limb[order] = np.cumsum(new_track) - 1
    limb[track == UNLINKED] = -1
    return Tracks(before, elapsed, limb, _median_limbs(instances, order, np.flatnonzero(new_track)))


def _median_limbs(instances: Instances, order: I64, starts: I64) -> F64:
    """(T, L) squares of the (lower) median limb lengths over evenly spaced instances of each track."""
    length = np.diff(starts, append=len(order))
    samples = np.minimum(length, _SAMPLES)
    step = np.arange(min(_SAMPLES, int(length.max(initial=0))))
    at = starts[:, None] + np.minimum(step * length[:, None] // samples[:, None], length[:, None] - 1)
    rows, used = order[at], step < samples[:, None]
    ends = np.array(instances.skeleton.limbs, dtype=np.int64).reshape(-1, 2)
    median = np.full((len(starts), len(ends)), np.nan)
    for limb, (a, b) in enumerate(ends.tolist()):
        known = used & (instances.visibility[rows, a] > 0) & (instances.visibility[rows, b] > 0)
        offset = instances.keypoints_xy[rows, a] - instances.keypoints_xy[rows, b]
        squared = np.sort(np.where(known, (offset**2).sum(axis=2), np.inf), axis=1)
        count = known.sum(axis=1)
        enough = np.flatnonzero(count >= _FEWEST)
        median[enough, limb] = squared[enough, (count[enough] - 1) // 2]
    return median


def limb_length(block: Block, rule: LimbLength) -> Bool:
    """No limb far longer than its median in the track."""
    which, floor = block.tracks.limb[block.rows], (rule.min_size * block.diagonal) ** 2
    limits = rule.max_ratio**2 * block.tracks.median
    too_long = np.zeros(len(which), bool)
    for limb, (a, b) in enumerate(block.skeleton.limbs):
        offset = block.xy[:, a] - block.xy[:, b]
        squared = offset[0] ** 2 + offset[1] ** 2
        known = block.labelled[a] & block.labelled[b]
        too_long |= known & (squared > floor) & (squared > limits[which, limb])
    return np.asarray(~too_long | (which < 0))


def velocity(block: Block, rule: Velocity) -> Bool:
    """No keypoint jumps."""
    offset = block.xy - block.before_xy
    reach = rule.max_speed * block.diagonal * block.tracks.elapsed[block.rows]
    squared = offset[0] ** 2 + offset[1] ** 2
    jumps = (squared > reach**2) & block.shared
    return np.asarray(~(jumps.any(axis=0) & block.follows))


def flip(block: Block, rule: Flip) -> Bool:
    """Left and right stay where they were."""
    agreement, energy, count = (np.zeros(block.end - block.start) for _ in range(3))
    for left, right in block.skeleton.pairs:
        both = block.shared[left] & block.shared[right]
        now = block.xy[:, left] - block.xy[:, right]
        then = block.before_xy[:, left] - block.before_xy[:, right]
        agreement += both * (now[0] * then[0] + now[1] * then[1])
        energy += both * np.sqrt((now[0] ** 2 + now[1] ** 2) * (then[0] ** 2 + then[1] ** 2))
        count += both
    large = energy > count * (rule.min_size * block.diagonal) ** 2
    near = block.tracks.elapsed[block.rows] <= rule.max_frames
    return np.asarray(~(large & near & block.follows & (agreement < rule.min_cosine * energy)))


def track_gap(block: Block, rule: TrackGap) -> Bool:
    """The track was seen recently."""
    return np.asarray(block.tracks.elapsed[block.rows] <= rule.max_frames + 1)
