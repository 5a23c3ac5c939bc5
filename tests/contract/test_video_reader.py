"""Every video reader: frame N is the N-th decoded picture, whatever range it is asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from poseloom.infra.video import VideoIndex, open_indexed, probe
from poseloom.schemas.errors import VideoError
from poseloom.schemas.ports import VideoReader
from tests.fixtures import videos

COUNT = 40


def x264(name: str, settings_: str, **more: Any) -> Callable[[Path], Path]:
    return lambda folder: videos.write_video(folder / name, COUNT, options={"x264-params": settings_}, **more)


KINDS: dict[str, Callable[[Path], Path]] = {
    "b_frames": x264("b.mp4", "keyint=12:bframes=3"),
    "open_groups_mp4": x264("open.mp4", "open-gop=1:bframes=3:keyint=8:scenecut=0"),
    "open_groups_mkv": x264("open.mkv", "open-gop=1:bframes=3:keyint=8:scenecut=0"),
    "open_groups_ts": x264("open.ts", "open-gop=1:bframes=3:keyint=8:scenecut=0"),
    "rolling_refresh": x264("refresh.mp4", "intra-refresh=1:keyint=8:bframes=0"),
    "two_frame_groups": x264("short.mp4", "keyint=2:bframes=1"),
    "variable_rate": x264("vfr.mp4", "keyint=10:bframes=2", times=lambda n: n + n * n // 8),
    "variable_rate_mkv": x264("vfr.mkv", "keyint=10:bframes=2", times=lambda n: n + n * n // 8),
    "audio_track": x264("audio.mp4", "keyint=10", audio=True),
    "no_timestamps": x264("plain.h264", "keyint=10", container_format="h264"),
    "clockless_avi": x264("b.avi", "keyint=10:bframes=2"),
    "mpeg4_avi": lambda folder: videos.write_video(folder / "m.avi", COUNT, codec="mpeg4", options={"bf": "2"}),
    "mpeg2_ps": lambda folder: videos.write_video(folder / "m.mpg", COUNT, codec="mpeg2video", options={"bf": "2"}),
    "hevc": lambda folder: videos.write_video(
        folder / "h.mp4", COUNT, codec="libx265", options={"x265-params": "open-gop=1:keyint=8:log-level=none"}
    ),
    "vp9": lambda folder: videos.write_video(
        folder / "v.webm", COUNT, codec="libvpx-vp9", options={"g": "15", "deadline": "realtime", "lag-in-frames": "9"}
    ),
    "restarted_clock": lambda folder: videos.joined(
        folder / "joined.ts",
        [videos.write_video(folder / "1.ts", 20), videos.write_video(folder / "2.ts", 20)],
    ),
    "images": lambda folder: videos.write_images(folder / "images", range(COUNT)),
}  # fmt: skip


@pytest.fixture(scope="module", params=KINDS)
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[VideoReader, Path]:
    path = KINDS[request.param](tmp_path_factory.mktemp(request.param))
    stored = probe(str(path)).model_dump_json()
    return open_indexed(VideoIndex.model_validate_json(stored), str(path)), path


def test_frame_count_is_the_number_of_pictures_a_plain_loop_decodes(clip: tuple[VideoReader, Path]) -> None:
    reader, path = clip
    plain = COUNT if path.is_dir() else len(videos.decode_all(path))
    assert reader.video.frame_count == plain == COUNT


def test_pictures_equal_those_of_a_plain_loop(clip: tuple[VideoReader, Path]) -> None:
    reader, path = clip
    got = list(reader.frames(0, COUNT))
    assert [frame.frame_index for frame in got] == list(range(COUNT))
    if path.is_dir():
        assert [videos.read_number(frame.image) for frame in got] == list(range(COUNT))
        return
    for frame, plain in zip(got, videos.decode_all(path), strict=True):
        np.testing.assert_array_equal(frame.image, plain)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_range_equals_the_same_part_of_the_whole(clip: tuple[VideoReader, Path], data: st.DataObject) -> None:
    reader, _ = clip
    start = data.draw(st.integers(0, COUNT - 1))
    end = data.draw(st.integers(start, COUNT))
    whole = list(reader.frames(0, COUNT))[start:end]
    part = list(reader.frames(start, end))
    assert [frame.frame_index for frame in part] == list(range(start, end))
    for frame, expected in zip(part, whole, strict=True):
        np.testing.assert_array_equal(frame.image, expected.image)


def test_pictures_are_contiguous_rgb_bytes_of_the_stated_size(clip: tuple[VideoReader, Path]) -> None:
    reader, _ = clip
    image = next(iter(reader.frames(3, 4))).image
    assert (image.shape, image.dtype) == ((reader.video.height, reader.video.width, 3), np.dtype(np.uint8))
    assert image.flags.c_contiguous


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (0, COUNT + 1), (COUNT + 2, COUNT + 3), (5, 4)])
def test_a_range_outside_the_video_is_refused_at_once(clip: tuple[VideoReader, Path], start: int, end: int) -> None:
    reader, _ = clip
    with pytest.raises(VideoError, match=rf"expected a frame range within \[0, {COUNT}\).*got \[{start}, {end}\)"):
        reader.frames(start, end)


def test_two_reads_may_run_interleaved(clip: tuple[VideoReader, Path]) -> None:
    reader, _ = clip
    pairs = zip(reader.frames(0, 5), reader.frames(20, 25), strict=True)
    assert [(one.frame_index, other.frame_index) for one, other in pairs] == [(k, 20 + k) for k in range(5)]
