from dataclasses import dataclass, field

import numpy as np
import pytest

from poseloom.models.synthetic.bodies import Activity, Pose, Surface
from poseloom.models.synthetic.presets import PRESETS, preset
from poseloom.models.synthetic.scene import BYSTANDER, Actor, Scene
from poseloom.models.synthetic.spec import ClipSpec
from poseloom.models.synthetic.staging import stage
from poseloom.schemas.arrays import F64

_NO_SURFACE = Surface(
    triangles=np.zeros((0, 3), np.int32),
    uv=np.zeros((0, 3, 2), np.float32),
    material=np.zeros(0, np.int32),
    textures=(),
    tint=np.zeros((0, 3), np.float32),
    two_sided=np.zeros(0, np.bool_),
)


@dataclass(frozen=True, eq=False)
class _Stick:
    """A person of whom only the place matters."""

    look: int
    activity: Activity
    surface: Surface = _NO_SURFACE
    depth: F64 = field(default_factory=lambda: np.zeros(19))
    cadence_m: float = 1.4

    def pose(self, time_s: float, travelled_m: float) -> Pose:
        return Pose(np.zeros((1, 3), np.float32), np.zeros((19, 3)), np.zeros((1, 3)))


class _Sticks:
    def body(self, look: int, activity: Activity, seed: int) -> _Stick:
        return _Stick(look, activity)


def _stage(spec: ClipSpec) -> Scene:
    return stage(spec, _Sticks())


def _stick(actor: Actor) -> _Stick:
    assert isinstance(actor.body, _Stick)
    return actor.body


def _annotated(scene: Scene) -> list[Actor]:
    return [actor for actor in scene.actors if actor.track_id != BYSTANDER]


def _across(actor: Actor, scene: Scene) -> F64:
    """(T,) where the person is in the picture, in focal lengths right of its middle."""
    x, z = actor.position.T
    return np.asarray(np.tan(np.arctan2(x, -z) - scene.camera.yaw))


def _meetings(scene: Scene) -> list[tuple[int, int]]:
    """(nearer, further) whenever one person begins to stand before another."""
    people = _annotated(scene)
    found = []
    for i, a in enumerate(people):
        for b in people[i + 1 :]:
            bodies = 0.25 / -a.position[:, 1] + 0.25 / -b.position[:, 1]
            before = np.abs(_across(a, scene) - _across(b, scene)) < bodies
            for t in np.flatnonzero(before[1:] & ~before[:-1]):
                nearer = a.position[t, 1] > b.position[t, 1]
                found.append((a.track_id, b.track_id) if nearer else (b.track_id, a.track_id))
    return found


_SPECS = [preset(name, seed=seed) for name in PRESETS for seed in (0, 1)] + [
    ClipSpec(people=4, motion="fast", paths="crossing", leave=True, pan=True, seed=2),
    ClipSpec(people=6, width=256, height=384, paths="crossing", props=4, seed=3),
    ClipSpec(people=50, frames=25, paths="crossing", seed=4),
]


def test_equal_specs_give_equal_scenes_and_seeds_matter() -> None:
    spec = preset("occlusion", frames=40)
    one, again, other = _stage(spec), _stage(spec), _stage(spec.model_copy(update={"seed": 1}))
    for a, b, c in zip(one.actors, again.actors, other.actors, strict=True):
        assert np.array_equal(a.position, b.position)
        assert np.array_equal(a.heading, b.heading)
        assert not np.array_equal(a.position, c.position)
    assert all(np.array_equal(p.texture, q.texture) for p, q in zip(one.props, again.props, strict=True))
    assert one.seed == again.seed != other.seed


