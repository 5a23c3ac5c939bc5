"""Overlay pictures: the right marks, at the right place, in the right frame."""

from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import numpy.typing as npt
import pytest

from poseloom.infra.overlay import contact_sheet, write_overlay_video
from poseloom.infra.overlay.people import draw_people
from poseloom.infra.video import open_video
from poseloom.schemas.arrays import Bool
from poseloom.schemas.errors import InputError, LabelError, VideoError
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17
from tests.fixtures import videos

NOSE, LEFT_WRIST, RIGHT_WRIST = COCO17.index("nose"), COCO17.index("left_wrist"), COCO17.index("right_wrist")
Picture = npt.NDArray[np.uint8]


def labels(
    points: dict[int, tuple[float, float]],
    frame: int = 0,
    source: Source = Source.PROPAGATED,
    visibility: int = 2,
    **columns: Any,
) -> Instances:
    xy, flags = np.zeros((1, 17, 2)), np.zeros((1, 17), np.uint8)
    for keypoint, point in points.items():
        xy[0, keypoint], flags[0, keypoint] = point, visibility
    columns = {"track_id": [0], "bbox_xywh": np.full((1, 4), np.nan)} | columns
    return Instances.build(COCO17, [frame], xy, flags, source, **columns)


def drawn(people: Instances, width: int = 540, height: int = 540, scale: float = 1) -> Picture:
    canvas = np.full((height, width, 3), 128, np.uint8)
    draw_people(canvas, people, scale)
    return canvas


def touched(canvas: Picture) -> Bool:
    return np.asarray((canvas != 128).any(axis=-1))


def number_on(enlarged: npt.NDArray[Any]) -> int:
    return videos.read_number(cv2.resize(enlarged, (videos.WIDTH, videos.HEIGHT)).astype(np.uint8))


def test_a_mark_is_centred_on_the_keypoint_at_any_scale() -> None:
    for scale in (1.0, 2.0, 0.5):
        # The name tag would move the centroid: it stands at the keypoint's upper left.
        canvas = drawn(labels({NOSE: (200.0, 150.0)}), scale=scale)[int(150 * scale) :]
        columns = np.flatnonzero(touched(canvas)[0])
        assert columns.mean() + 0.5 == pytest.approx(200.0 * scale, abs=0.6)


@pytest.mark.parametrize("source", [Source.PREDICTED, Source.IMPORTED, Source.PROPAGATED, Source.CORRECTED])
def test_a_keypoint_that_is_not_visible_is_hollow(source: Source) -> None:
    point = (270.5, 270.5)
    seen, hidden = (drawn(labels({NOSE: point}, source=source, visibility=v)) for v in (2, 1))
    assert tuple(seen[270, 270]) == (230, 159, 0)
    assert tuple(hidden[270, 270]) != (230, 159, 0)
    assert touched(hidden)[265:276, 265:276].any()


def test_every_source_has_its_own_shape() -> None:
    pictures = [drawn(labels({NOSE: (270, 270)}, source=source)) for source in list(Source)[1:]]
    assert len({picture.tobytes() for picture in pictures}) == len(Source) - 1


def test_left_is_lighter_than_right() -> None:
    canvas = drawn(labels({LEFT_WRIST: (150.5, 270.5), RIGHT_WRIST: (400.5, 270.5)}))
    assert canvas[270, 150].sum() > canvas[270, 400].sum() + 150


def test_tracks_differ_in_colour_and_the_unlinked_are_grey() -> None:
    colours = {tuple(drawn(labels({NOSE: (270.5, 270.5)}, track_id=[t]))[270, 270].tolist()) for t in range(7)}
    assert len(colours) == 7
    red, green, blue = drawn(labels({NOSE: (270.5, 270.5)}, track_id=[-1]))[270, 270].tolist()
    assert red == green == blue


def test_keypoints_that_a_person_removed_are_not_drawn() -> None:
    removed = labels({}).replace(source=np.full((1, 17), Source.CORRECTED))
    assert not touched(drawn(removed)).any()


@pytest.mark.parametrize("far", [-50.0, 1e4, 1e7, 1e300, -1e300])
def test_coordinates_outside_the_picture_do_no_harm(far: float) -> None:
    shoulder, elbow = COCO17.index("left_shoulder"), COCO17.index("left_elbow")
    people = labels({shoulder: (270.0, 270.0), elbow: (far, 270.0)}, bbox_xywh=[[far, 250.0, abs(far), 10.0]])
    canvas = drawn(people)
    assert touched(canvas)[270, 0 if far < 0 else 539]
    assert not touched(canvas)[400:].any()


