"""Odd, damaged and hostile video files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from poseloom.infra.video import VideoIndex, content_id, open_indexed, open_video, probe
from poseloom.schemas.errors import VideoError
from poseloom.schemas.ports import VideoReader
from poseloom.schemas.video import Video
from tests.fixtures import videos

KEY10 = {"g": "10", "bf": "2"}


def numbers(reader: VideoReader) -> list[int]:
    return [videos.read_number(frame.image) for frame in reader.frames(0, reader.video.frame_count)]


def test_a_healthy_file_is_indexed_with_its_clock(tmp_path: Path) -> None:
    index = probe(str(videos.write_video(tmp_path / "clip.mp4", 25, fps=25, options=KEY10)))
    assert (index.video.name, index.video.frame_count, index.video.fps) == ("clip", 25, 25.0)
    assert index.keyframes == (0, 10, 20)
    assert len(index.pts) == 25
    assert index.warnings == ()


def test_the_rate_of_a_variable_rate_video_is_its_average(tmp_path: Path) -> None:
    path = videos.write_video(tmp_path / "clip.mp4", 11, fps=10, times=lambda n: n if n < 6 else n + 10)
    assert probe(str(path)).video.fps == pytest.approx(10 / 2.0)


@pytest.mark.parametrize("degrees", [90, -90, 180])
def test_a_rotated_video_is_shown_upright_as_opencv_shows_it(tmp_path: Path, degrees: int) -> None:
    path = videos.write_video(tmp_path / "clip.mp4", 3, rotation=degrees)
    reader = open_video(str(path))
    upright = cv2.VideoCapture(str(path)).read()[1][..., ::-1]
    assert (reader.video.height, reader.video.width) == upright.shape[:2]
    assert (reader.video.width < reader.video.height) == (abs(degrees) == 90)
    np.testing.assert_array_equal(next(iter(reader.frames(0, 1))).image, upright)


def test_content_decides_and_not_the_file_name(tmp_path: Path) -> None:
    path = videos.write_video(tmp_path / "clip.mp4", 10).rename(tmp_path / "notes.txt")
    assert numbers(open_video(str(path))) == list(range(10))


def test_a_replaced_file_is_another_video(tmp_path: Path) -> None:
    path = videos.write_video(tmp_path / "clip.mp4", 10)
    index = probe(str(path))
    videos.write_video(path, 10, fps=30)
    assert content_id(str(path)) != index.video.video_id
    with pytest.raises(VideoError, match=f"expected video {index.video.video_id} at .*clip.mp4, got .* replaced"):
        open_indexed(index, str(path))


def test_a_copied_or_touched_file_is_the_same_video(tmp_path: Path) -> None:
    path = videos.write_video(tmp_path / "clip.mp4", 10)
    index = probe(str(path))
    copy = Path(shutil.copy(path, tmp_path / "copy.mp4"))
    os.utime(path, (1, 1))
    assert content_id(str(copy)) == index.video.video_id
    assert numbers(open_indexed(index, str(path))) == numbers(open_indexed(index, str(copy))) == list(range(10))


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv", "clip.ts"])
def test_a_truncated_video_is_what_still_decodes(tmp_path: Path, name: str) -> None:
    path = videos.write_video(tmp_path / name, 60, options=KEY10, faststart=name.endswith("mp4"))
    videos.cut_short(path, 0.6)
    reader = open_video(str(path))
    count = reader.video.frame_count
    assert 20 < count < 60
    assert len(list(reader.frames(0, count))) == count
    assert numbers(reader)[:20] == list(range(20))
    tail = [frame.image for frame in reader.frames(count - 3, count)]
    for image, whole in zip(tail, list(reader.frames(0, count))[-3:], strict=True):
        np.testing.assert_array_equal(image, whole.image)


def test_a_truncated_mp4_says_how_much_is_missing(tmp_path: Path) -> None:
    path = videos.cut_short(videos.write_video(tmp_path / "clip.mp4", 60, options=KEY10, faststart=True), 0.6)
    reader = open_video(str(path))
    promise = f"its header promises 60 pictures, but only {reader.video.frame_count} decode: truncated or damaged"
    assert promise in reader.warnings


def test_damage_inside_a_video_never_shifts_frame_numbers(tmp_path: Path) -> None:
    path = videos.damage(videos.write_video(tmp_path / "clip.mp4", 60, options={"g": "10", "bf": "0"}), 0.5)
    reader = open_video(str(path))
    with pytest.raises(VideoError, match=r"expected frame [0-9]+ of .*clip.mp4.*damaged"):
        list(reader.frames(0, 60))
    assert [videos.read_number(frame.image) for frame in reader.frames(51, 60)] == list(range(51, 60))


def test_a_restarted_clock_does_not_reorder_frames(tmp_path: Path) -> None:
    parts = [videos.write_video(tmp_path / f"{k}.ts", 20 + k, options=KEY10) for k in range(2)]
    reader = open_video(str(videos.joined(tmp_path / "joined.ts", parts)))
    assert numbers(reader) == [*range(20), *range(21)]
    assert any("timestamps are unusable" in warning for warning in reader.warnings)


def test_a_stream_that_begins_between_keyframes_counts_from_its_first_whole_picture(tmp_path: Path) -> None:
    path = videos.write_video(tmp_path / "clip.ts", 60, options=KEY10)
    path.write_bytes(path.read_bytes()[188 * 40 :])
    reader = open_video(str(path))
    assert numbers(reader) == list(range(60 - reader.video.frame_count, 60))


def test_a_resolution_change_is_refused_by_frame(tmp_path: Path) -> None:
    parts = [
        videos.write_video(tmp_path / "1.ts", 10),
        videos.write_video(tmp_path / "2.ts", 10, width=320, height=192),
    ]
    reader = open_video(str(videos.joined(tmp_path / "joined.ts", parts)))
    with pytest.raises(VideoError, match="one size, 160x96, got 320x192 at frame 10 of"):
        list(reader.frames(0, reader.video.frame_count))


@pytest.mark.parametrize(
    "content",
    [b"", b"no video", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", b"ffconcat version 1.0\nfile 'clip.mp4'\n"],
    ids=["empty", "text", "playlist", "concat"],
)
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    videos.write_video(tmp_path / "clip.mp4", 5)
    path = tmp_path / "other.mp4"
    path.write_bytes(content)
    with pytest.raises(VideoError, match=r"expected a video file at .*other.mp4, got"):
        open_video(str(path))


def test_playlists_are_refused_even_when_what_they_name_is_a_video(tmp_path: Path) -> None:
    videos.write_video(tmp_path / "part.ts", 20)
    path = tmp_path / "list.m3u8"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:0.8,\npart.ts\n#EXT-X-ENDLIST\n")
    assert len(videos.decode_all(path)) == 20
    with pytest.raises(VideoError, match="expected a video file"):
        open_video(str(path))


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"expected a video stream in .*sound.mp4, got only: audio"):
        open_video(str(videos.write_audio(tmp_path / "sound.mp4")))


def test_a_file_whose_pictures_are_all_cut_off_is_refused(tmp_path: Path) -> None:
    path = videos.write_video(tmp_path / "clip.mp4", 30, faststart=True)
    path.write_bytes(path.read_bytes()[: path.read_bytes().index(b"mdat") + 4])
    with pytest.raises(VideoError, match=r"expected at least one picture that decodes|expected a video"):
        open_video(str(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(VideoError, match=r"expected a video at .*gone.mp4, found nothing there"):
        open_video(str(tmp_path / "gone.mp4"))


@pytest.mark.parametrize("uri", ["http://localhost/clip.mp4", "concat:a|b", "rtsp://camera/1"])
def test_addresses_are_not_followed(uri: str) -> None:
    with pytest.raises(VideoError):
        open_video(uri)


def test_a_picture_too_large_to_hold_is_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "clip.gif"
    for side in (1, 60000):
        size = side.to_bytes(2, "little") * 2
        head = b"GIF89a" + size + b"\x80\0\0" + b"\xff\xff\xff\0\0\0"
        path.write_bytes(head + b",\0\0\0\0" + size + b"\0\x02\x02D\x01\0;")
        if side == 1:
            assert open_video(str(path)).video.width == 1
    with pytest.raises(VideoError, match="expected at least one picture that decodes"):
        open_video(str(path))


def test_the_index_of_100_000_frames_stays_small() -> None:
    jitter = np.random.default_rng(1).integers(300, 700, 100_000).cumsum().tolist()
    video = Video(video_id="0" * 16, name="n", uri="u", width=1, height=1, frame_count=100_000, fps=1.0)
    index = VideoIndex(video=video, stamp="s", pts=jitter, keyframes=tuple(range(0, 100_000, 12)), frame_names=())
    stored = index.model_dump_json()
    assert len(stored) < 500_000
    assert VideoIndex.model_validate_json(stored) == index


def test_memory_does_not_grow_with_the_length_of_the_video(real_data: Path) -> None:
    script = (
        "import sys, resource; from poseloom.infra.video import open_video; r = open_video(sys.argv[1]);"
        "n = sum(1 for _ in r.frames(0, int(sys.argv[2]))); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    path = str(real_data / "video" / "intel_one_by_one_person.mp4")
    short, long = (
        int(subprocess.run([sys.executable, "-c", script, path, n], capture_output=True, check=True, text=True).stdout)
        for n in ("139", "1394")
    )
    assert long <= 1.1 * short


@pytest.mark.parametrize(
    ("name", "width", "height", "fps", "count"),
    [
        ("sam2_bedroom", 960, 540, 30, 200),
        ("mmaction2_demo_skeleton", 1920, 1080, 28.05, 72),
        ("pose2sim_multi_cam01", 1088, 1920, 60, 100),
        ("pose2sim_multi_cam02", 1088, 1920, 60, 100),
        ("pose2sim_single_cam02", 1080, 1920, 60, 100),
        ("mmpose_demo", 960, 540, 5, 5),
        ("mmtracking_demo", 1920, 1080, 3, 8),
        ("mmaction2_demo", 340, 256, 28, 280),
        ("intel_one_by_one_person", 768, 432, 10, 1394),
    ],
)
def test_real_clips_have_their_known_size_rate_and_count(
    real_data: Path, name: str, width: int, height: int, fps: float, count: int, rng: np.random.Generator
) -> None:
    path = str(real_data / "video" / f"{name}.mp4")
    reader = open_video(path)
    video = reader.video
    assert (video.width, video.height, video.frame_count) == (width, height, count)
    assert video.fps == pytest.approx(fps, abs=0.03)
    start = int(rng.integers(count))
    end = min(count, start + 12)
    with av.open(path) as container:
        plain = [f.to_ndarray(format="rgb24") for n, f in enumerate(container.decode(video=0)) if start <= n < end]
    for frame, image in zip(reader.frames(start, end), plain, strict=True):
        np.testing.assert_array_equal(frame.image, image)
