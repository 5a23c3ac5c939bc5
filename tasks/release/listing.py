"""Which releases there are.

A release exists from the moment its commit object does. `latest` is the highest committed version,
found anew by every reader: a pointer object could be moved back by a slow publisher on a store
without compare-and-swap, the set of commits cannot. ``channels/latest.json`` repeats it for tools
that read one URL.
"""

from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from poseloom.schemas.errors import ObjectMissing, ReleaseError
from poseloom.schemas.ports import Store
from poseloom.schemas.release import RELEASE_FORMAT, Claim, Manifest, Release, Version, release_digest
from poseloom.tasks.release.layout import CLAIMS, claim_key, commit_key, folder

_Document = TypeVar("_Document", bound=BaseModel)


@dataclass(frozen=True)
class ListedRelease:
    """A committed release and its manifest."""

    release: Release
    manifest: Manifest


def list_releases(store: Store) -> list[Release]:
    """All committed releases, oldest version first."""
    found = (read_commit(store, version) for version in claimed_versions(store))
    return [release for release in found if release]


def latest_release(store: Store) -> Release | None:
    """The highest committed version."""
    newest_first = reversed(claimed_versions(store))
    return next((release for version in newest_first if (release := read_commit(store, version))), None)


def show_release(store: Store, version: str) -> ListedRelease:
    """A release by version, or ``"latest"``.

    Raises:
        ReleaseError: No such release; names those there are.
    """
    release = find_release(store, version)
    return ListedRelease(release, read_manifest(store, release))


def find_release(store: Store, version: str) -> Release:
    """The commit of a version, or of ``"latest"``.

    Raises:
        ReleaseError: No such release; names those there are.
    """
    release = latest_release(store) if version == "latest" else read_commit(store, Version.parse(version))
    if release is None:
        there = ", ".join(r.version for r in list_releases(store)) or "none"
        raise ReleaseError(f"expected a release of {store.uri} ({there}), got {version}: never committed there")
    return release


def read_manifest(store: Store, release: Release) -> Manifest:
    """The manifest of a release, checked against the release's digest.

    Raises:
        ReleaseError: Missing, altered, or written by a newer poseloom.
    """
    key = f"{folder(Version.parse(release.version))}/manifest.json"
    manifest = _parse(Manifest, _read(store, key), key)
    if manifest.format > RELEASE_FORMAT:
        raise ReleaseError(f"{key} has format {manifest.format}, this poseloom reads {RELEASE_FORMAT}: upgrade")
    if release_digest(manifest) != release.digest:
        raise ReleaseError(f"expected {key} of digest {release.digest}, got {release_digest(manifest)}: altered")
    return manifest


def claimed_versions(store: Store) -> list[Version]:
    """All versions somebody claimed, committed or not, in order."""
    names = (stored.key.removeprefix(f"{CLAIMS}/").removesuffix(".json") for stored in store.list(CLAIMS))
    return sorted(Version.parse(name) for name in names)


def read_claim(store: Store, version: Version) -> Claim:
    """Whose a version is."""
    return _parse(Claim, store.read(claim_key(version)), claim_key(version))


def read_commit(store: Store, version: Version) -> Release | None:
    """The commit of a version, None before it."""
    try:
        return _parse(Release, store.read(commit_key(version)), commit_key(version))
    except ObjectMissing:
        return None


def _read(store: Store, key: str) -> bytes:
    try:
        return store.read(key)
    except ObjectMissing:
        raise ReleaseError(f"expected {key} in {store.uri}, got nothing: the release is incomplete") from None


def _parse(model: type[_Document], data: bytes, key: str) -> _Document:
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "document"
        raise ReleaseError(f"expected {key} to be a {model.__name__.lower()}, got {where}: {first['msg']}") from None
