"""Where the parts of a release lie in the store.

Claims lie apart from the bodies so that listing the versions costs one listing of small objects,
however many files the releases have.
"""

from poseloom.schemas.release import Version, VideoEntry

SUMS = "SHA256SUMS"
COMMIT = "_RELEASE.json"
CLAIMS = "claims"
CHANNEL = "channels/latest.json"


def folder(version: Version) -> str:
    """Folder of a release's body."""
    return f"releases/{version}"


def commit_key(version: Version) -> str:
    """The object that makes a release one."""
    return f"{folder(version)}/{COMMIT}"


def claim_key(version: Version) -> str:
    """The object that says whose a version is."""
    return f"{CLAIMS}/{version}.json"


def object_key(kind: str, sha256: str) -> str:
    """A content-addressed table of kind ``labels``, ``provenance`` or ``frames``."""
    return f"objects/{kind}/{sha256}.parquet"


def entry_keys(entry: VideoEntry) -> dict[str, str]:
    """Store keys of a video's tables and the digests they must have."""
    tables = {"labels": entry.labels, "provenance": entry.provenance, "frames": entry.frames}
    return {object_key(kind, table.sha256): table.sha256 for kind, table in tables.items()}
