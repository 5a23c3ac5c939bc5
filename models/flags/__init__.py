"""Flags: which frames and people a reviewer should look at, the worst first.

Every detector measures in person sizes and seconds, so that neither the camera nor the frame rate matters.
Identities come first, then sides: what they explain is taken back before anything else is judged, or one
swap would look like thirty-four jumping keypoints. Nothing depends on the values of the ids, nor on which way
time runs.
"""

from collections.abc import Mapping

import numpy as np

from poseloom.models.flags.drift import counterparts, drift_flags
from poseloom.models.flags.duplicate import duplicate_flags
from poseloom.models.flags.flip import flip_flag, flips, without_flips
from poseloom.models.flags.identity import swap_flags, swaps, without_swaps
from poseloom.models.flags.jump import jump_flags
from poseloom.models.flags.limb import limb_flags
from poseloom.models.flags.missing import missing_flags
from poseloom.models.flags.paths import Path, frame_seconds, paths
from poseloom.models.flags.rule import rule_flags
from poseloom.models.flags.settings import FlagSettings
from poseloom.models.flags.uncertain import uncertain_flags
from poseloom.schemas.arrays import Bool
from poseloom.schemas.flag import Flag, FlagKind
from poseloom.schemas.instances import Instances
from poseloom.schemas.rules import Duplicate
from poseloom.schemas.video import Video

__all__ = ["FlagSettings", "find_flags", "worst_first"]

_REACH = 2
"""Frames that the detectors look around."""


def find_flags(
    labels: Instances,
    video: Video,
    predictions: Instances | None = None,
    passes: Mapping[str, Bool] | None = None,
    settings: FlagSettings | None = None,
) -> list[Flag]:
    """All flags of one video, the worst first.

    Args:
        labels: Its labels, in any order; unlinked people are only looked at as duplicates.
        video: Its size and frame rate.
        predictions: What an estimator sees, linked or not; without them nothing is known to drift.
        passes: Rule verdicts of the labels, (N,) by rule.
        settings: The limits.

    Raises:
        LabelError: Predictions of another skeleton.
    """
    limits, step_s = settings or FlagSettings(), frame_seconds(video.fps)
    given = paths(labels, step_s)
    exchanged = swaps(given, step_s, limits)
    flags = swap_flags(exchanged, given, step_s, limits)
    flags += duplicate_flags(labels, Duplicate(), step_s, limits)
    for path in given:
        share = 1 / len(labels.skeleton.used)
        flags += rule_flags(path, passes or {}, share, step_s, limits)
        flags += uncertain_flags(path, labels, step_s, limits)
    people = without_swaps(labels, exchanged)
    return worst_first(flags + _motion_flags(people, labels, video, predictions, limits))


def _motion_flags(
    people: Instances, labels: Instances, video: Video, predictions: Instances | None, settings: FlagSettings
) -> list[Flag]:
    """What shows along each person's way, named as the labels name the person there.

    Args:
        people: The labels with their identities put right; the same rows.
        labels: The labels as they are.
        video: The video.
        predictions: What an estimator sees.
        settings: The limits.
    """
    skeleton, step_s = labels.skeleton, frame_seconds(video.fps)
    flipped = [(path, flip) for path in paths(people, step_s) for flip in flips(path, skeleton, step_s, settings)]
    found: list[tuple[Path, Flag]] = []
    upright = without_flips(people, flipped)
    seen = None if predictions is None else counterparts(upright, predictions)
    for path in paths(upright, step_s):
        flags = missing_flags(path, (video.width, video.height), step_s, settings)
        flags += jump_flags(path, skeleton, step_s, settings)
        flags += limb_flags(path, skeleton, step_s, settings)
        if predictions is not None and seen is not None:
            flags += drift_flags(path, upright, predictions, seen, step_s, settings)
        turned = [
            flip_flag(other, flip, skeleton, step_s) for other, flip in flipped if other.track_id == path.track_id
        ]
        found += [(path, flag) for flag in turned + _unexplained(flags, turned)]
    return [_as_labelled(flag, path, labels) for path, flag in found]


def _unexplained(flags: list[Flag], flips: list[Flag]) -> list[Flag]:
    """One person's flags without those that another says better.

    Whoever looks at a flip sees what else is wrong there. A drift that ends jumps back, what jumps all the time
    does not drift, and a keypoint that is elsewhere makes limbs long.
    """
    of = {kind: [flag for flag in flags if flag.kind == kind and not _near(flag, flips)] for kind in FlagKind}
    drifts = [drift for drift in of[FlagKind.DRIFT] if not _covered(drift, of[FlagKind.JUMP])]
    jumps = [jump for jump in of[FlagKind.JUMP] if not _near(jump, drifts, jump.keypoint)]
    limbs = [limb for limb in of[FlagKind.LIMB] if not _near(limb, drifts + jumps)]
    missing = [flag for flag in flags if flag.kind == FlagKind.MISSING]
    return missing + drifts + jumps + limbs


def _covered(drift: Flag, jumps: list[Flag]) -> bool:
    """Whether the keypoint jumps for half of the time or more, and not just once."""
    frames = np.arange(drift.start_frame, drift.end_frame)
    longer = [jump for jump in jumps if jump.end_frame - jump.start_frame > 4 * _REACH]
    mine = [jump for jump in longer if jump.keypoint in (None, drift.keypoint)]
    jumping = sum(((frames >= jump.start_frame) & (frames < jump.end_frame)).sum() for jump in mine)
    return bool(2 * jumping >= len(frames))


def _near(flag: Flag, others: list[Flag], keypoint: str | None = None) -> bool:
    return any(
        keypoint in (None, other.keypoint)
        and flag.start_frame <= other.end_frame + _REACH
        and other.start_frame <= flag.end_frame + _REACH
        for other in others
    )


def _as_labelled(flag: Flag, path: Path, labels: Instances) -> Flag:
    at = max(int(np.searchsorted(path.frames, flag.frame_index, side="right")) - 1, 0)
    return flag.model_copy(update={"track_id": int(labels.track_id[path.rows[at]])})


def worst_first(flags: list[Flag]) -> list[Flag]:
    """In order of severity; flags of equal severity in order of time, kind and person."""
    return sorted(
        flags, key=lambda f: (-f.severity, f.start_frame, f.end_frame, f.kind, f.track_id, f.keypoint or "", f.found)
    )
