"""What generated clips promise, judged by their pictures and their truth alone."""

import hashlib
from collections.abc import Iterator
from itertools import islice

import cv2
import numpy as np
import pytest

from poseloom.models.synthetic import ClipSpec, SyntheticClip, pictures, preset, synthesize, synthesize_clip
from poseloom.schemas.errors import InputError
from poseloom.schemas.ids import instances_digest
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17, POSETRACK


def _small(name: str, frames: int = 50, **fields: int) -> ClipSpec:
    return preset(name, width=320, height=180, frames=frames, **fields)


@pytest.fixture(scope="module")
def easy() -> SyntheticClip:
    return synthesize_clip(_small("easy"))


@pytest.fixture(scope="module")
def crossing() -> SyntheticClip:
    return synthesize_clip(_small("crossing", frames=200))


@pytest.fixture(scope="module")
def occlusion() -> SyntheticClip:
    return synthesize_clip(_small("occlusion"))


@pytest.fixture(scope="module")
def crowd() -> SyntheticClip:
    return synthesize_clip(_small("crowd", frames=12))


def _pixels(clip: SyntheticClip) -> str:
    return hashlib.sha256(b"".join(frame.image.tobytes() for frame in clip.frames)).hexdigest()


def _hidden_share(truth: Instances) -> float:
    """Share of the keypoints in the picture that something hides."""
    return float((truth.visibility == 1).sum() / (truth.visibility > 0).sum())


def _overlapping(truth: Instances) -> float:
    """Share of people whose box meets another one's in the same frame."""
    low, high = truth.bbox_xywh[:, :2], truth.bbox_xywh[:, :2] + truth.bbox_xywh[:, 2:]
    meets = (low[:, None] < high).all(axis=-1) & (low < high[:, None]).all(axis=-1)
    together = truth.frame_index[:, None] == truth.frame_index
    return float(((meets & together).sum(axis=1) > 1).mean())


def _sharpness(clip: SyntheticClip) -> float:
    """Mean variance of the Laplacian (METRICS' blur score)."""
    grey = (cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY) for frame in clip.frames)
    return float(np.mean([cv2.Laplacian(image, cv2.CV_64F).var() for image in grey]))


def _gaps(truth: Instances) -> Iterator[int]:
    """Frames of each absence of each person."""
    for track in np.unique(truth.track_id):
        apart = np.diff(truth.frame_index[truth.track_id == track]) - 1
        yield from apart[apart > 0].tolist()


@pytest.mark.parametrize("name", ["crossing", "blur", "crowd"])
def test_equal_specs_give_equal_bytes_and_seeds_matter(name: str) -> None:
    spec = _small(name, frames=3)
    one, again, other = (synthesize_clip(s) for s in (spec, spec, spec.model_copy(update={"seed": 1})))
    assert _pixels(one) == _pixels(again) != _pixels(other)
    assert instances_digest(one.truth) == instances_digest(again.truth) != instances_digest(other.truth)
    assert one.ignore_regions == again.ignore_regions


def test_a_clip_yields_its_frames_in_order_as_rgb_pictures(easy: SyntheticClip) -> None:
    assert [frame.frame_index for frame in easy.frames] == list(range(50))
    assert all(frame.image.shape == (180, 320, 3) and frame.image.dtype == np.uint8 for frame in easy.frames)


def test_frames_are_drawn_one_at_a_time_and_only_when_asked_for() -> None:
    endless = synthesize(_small("easy", frames=1_000))
    assert [drawn.frame.frame_index for drawn in islice(endless, 2)] == [0, 1]


def test_pictures_alone_leave_their_people_behind(easy: SyntheticClip) -> None:
    people: list[Instances] = []
    drawn = list(pictures(islice(synthesize(_small("easy")), 3), people))
    assert [len(part) for part in people] == [3, 3, 3]
    assert np.array_equal(drawn[2].image, easy.frames[2].image)


def test_truth_names_everyone_once_a_frame_as_imported_without_scores(crowd: SyntheticClip) -> None:
    truth = crowd.truth
    pairs = list(zip(truth.frame_index.tolist(), truth.track_id.tolist(), strict=True))
    assert pairs == sorted(set(pairs))
    assert set(truth.track_id.tolist()) == set(range(12))
    assert (truth.source[truth.visibility > 0] == Source.IMPORTED).all()
    assert np.isnan(truth.score).all()


