import dataclasses

import cv2
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from poseloom.models.synthetic.bodies import Pose, Surface
from poseloom.models.synthetic.rendering import Renderer, render
from poseloom.models.synthetic.rendering.camera import project, view_at
from poseloom.models.synthetic.rendering.canvas import OVERSAMPLING, blank
from poseloom.models.synthetic.rendering.effects import compress, develop, moments
from poseloom.models.synthetic.rendering.mesh import mesh
from poseloom.models.synthetic.rendering.pieces import box, merged, sheet
from poseloom.models.synthetic.rendering.raster import draw
from poseloom.models.synthetic.scene import BYSTANDER, Actor, Camera, Light, Prop, Scene
from poseloom.models.synthetic.spec import ClipSpec
from poseloom.schemas.arrays import F32, F64, I32, U8
from poseloom.schemas.provenance import Source

DAYLIGHT = Light(np.array([0.6, 0.8, 0.0]), np.full(3, 0.7), np.full(3, 0.4), np.full(3, 0.3))
WHITE = np.full((8, 8, 4), 255, np.uint8)
HEIGHTS = np.linspace(0.05, 1.75, 19)


def checks(side: int = 32, cell: int = 4) -> U8:
    """A chessboard in colour."""
    dark = np.indices((side, side)).sum(axis=0) // cell % 2 == 0
    texture = np.full((side, side, 4), 255, np.uint8)
    texture[dark] = (60, 30, 160, 255)
    return texture


class Plank:
    """A person who is a board 0.4 m wide, 1.8 m high and 0.2 m deep, with keypoints up the middle."""

    cadence_m = 0.0

    def __init__(self, sway_m: float = 0.0, forward_m: float = 0.0, depth_m: float = 0.11):
        board = box(Prop(np.array([0, 0.9, 0]), np.array([0.4, 1.8, 0.2]), 0.0, checks()))
        self.surface, self._vertices = board.surface, board.vertices
        self.depth = np.full(19, depth_m)
        self._sway, self._forward = sway_m, forward_m

    def pose(self, time_s: float, travelled_m: float) -> Pose:
        aside = np.array([self._sway * np.sin(2 * np.pi * time_s), 0, 0])
        points = np.stack([np.zeros(19), HEIGHTS, np.full(19, self._forward)], axis=1)
        head = self._vertices[self._vertices[:, 1] > 1] - (0, 0.3, 0)
        return Pose((self._vertices + aside).astype(np.float32), points + aside, head + aside)


def standing(x: float, z: float, track_id: int = 0, heading: float = 0.0, body: Plank | None = None) -> Actor:
    frames = 6
    return Actor(track_id, body or Plank(), np.tile([x, z], (frames, 1)), np.full(frames, heading), np.zeros(frames))


def camera(yaw: float = 0.0, pitch: float = 0.0) -> Camera:
    return Camera(focal=100.0, height=1.5, pitch=pitch, yaw=np.full(6, yaw))


def scene(*actors: Actor, props: tuple[Prop, ...] = (), seed: int = 0, seen: Camera | None = None) -> Scene:
    return Scene(actors, props, seen or camera(), DAYLIGHT, seed)


SPEC = ClipSpec(width=128, height=128, frames=6)


def visibility(spec: ClipSpec, world: Scene) -> dict[int, list[int]]:
    people = Renderer(spec, world).frame(0).people
    return {int(track): flags.tolist() for track, flags in zip(people.track_id, people.visibility, strict=True)}


@pytest.mark.parametrize(
    ("point", "seen", "pixel", "depth"),
    [
        ((1.0, 1.5, -2.0), camera(), (150.0, 50.0), 2.0),
        ((0.0, 0.5, -4.0), camera(), (100.0, 75.0), 4.0),
        ((3.0, 1.5, 0.0), camera(yaw=np.pi / 2), (100.0, 50.0), 3.0),
        ((0.0, -0.5, -2.0), camera(pitch=np.pi / 4), (100.0, 50.0), 2 * np.sqrt(2)),
    ],
)
def test_a_point_of_the_world_lands_where_the_pinhole_puts_it(
    point: tuple[float, float, float], seen: Camera, pixel: tuple[float, float], depth: float
) -> None:
    xy, z = project(np.array([point]), seen, 200, 100, 0)
    np.testing.assert_allclose(xy[0], pixel, atol=1e-9)
    np.testing.assert_allclose(z, depth)


