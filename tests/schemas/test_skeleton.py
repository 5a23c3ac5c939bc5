"""Skeletons: slots, mirrored pairs, and conversions that declare what they lose."""

import numpy as np
import pytest

from poseloom.schemas.errors import LabelError
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17, HUMANART21, POSETRACK, SKELETONS, Skeleton, conversion, skeleton_named

EVERY = pytest.mark.parametrize("skeleton", SKELETONS.values(), ids=lambda s: s.name)


@EVERY
def test_limbs_sigmas_and_unused_slots_fit_the_keypoints(skeleton: Skeleton) -> None:
    assert len(skeleton.sigmas) == len(skeleton) == len(set(skeleton.keypoints))
    assert all(0 <= end < len(skeleton) and end not in skeleton.unused for limb in skeleton.limbs for end in limb)
    assert sorted(skeleton.used + skeleton.unused) == list(range(len(skeleton)))


@EVERY
def test_every_left_keypoint_has_its_right(skeleton: Skeleton) -> None:
    lefts = [name for name in skeleton.keypoints if name.startswith("left_")]
    assert [skeleton.keypoints[left] for left, _ in skeleton.pairs] == lefts
    assert all(skeleton.keypoints[r] == f"right_{skeleton.keypoints[le][5:]}" for le, r in skeleton.pairs)


def test_posetrack_has_17_slots_and_15_keypoints() -> None:
    assert (len(POSETRACK), len(POSETRACK.used)) == (17, 15)
    assert [POSETRACK.keypoints[k] for k in POSETRACK.unused] == ["left_ear", "right_ear"]


def test_coco_to_posetrack_declares_eyes_and_ears_lost_and_the_head_missing() -> None:
    how = conversion(COCO17, POSETRACK)
    assert how.lost == ("left_eye", "right_eye", "left_ear", "right_ear")
    assert how.missing == ("head_bottom", "head_top")
    assert how.take == (0, -1, -1, -1, -1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)


def test_posetrack_to_coco_declares_the_head_lost_and_eyes_and_ears_missing() -> None:
    how = conversion(POSETRACK, COCO17)
    assert how.lost == ("head_bottom", "head_top")
    assert how.missing == ("left_eye", "right_eye", "left_ear", "right_ear")


def test_humanart_extends_coco_by_hands_and_feet() -> None:
    assert conversion(COCO17, HUMANART21).lost == ()
    assert conversion(HUMANART21, COCO17).lost == ("left_finger", "right_finger", "left_toe", "right_toe")


def test_a_converted_person_keeps_shared_keypoints_and_leaves_the_rest_unlabelled() -> None:
    xy = np.arange(34.0).reshape(1, 17, 2)
    person = Instances.build(COCO17, [3], xy, np.full((1, 17), 2), Source.IMPORTED, score=np.full((1, 17), 0.5))
    converted = person.convert(conversion(COCO17, POSETRACK))
    assert converted.visibility[0].tolist() == [2, 0, 0, 0, 0, *[2] * 12]
    assert converted.keypoints_xy[0, 5:].tolist() == xy[0, 5:].tolist()
    assert not converted.keypoints_xy[0, 1:5].any()
    assert np.isnan(converted.score[0, 1:5]).all()
    assert set(converted.source[0, 1:5].tolist()) == {Source.NONE}


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(LabelError, match="expected a skeleton of coco17, posetrack, humanart21, got 'fly'"):
        skeleton_named("fly")
    with pytest.raises(LabelError, match=r"expected a keypoint of coco17 \(nose, .*\), got 'tail'"):
        COCO17.index("tail")
    assert COCO17.index("right_ankle") == 16
