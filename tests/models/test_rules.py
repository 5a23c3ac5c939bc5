from typing import Literal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poseloom.models.rules import verdicts
from poseloom.models.synthetic import ClipSpec, synthesize_clip
from poseloom.schemas.arrays import F64
from poseloom.schemas.instances import Instances, keypoint_extents
from poseloom.schemas.provenance import Source
from poseloom.schemas.rules import (
    Box,
    Duplicate,
    Flip,
    InImage,
    LimbLength,
    RuleSet,
    Scale,
    Sharpness,
    TrackGap,
    UniqueTrack,
    Velocity,
    VisibleKeypoints,
    parse_rules,
)
from poseloom.schemas.skeleton import COCO17, POSETRACK

_WIDTH, _HEIGHT = 200, 150


def _standing(frames: int, **columns: object) -> Instances:
    """One sharp person of track 0 who stands still, 120 pixels high."""
    body = np.random.default_rng(3).uniform((60, 20), (110, 140), (17, 2))
    xy = np.repeat(body[None], frames, axis=0)
    given_columns = {"track_id": np.zeros(frames), "sharpness": np.full(frames, 99.0)} | columns
    visible = np.full((frames, 17), 2)
    return Instances.build(COCO17, np.arange(frames), xy, visible, Source.PREDICTED, **given_columns)


def _passes(instances: Instances, rule: str, rules: RuleSet | None = None) -> list[bool]:
    table = verdicts(instances, _WIDTH, _HEIGHT, rules or RuleSet())
    passes: list[bool] = table[f"rule_{rule}"].to_pylist()
    return passes


def _failures(table: pa.Table) -> dict[str, int]:
    rules = [name for name in table.column_names if name != "keep"]
    return {name.removeprefix("rule_"): table[name].to_pylist().count(False) for name in rules}


def test_a_still_person_passes_everything() -> None:
    table = verdicts(_standing(5), _WIDTH, _HEIGHT, RuleSet())
    assert set(_failures(table).values()) == {0}
    assert table["keep"].to_pylist() == [True] * 5


def test_occluded_keypoints_do_not_count_as_visible() -> None:
    visibility = np.full((2, 17), 1)
    visibility[0, :8], visibility[1, :7] = 2, 2
    assert _passes(_standing(2).replace(visibility=visibility), "visible_keypoints") == [True, False]


def test_blurred_people_are_dropped_and_unmeasured_ones_are_not() -> None:
    blurred = _standing(3, sharpness=np.array([15.0, 14.9, np.nan]))
    table = verdicts(blurred, _WIDTH, _HEIGHT, RuleSet())
    assert table["rule_sharpness"].to_pylist() == table["keep"].to_pylist() == [True, False, True]


def test_small_people_fail_by_height_or_area() -> None:
    boxes = np.array([[0, 0, 16, 32.0], [0, 0, 99, 31], [0, 0, 15, 33], [0, 0, 16, 33]])
    assert _passes(_standing(4).replace(bbox_xywh=boxes), "scale") == [True, False, False, True]


def test_half_the_keypoints_must_lie_in_the_picture() -> None:
    still = _standing(2)
    xy = still.keypoints_xy.copy()
    xy[0, :8, 0], xy[1, :9, 0] = -1, _WIDTH
    assert _passes(still.replace(keypoints_xy=xy), "in_image") == [True, False]


def test_a_box_contains_its_keypoints_within_a_margin() -> None:
    still = _standing(3)
    boxes = np.stack([still.bbox_xywh[0], still.bbox_xywh[0] * (1, 1, 0.95, 1), still.bbox_xywh[0] * (1, 1, 0.9, 1)])
    assert _passes(still.replace(bbox_xywh=boxes), "box") == [True, True, False]


def test_two_instances_of_one_track_in_a_frame_both_fail() -> None:
    twice = Instances.concat([_standing(2), _standing(1).replace(keypoints_xy=_standing(1).keypoints_xy + 70)])
    assert _passes(twice, "unique_track") == [False, True, False]