def test_a_panning_camera_is_straight_between_its_frames() -> None:
    seen = dataclasses.replace(camera(), yaw=np.array([0.0, 0.2, 0.6]))
    ahead = np.array([np.sin(0.4), 0, -np.cos(0.4)]) * 5 + (0, 1.5, 0)
    xy, _ = project(ahead, seen, 200, 100, 1.5)
    np.testing.assert_allclose(xy, (100, 50), atol=1e-9)


def drawn(*things: tuple[Surface, F64]) -> tuple[F32, F32, I32]:
    """Linear colour, depth and owner of things drawn in that order, seen from (0, 1.5, 0), 64×64 pixels."""
    canvas = blank(64, 64)
    view = view_at(camera(), 64, 64, 0)
    for owner, (surface, vertices) in enumerate(things):
        draw(canvas, view, DAYLIGHT, mesh(surface), vertices, owner)
    with np.errstate(divide="ignore"):
        return canvas.colour, np.float32(1) / canvas.nearness, canvas.owner


def wall(z: float, texture: U8 = WHITE, size: float = 4.0, two_sided: bool = False) -> tuple[Surface, F64]:
    """A square around the viewing axis that faces the camera."""
    along, up = np.array([size, 0, 0]), np.array([0, size, 0])
    piece = sheet(np.array([-size / 2, 1.5 - size / 2, z]), along, up, 1, 1, texture, two_sided)
    return piece.surface, piece.vertices


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-1, 1)] * 2, st.floats(1.5, 5)), min_size=3, max_size=3))
def test_the_depth_buffer_holds_the_depth_of_the_triangle(corners: list[tuple[float, float, float]]) -> None:
    seen = np.array(corners) * (1, 1, -1)
    across = np.cross(seen[1] - seen[0], seen[2] - seen[0])
    surface = dataclasses.replace(wall(-1, two_sided=True)[0], triangles=np.array([[0, 1, 2]], np.int32))
    _, depth, owner = drawn((surface, seen + np.array([0, 1.5, 0])))
    for row, column in np.argwhere(owner == 0)[::37]:
        x, y = (np.array([column, row]) + 0.5 - 64) / (100 * OVERSAMPLING)
        ray = np.array([x, -y, -1])
        assert depth[row, column] == pytest.approx(float(across @ seen[0] / (across @ ray)), rel=1e-3)


def test_the_nearer_of_two_surfaces_is_seen_whichever_is_drawn_first() -> None:
    near, far = wall(-2, size=1), wall(-3)
    for order in ((near, far), (far, near)):
        _, depth, _ = drawn(*order)
        assert depth[64, 64] == pytest.approx(2)
        assert depth[5, 5] == pytest.approx(3)


def test_a_surface_has_a_back_only_if_it_is_two_sided() -> None:
    turned = np.array([-1, 1, 1])
    for two_sided in (False, True):
        surface, vertices = wall(-2, two_sided=two_sided)
        _, _, owner = drawn((surface, vertices * turned))
        assert (owner == 0).any() == two_sided


def test_boxes_are_closed_and_their_outside_is_outside() -> None:
    piece = box(Prop(np.array([3.0, 1, -2]), np.array([1.0, 2, 3]), 0.7, WHITE))
    a, b, c = (piece.vertices[piece.surface.triangles[:, i]] for i in range(3))
    assert np.sum(a * np.cross(b, c)) / 6 == pytest.approx(1 * 2 * 3)


def test_holes_of_a_texture_show_what_is_behind() -> None:
    holed = WHITE.copy()
    holed[:, 4:, 3] = 0
    _, depth, _ = drawn(wall(-2, holed), wall(-3, size=8))
    assert depth[64, 30] == pytest.approx(2)
    assert depth[64, 100] == pytest.approx(3)


def test_textures_keep_their_perspective() -> None:
    half = np.zeros((64, 64, 4), np.uint8)
    half[..., 3] = 255
    half[32:, :, :3] = 255  # v runs upwards: the lower rows are the near half
    floor = sheet(np.array([-5, 0, -2]), np.array([10, 0, 0]), np.array([0, 0, -8]), 1, 1, half)
    colour, _, _ = drawn((floor.surface, floor.vertices))
    bright = np.flatnonzero(colour[:, 64, 0] > 0.2)
    # The middle of the floor is 6 m away, 1.5 m below the eye: 25 pixels below the horizon.
    assert bright.min() / OVERSAMPLING == pytest.approx(32 + 25, abs=1)


