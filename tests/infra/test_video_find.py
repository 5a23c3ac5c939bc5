"""What command-line arguments mean."""

from pathlib import Path

import pytest

from poseloom.infra.video import find_videos
from poseloom.schemas.errors import VideoError
from tests.fixtures import videos


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b/clip10.mp4", "b/clip9.mp4", "b/notes.txt", "a.mov", ".trash/old.mp4", "strange.bin"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    videos.write_images(tmp_path / "images" / "val" / "seq2", range(2))
    videos.write_images(tmp_path / "images" / "val" / "seq10", range(2), suffix=".jpg")
    return tmp_path


def relative(found: list[str], tree: Path) -> list[str]:
    return [str(Path(uri).relative_to(tree)) for uri in found]


def test_a_folder_means_its_videos_and_image_folders_at_any_depth_in_natural_order(tree: Path) -> None:
    found = find_videos([str(tree)])
    assert relative(found, tree) == ["a.mov", "b/clip9.mp4", "b/clip10.mp4", "images/val/seq2", "images/val/seq10"]


def test_an_image_folder_is_one_video(tree: Path) -> None:
    seq = str(tree / "images" / "val" / "seq2")
    assert find_videos([seq, seq + "/"]) == [seq]


def test_a_file_named_outright_is_taken_whatever_it_is_called(tree: Path) -> None:
    assert relative(find_videos([str(tree / "strange.bin")]), tree) == ["strange.bin"]


def test_globs_match_files_and_folders(tree: Path) -> None:
    assert relative(find_videos([str(tree / "b" / "*")]), tree) == ["b/clip9.mp4", "b/clip10.mp4"]
    assert relative(find_videos([str(tree / "**" / "seq*")]), tree) == ["images/val/seq2", "images/val/seq10"]


def test_a_name_with_brackets_is_first_tried_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "clip[1].mp4").touch()
    assert relative(find_videos([str(tmp_path / "clip[1].mp4")]), tmp_path) == ["clip[1].mp4"]


def test_order_is_that_of_the_arguments_and_duplicates_count_once(tree: Path) -> None:
    found = find_videos([str(tree / "b"), str(tree / "a.mov"), str(tree)])
    assert relative(found, tree) == ["b/clip9.mp4", "b/clip10.mp4", "a.mov", "images/val/seq2", "images/val/seq10"]


def test_relative_and_home_paths_are_made_absolute(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree / "b")
    monkeypatch.setenv("HOME", str(tree))
    assert find_videos(["../a.mov", "~/a.mov"]) == [str(tree / "a.mov")]


@pytest.mark.parametrize("name", ["missing.mp4", "none*.mp4", "empty"])
def test_an_argument_without_videos_says_what_was_expected(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(VideoError, match=f"expected a video.*{name.replace('*', '.')}"):
        find_videos([str(tmp_path / name)])


def test_other_addresses_are_refused() -> None:
    with pytest.raises(VideoError, match=r"expected a local path or s3://…, got https://example.org/clip.mp4"):
        find_videos(["https://example.org/clip.mp4"])
