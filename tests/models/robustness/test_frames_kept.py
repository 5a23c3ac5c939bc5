"""How long labels stay right after one correction, by hand."""

import numpy as np
import pytest

from poseloom.models.robustness import blurred_frame, frames_kept, picture_sharpness
from poseloom.schemas.errors import LabelError
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17

FAR = 10_000.0


def person(frames: list[int], shift: dict[int, float] | None = None, track: int = 3) -> Instances:
    """One person standing still, all keypoints at (50, 50) in a 100-pixel box, shifted in some frames."""
    xy = np.full((len(frames), 17, 2), 50.0)
    for frame, by in (shift or {}).items():
        xy[frames.index(frame), :, 0] += by
    n = len(frames)
    return Instances.build(
        COCO17, frames, xy, np.full((n, 17), 2), Source.IMPORTED,
        track_id=np.full(n, track), bbox_xywh=np.tile([0.0, 0.0, 100.0, 100.0], (n, 1)),
    )  # fmt: skip


def test_frames_are_kept_until_the_first_wrong_one_and_in_total() -> None:
    truth = person([4, 5, 6, 7, 8, 9])
    labels = person([4, 5, 6, 7, 8, 9], {7: FAR})
    (kept,) = frames_kept(labels, truth, 4, [0.75])
    assert (kept.track_id, kept.available, kept.consecutive, kept.total) == (3, 5, 2, 4)


def test_people_without_boxes_are_as_large_as_their_keypoints_reach() -> None:
    spread = np.tile(np.linspace(0, 100, 17)[:, None], (1, 2))
    truth = person([0, 1]).replace(keypoints_xy=np.stack([spread, spread]))
    boxless = truth.replace(bbox_xywh=np.full((2, 4), np.nan))
    moved = truth.replace(keypoints_xy=np.stack([spread, spread + 9]))
    for labels in (truth, moved):
        with_box, without = frames_kept(labels, truth, 0, [0.75]), frames_kept(labels, boxless, 0, [0.75])
        assert with_box == without
    assert frames_kept(truth, boxless, 0, [0.75])[0].consecutive == 1


def test_one_wrong_keypoint_of_17_keeps_the_person_but_not_all_keypoints() -> None:
    truth, labels = person([0, 1, 2]), person([0, 1, 2])
    xy = np.array(labels.keypoints_xy)
    xy[2, 9] += FAR
    (kept,) = frames_kept(labels.replace(keypoints_xy=xy), truth, 0, [0.75])
    assert (kept.consecutive, kept.all_keypoints) == (2, 1)


def test_a_person_under_another_id_is_lost() -> None:
    (kept,) = frames_kept(person([0, 1, 2], track=4), person([0, 1, 2]), 0, [0.75])
    assert (kept.available, kept.consecutive, kept.total) == (2, 0, 0)


def test_frames_without_truth_neither_count_nor_break() -> None:
    (kept,) = frames_kept(person([0, 1, 5]), person([0, 1, 5]), 0, [0.75])
    assert (kept.available, kept.consecutive) == (2, 2)


def test_thresholds_are_judged_apart() -> None:
    # All keypoints off by 10 px: each similarity is exp(-100 / (2 * 5300 * (2 sigma)**2)).
    truth, labels = person([0, 1]), person([0, 1], {1: 10.0})
    oks = np.mean([np.exp(-100 / (2 * 5300 * (2 * sigma) ** 2)) for sigma in COCO17.sigmas])
    loose, strict = frames_kept(labels, truth, 0, [oks - 1e-6, oks + 1e-6])
    assert (loose.consecutive, strict.consecutive) == (1, 0)


def test_the_corrected_frame_is_the_most_blurred_labelled_one_of_the_first_half() -> None:
    assert blurred_frame(np.array([5.0, 4.0, 3.0, 9.0, 1.0, 1.0]), [0, 1, 2, 5]) == 2
    assert blurred_frame(np.array([5.0, 4.0, 3.0, 9.0, 1.0, 1.0]), [0, 1, 3, 5]) == 1


def test_a_video_without_labelled_frames_cannot_be_measured() -> None:
    with pytest.raises(LabelError, match="expected a frame with labelled people"):
        blurred_frame(np.ones(4), [])


def test_blur_lowers_the_sharpness(rng: np.random.Generator) -> None:
    sharp = rng.integers(0, 255, (40, 40, 3)).astype(np.uint8)
    assert picture_sharpness(sharp // 2 + 64) < picture_sharpness(sharp)
    assert picture_sharpness(np.full((40, 40, 3), 90, np.uint8)) == 0