@pytest.mark.parametrize("spec", _SPECS, ids=lambda s: f"{s.people}-{s.paths}-{s.motion}-{s.seed}")
def test_people_keep_apart_and_move_like_people(spec: ClipSpec) -> None:
    scene = _stage(spec)
    places = np.stack([actor.position for actor in scene.actors])
    apart = np.linalg.norm(places[:, None] - places, axis=-1)
    apart[np.arange(len(places)), np.arange(len(places))] = np.inf
    assert apart.min() > 0.5
    for actor in scene.actors:
        steps = np.diff(actor.position, axis=0)
        speed = np.linalg.norm(steps, axis=1) * spec.fps
        assert speed.max() <= (4.5 if _stick(actor).activity == "run" else 1.8)
        assert np.abs(np.diff(actor.heading)).max() * spec.fps < 3.5
        assert np.diff(actor.travelled) * spec.fps == pytest.approx(speed, abs=0.05)
        faces = np.stack([np.sin(actor.heading), np.cos(actor.heading)], axis=1)[:-1]
        moving = speed > 0.3
        along = (faces * steps).sum(1)[moving] * spec.fps / speed[moving]
        assert (along > 0.8).all()


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_people_are_reasonably_large_and_in_the_picture(name: str, seed: int) -> None:
    spec = preset(name, seed=seed)
    scene = _stage(spec)
    for actor in _annotated(scene):
        share = 1.7 * scene.camera.focal / -actor.position[:, 1] / spec.height
        assert share.min() > 0.27
        assert share.max() < 0.95
        seen = np.abs(_across(actor, scene)) * scene.camera.focal < spec.width / 2
        assert seen.mean() > (0.5 if spec.leave else 0.95)


@pytest.mark.parametrize("seed", range(4))
def test_crossing_people_meet_often_and_in_both_orders(seed: int) -> None:
    met = _meetings(_stage(preset("crossing", seed=seed)))
    assert len(met) >= 6
    assert any((behind, before) in met for before, behind in met)


@pytest.mark.parametrize("seed", range(4))
def test_people_apart_rarely_cover_each_other(seed: int) -> None:
    scene = _stage(preset("easy", seed=seed))
    across = np.stack([_across(actor, scene) for actor in scene.actors])
    depth = np.stack([-actor.position[:, 1] for actor in scene.actors])
    gaps = np.abs(across[:, None] - across) - 0.25 / depth[:, None] - 0.25 / depth
    covered = (gaps < 0).sum(axis=1) > 1
    assert covered.mean() < 0.3


def test_alike_people_have_one_look_and_others_have_their_own() -> None:
    alike, different = _stage(preset("crossing", frames=2)), _stage(preset("easy", frames=2))
    assert len({_stick(actor).look for actor in alike.actors}) == 1
    assert len({_stick(actor).look for actor in different.actors}) == 3


def test_bystanders_are_behind_everybody_else() -> None:
    scene = _stage(preset("crowd", frames=30))
    nearest = min(-actor.position[:, 1].max() for actor in scene.actors if actor.track_id == BYSTANDER)
    furthest = max(-actor.position[:, 1].min() for actor in _annotated(scene))
    assert [actor.track_id for actor in scene.actors] == [*range(12), *[BYSTANDER] * 6]
    assert nearest > furthest


def test_nobody_walks_through_a_prop() -> None:
    for seed in range(3):
        scene = _stage(preset("occlusion", seed=seed))
        assert len(scene.props) == 6
        for prop in scene.props:
            inside = np.hypot(prop.size[0], prop.size[2]) / 2
            for actor in scene.actors:
                assert np.linalg.norm(actor.position - prop.centre[[0, 2]], axis=1).min() > inside


def test_a_panning_camera_sweeps_to_both_sides_and_keeps_people_in_view() -> None:
    spec = ClipSpec(pan=True, frames=180, seed=1)
    scene = _stage(spec)
    widest = np.abs(scene.camera.yaw).max() * scene.camera.focal / spec.width
    assert scene.camera.yaw.min() < 0 < scene.camera.yaw.max()
    assert 0.1 < widest < 0.2
    for actor in scene.actors:
        assert (np.abs(_across(actor, scene)) * scene.camera.focal < spec.width / 2).mean() > 0.95


def test_frame_rates_sample_one_and_the_same_motion() -> None:
    slow, fast = (_stage(ClipSpec(frames=int(2 * fps), fps=fps, seed=5)) for fps in (25.0, 50.0))
    for a, b in zip(slow.actors, fast.actors, strict=True):
        assert a.position == pytest.approx(b.position[::2], abs=1e-6)


def test_a_clip_of_one_frame_has_a_scene() -> None:
    assert all(actor.position.shape == (1, 2) for actor in _stage(ClipSpec(frames=1, people=2)).actors)
