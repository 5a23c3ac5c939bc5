"""From a URI to a store."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from poseloom.infra.storage.local import LocalStore
from poseloom.schemas.errors import InputError
from poseloom.schemas.ports import Store


def open_store(uri: str | Path) -> Store:
    """The store at a local path, a ``file://`` URI or ``s3://bucket/prefix``; creates nothing yet.

    Raises:
        InputError: Another scheme, or not a bucket's name.
    """
    text = str(uri)
    scheme = text.split("://", 1)[0] if "://" in text else ""
    if not text or "\0" in text:
        raise InputError(f"expected a directory or s3://bucket/prefix, got {text!r}")
    if not scheme:
        return LocalStore(text)
    if scheme == "file":
        parts = urlsplit(text)
        if parts.netloc not in ("", "localhost"):
            raise InputError(f"expected file:///path on this machine, got {text!r}")
        return LocalStore(unquote(parts.path))
    if scheme == "s3":
        from poseloom.infra.storage.s3 import S3Store

        return S3Store(text)
    raise InputError(f"expected a directory or s3://bucket/prefix, got {text!r}")