def test_a_floor_that_reaches_behind_the_camera_fills_everything_below_the_horizon() -> None:
    floor = sheet(np.array([-500, 0, 500]), np.array([1000, 0, 0]), np.array([0, 0, -1000]), 1, 1, WHITE)
    _, _, owner = drawn((floor.surface, floor.vertices))
    assert (owner[66:] == 0).all()
    assert (owner[:64] == -1).all()


def test_small_copies_of_a_texture_are_its_mean_and_know_no_colour_of_holes() -> None:
    texture = np.zeros((16, 16, 4), np.uint8)
    texture[::2] = (200, 100, 50, 255)
    small = mesh(wall(-1, texture)[0]).texels[16 * 16 :, None].view(np.uint8).astype(int)
    assert np.abs(small - np.array([200, 100, 50, 127])).max() <= 1


def test_merged_pieces_are_drawn_as_they_were_apart() -> None:
    pieces = [
        box(Prop(np.array([x, 1.5, -4.0]), np.array([0.5, 1, 0.5]), x, checks(cell=2 + i)))
        for i, x in enumerate((-0.7, 0.1, 0.9))
    ]
    apart, _, _ = drawn(*((piece.surface, piece.vertices) for piece in pieces))
    together = merged(pieces)
    np.testing.assert_array_equal(drawn((together.surface, together.vertices))[0], apart)


def test_an_unhindered_person_is_visible_all_over() -> None:
    assert visibility(SPEC, scene(standing(0, -4))) == {0: [2] * 19}


def test_a_thing_hides_exactly_the_keypoints_behind_it() -> None:
    crate = Prop(np.array([0, 0.5, -2.5]), np.array([1.0, 1.0, 0.4]), 0.0, WHITE)
    # From the eye at 1.5 m over the crate's farther edge (1 m high, 2.7 m away) one sees 0.759 m at 4 m.
    expected = [1 if y < 1.5 - 0.5 * 4 / 2.7 else 2 for y in HEIGHTS]
    assert set(expected) == {1, 2}
    assert visibility(SPEC, scene(standing(0, -4), props=(crate,))) == {0: expected}


def test_a_nearer_person_hides_the_farther_one_and_not_the_other_way_round() -> None:
    flags = visibility(SPEC, scene(standing(0.3, -4, 7), standing(0, -3, 2), standing(0.05, -6, 4)))
    assert list(flags) == [2, 4, 7]
    assert flags[2] == [2] * 19
    assert flags[4] == [1] * 19
    assert flags[7] == [2] * 19


def test_the_own_body_hides_a_keypoint_that_lies_deeper_than_its_depth() -> None:
    on_the_face = Plank(forward_m=0.1, depth_m=0.15)
    assert visibility(SPEC, scene(standing(0, -4, body=on_the_face))) == {0: [2] * 19}
    assert visibility(SPEC, scene(standing(0, -4, heading=np.pi, body=on_the_face))) == {0: [1] * 19}


def test_keypoints_outside_the_picture_are_unlabelled_and_the_box_is_cut() -> None:
    # At 4 m the picture ends 2.56 m to the right: keypoints are beyond, 0.14 m of the front's edge is not.
    people = Renderer(SPEC, scene(standing(2.6, -4))).frame(0).people
    assert people.visibility.tolist() == [[0] * 19]
    assert (people.keypoints_xy == 0).all()
    left, _, width, _ = people.bbox_xywh[0]
    assert (left, left + width) == pytest.approx((64 + 100 * 2.4 / 4.1, 128), abs=0.01)


def test_nobody_is_reported_who_is_outside_the_picture_or_behind_the_camera() -> None:
    assert len(Renderer(SPEC, scene(standing(4, -4), standing(0, 4, 1))).frame(0).people) == 0


