"""Videos on S3."""

from pathlib import Path

import pytest
import s3fs

from poseloom.infra.video import content_id, find_videos, open_indexed, open_video, probe
from poseloom.schemas.errors import VideoError
from tests.fixtures import videos


@pytest.fixture
def bucket(s3_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """URI of a prefix with one movie and one image folder; `tmp_path` holds the originals and the cache."""
    monkeypatch.setenv("POSELOOM_CACHE", str(tmp_path / "cache"))
    videos.write_video(tmp_path / "clip.mp4", 30, options={"g": "10"})
    videos.write_images(tmp_path / "seq", range(3))
    upload(tmp_path / "clip.mp4", f"{s3_uri}/clip.mp4")
    for image in (tmp_path / "seq").iterdir():
        upload(image, f"{s3_uri}/seq/{image.name}")
    return s3_uri


def upload(path: Path, uri: str) -> None:
    s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False).put_file(str(path), uri)


def test_a_prefix_an_object_and_a_glob_are_found(bucket: str) -> None:
    assert find_videos([bucket]) == [f"{bucket}/clip.mp4", f"{bucket}/seq"]
    assert find_videos([f"{bucket}/clip.mp4", f"{bucket}/*.mp4"]) == [f"{bucket}/clip.mp4"]


def test_an_object_is_the_same_video_as_its_local_copy(bucket: str, tmp_path: Path) -> None:
    remote, local = probe(f"{bucket}/clip.mp4"), probe(str(tmp_path / "clip.mp4"))
    assert (remote.video.video_id, remote.pts) == (local.video.video_id, local.pts)
    got = [videos.read_number(frame.image) for frame in open_indexed(remote, remote.video.uri).frames(12, 20)]
    assert got == list(range(12, 20))


def test_a_movie_is_copied_once_and_nothing_partial_stays(bucket: str, tmp_path: Path) -> None:
    index = probe(f"{bucket}/clip.mp4")
    (copy,) = (tmp_path / "cache" / "videos").iterdir()
    number = copy.stat().st_ino
    list(open_indexed(index, index.video.uri).frames(0, 5))
    (again,) = (tmp_path / "cache" / "videos").iterdir()
    assert again.stat().st_ino == number
    assert copy.read_bytes() == (tmp_path / "clip.mp4").read_bytes()


def test_an_image_prefix_is_the_same_video_as_its_local_folder(bucket: str, tmp_path: Path) -> None:
    reader = open_video(f"{bucket}/seq")
    assert [videos.read_number(frame.image) for frame in reader.frames(0, 3)] == [0, 1, 2]
    assert reader.video.video_id == content_id(str(tmp_path / "seq"))


def test_a_replaced_object_is_another_video(bucket: str, tmp_path: Path) -> None:
    index = probe(f"{bucket}/clip.mp4")
    upload(videos.write_video(tmp_path / "other.mp4", 20), f"{bucket}/clip.mp4")
    with pytest.raises(VideoError, match="was replaced"):
        open_indexed(index, f"{bucket}/clip.mp4")
    assert open_video(f"{bucket}/clip.mp4").video.frame_count == 20


def test_a_missing_object_is_named(bucket: str) -> None:
    with pytest.raises(VideoError, match=r"expected a video at .*gone.mp4, found nothing there"):
        open_video(f"{bucket}/gone.mp4")
    with pytest.raises(VideoError, match=r"found no video at .*gone"):
        find_videos([f"{bucket}/gone"])


def test_an_unreachable_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(VideoError, match=r"expected to read s3://bucket/clip.mp4, got"):
        open_video("s3://bucket/clip.mp4")


def test_a_copy_that_vanishes_while_the_cache_is_looked_through_does_no_harm(bucket: str, tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "videos"
    cache.mkdir(parents=True)
    (cache / ".partial-of-another").symlink_to(tmp_path / "renamed meanwhile")
    assert probe(f"{bucket}/clip.mp4").video.frame_count == 30
