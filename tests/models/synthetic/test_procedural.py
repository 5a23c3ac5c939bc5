from typing import get_args

import numpy as np
import pytest

from poseloom.models.synthetic.bodies import POINTS, Activity, Casting
from poseloom.models.synthetic.procedural import Person, ProceduralCasting
from poseloom.models.synthetic.procedural.anatomy import (
    BONE,
    FOREARM,
    HIP_HEIGHT,
    LIMITS,
    SHANK,
    SHOULDER,
    SHOULDER_HEIGHT,
    SIDES,
    THIGH,
    UPPER_ARM,
)
from poseloom.models.synthetic.procedural.depth import MARGIN_M, SLACK, depth
from poseloom.models.synthetic.procedural.figure import figure
from poseloom.models.synthetic.procedural.kinematics import decompose, forward, rotations
from poseloom.models.synthetic.procedural.loft import loft, ring, volume
from poseloom.models.synthetic.procedural.look import invent
from poseloom.models.synthetic.procedural.materials import Material
from poseloom.models.synthetic.procedural.stance import Stance, relaxed, sole
from poseloom.models.synthetic.rendering import render
from poseloom.models.synthetic.scene import Actor, Camera, Light, Scene
from poseloom.models.synthetic.spec import ClipSpec
from poseloom.schemas.arrays import F64, U8, Bool

CASTING: Casting = ProceduralCasting()
ACTIVITIES: tuple[Activity, ...] = get_args(Activity)
SPEEDS = {"walk": 1.35, "run": 3.4, "gesture": 0.0, "dance": 0.0}
FPS = 25.0


def _person(look: int, activity: Activity, seed: int) -> Person:
    return ProceduralCasting().body(look, activity, seed)


def _moments(activity: Activity, frames: int) -> list[tuple[float, float]]:
    """(seconds, metres) of some frames."""
    return [(t / FPS, SPEEDS[activity] * t / FPS) for t in range(frames)]


def _k(name: str) -> int:
    return POINTS.keypoints.index(name)


def _points(person: Person, activity: Activity, frames: int) -> F64:
    return np.stack([person.pose(*moment).points for moment in _moments(activity, frames)])


def _bend(a: F64, b: F64, c: F64) -> F64:
    """Degrees by which the chain a, b, c deviates from a straight line at b."""
    first, second = b - a, c - b
    cosine = (first * second).sum(-1) / np.linalg.norm(first, axis=-1) / np.linalg.norm(second, axis=-1)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_limbs_keep_their_length(activity: Activity) -> None:
    person = _person(5, activity, 1)
    points, stature = _points(person, activity, 60), person.figure.look.stature
    chains = (
        ("shoulder", "elbow", UPPER_ARM),
        ("elbow", "wrist", FOREARM),
        ("hip", "knee", THIGH),
        ("knee", "ankle", SHANK),
    )
    for side, _ in SIDES:
        for a, b, length in chains:
            got = np.linalg.norm(points[:, _k(f"{side}_{a}")] - points[:, _k(f"{side}_{b}")], axis=1)
            np.testing.assert_allclose(got, length * stature, rtol=1e-9)


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_every_joint_stays_within_its_range_of_motion(activity: Activity) -> None:
    for seed in range(25):
        person = _person(seed, activity, seed)
        angles = np.stack([person.angles(t + 31 * seed, way) for t, way in _moments(activity, 30)])
        assert (angles >= LIMITS[..., 0] - 1e-12).all()
        assert (angles <= LIMITS[..., 1] + 1e-12).all()


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_elbows_bend_at_most_150_and_knees_135_degrees_and_never_the_wrong_way(activity: Activity) -> None:
    for seed in range(6):
        person = _person(seed, activity, seed)
        points = _points(person, activity, 50)
        for side, _ in SIDES:
            hip, knee, ankle = (points[:, _k(f"{side}_{name}")] for name in ("hip", "knee", "ankle"))
            assert _bend(*(points[:, _k(f"{side}_{n}")] for n in ("shoulder", "elbow", "wrist"))).max() <= 150 + 1e-6
            assert _bend(hip, knee, ankle).max() <= 135 + 1e-6
            to_left = points[:, _k("left_hip")] - points[:, _k("right_hip")]
            hinge = np.cross(knee - hip, ankle - knee)
            bent = _bend(hip, knee, ankle) > 15
            assert ((hinge * to_left).sum(axis=1)[bent] > 0).all()


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_what_stands_on_the_floor_does_not_slide(activity: Activity) -> None:
    for seed in range(4):
        person = _person(seed, activity, seed)
        moments = [(t / 100, SPEEDS[activity] * t / 100) for t in range(200)]
        vertices = np.stack([person.pose(*moment).vertices + np.array([0, 0, moment[1]]) for moment in moments])
        standing = vertices[..., 1] < 0.004
        assert standing.any(axis=1).mean() > (0.5 if activity == "run" else 0.99)
        assert _longest_slide(vertices, standing) < 0.012


