import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from poseloom.infra.assets import read_pack
from poseloom.models.synthetic.bodies import POINTS, Activity
from poseloom.models.synthetic.mesh import MeshCasting
from poseloom.models.synthetic.mesh.footing import believable
from poseloom.models.synthetic.mesh.looks import chosen
from poseloom.models.synthetic.mesh.loop import Loop, looped, mirrored
from poseloom.models.synthetic.mesh.person import Person, dressed
from poseloom.models.synthetic.mesh.retarget import Recording, alignment, placed, recorded
from poseloom.models.synthetic.mesh.segments import LIMBS, NUMBER, SEGMENTS, joints_of, weights_by_segment
from poseloom.models.synthetic.mesh.shape import Build, shaped
from poseloom.models.synthetic.mesh.skinning import skin
from poseloom.models.synthetic.mesh.wear import fitted, legwear
from poseloom.schemas.assets import AssetPack
from poseloom.schemas.errors import InputError

ACTIVITIES: tuple[Activity, ...] = ("walk", "run", "gesture", "dance")
LIMB_ENDS = [
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("hip", "knee"),
    ("knee", "ankle"),
]
SEGMENT_COUNT = len(SEGMENTS)


@pytest.fixture(scope="module")
def pack(real_data: Path) -> AssetPack:
    if not (real_data / "humans").is_dir():
        pytest.skip(f"asset pack not found at {real_data / 'humans'}")
    return read_pack(real_data / "humans")


@pytest.fixture(scope="module")
def casting(pack: AssetPack) -> MeshCasting:
    return MeshCasting(pack)


@pytest.fixture(scope="module")
def person(pack: AssetPack) -> Person:
    return dressed(pack, weights_by_segment(pack.rig), chosen(pack, 3))


def point(points: np.ndarray, name: str) -> np.ndarray:
    return np.asarray(points[POINTS.keypoints.index(name)])


def still(frames: int, joints: np.ndarray | None = None) -> Recording:
    """Nobody moves: identity rotations."""
    rotations = np.tile([1.0, 0, 0, 0], (frames, SEGMENT_COUNT, 1))
    return Recording(rotations, np.zeros((frames, 3)), 30.0, np.zeros((SEGMENT_COUNT, 3)) if joints is None else joints)


def nodding(frames: int, period: int) -> Recording:
    """Everybody turns about x and back, once in a period."""
    angles = 0.5 * np.sin(2 * np.pi * np.arange(frames) / period)
    turns = Rotation.from_rotvec(np.stack([angles, 0 * angles, 0 * angles], axis=1)).as_quat(scalar_first=True)
    root = np.stack([np.zeros(frames), np.ones(frames), 0.02 * np.arange(frames)], axis=1)
    return Recording(np.repeat(turns[:, None], SEGMENT_COUNT, axis=1), root, 30.0, np.zeros((SEGMENT_COUNT, 3)))


def test_a_vertex_between_two_segments_goes_to_the_weighted_mean_of_both() -> None:
    vertices = np.array([[1, 0, 0], [1, 0, 0]], dtype=np.float32)
    segment = np.array([[0, 1], [1, 0]], dtype=np.int32)
    weight = np.array([[0.75, 0.25], [1, 0]], dtype=np.float32)
    quarter = Rotation.from_rotvec([0, 0, np.pi / 2]).as_matrix()
    rotation = np.stack([np.eye(3), quarter]).astype(np.float32)
    translation = np.array([[0, 0, 0], [0, 0, 2]], dtype=np.float32)
    moved = skin(vertices, segment, weight, rotation, translation)
    np.testing.assert_allclose(moved, np.array([[0.75, 0.25, 0.5], [0, 1, 2]]), atol=1e-6)


def test_the_best_loop_is_a_whole_period_and_goes_on_as_it_ends() -> None:
    loop = looped(nodding(100, 30), 0.5, 1.5, 0.2, travels=True)
    assert loop is not None
    assert len(loop.rotations) == 30
    assert loop.advance == pytest.approx(0.02 * 30)
    step = np.abs(np.diff(np.concatenate([loop.rotations, loop.rotations[:1]]), axis=0)).max(axis=(1, 2))
    assert step[-1] <= 1.1 * step.max()
    np.testing.assert_allclose(loop.root[:, 2] - loop.root[0, 2], 0.02 * np.arange(30), atol=1e-9)


