"""Every detector on cases that can be computed by hand: people of 60 × 80 pixels, so that 1 size is 100 pixels."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from benchmarks.flags import worlds_of
from benchmarks.injected import KINDS, hits, inject
from poseloom.models.flags import FlagSettings, find_flags
from poseloom.models.flags.limb import limb_flags
from poseloom.models.flags.paths import paths
from poseloom.models.synthetic import preset, synthesize_clip
from poseloom.schemas.arrays import F64
from poseloom.schemas.errors import LabelError
from poseloom.schemas.flag import Flag, FlagKind
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17, POSETRACK
from poseloom.schemas.video import Video

FRAMES = 20
LIMITS = FlagSettings()


def video(fps: float = 25.0, frames: int = FRAMES) -> Video:
    return Video(video_id="a" * 16, name="walk", uri="", width=640, height=360, frame_count=frames, fps=fps)


def walkers(count: int = 2, frames: int = FRAMES) -> Instances:
    """People 200 pixels apart who walk to the right at one pixel a frame, left and right 20 pixels apart."""
    body = np.zeros((17, 2))
    body[:, 1] = np.linspace(0, 80, 17)
    for left, right in COCO17.pairs:
        body[left, 1] = body[right, 1] = (body[left, 1] + body[right, 1]) / 2
        body[left, 0], body[right, 0] = 40, 20
    frame, track = (a.ravel() for a in np.meshgrid(np.arange(frames), np.arange(count), indexing="ij"))
    corner = np.stack([50 + frame + 200.0 * track, np.full(len(frame), 100.0)], axis=1)
    return Instances.build(
        COCO17, frame, corner[:, None] + body, np.full((len(frame), 17), 2), Source.PROPAGATED, track_id=track,
        bbox_xywh=np.concatenate([corner, np.tile([60.0, 80.0], (len(frame), 1))], axis=1),
    )  # fmt: skip


def changed(labels: Instances, change: Callable[[F64], None]) -> Instances:
    xy = np.array(labels.keypoints_xy)
    change(xy)
    return labels.replace(keypoints_xy=xy)


def rows(labels: Instances, track: int, start: int, end: int) -> npt.NDArray[np.intp]:
    return np.flatnonzero((labels.track_id == track) & (labels.frame_index >= start) & (labels.frame_index < end))


def test_people_who_walk_are_not_flagged() -> None:
    assert find_flags(walkers(), video(), walkers()) == []
    assert find_flags(Instances.empty(COCO17), video()) == []
    assert find_flags(walkers(), video(), Instances.empty(COCO17)) == []
    assert find_flags(walkers(1, 1), video(), walkers(1, 1)) == []


def test_one_wrist_that_jumps_by_a_fifth_of_the_person() -> None:
    labels = walkers(frames=40)
    wrist = COCO17.index("left_wrist")
    (at,) = rows(labels, 1, 10, 11)
    jumped = changed(labels, lambda xy: xy.__setitem__((at, wrist, 1), xy[at, wrist, 1] + 20))
    (flag,) = find_flags(jumped, video(frames=40))
    assert (flag.kind, flag.track_id, flag.keypoint, flag.frame_index) == (FlagKind.JUMP, 1, "left_wrist", 10)
    # Residuals of the cubic: 1, 2/3, 1/6 of the jump; their sums over five frames exceed the limit up to 3 frames off.
    assert (flag.start_frame, flag.end_frame, flag.found) == (7, 14, "0.200 sizes away")
    limit = LIMITS.jump_size + LIMITS.jump_acceleration * 0.04**2
    assert flag.severity == pytest.approx(7 * 0.04 / 17 * (1 - limit / 0.2))


def test_a_person_who_jumps_as_a_whole_is_one_flag() -> None:
    labels = walkers()
    (at,) = rows(labels, 0, 10, 11)
    (flag,) = find_flags(changed(labels, lambda xy: xy.__setitem__(at, xy[at] + 30)), video())
    assert (flag.kind, flag.track_id, flag.keypoint) == (FlagKind.JUMP, 0, None)


def test_two_ids_that_swap_are_one_flag_of_both() -> None:
    labels = walkers()
    later = labels.frame_index >= 12
    swapped = labels.replace(track_id=np.where(later, 1 - labels.track_id, labels.track_id))
    (flag,) = find_flags(swapped, video(), walkers())
    assert (flag.kind, flag.track_id, flag.other_track_id) == (FlagKind.SWAP, 0, 1)
    assert (flag.start_frame, flag.frame_index, flag.end_frame) == (11, 12, 13)
    # Both are off by 2 sizes; the shorter side is 8 frames of two people.
    assert flag.severity == pytest.approx(16 * 0.04 * (1 - LIMITS.swap_size / 2))


def test_a_swap_and_the_swap_back_leave_nobody_else_flagged() -> None:
    labels = walkers(3)
    between = (labels.frame_index >= 6) & (labels.frame_index < 12)
    other = np.array([2, 1, 0])[labels.track_id]
    found = find_flags(labels.replace(track_id=np.where(between, other, labels.track_id)), video(), walkers(3))
    assert [(flag.kind, flag.track_id, flag.other_track_id) for flag in found] == [(FlagKind.SWAP, 0, 2)] * 2
    assert {flag.frame_index for flag in found} == {6, 12}


def test_left_and_right_swapped_for_five_frames() -> None:
    labels = walkers()
    left, right = np.array(COCO17.pairs).T
    at = rows(labels, 0, 8, 13)[:, None]

    def flip(xy: F64) -> None:
        xy[at, left], xy[at, right] = xy[at, right], xy[at, left]

    (flag,) = find_flags(changed(labels, flip), video(), walkers())
    assert (flag.kind, flag.track_id, flag.start_frame, flag.end_frame) == (FlagKind.FLIP, 0, 8, 13)
    assert flag.severity == pytest.approx(5 * 0.04 * 16 / 17 * (1 - LIMITS.flip_size / 0.2))


@pytest.mark.parametrize(("fps", "seconds"), [(25.0, 0.12), (50.0, 0.06), (0.0, 0.12)])
def test_a_person_without_labels_for_three_frames(fps: float, seconds: float) -> None:
    labels = walkers()
    gone = labels.select(np.setdiff1d(np.arange(len(labels)), rows(labels, 1, 8, 11)))
    (flag,) = find_flags(gone, video(fps))
    assert (flag.kind, flag.track_id, flag.start_frame, flag.end_frame) == (FlagKind.MISSING, 1, 8, 11)
    assert flag.severity == pytest.approx(seconds)


def test_people_who_leave_the_picture_and_come_back_are_not_missing() -> None:
    labels = walkers(1)
    visibility = np.array(labels.visibility)
    for row, seen in ((7, 6), (11, 6), (6, 12), (12, 12)):
        visibility[row, seen:] = 0
    source = np.where(visibility > 0, int(Source.PROPAGATED), 0)
    left = labels.replace(visibility=visibility, source=source).select(np.r_[0:8, 11:FRAMES])
    assert find_flags(left, video()) == []


def test_a_propagated_ankle_that_drifts_from_the_prediction() -> None:
    labels = walkers(frames=80)
    ankle = COCO17.index("right_ankle")
    at = rows(labels, 0, 10, 30)
    away = changed(labels, lambda xy: xy.__setitem__((at, ankle, 0), xy[at, ankle, 0] + np.arange(1, 21) * 1.5))
    unlinked = walkers(frames=80).replace(track_id=np.full(160, -1))
    (flag,) = find_flags(away, video(frames=80), unlinked)
    assert (flag.kind, flag.track_id, flag.keypoint) == (FlagKind.DRIFT, 0, "right_ankle")
    assert (flag.frame_index, flag.end_frame, flag.found) == (29, 30, "0.300 sizes away")
    assert 13 <= flag.start_frame <= 16  # 6 pixels are reached in frame 13
    placed = away.replace(source=np.full(away.source.shape, int(Source.CORRECTED)))
    assert FlagKind.DRIFT not in {flag.kind for flag in find_flags(placed, video(frames=80), unlinked)}


def test_predictions_of_another_skeleton_are_refused() -> None:
    with pytest.raises(LabelError, match="expected predictions in the labels' skeleton coco17, got posetrack"):
        find_flags(walkers(), video(), Instances.empty(POSETRACK))


def test_a_shin_three_times_as_long() -> None:
    labels = walkers(1, 40)
    knee, ankle = COCO17.index("left_knee"), COCO17.index("left_ankle")
    long = changed(labels, lambda xy: xy.__setitem__((20, ankle), xy[20, knee] + [0, 30]))
    (path,) = paths(long, 0.04)
    (flag,) = limb_flags(path, COCO17, 0.04, LIMITS)
    assert (flag.frame_index, flag.track_id, flag.found) == (20, 0, "0.30 sizes")


def test_one_person_labelled_twice() -> None:
    labels = walkers()
    again = labels.select(rows(labels, 1, 4, 9)).replace(track_id=np.full(5, 7))
    (flag,) = find_flags(Instances.concat([labels, again]), video())
    assert (flag.kind, flag.track_id, flag.other_track_id) == (FlagKind.DUPLICATE, 7, 1)
    assert (flag.start_frame, flag.end_frame) == (4, 9)
    assert flag.severity == pytest.approx(0.2)


def test_unsure_estimators_and_failing_rules() -> None:
    labels = walkers(1)
    score = np.full((FRAMES, 17), 0.9)
    score[5:8] = 0.07
    fails = np.ones(FRAMES, bool)
    fails[3] = False
    rule, unsure = sorted(
        find_flags(labels.replace(score=score), video(), passes={"scale": fails}), key=lambda f: f.kind
    )
    assert (rule.kind, rule.start_frame, rule.end_frame, rule.expected) == (FlagKind.RULE, 3, 4, "the rule scale holds")
    assert rule.severity == pytest.approx(0.04 / 17)
    assert (unsure.kind, unsure.start_frame, unsure.end_frame) == (FlagKind.UNCERTAIN, 5, 8)
    assert unsure.severity == pytest.approx(3 * 0.04 * (1 - 0.07 / 0.35))


@pytest.fixture(scope="module")
def truth() -> Instances:
    return synthesize_clip(preset("crossing", seed=7, frames=100)).truth.sorted()


def test_generated_truth_is_clean(truth: Instances) -> None:
    assert find_flags(truth, video(frames=100), truth) == []


@pytest.mark.parametrize("kind", KINDS)
def test_injected_errors_are_found_in_noise(truth: Instances, kind: FlagKind) -> None:
    for world in worlds_of(truth, 25.0, (640, 360), 100, seed=3):
        labels, injected = inject(world.labels, kind, 3, 25.0, seed=3)
        found = [flag for flag in find_flags(labels, world.video, world.predictions) if flag.kind == kind]
        assert len(injected) == 3
        assert hits(found, injected) >= 2
        assert len(found) <= 4


def _told(flag: Flag, names: dict[int, int], last: int | None = None) -> tuple[object, ...]:
    start, end = flag.start_frame, flag.end_frame
    if last is not None:
        start, end = last + 1 - end, last + 1 - start
    people = frozenset(names[t] for t in (flag.track_id, flag.other_track_id) if t is not None)
    return flag.kind, people, flag.keypoint, start, end, round(flag.severity, 6)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_other_ids_and_reversed_time_keep_the_flags(truth: Instances, kind: FlagKind, seed: int) -> None:
    labels, _ = inject(truth.replace(source=(truth.visibility > 0) * int(Source.PROPAGATED)), kind, 3, 25.0, seed)
    same = {track: track for track in range(4)}
    expected = {_told(flag, same) for flag in find_flags(labels, video(frames=100), truth)}
    assert {flag[0] for flag in expected} >= {kind}
    names = {0: 12, 1: 3, 2: 40, 3: 0}
    renamed = labels.replace(track_id=np.vectorize(names.get)(labels.track_id))
    back = {new: old for old, new in names.items()}
    assert {_told(flag, back) for flag in find_flags(renamed, video(frames=100), truth)} == expected
    turned = labels.replace(frame_index=99 - labels.frame_index)
    predicted = truth.replace(frame_index=99 - truth.frame_index)
    assert {_told(flag, same, 99) for flag in find_flags(turned, video(frames=100), predicted)} == expected


def test_the_order_is_that_of_severity_and_always_the_same(truth: Instances) -> None:
    labels, _ = inject(truth, FlagKind.JUMP, 6, 25.0, 1)
    found = find_flags(labels, video(frames=100))
    assert [flag.severity for flag in found] == sorted((flag.severity for flag in found), reverse=True)
    shuffled = labels.select(np.random.default_rng(0).permutation(len(labels)))
    assert find_flags(shuffled, video(frames=100)) == found