def test_boxes_and_head_boxes_are_the_extents_of_their_vertices() -> None:
    people = Renderer(SPEC, scene(standing(0, -4, 3))).frame(2).people
    front = 100 / 3.9  # pixels a metre at the front of the board
    low, high = 64 - 0.3 * front, 64 + 1.5 * front
    assert people.bbox_xywh[0] == pytest.approx([64 - 0.2 * front, low, 0.4 * front, high - low], abs=0.01)
    # The head is the upper edge moved down by 0.3 m, at eye height.
    assert people.head_xywh[0] == pytest.approx([64 - 0.2 * front, 64, 0.4 * front, 0], abs=0.01)
    assert people.frame_index.tolist() == [2]
    assert people.track_id.tolist() == [3]
    assert (people.source == Source.IMPORTED).all()
    assert np.isnan(people.score).all()


def test_the_drawn_person_fills_the_labelled_box() -> None:
    view, board = view_at(camera(), 128, 128, 0), Plank()
    canvas = blank(128, 128)
    draw(canvas, view, DAYLIGHT, mesh(board.surface), board.pose(0, 0).vertices + np.array([0.3, 0, -4]), 0)
    rows, columns = (np.flatnonzero((canvas.owner == 0).any(axis=axis)) / OVERSAMPLING for axis in (1, 0))
    x, y, w, h = Renderer(SPEC, scene(standing(0.3, -4))).frame(0).people.bbox_xywh[0]
    assert [columns[0], rows[0], columns[-1], rows[-1]] == pytest.approx([x, y, x + w, y + h], abs=0.75)


def test_a_bystander_has_no_labels_but_an_ignore_region_cut_at_the_picture() -> None:
    rendered = Renderer(SPEC, scene(standing(0, -3), standing(2.5, -4, BYSTANDER))).frame(0)
    assert rendered.people.track_id.tolist() == [0]
    (region,) = rendered.ignore_regions
    corners = np.array(region)
    low, high = corners.min(axis=0), corners.max(axis=0)
    front = 100 / 3.9
    assert low == pytest.approx([64 + 100 * 2.3 / 4.1, 64 - 0.3 * front], abs=0.01)
    assert high == pytest.approx([128, 64 + 1.5 * front], abs=0.01)
    assert Renderer(SPEC, scene(standing(9, -4, BYSTANDER))).frame(0).ignore_regions == ()


def test_ignore_regions_leave_annotated_people_out_even_in_the_middle_of_a_bystander() -> None:
    rendered = Renderer(SPEC, scene(standing(0, -2, BYSTANDER), standing(0, -6))).frame(0)
    regions = [shapely.Polygon(region) for region in rendered.ignore_regions]
    bystander = 0.4 * 100 / 1.9 * (128 - (64 - 0.3 * 100 / 1.9))  # cut below
    annotated = (0.4 * 100 / 5.9) * (1.8 * 100 / 5.9)
    assert sum(region.area for region in regions) == pytest.approx(bystander - annotated, rel=1e-3)
    for xy in rendered.people.keypoints_xy[0]:
        assert not any(region.contains(shapely.Point(xy)) for region in regions)


RICH = SPEC.model_copy(update={"shutter": 0.5, "exposure": 0.4, "jpeg_quality": 80})


def moving(seed: int = 0) -> Scene:
    pan = dataclasses.replace(camera(), yaw=np.linspace(-0.2, 0.2, 6))
    return scene(standing(-0.5, -4, body=Plank(sway_m=0.5)), standing(0.6, -5, 1, 0.4), seed=seed, seen=pan)


def test_equal_seeds_give_equal_pictures_and_other_seeds_other_ones() -> None:
    first, again, other = (list(render(RICH, moving(seed))) for seed in (5, 5, 6))
    for a, b, c in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(a.frame.image, b.frame.image)
        assert (a.frame.image != c.frame.image).mean() > 0.5
        np.testing.assert_array_equal(a.people.keypoints_xy, c.people.keypoints_xy)


def test_a_frame_is_the_same_alone_and_in_sequence() -> None:
    in_sequence = list(render(RICH, moving()))
    assert [rendered.frame.frame_index for rendered in in_sequence] == list(range(6))
    for t in (4, 1):
        alone = Renderer(RICH, moving()).frame(t)
        np.testing.assert_array_equal(alone.frame.image, in_sequence[t].frame.image)
        np.testing.assert_array_equal(alone.people.visibility, in_sequence[t].people.visibility)