def test_strokes_grow_with_the_picture_and_stay_thin_on_small_ones() -> None:
    shoulder, hip = COCO17.index("left_shoulder"), COCO17.index("left_hip")
    thick = {}
    for width, height in ((340, 256), (1920, 1080)):
        people = labels({shoulder: (width / 2, height * 0.1), hip: (width / 2, height * 0.9)})
        thick[height] = int(touched(drawn(people, width, height))[height // 2].sum())
    # Core, dark edges and up to two rows of anti-aliasing each.
    assert 3 <= thick[256] <= 7
    assert 10 <= thick[1080] <= 14


def test_the_video_has_every_frame_at_the_source_rate_with_its_labels(tmp_path: Path) -> None:
    reader = open_video(str(videos.write_video(tmp_path / "clip.mp4", 12, fps=30)))
    people = labels({NOSE: (80.0, 60.0)}, frame=7, source=Source.CORRECTED)
    done: list[int] = []
    write_overlay_video(reader, people, tmp_path / "out.mp4", progress=done.append)
    assert done == list(range(1, 13))
    with av.open(str(tmp_path / "out.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.average_rate == 30
        pages = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    scale = pages[0].shape[1] // videos.WIDTH
    assert [number_on(page[: videos.HEIGHT * scale]) for page in pages] == list(range(12))
    around = [page[60 * scale - 9 : 60 * scale + 9, 80 * scale - 9 : 80 * scale + 9] for page in pages]
    orange = [int((np.abs(part.astype(int) - (230, 159, 0)).max(axis=-1) < 40).sum()) for part in around]
    assert orange[7] > 10
    assert max(orange[:7] + orange[8:]) == 0


def test_odd_sizes_and_image_folders_can_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "seq"
    folder.mkdir()
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((481, 641, 3), 90, np.uint8))
    write_overlay_video(open_video(str(folder)), Instances.empty(COCO17), tmp_path / "out.mp4")
    assert open_video(str(tmp_path / "out.mp4")).video.frame_count == 3


def test_a_failed_video_leaves_nothing_behind(tmp_path: Path) -> None:
    path = videos.damage(videos.write_video(tmp_path / "clip.mp4", 60, options={"g": "10", "bf": "0"}), 0.5)
    with pytest.raises(VideoError):
        write_overlay_video(open_video(str(path)), Instances.empty(COCO17), tmp_path / "out.mp4")
    assert [entry.name for entry in tmp_path.iterdir()] == ["clip.mp4"]


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_sheet_shows_the_chosen_frames_side_by_side(tmp_path: Path, suffix: str) -> None:
    reader = open_video(str(videos.write_video(tmp_path / "clip.mp4", 20)))
    contact_sheet(reader, Instances.empty(COCO17), [3, 11], tmp_path / f"sheet{suffix}")
    page = cv2.imread(str(tmp_path / f"sheet{suffix}"))
    assert page is not None
    wide, high = videos.WIDTH * 3, videos.HEIGHT * 3
    left, right = page[8 : 8 + high, 8 : 8 + wide], page[8 : 8 + high, 16 + wide : 16 + 2 * wide]
    assert [number_on(left), number_on(right)] == [3, 11]


def test_a_number_of_frames_is_spread_from_first_to_last(tmp_path: Path) -> None:
    folder = videos.write_images(tmp_path / "seq", range(9))
    reader = open_video(str(folder))
    contact_sheet(reader, Instances.empty(COCO17), 3, tmp_path / "three.png")
    contact_sheet(reader, Instances.empty(COCO17), [0, 4, 8], tmp_path / "named.png")
    contact_sheet(reader, Instances.empty(COCO17), 99, tmp_path / "all.png")
    contact_sheet(reader, Instances.empty(COCO17), range(9), tmp_path / "nine.png")
    assert (tmp_path / "three.png").read_bytes() == (tmp_path / "named.png").read_bytes()
    assert (tmp_path / "all.png").read_bytes() == (tmp_path / "nine.png").read_bytes()


def test_bad_requests_are_refused_in_words(tmp_path: Path) -> None:
    reader = open_video(str(videos.write_images(tmp_path / "seq", range(3))))
    none = Instances.empty(COCO17)
    with pytest.raises(LabelError, match="expected labels within the 3 frames of seq, got frame 3"):
        contact_sheet(reader, labels({NOSE: (1, 1)}, frame=3), 1, tmp_path / "a.png")
    with pytest.raises(InputError, match="expected at least one frame"):
        contact_sheet(reader, none, [], tmp_path / "a.png")
    with pytest.raises(VideoError, match="expected a frame range"):
        contact_sheet(reader, none, [5], tmp_path / "a.png")
    with pytest.raises(InputError, match=r"called \*.png or \*.jpg, got .*a.gif"):
        contact_sheet(reader, none, 1, tmp_path / "a.gif")
    with pytest.raises(InputError, match=r"called \*.mp4, got .*a.avi"):
        write_overlay_video(reader, none, tmp_path / "a.avi")
    for write, name in ((write_overlay_video, "a.mp4"), (lambda r, n, out: contact_sheet(r, n, 1, out), "a.png")):
        with pytest.raises(InputError, match=r"expected to write .*nowhere.*, got No such file"):
            write(reader, none, tmp_path / "nowhere" / name)