def _longest_slide(vertices: F64, standing: Bool) -> float:
    """Metres that a vertex moves from where it touched down until it lifts off, at most."""
    longest, touched = 0.0, vertices[0].copy()
    for now, on, before in zip(vertices[1:], standing[1:], standing[:-1], strict=True):
        touched[~before] = now[~before]
        longest = max(longest, float(np.linalg.norm((now - touched)[on][:, [0, 2]], axis=1).max(initial=0)))
    return longest


@pytest.mark.parametrize("activity", ["walk", "gesture", "dance"])
def test_the_lowest_point_is_on_the_floor(activity: Activity) -> None:
    person = _person(2, activity, 4)
    lowest = [float(person.pose(*moment).vertices[:, 1].min()) for moment in _moments(activity, 75)]
    np.testing.assert_allclose(lowest, 0, atol=1e-6)


def test_runners_fly_between_their_steps() -> None:
    person = _person(2, "run", 4)
    lowest = np.array([person.pose(*moment).vertices[:, 1].min() for moment in _moments("run", 75)])
    assert lowest.min() > -1e-6
    assert lowest.max() > 0.02
    assert 0.1 < (lowest > 0.01).mean() < 0.6


@pytest.mark.parametrize("activity", ["walk", "run"])
def test_half_a_cycle_later_a_gait_is_its_mirror_image(activity: Activity) -> None:
    person = _person(7, activity, 2)
    mirror = [_k(_other(name)) for name in POINTS.keypoints]
    for way in np.linspace(0, 2, 9):
        now, later = person.pose(0, way).points, person.pose(0, way + person.cadence_m / 2).points
        np.testing.assert_allclose(later[mirror] * (-1, 1, 1), now, atol=1e-9)


def _other(name: str) -> str:
    if name.startswith("left_"):
        return name.replace("left_", "right_")
    return name.replace("right_", "left_")


def test_gait_follows_the_way_and_gestures_follow_the_clock() -> None:
    walker, dancer = _person(1, "walk", 0), _person(1, "dance", 0)
    np.testing.assert_array_equal(walker.pose(0, 0.7).points, walker.pose(9, 0.7).points)
    np.testing.assert_allclose(walker.pose(0, 0.3).points, walker.pose(0, 0.3 + walker.cadence_m).points, atol=1e-9)
    np.testing.assert_array_equal(dancer.pose(2, 0.0).points, dancer.pose(2, 5.0).points)
    assert np.abs(dancer.pose(2, 0).points - dancer.pose(2.25, 0).points).max() > 0.05
    assert walker.cadence_m > 1
    assert dancer.cadence_m == 0