def test_a_recording_shorter_than_the_shortest_loop_gives_none() -> None:
    assert looped(still(20), 1.0, 2.0, 0.2, travels=False) is None


def test_travel_leads_along_z_whatever_direction_was_recorded() -> None:
    recording = nodding(100, 30)
    sideways = Recording(recording.rotations, recording.root[:, [2, 1, 0]], recording.fps, recording.joints)
    loop = looped(sideways, 0.5, 1.5, 0.2, travels=True)
    assert loop is not None
    assert loop.advance == pytest.approx(0.02 * 30)
    assert np.ptp(loop.root[:, 0]) < 1e-9


def test_mirroring_twice_changes_nothing_and_once_swaps_the_sides(pack: AssetPack) -> None:
    capture = pack.captures[0]
    recording = recorded(capture, capture.clips[0])
    once, twice = mirrored(recording), mirrored(mirrored(recording))
    np.testing.assert_allclose(twice.rotations, recording.rotations)
    np.testing.assert_allclose(twice.joints, recording.joints)
    left, _ = placed(recording.joints, matrices(recording))
    right, _ = placed(once.joints, matrices(once))
    np.testing.assert_allclose(right[:, NUMBER["hand.R"]], left[:, NUMBER["hand.L"]] * [-1, 1, 1], atol=1e-9)


def matrices(recording: Recording | Loop) -> np.ndarray:
    turns = Rotation.from_quat(recording.rotations.reshape(-1, 4), scalar_first=True).as_matrix()
    return np.asarray(turns.reshape(*recording.rotations.shape[:2], 3, 3))


