"""Publish: tables, then a claim on a version, then the body, then the commit that makes it a release.

Killed at any step, it leaves readers with the releases there were; run again, it goes on where it
stopped. Of several publishers, each version has one winner: the claim is created if absent and says
which manifest the version's body is of, so publishers of the same labels share the work and
publishers of others move on to another version. Nothing in a body is ever replaced.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from poseloom.schemas.errors import ObjectExists, ReleaseError
from poseloom.schemas.ids import canonical_json, content_digest
from poseloom.schemas.ports import Store
from poseloom.schemas.release import (
    Claim,
    Manifest,
    Recipe,
    Release,
    Version,
    VideoEntry,
    next_version,
    release_digest,
)
from poseloom.tasks.release.card import card
from poseloom.tasks.release.compare import only_adds
from poseloom.tasks.release.exports import Export, default_exports, exported_files
from poseloom.tasks.release.layout import CHANNEL, SUMS, claim_key, commit_key, entry_keys, folder
from poseloom.tasks.release.listing import (
    claimed_versions,
    latest_release,
    read_claim,
    read_commit,
    read_manifest,
)
from poseloom.tasks.release.tables import VideoLabels, store_video


@dataclass(frozen=True)
class Published:
    """What publishing came to.

    Attributes:
        release: The release that holds these labels.
        manifest: Its manifest.
        is_new: False when it was there before.
    """

    release: Release
    manifest: Manifest
    is_new: bool


def publish_release(
    store: Store,
    videos: Iterable[VideoLabels],
    recipe: Recipe,
    checks: Mapping[str, Any],
    run: Mapping[str, str] | None = None,
    exports: dict[str, Export] | None = None,
) -> Published:
    """Publish labels as the next release, or find the release that already holds exactly these.

    Args:
        store: The workspace.
        videos: Labels video by video, in any order; one is in memory at a time.
        recipe: What made them.
        checks: Results of the quality checks, as JSON.
        run: About the run, for people: kept in the commit, outside the digest.
        exports: JSON exports by folder name; the default ones if None.

    Raises:
        LabelError: Labels that cannot be released.
        ReleaseError: No videos.
        WorkspaceError: The store failed; run again to go on.
    """
    return publish_entries(store, [store_video(store, labelled) for labelled in videos], recipe, checks, run, exports)


def publish_entries(
    store: Store,
    entries: Sequence[VideoEntry],
    recipe: Recipe,
    checks: Mapping[str, Any],
    run: Mapping[str, str] | None = None,
    exports: dict[str, Export] | None = None,
    after: Version | None = None,
) -> Published:
    """`publish_release` for videos whose tables `store_video` has stored.

    Labels that only releases before `after` hold are published again: what was taken back, a
    withdrawn correction, say, must be gone from the latest release.
    """
    if not entries:
        raise ReleaseError("expected at least one video to release, got none")
    manifest = Manifest.build(recipe, tuple(entries))
    claim = _claim(store, manifest, after)
    version = Version.parse(claim.version)
    release = read_commit(store, version)
    if release:
        return Published(release, manifest, is_new=False)
    sums = _write_body(store, version, manifest, checks, default_exports() if exports is None else exports)
    release, is_new = _commit(store, claim, sums, run or {})
    advance_channel(store)
    return Published(release, manifest, is_new)


def _claim(store: Store, manifest: Manifest, after: Version | None) -> Claim:
    """The claim on a version for this manifest: the one there is, or a new one."""
    digest = release_digest(manifest)
    known: dict[Version, Claim] = {}
    while True:
        known |= {v: read_claim(store, v) for v in claimed_versions(store) if v not in known}
        for claimed, claim in known.items():
            if claim.digest == digest and (after is None or claimed >= after):
                return claim
        previous = latest_release(store)
        version = _next(store, previous, manifest)
        while version in known:  # claimed and never committed: that publisher is slow or dead
            version = version.next_major()
        claim = Claim(version=str(version), digest=digest, parent_version=previous.version if previous else None)
        try:
            store.create(claim_key(version), canonical_json(claim.model_dump(mode="json")))
        except ObjectExists:
            continue
        return claim


def _next(store: Store, previous: Release | None, manifest: Manifest) -> Version:
    before = (Version.parse(previous.version), read_manifest(store, previous)) if previous else None

    def adds(old: VideoEntry, new: VideoEntry) -> bool:
        return only_adds(store, old, new)

    return next_version(before, manifest, adds)


def _write_body(
    store: Store, version: Version, manifest: Manifest, checks: Mapping[str, Any], exports: dict[str, Export]
) -> str:
    """Write every file of the body that is not there yet; returns the digest of SHA256SUMS."""
    digests = {f"../../{key}": sha256 for entry in manifest.videos for key, sha256 in entry_keys(entry).items()}
    for path, data in _body(store, version, manifest, checks, exports):
        digests[path] = content_digest(_settle(store, f"{folder(version)}/{path}", data))
    lines = "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(digests.items()))
    return content_digest(_settle(store, f"{folder(version)}/{SUMS}", lines.encode()))


def _body(
    store: Store, version: Version, manifest: Manifest, checks: Mapping[str, Any], exports: dict[str, Export]
) -> Iterator[tuple[str, bytes]]:
    yield "manifest.json", manifest.to_bytes()
    yield "checks.json", canonical_json(checks)
    yield "README.md", card(version, manifest, checks, sorted(exports)).encode()
    yield from exported_files(store, manifest, exports)


def _settle(store: Store, key: str, data: bytes) -> bytes:
    """Store the file unless somebody did; returns what is stored now and for good."""
    try:
        store.create(key, data)
    except ObjectExists:
        return store.read(key)
    return data


def _commit(store: Store, claim: Claim, sums_sha256: str, run: Mapping[str, str]) -> tuple[Release, bool]:
    version = Version.parse(claim.version)
    release = Release(
        version=claim.version,
        digest=claim.digest,
        sums_sha256=sums_sha256,
        created_at=datetime.now(UTC),
        parent_version=claim.parent_version,
        run=dict(run),
    )
    try:
        store.create(commit_key(version), release.model_dump_json(indent=1).encode())
    except ObjectExists:
        return read_commit(store, version) or release, False
    return release, True


def advance_channel(store: Store) -> None:
    """Make ``channels/latest.json`` repeat the latest release, again if another publisher came in between."""
    written = None
    while (latest := latest_release(store)) and latest.version != written:
        store.write(CHANNEL, canonical_json({"version": latest.version, "digest": latest.digest}))
        written = latest.version