def test_lifted_arms_point_to_their_own_side() -> None:
    angles = relaxed()
    for side, _ in SIDES:
        angles[BONE[f"{side}_upper_arm"]] = np.radians((0, 90, 0))
        angles[BONE[f"{side}_forearm"]] = 0
    joints = forward(angles, np.array([0.0, HIP_HEIGHT, 0.0]), 1.0).joint
    reach = SHOULDER + UPPER_ARM + FOREARM
    np.testing.assert_allclose(joints[BONE["left_hand"]], (reach, SHOULDER_HEIGHT, -0.008), atol=1e-12)
    np.testing.assert_allclose(joints[BONE["right_hand"]], (-reach, SHOULDER_HEIGHT, -0.008), atol=1e-12)


def test_a_bent_elbow_brings_the_hand_to_the_front() -> None:
    angles = relaxed() * 0
    angles[BONE["left_forearm"], 0] = np.radians(90)
    joints = forward(angles, np.array([0.0, HIP_HEIGHT, 0.0]), 1.0).joint
    np.testing.assert_allclose(joints[BONE["left_hand"]] - joints[BONE["left_forearm"]], (0, 0, FOREARM), atol=1e-12)


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_people_face_forwards_with_their_left_at_the_left(activity: Activity) -> None:
    person = _person(11, activity, 3)
    for moment in _moments(activity, 30):
        points = person.pose(*moment).points
        ears = points[[_k("left_ear"), _k("right_ear")]]
        assert points[_k("nose"), 2] > ears[:, 2].mean() + 0.02
        for joint in ("eye", "ear", "shoulder", "hip"):
            assert points[_k(f"left_{joint}"), 0] > points[_k(f"right_{joint}"), 0]


@pytest.mark.parametrize("activity", ["run", "dance"])
def test_fast_limbs_reverse_within_ten_frames(activity: Activity) -> None:
    for seed in range(5):
        points = _points(_person(seed, activity, seed), activity, 76)
        hands = points[:, _k("left_wrist")] - points[:, _k("left_shoulder")]
        axis = np.linalg.svd(hands - hands.mean(axis=0), full_matrices=False)[2][0]
        turns = np.flatnonzero(np.diff(np.sign(np.diff(hands @ axis))))
        assert np.median(np.diff(turns)) <= 10


@pytest.mark.parametrize("look", range(12))
def test_surfaces_are_closed_and_wound_outwards(look: int) -> None:
    surface = figure(look).surface
    edges = np.concatenate([surface.triangles[:, [i, (i + 1) % 3]] for i in range(3)])
    forth = {tuple(edge) for edge in edges.tolist()}
    assert len(forth) == len(edges)
    assert forth == {(b, a) for a, b in forth}
    for activity in ACTIVITIES:
        vertices = _person(look, activity, look).pose(1.3, 0.4).vertices.astype(np.float64)
        assert 0.03 < volume(vertices, surface.triangles.astype(np.int64)) < 0.2


@pytest.mark.parametrize("look", range(12))
def test_surfaces_fit_the_renderers_promises(look: int) -> None:
    surface = figure(look).surface
    assert 1200 <= len(surface.triangles) <= 2400
    assert surface.uv.min() >= -0.01
    assert surface.uv.max() <= 1.01
    assert surface.material.max() < len(surface.textures) == len(surface.tint) == len(surface.two_sided)
    for texture in surface.textures:
        assert texture.shape[0] == texture.shape[1]
        assert texture.shape[0].bit_count() == 1
        assert texture.shape[2] == 4
        assert texture.dtype == np.uint8


def test_equal_looks_are_equal_and_others_differ() -> None:
    first, again, other = (CASTING.body(look, "walk", seed).surface for look, seed in ((3, 0), (3, 9), (4, 0)))
    assert all(np.array_equal(a, b) for a, b in zip(first.textures, again.textures, strict=True))
    assert np.array_equal(first.triangles, again.triangles)
    assert not np.array_equal(first.textures[2], other.textures[2])


def test_people_are_deterministic_and_seeds_move_them_differently() -> None:
    for activity in ACTIVITIES:
        poses = [CASTING.body(6, activity, seed).pose(0.8, 0.5).vertices for seed in (1, 1, 2)]
        assert np.array_equal(poses[0], poses[1])
        assert not np.allclose(poses[0], poses[2], atol=1e-3)