def test_weights_of_the_body_and_of_everyone_dressed_sum_to_one(pack: AssetPack, person: Person) -> None:
    np.testing.assert_allclose(weights_by_segment(pack.rig).sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(person.weight.sum(axis=1), 1, atol=1e-5)
    assert (np.diff(person.weight, axis=1) <= 0).all()


def test_a_body_that_nobody_moves_stays_at_rest(person: Person) -> None:
    rotation = np.tile(np.eye(3), (SEGMENT_COUNT, 1, 1))
    posed, translation = placed(person.joints, rotation)
    np.testing.assert_allclose(posed, person.joints - person.joints[0], atol=1e-12)
    vertices = skin(person.vertices, person.segment, person.weight, rotation.astype("f4"), translation.astype("f4"))
    np.testing.assert_allclose(vertices, person.vertices - person.joints[0], atol=1e-5)


def test_one_rotation_of_everything_keeps_all_distances(person: Person, rng: np.random.Generator) -> None:
    rotation = np.tile(Rotation.random(random_state=3).as_matrix(), (SEGMENT_COUNT, 1, 1))
    _, translation = placed(person.joints, rotation)
    vertices = skin(person.vertices, person.segment, person.weight, rotation.astype("f4"), translation.astype("f4"))
    a, b = rng.integers(len(vertices), size=(2, 500))
    before = np.linalg.norm(person.vertices[a] - person.vertices[b], axis=1)
    np.testing.assert_allclose(np.linalg.norm(vertices[a] - vertices[b], axis=1), before, atol=1e-5)


def test_limbs_point_where_the_captures_zero_pose_points(pack: AssetPack, person: Person) -> None:
    for capture in pack.captures:
        zero = recorded(capture, capture.clips[0]).joints
        posed, _ = placed(person.joints, alignment(person.joints, zero))
        for upper, lower in LIMBS.items():
            own, theirs = posed[lower] - posed[upper], zero[lower] - zero[upper]
            assert own @ theirs == pytest.approx(np.linalg.norm(own) * np.linalg.norm(theirs))


def test_shapes_are_products_of_what_their_names_say(pack: AssetPack) -> None:
    old = Build(male=1, age=1, muscle=1, weight=0, height=0.5, african=0, asian=1, caucasian=0)
    names = ("universal-male-old-maxmuscle-minweight", "asian-male-old")
    expected = pack.body.vertices + sum(
        pack.targets.offsets[pack.targets.names.index(name)] * np.float32(pack.targets.unit) for name in names
    )
    np.testing.assert_allclose(shaped(pack.body, pack.targets, old), expected, atol=1e-4)


def test_adults_are_as_tall_as_adults_and_children_smaller(pack: AssetPack) -> None:
    drawn = np.unique(pack.body.quads)
    for look in range(40):
        build = chosen(pack, look).build
        stature = float(np.ptp(shaped(pack.body, pack.targets, build)[drawn, 1])) / 10
        assert (1.4 < stature < 2.05) if build.age > 0.5 else (1.1 < stature < 1.85)


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_limbs_keep_their_length_and_someone_always_stands_on_the_floor(
    casting: MeshCasting, activity: Activity
) -> None:
    body = casting.body(4, activity, 1)
    poses = [body.pose(0.13 * i, 0.21 * i) for i in range(25)]
    for upper, lower in LIMB_ENDS:
        for side in ("left", "right"):
            ends = [(point(p.points, f"{side}_{upper}"), point(p.points, f"{side}_{lower}")) for p in poses]
            lengths = [float(np.linalg.norm(a - b)) for a, b in ends]
            assert np.ptp(lengths) < 1e-6
    lowest = np.array([pose.vertices[:, 1].min() for pose in poses])
    assert (lowest > -1e-5).all()
    assert lowest.min() < 1e-5
    assert lowest.max() < (0.15 if activity == "run" else 0.1)


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_people_face_ahead_with_their_left_at_plus_x(casting: MeshCasting, activity: Activity) -> None:
    for look in range(4):
        body = casting.body(look, activity, look)
        points = np.mean([body.pose(0.25 * i, 0.15 * i).points for i in range(20)], axis=0)
        assert point(points, "left_shoulder")[0] > point(points, "right_shoulder")[0] + 0.1
        assert point(points, "left_hip")[0] > point(points, "right_hip")[0] + 0.05
        assert point(points, "nose")[2] > point(points, "head_bottom")[2]
        assert abs(point(points, "left_hip") + point(points, "right_hip"))[[0, 2]].max() / 2 < 0.25


@pytest.mark.parametrize(("activity", "shortest", "longest"), [("walk", 0.7, 2.0), ("run", 1.4, 3.6)])
def test_gait_repeats_after_its_cadence_whatever_the_clock_says(
    casting: MeshCasting, activity: Activity, shortest: float, longest: float
) -> None:
    for seed in range(5):
        body = casting.body(6, activity, seed)
        assert shortest < body.cadence_m < longest
        there, again = body.pose(0.0, 0.4), body.pose(7.7, 0.4 + 3 * body.cadence_m)
        np.testing.assert_allclose(again.vertices, there.vertices, atol=1e-4)


def test_a_foot_on_the_floor_stays_where_it_is_while_the_body_walks_on(casting: MeshCasting) -> None:
    for seed in range(4):
        body = casting.body(2, "walk", seed)
        step = 0.02
        poses = [body.pose(0.0, step * i).vertices for i in range(int(body.cadence_m / step))]
        slips = []
        for before, after in itertools.pairwise(poses):
            sole = int(before[:, 1].argmin())
            slips.append(float(after[sole, 2] - before[sole, 2] + step))
        assert np.mean(np.abs(slips)) < 0.25 * step


@pytest.mark.parametrize("activity", ACTIVITIES)
def test_motion_never_jumps_not_even_where_it_begins_anew(casting: MeshCasting, activity: Activity) -> None:
    body = casting.body(5, activity, 2)
    points = np.array([body.pose(i / 25, i * 0.05).points for i in range(250)])
    assert np.linalg.norm(np.diff(points, axis=0), axis=-1).max() < 0.45


def test_equal_looks_are_equal_people_and_others_are_not(pack: AssetPack) -> None:
    first, second = MeshCasting(pack).body(11, "dance", 3), MeshCasting(pack).body(11, "dance", 3)
    np.testing.assert_array_equal(first.pose(1.2, 0).vertices, second.pose(1.2, 0).vertices)
    for one, same in zip(first.surface.textures, second.surface.textures, strict=True):
        np.testing.assert_array_equal(one, same)
    other_seed = MeshCasting(pack).body(11, "dance", 4)
    np.testing.assert_array_equal(first.surface.triangles, other_seed.surface.triangles)
    assert not np.array_equal(first.pose(1.2, 0).vertices, other_seed.pose(1.2, 0).vertices)
    other = MeshCasting(pack).body(12, "dance", 3)
    assert other.pose(1.2, 0).vertices.shape != first.pose(1.2, 0).vertices.shape


def test_clothes_hide_the_skin_below_them(pack: AssetPack, person: Person) -> None:
    look = chosen(pack, 3)
    covered = np.zeros(len(pack.body.vertices), dtype=bool)
    for name in look.garments:
        covered[pack.garments[name].hides] = True
    bare = int((~covered[pack.body.quads].all(axis=1)).sum())
    assert 0 < bare < len(pack.body.quads)
    assert (person.surface.material == 0).sum() == 2 * bare


def test_surfaces_are_what_the_renderer_expects(casting: MeshCasting) -> None:
    for look in range(6):
        body = casting.body(look, "walk", 0)
        surface = body.surface
        vertices = body.pose(0, 0).vertices
        assert surface.triangles.max() < len(vertices)
        assert len(np.unique(surface.triangles)) == len(vertices)
        assert surface.material.max() < len(surface.textures) == len(surface.tint) == len(surface.two_sided)
        for texture in surface.textures:
            side = texture.shape[0]
            assert texture.shape == (side, side, 4)
            assert texture.dtype == np.uint8
            assert side & (side - 1) == 0
        a, b, c = (vertices[surface.triangles[:, corner]].astype(np.float64) for corner in range(3))
        volume = np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6
        assert volume > 0.02
        assert body.depth.shape == (19,)
        assert (body.depth > 0).all()


def test_skin_is_red_before_it_is_blue(casting: MeshCasting) -> None:
    for look in range(8):
        skin_texture = casting.body(look, "walk", 0).surface.textures[0]
        red, _, blue, _ = skin_texture.reshape(-1, 4).mean(axis=0)
        assert red > blue


def test_a_suit_comes_apart_into_what_is_worn_above_the_hips_and_below(pack: AssetPack) -> None:
    hips = float(joints_of(pack.rig, pack.body.vertices)[NUMBER["thigh.L"], 1])
    for name, garment in pack.garments.items():
        if "casualsuit" not in name:
            continue
        vertices = fitted(garment, pack.body.vertices)
        low = legwear(garment, vertices, hips)
        height = vertices[garment.quads, 1].mean(axis=1)
        assert height[low].mean() < hips < height[~low].mean()


def test_a_garment_on_the_body_it_was_made_for_hangs_on_its_anchors(pack: AssetPack) -> None:
    for garment in pack.garments.values():
        vertices = fitted(garment, pack.body.vertices)
        anchors = pack.body.vertices[garment.anchors].mean(axis=1)
        assert np.linalg.norm(vertices - anchors, axis=1).max() < 4


@pytest.mark.parametrize("lean", [0, 40])
def test_a_loop_that_leans_without_falling_is_not_believed(pack: AssetPack, lean: float) -> None:
    capture = pack.captures[0]
    clip = next(clip for clip in capture.clips if clip.name == "train_basketball_signal_1_0")
    loop = looped(recorded(capture, clip), 2.5, 6.0, 0.5, travels=False)
    assert loop is not None
    tilt = Rotation.from_euler("z", lean, degrees=True)
    turned = (tilt * Rotation.from_quat(loop.rotations.reshape(-1, 4), scalar_first=True)).as_quat(scalar_first=True)
    tilted = Loop(turned.reshape(loop.rotations.shape), loop.root, loop.advance, loop.fps, loop.joints)
    assert believable(tilted) == (lean == 0)


def test_a_pack_for_another_body_or_capture_is_refused_by_name(pack: AssetPack) -> None:
    rig = replace(pack.rig, bones=tuple(bone.replace("wrist.L", "paw.L") for bone in pack.rig.bones))
    with pytest.raises(InputError, match=r"wrist\.L"):
        MeshCasting(replace(pack, rig=rig))
    with pytest.raises(InputError, match="joint-r-eye"):
        MeshCasting(replace(pack, body=replace(pack.body, joints={"joint-l-eye": pack.body.joints["joint-l-eye"]})))
    with pytest.raises(InputError, match="12038"):
        MeshCasting(replace(pack, body=replace(pack.body, vertices=pack.body.vertices[:9000])))
    capture = replace(pack.captures[0], joints=tuple(f"x{joint}" for joint in pack.captures[0].joints))
    with pytest.raises(InputError, match="lfemur"):
        MeshCasting(replace(pack, captures=(capture,)))


def test_missing_motion_or_clothes_are_named(pack: AssetPack) -> None:
    with pytest.raises(InputError, match="'dance'"):
        MeshCasting(replace(pack, captures=pack.captures[:1])).body(0, "dance", 0)
    bare = {name: garment for name, garment in pack.garments.items() if not name.startswith("shoes")}
    with pytest.raises(InputError, match="shoes"):
        MeshCasting(replace(pack, garments=bare)).body(0, "walk", 0)
