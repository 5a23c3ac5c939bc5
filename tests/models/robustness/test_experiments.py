"""One correction, and what propagators that are easy to foresee make of it."""

from collections.abc import Iterator

import numpy as np

from poseloom.models.robustness import keep, recover
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17

WRIST = COCO17.index("left_wrist")


def walker(frames: int, step: float, hidden: tuple[int, ...] = ()) -> Instances:
    """One person who moves `step` pixels a frame; the left wrist is hidden in some frames."""
    xy = np.full((frames, 17, 2), 50.0)
    xy[..., 0] += step * np.arange(frames)[:, None]
    flags = np.full((frames, 17), 2)
    flags[list(hidden), WRIST] = 1
    return Instances.build(
        COCO17, np.arange(frames), xy, flags, Source.IMPORTED,
        track_id=np.zeros(frames), bbox_xywh=np.tile([0.0, 0.0, 100.0, 100.0], (frames, 1)),
    )  # fmt: skip


def pictures(count: int) -> list[Frame]:
    return [Frame(i, np.full((4, 4, 3), i, np.uint8)) for i in range(count)]


class Copies:
    """Repeats the corrected pose in every frame, and notes which pictures it saw."""

    name = "copies"
    needs_pictures = True

    def __init__(self) -> None:
        self.seen: list[list[int]] = []

    def propagate(self, labels: Instances, frame_count: int, frames: Iterator[Frame]) -> Instances:
        assert (labels.frame_index == 0).all()
        self.seen.append([int(frame.image[0, 0, 0]) for frame in frames])
        return Instances.concat([labels.replace(frame_index=[f]) for f in range(frame_count)])


def test_a_copy_of_the_pose_is_right_for_as_long_as_the_person_stands_still() -> None:
    (still,) = keep(walker(10, 0.0), pictures(10), 4, Copies(), [0.75])
    (gone,) = keep(walker(10, 1000.0), pictures(10), 4, Copies(), [0.75])
    assert (still.available, still.consecutive) == (5, 5)
    assert (gone.available, gone.consecutive) == (5, 0)


def test_nothing_before_the_correction_is_seen() -> None:
    copies = Copies()
    keep(walker(6, 0.0), pictures(6), 4, copies, [0.75])
    assert copies.seen == [[4, 5]]


def test_an_occlusion_is_played_from_its_last_sight_to_its_first_sight() -> None:
    copies = Copies()
    (event,) = recover(walker(8, 0.0, hidden=(3, 4)), range(8), pictures(8), copies)
    assert (event.occlusion.before, event.occlusion.after, event.similarity) == (2, 5, 1.0)
    assert copies.seen == [[2, 3, 4, 5]]


def test_a_person_who_walked_on_behind_something_is_not_recovered_by_a_copy() -> None:
    (event,) = recover(walker(8, 100.0, hidden=(3, 4)), range(8), pictures(8), Copies())
    assert event.similarity < 0.01
