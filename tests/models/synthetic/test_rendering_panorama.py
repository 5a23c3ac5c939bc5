import numpy as np
import pytest

from poseloom.models.synthetic.rendering.camera import View, view_at
from poseloom.models.synthetic.rendering.canvas import Canvas, blank
from poseloom.models.synthetic.rendering.mesh import mesh
from poseloom.models.synthetic.rendering.panorama import Panorama
from poseloom.models.synthetic.rendering.pieces import merged, sheet
from poseloom.models.synthetic.rendering.raster import draw
from poseloom.models.synthetic.scene import Camera, Light
from poseloom.schemas.arrays import U8

DAYLIGHT = Light(np.array([0.6, 0.8, 0.0]), np.full(3, 0.7), np.full(3, 0.4), np.full(3, 0.3))
WIDTH, HEIGHT = 96, 64


def stripes() -> U8:
    """Soft stripes that tile."""
    wave = 150 + 60 * np.sin(np.linspace(0, 2 * np.pi, 64, endpoint=False))
    return np.dstack([*np.broadcast_to(wave, (3, 64, 64)), np.full((64, 64), 255)]).astype(np.uint8)


PLACE = merged(
    [
        sheet(np.array([-20, 0, 20.0]), np.array([40.0, 0, 0]), np.array([0, 0, -40.0]), 40, 40, stripes()),
        sheet(np.array([-20, 0, -6.0]), np.array([40.0, 0, 0]), np.array([0, 9.0, 0]), 20, 4, stripes()),
    ]
)


def draw_place(canvas: Canvas, view: View) -> None:
    draw(canvas, view, DAYLIGHT, mesh(PLACE.surface), PLACE.vertices, -1)


def view(yaw: float, pitch: float = 0.1) -> View:
    return view_at(Camera(focal=80.0, height=1.5, pitch=pitch, yaw=np.array([yaw])), WIDTH, HEIGHT, 0)


def shown(panorama: Panorama, seen: View) -> Canvas:
    canvas = blank(WIDTH, HEIGHT)
    canvas.owner.fill(7)
    panorama.show(canvas, seen)
    return canvas


@pytest.mark.parametrize(
    ("yaw", "pitch"), [(0.0, 0.0), (0.24, 0.1), (-0.24, -0.2), (0.3, 0.3), (2.0, 0.1), (-3.1, 0.1)]
)
def test_a_view_cut_from_a_panorama_is_the_view_that_would_be_drawn(yaw: float, pitch: float) -> None:
    drawn = blank(WIDTH, HEIGHT)
    draw_place(drawn, view(yaw, pitch))
    cut = shown(Panorama(draw_place), view(yaw, pitch))
    both = (drawn.nearness > 0) & (cut.nearness > 0)
    assert both.mean() > 0.4
    assert (both == (drawn.nearness > 0)).mean() > 0.99
    # Between four samples of a plane, 1/z is what it is at the sample; along edges it is not.
    assert np.isclose(cut.nearness[both], drawn.nearness[both], rtol=1e-4).mean() > 0.97
    assert np.abs(cut.colour - drawn.colour)[both].mean() < 0.1 * drawn.colour[both].std()
    assert (cut.owner == -1).all()


def test_a_view_does_not_depend_on_the_views_before_it() -> None:
    used, there, elsewhere = Panorama(draw_place), view(0.2), view(0.9)
    first = shown(used, there)
    shown(used, elsewhere)
    for canvas in (shown(used, there), shown(Panorama(draw_place), there)):
        for layer, again in zip(first, canvas, strict=True):
            np.testing.assert_array_equal(layer, again)


def test_one_picture_serves_all_directions_within_half_a_step() -> None:
    widths: list[int] = []

    def counted(canvas: Canvas, seen: View) -> None:
        widths.append(seen.width)
        draw_place(canvas, seen)

    panorama = Panorama(counted)
    for yaw in (-0.24, 0.0, 0.1, 0.24):
        shown(panorama, view(yaw))
    assert len(widths) == 1
    shown(panorama, view(0.26))
    assert len(widths) == 2
    # Turned by 0.25 to a side, an edge of the picture lies at atan(48/80) + 0.25 beside the middle, and above more.
    assert 160 * np.tan(np.arctan(0.6) + 0.25) <= widths[0] < 1.2 * 160 * np.tan(np.arctan(0.6) + 0.25)
