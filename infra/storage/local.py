"""A store in a local directory."""

import contextlib
import errno
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from poseloom.infra.storage.keys import STAGING, check_key
from poseloom.schemas.errors import ObjectExists, ObjectMissing, WorkspaceError
from poseloom.schemas.ports import StoredObject

_ABANDONED_S = 3600.0
_HINTS = {
    errno.ENOSPC: "the disk is full: free some space and run again",
    errno.EDQUOT: "the disk quota is used up: free some space and run again",
    errno.EACCES: "permission denied: check who owns the directory",
    errno.EPERM: "not permitted: the file system may lack hard links or be protected",
    errno.EROFS: "the file system is read-only",
    errno.ENOTDIR: "a part of the path is a file, not a directory",
    errno.EEXIST: "a part of the path is a file, not a directory",
}


class LocalStore:
    """Objects are files below one directory; they appear by link or rename, flushed to the disk."""

    def __init__(self, path: Path | str) -> None:
        self.root = Path(path).expanduser().absolute()
        self.uri = str(self.root)

    def __reduce__(self) -> tuple[type["LocalStore"], tuple[str]]:
        return LocalStore, (self.uri,)

    def __repr__(self) -> str:
        return f"LocalStore({self.uri!r})"

    def read(self, key: str) -> bytes:
        """The object's bytes; see `Store.read`."""
        with self._explained("read", key):
            try:
                return self._path(key).read_bytes()
            except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
                raise ObjectMissing(f"no object {key} in {self.uri}") from None

    def write(self, key: str, data: bytes) -> None:
        """Store an object, replacing what was there."""
        path = self._path(key)
        with self._explained("write", key), self._staged(data) as staged:
            _make_parents(path.parent)
            os.replace(staged, path)
            _flush_directory(path.parent)

    def create(self, key: str, data: bytes) -> None:
        """Store an object that must not exist; see `Store.create`."""
        path = self._path(key)
        with self._explained("create", key), self._staged(data) as staged:
            _make_parents(path.parent)
            try:
                os.link(staged, path)
            except FileExistsError:
                raise ObjectExists(f"object {key} exists already in {self.uri}") from None
            _flush_directory(path.parent)

    def exists(self, key: str) -> bool:
        """Whether the object is there now."""
        return self._path(key).is_file()

    def list(self, prefix: str) -> list[StoredObject]:
        """All objects under ``prefix/`` (all at all for ``""``), sorted by key."""
        top = self._path(prefix) if prefix else self.root
        with self._explained("list", prefix or "objects"):
            found = [StoredObject(path.relative_to(self.root).as_posix(), size) for path, size in _files(top)]
        return sorted((o for o in found if not o.key.startswith(f"{STAGING}/")), key=lambda o: o.key)

    def delete(self, key: str) -> None:
        """Remove an object; missing objects are no error."""
        path = self._path(key)
        with self._explained("delete", key):
            if path.is_file():
                path.unlink(missing_ok=True)
                _flush_directory(path.parent)

    def _path(self, key: str) -> Path:
        return self.root / check_key(key)

    @contextlib.contextmanager
    def _staged(self, data: bytes) -> Iterator[Path]:
        """A flushed file with the data on the store's own file system, gone afterwards."""
        staging = self.root / STAGING
        if not staging.is_dir():
            _make_parents(staging)
        path = staging / uuid.uuid4().hex
        try:
            with path.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield path
        finally:
            path.unlink(missing_ok=True)

    def clear_abandoned(self, older_than_s: float = _ABANDONED_S) -> None:
        """Remove staged files that a killed process left behind."""
        before = time.time() - older_than_s
        for path, _ in _files(self.root / STAGING):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < before:
                    path.unlink()

    @contextlib.contextmanager
    def _explained(self, verb: str, key: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = _HINTS.get(error.errno or 0, error.strerror or str(error))
            raise WorkspaceError(f"cannot {verb} {key} in {self.uri}: {why}") from error


def _make_parents(directory: Path) -> None:
    missing = [p for p in (directory, *directory.parents) if not p.is_dir()]
    for parent in reversed(missing):
        parent.mkdir(exist_ok=True)
        _flush_directory(parent.parent)


def _flush_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _files(top: Path) -> Iterator[tuple[Path, int]]:
    for folder, _, names in os.walk(top):
        for name in names:
            path = Path(folder, name)
            with contextlib.suppress(FileNotFoundError):
                yield path, path.stat().st_size