def test_of_two_copies_of_a_person_the_one_of_higher_source_stays() -> None:
    copy = _standing(1, track_id=np.array([1]))
    better = copy.replace(source=np.full((1, 17), int(Source.CORRECTED)))
    assert _passes(Instances.concat([_standing(1), copy]), "duplicate") == [True, False]
    assert _passes(Instances.concat([_standing(1), better]), "duplicate") == [False, True]
    away = copy.replace(keypoints_xy=copy.keypoints_xy + 20, bbox_xywh=copy.bbox_xywh + np.array([20, 20, 0, 0]))
    assert _passes(Instances.concat([_standing(1), away]), "duplicate") == [True, True]


def test_an_overlong_limb_fails_in_its_frame_only() -> None:
    still = _standing(5)
    xy = still.keypoints_xy.copy()
    xy[2, 9] = xy[2, 7] + 2.6 * np.linalg.norm(xy[0, 9] - xy[0, 7]) * np.array([0.6, 0.8])
    assert _passes(still.replace(keypoints_xy=xy), "limb_length") == [True, True, False, True, True]


def test_a_jump_fails_where_it_arrives_and_a_gap_gives_it_time() -> None:
    still = _standing(3)
    xy = still.keypoints_xy.copy()
    xy[1:, 4, 0] += 60  # box diagonal about 130, 0.3 of it 39
    jumped = still.replace(keypoints_xy=xy)
    assert _passes(jumped, "velocity") == [True, False, True]
    assert _passes(jumped.replace(frame_index=np.array([0, 2, 3])), "velocity") == [True, True, True]


def test_swapped_sides_fail_once_on_the_way_there_and_once_on_the_way_back() -> None:
    still = _standing(4)
    xy = still.keypoints_xy.copy()
    swap = np.arange(17)
    for left, right in COCO17.pairs:
        swap[[left, right]] = right, left
    xy[2] = xy[2][swap]
    assert _passes(still.replace(keypoints_xy=xy), "flip") == [True, True, False, False]


def test_a_track_that_was_away_too_long_fails_where_it_returns() -> None:
    away = _standing(3).replace(frame_index=np.array([0, 26, 53]))
    assert _passes(away, "track_gap") == [True, True, False]


def test_rules_that_are_off_have_no_column_and_warnings_keep() -> None:
    rules = parse_rules('[sharpness]\naction = "off"\n[scale]\naction = "warn"\nmin_height = 500\n')
    table = verdicts(_standing(2, sharpness=np.zeros(2)), _WIDTH, _HEIGHT, rules)
    assert "rule_sharpness" not in table.column_names
    assert table["rule_scale"].to_pylist() == [False, False]
    assert table["keep"].to_pylist() == [True, True]


def test_nobody_has_no_verdicts() -> None:
    table = verdicts(Instances.empty(POSETRACK), _WIDTH, _HEIGHT, RuleSet())
    assert table.num_rows == 0
    assert set(_failures(table).values()) == {0}


@pytest.mark.parametrize("motion", ["slow", "fast"])
def test_natural_motion_raises_next_to_no_structural_alarm(motion: Literal["slow", "fast"]) -> None:
    truth = synthesize_clip(ClipSpec(frames=200, motion=motion, seed=8)).truth
    counts = _failures(verdicts(truth, 640, 360, RuleSet()))
    assert counts["unique_track"] == counts["duplicate"] == counts["track_gap"] == 0
    assert counts["limb_length"] + counts["velocity"] + counts["flip"] + counts["box"] < 0.05 * len(truth)


def _reference(people: Instances, rules: RuleSet) -> dict[str, list[bool]]:
    """Every rule again, one instance at a time, in plain Python."""
    names = ("visible_keypoints", "sharpness", "scale", "in_image", "box", "unique_track", "duplicate",
             "limb_length", "velocity", "flip", "track_gap")  # fmt: skip
    result: dict[str, list[bool]] = {name: [] for name in names}
    boxes = np.where(
        np.isfinite(people.bbox_xywh), people.bbox_xywh, keypoint_extents(people.keypoints_xy, people.visibility)
    )
    for i in range(len(people)):
        row = _Row(people, boxes, i)
        before = row.before()
        for name in names:
            result[name].append(getattr(row, name)(getattr(rules, name), before))
    return result


