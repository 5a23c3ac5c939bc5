import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from poseloom.infra.storage.local import LocalStore
from poseloom.schemas.errors import WorkspaceError


def test_reading_creates_nothing(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "new")

    assert store.list("") == []
    assert not store.exists("a")
    assert not (tmp_path / "new").exists()


def test_leftovers_of_killed_writers_are_invisible_and_cleared_when_old(tmp_path: Path) -> None:
    script = (
        "import os, sys; from poseloom.infra.storage.local import LocalStore\n"
        "store = LocalStore(sys.argv[1]); os.replace = lambda *_: os._exit(9)\n"
        "store.write('a', b'half')\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    store = LocalStore(tmp_path)
    staged = list((tmp_path / ".staging").iterdir())

    assert killed.returncode == 9
    assert len(staged) == 1
    assert store.list("") == []
    store.clear_abandoned()
    assert staged[0].exists()
    os.utime(staged[0], (time.time() - 7200,) * 2)
    store.clear_abandoned()
    assert not staged[0].exists()


def test_a_file_in_the_way_of_the_workspace_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match=r"cannot write a in .*/file: .*a file, not a directory"):
        LocalStore(tmp_path / "file").write("a", b"x")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_directory_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(WorkspaceError, match=r"cannot write a in .*: permission denied"):
        LocalStore(tmp_path).write("a", b"x")


def test_a_full_disk_keeps_the_old_object_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """The kernel's file size limit stands in for the full disk: the write fails in the middle."""
    script = (
        "import resource, signal, sys; from poseloom.infra.storage.local import LocalStore\n"
        "from poseloom.schemas.errors import WorkspaceError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "store = LocalStore(sys.argv[1]); store.write('a', b'old')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: store.write('a', b'x' * 5000)\n"
        "except WorkspaceError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, capture_output=True, text=True)

    assert done.stdout == f"cannot write a in {tmp_path}: {os.strerror(errno.EFBIG)}\n"
    assert LocalStore(tmp_path).read("a") == b"old"
    assert list((tmp_path / ".staging").iterdir()) == []
