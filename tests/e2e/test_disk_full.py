"""A disk that fills up in the middle of a run."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.clips import Clip
from tests.fixtures.command import curate, digests, poseloom


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root and the right to mount")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_full_disk_is_one_line_and_the_run_resumes_with_more_room(
    clip: Clip, undisturbed: str, small_disk: Path
) -> None:
    full = poseloom(*curate(clip, small_disk / "out"))
    assert full.code == 1
    assert re.fullmatch("error: cannot .*: the disk is full: free some space and run again", full.error)
    assert digests(small_disk / "out") == []
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    again = poseloom(*curate(clip, small_disk / "out"))
    assert again.code == 0, again.err
    assert digests(small_disk / "out") == [("1.0.0", undisturbed)]