class _Row:
    def __init__(self, people: Instances, boxes: F64, i: int):
        self.p, self.boxes, self.i = people, boxes, i
        self.xy, self.v = people.keypoints_xy[i], people.visibility[i]
        self.labelled = [k for k in range(17) if self.v[k] > 0]
        w, h = boxes[i, 2:]
        self.diagonal = float(np.hypot(w, h)) if np.isfinite(w + h) else 0.0

    def track(self) -> list[int]:
        mine = [j for j in range(len(self.p)) if self.p.track_id[j] == self.p.track_id[self.i]]
        return sorted(mine, key=lambda j: (self.p.frame_index[j], j)) if self.p.track_id[self.i] >= 0 else []

    def before(self) -> int | None:
        track = self.track()
        return track[track.index(self.i) - 1] if self.i in track[1:] else None

    def elapsed(self, before: int) -> int:
        return int(self.p.frame_index[self.i]) - int(self.p.frame_index[before])

    def visible_keypoints(self, rule: VisibleKeypoints, _: int | None) -> bool:
        return sum(int(v == 2) for v in self.v) >= rule.required(self.p.skeleton)

    def sharpness(self, rule: Sharpness, _: int | None) -> bool:
        return bool(np.isnan(self.p.sharpness[self.i]) or self.p.sharpness[self.i] >= rule.minimum)

    def scale(self, rule: Scale, _: int | None) -> bool:
        w, h = self.boxes[self.i, 2:]
        return bool(h >= rule.min_height and w * h >= rule.min_area)

    def in_image(self, rule: InImage, _: int | None) -> bool:
        inside = [k for k in self.labelled if 0 <= self.xy[k, 0] < _WIDTH and 0 <= self.xy[k, 1] < _HEIGHT]
        return len(inside) >= rule.min_share * len(self.labelled)

    def box(self, rule: Box, _: int | None) -> bool:
        x, y, w, h = self.p.bbox_xywh[self.i]
        if not np.isfinite(x):
            return True
        mx, my = rule.margin * w, rule.margin * h
        return all(
            x - mx <= self.xy[k, 0] <= x + w + mx and y - my <= self.xy[k, 1] <= y + h + my for k in self.labelled
        )

    def _same_frame(self) -> list[int]:
        return [j for j in range(len(self.p)) if j != self.i and self.p.frame_index[j] == self.p.frame_index[self.i]]

    def unique_track(self, _: UniqueTrack, __: int | None) -> bool:
        mine = self.p.track_id[self.i]
        return mine < 0 or all(self.p.track_id[j] != mine for j in self._same_frame())

    def duplicate(self, rule: Duplicate, _: int | None) -> bool:
        for j in self._same_frame():
            rank, other = self.p.source[self.i].max(), self.p.source[j].max()
            if (other, -j) > (rank, -self.i) and self._iou(j) >= rule.min_iou and self._oks(j) >= rule.max_oks:
                return False
        return True

    def _iou(self, j: int) -> float:
        (ax, ay, aw, ah), (bx, by, bw, bh) = self.boxes[self.i], self.boxes[j]
        w, h = min(ax + aw, bx + bw) - max(ax, bx), min(ay + ah, by + bh) - max(ay, by)
        return w * h / (aw * ah + bw * bh - w * h) if w > 0 and h > 0 else 0.0

    def _oks(self, j: int) -> float:
        shared = [k for k in self.labelled if self.p.visibility[j, k] > 0]
        if len(shared) < 3:
            return 0.0
        area = 0.53 * (np.prod(self.boxes[self.i, 2:]) + np.prod(self.boxes[j, 2:])) / 2
        squared = [((self.xy[k] - self.p.keypoints_xy[j, k]) ** 2).sum() for k in shared]
        sigmas = [self.p.skeleton.sigmas[k] for k in shared]
        return float(np.mean([np.exp(-d / (2 * area * (2 * s) ** 2)) for d, s in zip(squared, sigmas, strict=True)]))

    def _limb(self, j: int, a: int, b: int) -> float | None:
        if not (self.p.visibility[j, a] and self.p.visibility[j, b]):
            return None
        return float(np.linalg.norm(self.p.keypoints_xy[j, a] - self.p.keypoints_xy[j, b]))

    def limb_length(self, rule: LimbLength, _: int | None) -> bool:
        for a, b in self.p.skeleton.limbs:
            mine = self._limb(self.i, a, b)
            known = sorted(length for j in self.track() if (length := self._limb(j, a, b)) is not None)
            if mine is None or len(known) < 3 or mine <= rule.min_size * self.diagonal:
                continue
            if mine > rule.max_ratio * known[(len(known) - 1) // 2]:
                return False
        return True

    def _shared(self, before: int) -> list[int]:
        return [k for k in self.labelled if self.p.visibility[before, k] > 0]

    def velocity(self, rule: Velocity, before: int | None) -> bool:
        if before is None:
            return True
        reach = rule.max_speed * self.diagonal * self.elapsed(before)
        moved = [np.linalg.norm(self.xy[k] - self.p.keypoints_xy[before, k]) for k in self._shared(before)]
        return all(step <= reach for step in moved)

    def flip(self, rule: Flip, before: int | None) -> bool:
        if before is None or self.elapsed(before) > rule.max_frames:
            return True
        shared = self._shared(before)
        pairs = [(a, b) for a, b in self.p.skeleton.pairs if a in shared and b in shared]
        then = self.p.keypoints_xy[before]
        axes = [(self.xy[a] - self.xy[b], then[a] - then[b]) for a, b in pairs]
        energy = sum(np.linalg.norm(m) * np.linalg.norm(n) for m, n in axes)
        large = energy > len(axes) * (rule.min_size * self.diagonal) ** 2
        return not (large and sum(float(m @ n) for m, n in axes) < rule.min_cosine * energy)

    def track_gap(self, rule: TrackGap, before: int | None) -> bool:
        return before is None or self.elapsed(before) - 1 <= rule.max_frames


@given(seed=st.integers(0, 10_000), n=st.integers(1, 40), coco=st.booleans())
@settings(max_examples=60, deadline=None)
def test_verdicts_equal_a_slow_implementation_on_random_instances(seed: int, n: int, coco: bool) -> None:
    rng = np.random.default_rng(seed)
    body = rng.uniform((20, 10), (180, 140), (3, 17, 2))
    who = rng.integers(0, 3, n)
    xy = body[who] + rng.normal(0, 1, (n, 17, 2)) * rng.choice([0.2, 3, 40], (n, 17, 1), p=[0.7, 0.2, 0.1])
    xy = np.where(rng.random((n, 1, 1)) < 0.1, xy[:, ::-1], xy)
    visibility = rng.choice(np.array([0, 1, 2]), (n, 17), p=[0.15, 0.15, 0.7])
    boxes = keypoint_extents(xy, visibility.astype(np.uint8)) * rng.choice([0.4, 0.9, 1.0], (n, 1))
    boxes[rng.random(n) < 0.2] = np.nan
    people = Instances.build(
        COCO17 if coco else POSETRACK, rng.choice([0, 1, 2, 3, 40], n), xy, visibility, Source.PREDICTED,
        track_id=np.where(rng.random(n) < 0.1, -1, who), bbox_xywh=boxes,
        sharpness=rng.choice([3.0, 15.0, 50.0, np.nan], n),
    )  # fmt: skip
    rules = parse_rules("[duplicate]\nmax_oks = 0.7\n")
    table = verdicts(people, _WIDTH, _HEIGHT, rules)
    expected = _reference(people, rules)
    assert {name: table[f"rule_{name}"].to_pylist() for name in expected} == expected
    keep = [all(expected[name][i] for name in rules.named("drop")) for i in range(n)]
    assert table["keep"].to_pylist() == keep