@pytest.mark.parametrize("name", ["easy", "crossing", "occlusion"])
def test_labelled_keypoints_lie_in_the_picture_and_in_their_box(name: str, request: pytest.FixtureRequest) -> None:
    truth: Instances = request.getfixturevalue(name).truth
    labelled = truth.visibility > 0
    low, size = truth.bbox_xywh[:, None, :2], truth.bbox_xywh[:, None, 2:]
    inside = np.all((truth.keypoints_xy >= low - 2) & (truth.keypoints_xy <= low + size + 2), axis=-1)
    assert isinstance(inside, np.ndarray)
    assert inside[labelled].mean() > 0.99
    assert (truth.keypoints_xy[labelled] >= 0).all()
    assert (truth.keypoints_xy[labelled] <= (320, 180)).all()
    assert np.isfinite(truth.head_xywh).all()


def test_pixels_move_with_the_truth() -> None:
    """An independent tracker follows the visible keypoints from picture to picture."""
    clip = synthesize_clip(ClipSpec(frames=10, seed=3))
    grey = [cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY) for frame in clip.frames]
    errors, moved = [], []
    for t in range(9):
        before, after = clip.truth.in_frames(t, t + 1), clip.truth.in_frames(t + 1, t + 2)
        seen = (before.visibility == 2) & (after.visibility == 2)
        start, end = before.keypoints_xy[seen].astype(np.float32), after.keypoints_xy[seen]
        found, _, _ = cv2.calcOpticalFlowPyrLK(grey[t], grey[t + 1], start[:, None], np.empty_like(start[:, None]))
        errors.append(np.linalg.norm(found[:, 0] - end, axis=1))
        moved.append(np.linalg.norm(start - end, axis=1))
    assert np.median(np.concatenate(errors)) < 0.6 < np.median(np.concatenate(moved))


def test_the_skeleton_asked_for_has_all_its_keypoints() -> None:
    spec = _small("easy", frames=1)
    coco, posetrack = (synthesize_clip(spec, skeleton=skeleton).truth for skeleton in (COCO17, POSETRACK))
    assert (coco.skeleton, posetrack.skeleton) == (COCO17, POSETRACK)
    assert (coco.visibility > 0).all()
    assert (posetrack.visibility[:, list(POSETRACK.used)] > 0).all()
    head_top, head_bottom = (posetrack.keypoints_xy[:, POSETRACK.index(n)] for n in ("head_top", "head_bottom"))
    nose = posetrack.keypoints_xy[:, 0]
    assert ((head_top[:, 1] < nose[:, 1]) & (nose[:, 1] < head_bottom[:, 1])).all()


def test_easy_people_are_all_there_and_hardly_hidden(easy: SyntheticClip) -> None:
    assert len(easy.truth) == 3 * 50
    assert _overlapping(easy.truth) < 0.35
    assert easy.ignore_regions == ((),) * 50


def test_crossing_people_cover_each_other_and_come_back_after_short_and_long_absences(
    easy: SyntheticClip, crossing: SyntheticClip
) -> None:
    gaps = list(_gaps(crossing.truth))
    assert _overlapping(crossing.truth) > _overlapping(easy.truth) + 0.1
    assert any(gap <= 30 for gap in gaps)
    assert any(gap > 30 for gap in gaps)


def test_things_in_the_way_hide_keypoints(easy: SyntheticClip, occlusion: SyntheticClip) -> None:
    assert _hidden_share(occlusion.truth) > _hidden_share(easy.truth) + 0.1
    assert 0.15 < _hidden_share(occlusion.truth) < 0.7


def test_a_crowd_has_its_passers_by_in_ignore_regions(crowd: SyntheticClip) -> None:
    assert all(regions for regions in crowd.ignore_regions)
    corners = np.array([corner for regions in crowd.ignore_regions for ring in regions for corner in ring])
    assert (corners >= 0).all()
    assert (corners <= (320, 180)).all()
    assert np.mean([frame.image.mean() for frame in crowd.frames]) < 110


def test_blurred_clips_are_blurred() -> None:
    blur = _small("blur", frames=12, seed=2)
    still, easy = blur.model_copy(update={"shutter": 0.0}), _small("easy", frames=12, seed=2)
    blurred, sharp, clear = (_sharpness(synthesize_clip(spec)) for spec in (blur, still, easy))
    assert blurred < 0.85 * sharp
    assert blurred < 0.6 * clear


def test_mesh_people_need_a_casting() -> None:
    with pytest.raises(InputError, match="expected an asset pack for mesh people, got none"):
        synthesize(ClipSpec(bodies="mesh"))
