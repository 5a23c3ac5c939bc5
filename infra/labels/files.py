"""The bytes of label files: one file, or a folder's label files in order of their names."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from fsspec.core import url_to_fs

from poseloom.infra.settings import StorageSettings
from poseloom.schemas.errors import InputError
from poseloom.schemas.ids import content_digest, content_key

SIZE_LIMIT_BYTES = 2 << 30
"""No larger label file is read."""
_SUFFIXES = (".json", ".slp", ".parquet")


@dataclass(frozen=True)
class LabelFile:
    """One label file: its URI, and its name without suffixes."""

    uri: str
    data: bytes

    @property
    def name(self) -> str:
        """Sequence name that the file's name stands for."""
        return sequence_name(self.uri)


def label_files(uri: str) -> Iterator[LabelFile]:
    """The label file at a local path or ``s3://`` URI, or those directly in that folder.

    Raises:
        InputError: Nothing there, no permission, no connection, an empty folder, or a file over the limit.
    """
    with _reaching(uri):
        fs, path = _filesystem(uri)
        for one in _paths(fs, path, uri):
            size = fs.info(one)["size"]
            if size > SIZE_LIMIT_BYTES:
                raise InputError(f"expected a label file of at most {SIZE_LIMIT_BYTES} bytes, got {size} at {one}")
            yield LabelFile(one, fs.cat_file(one))


def label_uris(uri: str) -> list[str]:
    """URIs of the label files at a local path or ``s3://`` URI, each readable on its own.

    Raises:
        InputError: Nothing there, no permission, no connection, or an empty folder.
    """
    with _reaching(uri):
        fs, path = _filesystem(uri)
        scheme = "s3://" if uri.startswith("s3://") else ""
        if not fs.exists(path):
            raise FileNotFoundError(path)
        return [f"{scheme}{one}" for one in _paths(fs, path, uri)]


def sequence_name(uri: str) -> str:
    """Sequence name that a label file's name stands for."""
    return PurePosixPath(uri).name.removesuffix(".slp").removesuffix(".json").removesuffix(".parquet")


def labels_digest(uri: str) -> str:
    """Content digest of the label files at a URI: their names and bytes, not where they lie.

    Raises:
        InputError: They cannot be read.
    """
    return content_key([(file.name, content_digest(file.data)) for file in label_files(uri)])


def _paths(fs: Any, path: str, uri: str) -> list[str]:
    if not fs.isdir(path):
        return [path]
    paths = sorted(p for p in fs.ls(path, detail=False) if p.lower().endswith(_SUFFIXES))
    if not paths:
        raise InputError(f"expected label files ({', '.join(_SUFFIXES)}) in {uri}, found none")
    return paths


def _filesystem(uri: str) -> tuple[Any, str]:
    if not uri.startswith("s3://"):
        if "://" in uri and not uri.startswith("file://"):
            raise InputError(f"expected a local path or s3://… of labels, got {uri}")
        local = os.path.abspath(os.path.expanduser(uri.removeprefix("file://")))
        found: tuple[Any, str] = url_to_fs(local)
        return found
    settings = StorageSettings.from_environment()
    timeouts = {"connect_timeout": settings.connect_timeout_s, "read_timeout": settings.read_timeout_s}
    on_s3: tuple[Any, str] = url_to_fs(
        uri, endpoint_url=os.environ.get("AWS_ENDPOINT_URL"), use_listings_cache=False, config_kwargs=timeouts
    )
    return on_s3


@contextlib.contextmanager
def _reaching(uri: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError

    try:
        yield
    except FileNotFoundError:
        raise InputError(f"expected labels at {uri}, found nothing there") from None
    except PermissionError as error:
        raise InputError(f"expected to read labels at {uri}, permission denied: {error}") from error
    except (OSError, BotoCoreError) as error:
        raise InputError(f"expected to read labels at {uri}, got {type(error).__name__}: {error}") from error
