from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from poseloom.infra.video import open_video, write_video
from poseloom.schemas.errors import InputError
from poseloom.schemas.ports import Frame
from tests.fixtures import videos


def _pictures(count: int, width: int = 320, height: int = 96) -> Iterator[Frame]:
    return (Frame(n, videos.numbered_picture(n, width, height)) for n in range(count))


def test_what_is_written_can_be_read_picture_by_picture_at_its_rate(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", _pictures(30), fps=29.97)
    reader = open_video(str(tmp_path / "clip.mp4"))
    assert [videos.read_number(frame.image) for frame in reader.frames(0, 30)] == list(range(30))
    assert reader.video.fps == pytest.approx(29.97, rel=1e-4)


def test_odd_sizes_grow_by_a_row_and_a_column(tmp_path: Path) -> None:
    write_video(tmp_path / "clip.mp4", _pictures(3, 321, 97), fps=25)
    (frame,) = open_video(str(tmp_path / "clip.mp4")).frames(2, 3)
    assert frame.image.shape == (98, 322, 3)
    assert videos.read_number(frame.image) == 2
    edge = frame.image[:, 320:].astype(int)
    assert np.abs(edge[:, 0] - edge[:, 1]).max() < 40


def test_nothing_is_left_of_a_video_that_fails_halfway(tmp_path: Path) -> None:
    def torn() -> Iterator[Frame]:
        yield from _pictures(100)
        raise InputError("no more")

    with pytest.raises(InputError, match="no more"):
        write_video(tmp_path / "clip.mp4", torn(), fps=25)
    assert list(tmp_path.iterdir()) == []


def test_no_pictures_and_no_such_folder_are_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"expected at least one picture for .*clip\.mp4, got none"):
        write_video(tmp_path / "clip.mp4", [], fps=25)
    with pytest.raises(InputError, match=r"expected to write .*clip\.mp4, got No such file or directory"):
        write_video(tmp_path / "missing" / "clip.mp4", _pictures(2), fps=25)
    assert list(tmp_path.iterdir()) == []
