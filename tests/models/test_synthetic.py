from typing import Literal

import cv2
import numpy as np
import pytest

from poseloom.models.synthetic import ClipSpec, synthesize
from poseloom.models.synthetic.body import Part, ellipse
from poseloom.models.synthetic.motion import SHANK, THIGH, move
from poseloom.schemas.arrays import F64
from poseloom.schemas.instances import Instances


def _of_track(truth: Instances, track: int) -> Instances:
    return truth.select(truth.track_id == track)


def test_equal_specs_give_equal_pixels_and_truth_and_seeds_matter() -> None:
    spec = ClipSpec(frames=3, people=2, width=160, height=96, seed=4)
    (frames, truth), (again, truth_again) = synthesize(spec), synthesize(spec)
    other, _ = synthesize(spec.model_copy(update={"seed": 5}))
    pictures = [frame.image for frame in frames]
    assert all(np.array_equal(a, b.image) for a, b in zip(pictures, again, strict=True))
    assert np.array_equal(truth.keypoints_xy, truth_again.keypoints_xy)
    assert not np.array_equal(pictures[0], next(other).image)


def test_a_clip_yields_its_frames_in_order_as_rgb_pictures() -> None:
    frames, _ = synthesize(ClipSpec(frames=4, people=1, width=160, height=96, pan=True))
    got = list(frames)
    assert [frame.frame_index for frame in got] == [0, 1, 2, 3]
    assert all(frame.image.shape == (96, 160, 3) and frame.image.dtype == np.uint8 for frame in got)


@pytest.mark.parametrize("motion", ["slow", "fast"])
def test_truth_names_every_person_in_every_frame_once(motion: Literal["slow", "fast"]) -> None:
    _, truth = synthesize(ClipSpec(frames=40, motion=motion, seed=2))
    pairs = list(zip(truth.frame_index.tolist(), truth.track_id.tolist(), strict=True))
    assert pairs == [(frame, track) for frame in range(40) for track in range(4)]


def test_labelled_keypoints_lie_in_the_picture_and_in_their_box() -> None:
    spec = ClipSpec(frames=60, motion="fast", pan=True, seed=1)
    _, truth = synthesize(spec)
    labelled = truth.visibility > 0
    low, size = truth.bbox_xywh[:, None, :2], truth.bbox_xywh[:, None, 2:]
    above, below = truth.keypoints_xy >= low - 1, truth.keypoints_xy <= low + size + 1
    inside_box = np.all(above & below, axis=2)
    inside_picture = (truth.keypoints_xy >= 0) & (truth.keypoints_xy < np.array([spec.width, spec.height]))
    assert inside_picture[labelled].all()
    assert inside_box[labelled].mean() > 0.99


def test_bones_keep_their_length_and_knees_never_bend_forwards() -> None:
    joints = move(ClipSpec(frames=50, motion="fast"), 0, np.random.default_rng(0))
    for hip, knee, ankle in zip(joints.hips, joints.knees, joints.ankles, strict=True):
        assert np.linalg.norm(knee - hip, axis=1) == pytest.approx(np.full(50, THIGH * joints.stature))
        assert np.linalg.norm(ankle - knee, axis=1) == pytest.approx(np.full(50, SHANK * joints.stature))
        thigh, shank = (knee - hip) / THIGH, (ankle - knee) / SHANK
        forwards, downwards = joints.face, np.array([0, 1, 0])
        thigh_angle = np.arctan2((thigh * forwards).sum(1), thigh @ downwards)
        shank_angle = np.arctan2((shank * forwards).sum(1), shank @ downwards)
        assert (shank_angle <= thigh_angle).all()


def test_fast_people_are_fast_and_reverse_within_ten_frames() -> None:
    def wrist_speed(motion: Literal["slow", "fast"]) -> tuple[float, F64]:
        _, truth = synthesize(ClipSpec(frames=50, motion=motion, width=1280, height=720, people=2))
        path = _of_track(truth, 1).keypoints_xy[:, 9] / truth.head_xywh[0, 3]
        return float(np.linalg.norm(np.diff(path, axis=0), axis=1).mean()), np.diff(path[:, 1])

    slow, _ = wrist_speed("slow")
    fast, vertical = wrist_speed("fast")
    reversals = np.flatnonzero(np.diff(np.sign(vertical)) != 0)
    assert fast > 0.1 > slow
    assert np.diff(reversals).max() <= 12
    assert np.diff(reversals).min() <= 10


def test_pixels_move_with_the_truth() -> None:
    """An independent tracker follows the visible keypoints from picture to picture."""
    frames, truth = synthesize(ClipSpec(frames=12, seed=3))
    pictures = [cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY) for frame in frames]
    errors = []
    for t in range(11):
        before, after = truth.in_frames(t, t + 1), truth.in_frames(t + 1, t + 2)
        seen = ((before.visibility == 2) & (after.visibility == 2))[:, 5:]
        start = before.keypoints_xy[:, 5:][seen].astype(np.float32)
        found, _, _ = cv2.calcOpticalFlowPyrLK(
            pictures[t], pictures[t + 1], start[:, None], np.empty_like(start[:, None])
        )
        errors.append(np.linalg.norm(found[:, 0] - after.keypoints_xy[:, 5:][seen], axis=1))
    moved = np.linalg.norm(np.diff(_of_track(truth, 0).keypoints_xy, axis=0), axis=2).mean()
    assert np.median(np.concatenate(errors)) < 0.5 < moved


def test_a_face_turned_away_is_hidden_and_one_turned_here_is_seen() -> None:
    spec = ClipSpec(frames=400, people=1, motion="slow", seed=0)
    facing = move(spec, 0, np.random.default_rng(0)).face[:, 2]
    _, truth = synthesize(spec)
    nose = truth.visibility[:, 0]
    assert (facing > 0.9).any()
    assert (facing < -0.9).any()
    assert (nose[facing > 0.9] < 2).all()
    assert (nose[facing < -0.9] == 2).all()


def test_a_part_covers_the_inside_of_its_outline_only() -> None:
    one = np.ones(1)
    start, end = np.array([[0.0, 0.0]]), np.array([[10.0, 0.0]])
    part = Part("disc", start, end, half_width=5 * one, depth=one, spin=one, outline=ellipse)
    points = np.array([[[5.0, 4.9], [5.0, 5.1], [0.5, 3.0], [-0.1, 0.0], [9.9, 0.0]]])
    assert part.covers(points).tolist() == [[True, False, False, False, True]]