def test_skin_is_more_red_than_blue_and_a_red_shirt_is_red() -> None:
    looks = (invent(number) for number in range(3000))
    red = next(look for look in looks if look.shirt == (196, 44, 46) and look.print == "plain")
    textures = figure(red.seed).surface.textures
    np.testing.assert_allclose(np.median(textures[Material.SHIRT][..., :3], axis=(0, 1)), (196, 44, 46), atol=15)
    for look in range(12):
        colour = np.median(figure(look).surface.textures[Material.SKIN][..., :3], axis=(0, 1))
        assert colour[0] > colour[2] + 10


def test_rotations_are_taken_apart_again() -> None:
    angles = np.random.default_rng(0).uniform(-1.4, 1.4, (200, 3))
    again = np.stack([decompose(turn) for turn in rotations(angles)])
    np.testing.assert_allclose(again, angles, atol=1e-12)


def test_depth_is_the_way_through_a_tube() -> None:
    rings = np.stack([ring((0, y, 0), 0.05, 0.05, 64) for y in (-1.0, 1.0)])
    tube = loft(rings, np.zeros((2, 19)), np.array([0.0, 1.0]), 0)
    got = depth(np.array([0.01, 0, 0]), [(1, 0, 0), (-1, 0, 0)], tube.vertices, tube.triangles)
    assert got == pytest.approx(SLACK * 0.06 + MARGIN_M, abs=1e-6)
    assert volume(tube.vertices, tube.triangles) == pytest.approx(2 * np.pi * 0.05**2, rel=0.01)


class _Standing:
    """Somebody who stands still with hanging arms."""

    cadence_m = 0.0

    def __init__(self, stature: float) -> None:
        self._stature = stature

    def at(self, time_s: float, travelled_m: float) -> Stance:
        height = 0.99 * HIP_HEIGHT * self._stature
        feet = tuple(sole(sign * 0.1, 0, 0, 0, 0, self._stature) for _, sign in SIDES)
        return Stance(relaxed(), np.array([0.0, height, 0.0]), (feet[0], feet[1]))


def _visibility(look: int, heading: float) -> U8:
    """(19,) of somebody who stands turned by that angle, as the renderer sees them."""
    person = Person(figure(look), _Standing(figure(look).look.stature))
    actor = Actor(0, person, np.array([[0.0, -6.0]]), np.array([heading]), np.zeros(1))
    light = Light(np.array([0.0, 1.0, 0.0]), np.ones(3), np.ones(3), np.ones(3))
    scene = Scene((actor,), (), Camera(900.0, 1.1, 0.0, np.zeros(1)), light, 0)
    (rendered,) = render(ClipSpec(people=1, frames=1, width=160, height=384), scene)
    return np.asarray(rendered.people.visibility[0])


@pytest.mark.parametrize("look", range(6))
def test_from_the_front_everything_but_covered_ears_is_visible(look: int) -> None:
    visibility = _visibility(look, 0.0)
    hidden = {POINTS.keypoints[i] for i in np.flatnonzero(visibility != 2)}
    assert hidden <= {"left_ear", "right_ear"}


@pytest.mark.parametrize("look", range(6))
def test_from_behind_the_face_is_hidden_and_the_joints_are_visible(look: int) -> None:
    visibility = _visibility(look, np.pi)
    hidden = {POINTS.keypoints[i] for i in np.flatnonzero(visibility == 1)}
    assert {"nose", "left_eye", "right_eye"} <= hidden
    assert hidden <= {"nose", "left_eye", "right_eye", "left_ear", "right_ear", "head_bottom"}


def test_from_their_left_the_right_shoulder_hip_and_eye_are_hidden() -> None:
    visibility = _visibility(3, -np.pi / 2)
    for joint in ("shoulder", "hip", "eye", "ear"):
        assert visibility[_k(f"right_{joint}")] == 1
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "eye", "ear"):
        assert visibility[_k(f"left_{joint}")] == 2
