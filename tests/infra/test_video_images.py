"""Image folders as videos."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from poseloom.infra.video import content_id, open_indexed, open_video, probe
from poseloom.schemas.errors import VideoError
from tests.fixtures import videos


def test_frame_n_is_the_nth_picture_whatever_numbers_are_missing(tmp_path: Path) -> None:
    folder = videos.write_images(tmp_path / "seq", [2, 9, 10, 100], digits=1)
    reader = open_video(str(folder))
    assert reader.frame_names == ("2.png", "9.png", "10.png", "100.png")
    assert [videos.read_number(frame.image) for frame in reader.frames(0, 4)] == [2, 9, 10, 100]
    assert [frame.frame_index for frame in reader.frames(1, 3)] == [1, 2]
    assert (reader.video.name, reader.video.fps) == ("seq", 0.0)


def test_other_files_in_the_folder_are_no_frames(tmp_path: Path) -> None:
    folder = videos.write_images(tmp_path / "seq", range(3))
    identity = content_id(str(folder))
    for name in ("notes.txt", ".hidden.png", "Thumbs.db"):
        (folder / name).write_bytes(b"x")
    assert open_video(str(folder)).video.frame_count == 3
    assert content_id(str(folder)) == identity


def test_two_pictures_of_one_number_are_refused(tmp_path: Path) -> None:
    folder = videos.write_images(tmp_path / "seq", range(3))
    videos.write_images(folder, [1], suffix=".jpg", digits=2)
    with pytest.raises(VideoError, match=r"one picture per frame number, got .*1.*, got|one picture per frame number"):
        open_video(str(folder))


def test_a_picture_of_another_size_is_named(tmp_path: Path) -> None:
    folder = videos.write_images(tmp_path / "seq", range(3))
    cv2.imwrite(str(folder / "000002.png"), np.zeros((10, 20, 3), np.uint8))
    with pytest.raises(VideoError, match=r"one size, 160x96 as 000000.png, got 20x10 in .*000002.png"):
        open_video(str(folder))


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_a_truncated_picture_is_named_and_never_shown_half_grey(tmp_path: Path, suffix: str) -> None:
    folder = videos.write_images(tmp_path / "seq", range(3), suffix=suffix)
    videos.cut_short(folder / f"000001{suffix}", 0.7)
    with pytest.raises(VideoError, match=f"truncated file: .*000001{suffix}"):
        open_video(str(folder))


def test_a_picture_cut_after_probing_is_refused_when_read(tmp_path: Path) -> None:
    folder = videos.write_images(tmp_path / "seq", range(3), suffix=".jpg")
    reader = open_video(str(folder))
    videos.cut_short(folder / "000001.jpg", 0.7)
    with pytest.raises(VideoError, match=r"000001\.jpg"):
        list(reader.frames(0, 3))


def test_a_picture_that_claims_to_be_huge_is_refused_unread(tmp_path: Path) -> None:
    folder = videos.write_images(tmp_path / "seq", range(2))
    data = (folder / "000000.png").read_bytes()
    (folder / "000000.png").write_bytes(data[:16] + (60000).to_bytes(4, "big") * 2 + data[24:])
    with pytest.raises(VideoError, match="at most 268435456 pixels, got 60000x60000"):
        open_video(str(folder))


def test_a_text_file_called_jpg_is_refused(tmp_path: Path) -> None:
    folder = videos.write_images(tmp_path / "seq", range(2))
    (folder / "000001.png").write_text("hello")
    with pytest.raises(VideoError, match=r"expected a JPEG or PNG picture, got other bytes in .*000001.png"):
        open_video(str(folder))


def test_jpegs_turned_by_their_exif_orientation_are_upright(tmp_path: Path) -> None:
    folder = videos.write_images(tmp_path / "seq", range(2), suffix=".jpg")
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    for path in folder.iterdir():
        data = path.read_bytes()
        path.write_bytes(data[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + data[2:])
    reader = open_video(str(folder))
    assert (reader.video.width, reader.video.height) == (videos.HEIGHT, videos.WIDTH)
    turned_back = np.rot90(next(iter(reader.frames(1, 2))).image)
    assert videos.read_number(turned_back) == 1


def test_identity_covers_names_and_bytes_but_not_times(tmp_path: Path) -> None:
    one = videos.write_images(tmp_path / "one", range(3))
    two = videos.write_images(tmp_path / "two", range(3))
    assert content_id(str(one)) == content_id(str(two))
    (two / "000002.png").rename(two / "000003.png")
    assert content_id(str(one)) != content_id(str(two))


def test_a_replaced_picture_is_noticed_on_opening(tmp_path: Path) -> None:
    folder = videos.write_images(tmp_path / "seq", range(3))
    index = probe(str(folder))
    cv2.imwrite(str(folder / "000001.png"), videos.numbered_picture(7))
    with pytest.raises(VideoError, match="was replaced"):
        open_indexed(index, str(folder))


def test_a_folder_without_pictures_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"expected pictures \(.jpg, .jpeg, .png\) in .*, found none"):
        open_video(str(tmp_path))


def test_real_posetrack_folders_open(real_data: Path) -> None:
    reader = open_video(str(real_data / "posetrack18_mmpose" / "images" / "val" / "012834_mpii_test"))
    assert (reader.video.name, reader.video.width, reader.video.height) == ("012834_mpii_test", 1920, 1080)
    assert reader.frame_names == ("000000.jpg",)
    (frame,) = reader.frames(0, 1)
    assert frame.image.shape == (1080, 1920, 3)