def sharpness(spec: ClipSpec, body: Plank) -> float:
    picture = next(render(spec, scene(standing(0, -3, body=body)))).frame.image
    crop = cv2.cvtColor(picture[60:100, 40:88], cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(crop, cv2.CV_64F).var())


def test_an_open_shutter_blurs_what_moves_and_nothing_else() -> None:
    open_shutter = SPEC.model_copy(update={"shutter": 0.8})
    assert sharpness(open_shutter, Plank(sway_m=0.8)) < 0.7 * sharpness(SPEC, Plank(sway_m=0.8))
    assert sharpness(open_shutter, Plank()) == pytest.approx(sharpness(SPEC, Plank()), rel=0.01)


def test_the_truth_of_a_blurred_frame_is_that_of_the_sharp_one() -> None:
    sharp, blurred = (
        Renderer(SPEC.model_copy(update={"shutter": shutter}), moving()).frame(3).people for shutter in (0.0, 0.9)
    )
    np.testing.assert_array_equal(sharp.keypoints_xy, blurred.keypoints_xy)
    np.testing.assert_array_equal(sharp.visibility, blurred.visibility)


@pytest.mark.parametrize(("travel", "count"), [(0, 3), (4, 3), (9, 5), (1000, 11)])
def test_longer_ways_get_more_samples_and_the_middle_one_is_the_frame(travel: float, count: int) -> None:
    exposed = moments(7, 0.5, travel)
    assert len(exposed) == count
    assert exposed[count // 2] == 7
    assert np.ptp(exposed) + 0.5 / count == pytest.approx(0.5)
    assert moments(7, 0.0, travel) == [7]


def test_a_dim_room_is_darker_and_noisier() -> None:
    grey = np.full((64, 64, 3), 0.3, np.float32)
    day, dim = develop(grey, 1.0, 3, 0).astype(float), develop(grey, 0.2, 3, 0).astype(float)
    assert day.mean() == pytest.approx(255 * np.sqrt(0.3), abs=1)
    assert dim.mean() == pytest.approx(255 * np.sqrt(0.06), abs=1)
    assert dim.std() > 2 * day.std() > 1


def test_noise_differs_between_frames_and_pixels_and_is_grey_on_average() -> None:
    grey = np.full((64, 64, 3), 0.3, np.float32)
    first, second = (develop(grey, 0.3, 3, t).astype(float).ravel() for t in (0, 1))
    for a, b in ((first, second), (first[1:], first[:-1]), (first[3:], first[:-3])):
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.04


def test_jpeg_loses_detail_keeps_colours_and_can_be_left_out() -> None:
    picture = next(render(SPEC, moving())).frame.image
    assert compress(picture, 0) is picture
    fine, coarse = (np.abs(compress(picture, q).astype(int) - picture).mean() for q in (95, 10))
    assert 0 < fine < coarse
    red = np.zeros((16, 16, 3), np.uint8)
    red[..., 0] = 200
    assert np.abs(compress(red, 95).astype(int) - red).max() < 12


def test_people_cast_their_shadow_away_from_the_lamp_and_darken_what_they_stand_on() -> None:
    # The lamp stands to the right (+x): the shadow of a person in the middle falls to the left.
    spec = SPEC.model_copy(update={"width": 256, "height": 256})
    world = scene(standing(0, -2))
    far_away = dataclasses.replace(world.actors[0], position=np.tile([900.0, -2], (6, 1)))
    picture, empty = (
        Renderer(spec, scene(world.actors[0] if there else far_away)).frame(0).frame.image.astype(float)
        for there in (True, False)
    )
    # The sole's middle is at row 128 + 100 · 1.5 / 2 = 203, its edges at columns 118 and 138.
    ratio = (picture / empty)[201:206].mean(axis=(0, 2))
    assert ratio[95:110].mean() < 0.85
    assert ratio[138:140].mean() < 0.97
    assert ratio[160:175].mean() == pytest.approx(1, abs=0.02)


def test_a_picture_without_anybody_has_no_rows() -> None:
    rendered = Renderer(SPEC, scene()).frame(0)
    assert len(rendered.people) == 0
    assert rendered.frame.image.shape == (128, 128, 3)
    assert rendered.frame.image.std() > 5
