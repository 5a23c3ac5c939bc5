"""People collected keypoint by keypoint from files that name keypoints instead of ordering them."""

from collections.abc import Collection, Sequence

import numpy as np

from poseloom.schemas.errors import LabelError
from poseloom.schemas.ids import TRACK_ID_LIMIT
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import SKELETONS, Skeleton

Keypoints = dict[str, tuple[float, float, int]]
"""Keypoint name → x, y in pixels and visibility."""


class PersonRows:
    """One row per person and frame; a frame in which nothing of the person is labelled has none."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._rows: list[tuple[int, int, Keypoints]] = []
        self.keypoints: set[str] = set()

    def add(self, person: int, frame: int, keypoints: Keypoints) -> None:
        """What the file says of its n-th person in a frame."""
        self.keypoints |= keypoints.keys()
        labelled = {name: keypoint for name, keypoint in keypoints.items() if keypoint[2]}
        if labelled:
            self._rows.append((frame, person, labelled))

    def instances(self, skeleton: Skeleton, track_ids: Sequence[int]) -> Instances:
        """The rows, by frame and track.

        Raises:
            LabelError: A keypoint that the skeleton lacks.
        """
        table = np.zeros((len(self._rows), len(skeleton), 3))
        slots = {skeleton.keypoints[slot]: slot for slot in skeleton.used}
        for row, (frame, person, keypoints) in enumerate(self._rows):
            unknown = keypoints.keys() - slots.keys()
            if unknown:
                raise LabelError(
                    f"{self._where}: frame {frame}, track {track_ids[person]}: expected a keypoint of "
                    f"{skeleton.name} ({', '.join(slots)}), got {sorted(unknown)[0]!r}"
                )
            for name, keypoint in keypoints.items():
                table[row, slots[name]] = keypoint
        frames = [frame for frame, _, _ in self._rows]
        tracks = np.array([track_ids[person] for _, person, _ in self._rows], dtype=np.int64)
        built = Instances.build(skeleton, frames, table[..., :2], table[..., 2], Source.IMPORTED, track_id=tracks)
        return built.sorted()


def with_keypoints(people: Instances) -> Instances:
    """Those of whom something is labelled, by frame and track: formats of keypoints alone hold no others."""
    return people.select(np.flatnonzero((people.visibility > 0).any(axis=1))).sorted()


def skeleton_holding(names: Collection[str], where: str) -> Skeleton:
    """The smallest skeleton that has all these keypoints.

    Raises:
        LabelError: None has.
    """
    for skeleton in sorted(SKELETONS.values(), key=len):
        if set(names) <= set(skeleton.keypoints):
            return skeleton
    raise LabelError(f"{where}: expected the keypoints of {', '.join(SKELETONS)}, got {', '.join(sorted(names)[:30])}")


def new_ids(known: Sequence[int | None], where: str) -> tuple[list[int], frozenset[int]]:
    """A track id for everybody: the known one, or one that nobody in the file has; and which those are.

    Raises:
        LabelError: The ids run out.
    """
    following = max((track for track in known if track is not None), default=-1) + 1
    ids, new = [], set()
    for track in known:
        if track is None:
            new.add(following)
            ids.append(following)
            following += 1
        else:
            ids.append(track)
    if new and following > TRACK_ID_LIMIT:
        raise LabelError(f"{where}: expected track ids below {TRACK_ID_LIMIT}, got none left for {len(new)} new people")
    return ids, frozenset(new)
