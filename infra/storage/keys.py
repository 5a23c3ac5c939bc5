"""Which keys a store accepts: the same ones everywhere, so that a workspace can move between stores."""

from poseloom.schemas.errors import WorkspaceError

STAGING = ".staging"
"""First part of a local path that is no object yet."""


def check_key(key: str) -> str:
    """The key, if it is a relative POSIX path that stays inside its store and fits S3 and file systems.

    Raises:
        WorkspaceError: Says what is wrong with it.
    """
    parts = key.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise WorkspaceError(f"expected a relative key without empty, '.' or '..' parts, got {key!r}")
    if "\\" in key or not key.isprintable():
        raise WorkspaceError(f"expected a key of printable characters without backslash, got {key!r}")
    if len(key.encode()) > 900 or any(len(part.encode()) > 200 for part in parts):
        raise WorkspaceError(f"expected a key of at most 900 bytes and 200 bytes per part, got {key!r}")
    if parts[0] == STAGING:
        raise WorkspaceError(f"expected a key outside {STAGING}/, got {key!r}")
    return key
