"""Where video bytes lie: the local disk or S3, and the local cache of S3 video files."""

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import platformdirs

from poseloom.infra.settings import StorageSettings
from poseloom.schemas.errors import VideoError

CACHE_LIMIT_BYTES = 50 << 30
"""Cached copies beyond this are removed, least recently used first."""
_IN_USE_SECONDS = 3600
"""A copy used this recently is never removed: another process may be about to open it."""


def is_s3(uri: str) -> bool:
    """Whether the URI names an S3 object or prefix."""
    return uri.startswith("s3://")


def filesystem(uri: str) -> tuple[Any, str]:
    """The fsspec file system of a URI and the path inside it.

    S3 endpoint, region and credentials come from the usual ``AWS_*`` variables. Listings are never cached.

    Raises:
        VideoError: Neither a local path nor ``s3://``.
    """
    from fsspec.core import url_to_fs

    if is_s3(uri):
        found: tuple[Any, str] = url_to_fs(uri, **_s3_options())
        return found
    if "://" in uri and not uri.startswith("file://"):
        raise VideoError(f"expected a local path or s3://…, got {uri}")
    fs, path = url_to_fs(uri.removeprefix("file://"))
    return fs, str(path)


def _s3_options() -> dict[str, Any]:
    settings = StorageSettings.from_environment()
    return {
        "use_listings_cache": False,
        "endpoint_url": os.environ.get("AWS_ENDPOINT_URL"),
        "config_kwargs": {"connect_timeout": settings.connect_timeout_s, "read_timeout": settings.read_timeout_s},
    }


@contextlib.contextmanager
def reaching(uri: str) -> Iterator[None]:
    """Turn what storage raises into one `VideoError` that names the URI."""
    from botocore.exceptions import BotoCoreError

    try:
        yield
    except FileNotFoundError as error:
        raise VideoError(f"expected a video at {uri}, found nothing there") from error
    except (OSError, BotoCoreError) as error:
        raise VideoError(f"expected to read {uri}, got {error.__class__.__name__}: {error}") from error


def stamp_of(info: dict[str, Any]) -> str:
    """A short text that changes when the object at one URI is replaced."""
    return f"{info['size']}-{str(info.get('ETag') or info.get('mtime')).strip(chr(34))}"


def local_copy(uri: str) -> Path:
    """Path of the video file's bytes on this machine; S3 objects are copied once per version.

    Raises:
        VideoError: The file or object cannot be read, or changed while it was copied.
    """
    fs, path = filesystem(uri)
    if not is_s3(uri):
        return Path(path)
    with reaching(uri):
        info = fs.info(path)
        key = hashlib.sha256(f"{uri}\n{stamp_of(info)}".encode()).hexdigest()[:32]
        target = _cache_folder() / key
        if not target.exists():
            _make_room(info["size"])
            _download(fs, path, target)
            if stamp_of(fs.info(path)) != stamp_of(info):
                target.unlink(missing_ok=True)
                raise VideoError(f"expected {uri} to stay as it is while it is copied, but it was replaced")
        os.utime(target)
    return target


def _cache_folder() -> Path:
    root = os.environ.get("POSELOOM_CACHE") or platformdirs.user_cache_dir("poseloom")
    folder = Path(root) / "videos"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _download(fs: Any, path: str, target: Path) -> None:
    handle, partial = tempfile.mkstemp(dir=target.parent, prefix=".partial-")
    os.close(handle)
    try:
        fs.get_file(path, partial)
        os.replace(partial, target)
    finally:
        Path(partial).unlink(missing_ok=True)


def _make_room(wanted: int) -> None:
    copies = sorted(_copies(), key=lambda entry: entry[0].st_mtime)
    total = wanted + sum(stat.st_size for stat, _ in copies)
    for stat, copy in copies:
        if total <= CACHE_LIMIT_BYTES or stat.st_mtime > time.time() - _IN_USE_SECONDS:
            return
        copy.unlink(missing_ok=True)
        total -= stat.st_size


def _copies() -> Iterator[tuple[os.stat_result, Path]]:
    for copy in _cache_folder().iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process renamed or removed it
            yield copy.stat(), copy
