"""Verify: hash every file of a release again, and derive again what is derived.

Needs nothing but the store, so it works on a plain copy of a workspace.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from poseloom.infra.storage import open_store
from poseloom.schemas.errors import LabelError, ObjectMissing, ReleaseError
from poseloom.schemas.ids import content_digest
from poseloom.schemas.ports import Store
from poseloom.schemas.release import Manifest, Release, Version, VideoEntry, merkle_root
from poseloom.tasks.code import code_digest
from poseloom.tasks.release.exports import Export, default_exports, exported_files
from poseloom.tasks.release.layout import COMMIT, SUMS, entry_keys, folder, object_key
from poseloom.tasks.release.listing import find_release, read_manifest
from poseloom.tasks.release.tables import describe, read_parquet

_THREADS = 4


@dataclass(frozen=True)
class Finding:
    """What is wrong with one file, or with what it says."""

    path: str
    problem: str

    def __str__(self) -> str:
        return f"{self.path}: {self.problem}"


@dataclass(frozen=True)
class Verification:
    """Outcome of a verification.

    Attributes:
        release: The release.
        files: Files that were hashed.
        size: Their bytes.
        findings: What is wrong; empty for a sound release.
        notes: What could not be checked.
    """

    release: Release
    files: int
    size: int
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def require(self) -> None:
        """Refuse a release with findings.

        Raises:
            ReleaseError: Names the first findings.
        """
        if self.findings:
            shown = "; ".join(str(finding) for finding in self.findings[:3])
            more = f"; and {len(self.findings) - 3} more" if len(self.findings) > 3 else ""
            raise ReleaseError(f"release {self.release.version} is not what was published: {shown}{more}")


def verify_release(
    where: Store | str | Path, version: str = "latest", derive: bool = True, exports: dict[str, Export] | None = None
) -> Verification:
    """Check a release file by file.

    Args:
        where: A store, or the path or URI of a workspace or of a copy of it.
        version: Semantic version, or ``"latest"``.
        derive: Also derive the JSON files from the tables again; takes most of the time.
        exports: The exports it was published with; the default ones if None.

    Raises:
        ReleaseError: No such release, or a commit, checksum list or manifest that is missing or altered.
    """
    store = open_store(where) if isinstance(where, str | Path) else where
    release = find_release(store, version)
    place = folder(Version.parse(release.version))
    sums = _read_sums(store, release, place)
    manifest = read_manifest(store, release)
    hashed = _hash_files(store, place, sums)
    findings = [finding for _, finding in hashed if finding]
    findings += _strangers(store, place, sums)
    findings += _unlisted(manifest, sums)
    altered = {finding.path for finding in findings}
    findings += _contradictions(store, manifest, altered)
    kinds = default_exports() if exports is None else exports
    strays = _underived(store, manifest, kinds, sums, altered) if derive else []
    notes: tuple[str, ...] = ()
    if strays and manifest.recipe.code == code_digest():
        findings += [Finding(path, "does not follow from the tables") for path in strays]
    elif strays:
        notes = (f"made by another poseloom, which derives other JSON from the same tables: {len(strays)} files",)
    return Verification(release, len(hashed), sum(size for size, _ in hashed), tuple(findings), notes)


def _read_sums(store: Store, release: Release, place: str) -> dict[str, str]:
    """Digest by path relative to the release's folder."""
    key = f"{place}/{SUMS}"
    try:
        data = store.read(key)
    except ObjectMissing:
        raise ReleaseError(f"expected {key} in {store.uri}, got nothing: the release is incomplete") from None
    if content_digest(data) != release.sums_sha256:
        raise ReleaseError(f"expected {key} of digest {release.sums_sha256}, got {content_digest(data)}: altered")
    lines = (line.partition("  ") for line in data.decode().splitlines())
    return {path: sha256 for sha256, _, path in lines}


def _hash_files(store: Store, place: str, sums: dict[str, str]) -> list[tuple[int, Finding | None]]:
    def check(path: str) -> tuple[int, Finding | None]:
        try:
            data = store.read(_key(place, path))
        except ObjectMissing:
            return 0, Finding(path, "missing")
        return len(data), None if content_digest(data) == sums[path] else Finding(path, "altered")

    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(check, sums))


def _key(place: str, path: str) -> str:
    return path.removeprefix("../../") if path.startswith("../../") else f"{place}/{path}"


def _strangers(store: Store, place: str, sums: dict[str, str]) -> Iterator[Finding]:
    for stored in store.list(place):
        path = stored.key.removeprefix(f"{place}/")
        if path not in sums and path not in (SUMS, COMMIT):
            yield Finding(path, "not a file of this release")


def _unlisted(manifest: Manifest, sums: dict[str, str]) -> Iterator[Finding]:
    """Tables of the manifest that the checksum list does not vouch for."""
    for entry in manifest.videos:
        for key, sha256 in entry_keys(entry).items():
            if sums.get(f"../../{key}") != sha256:
                yield Finding(f"../../{key}", f"in the manifest but not in {SUMS}")


def _contradictions(store: Store, manifest: Manifest, altered: set[str]) -> Iterator[Finding]:
    """What the manifest says about its videos, against the tables."""
    if merkle_root(manifest.videos) != manifest.merkle_root:
        yield Finding("manifest.json", "its Merkle root is not that of its entries")
    for entry in manifest.videos:
        if not altered & {f"../../{key}" for key in entry_keys(entry)}:
            problem = _contradiction(store, entry)
            if problem:
                yield Finding("manifest.json", f"video {entry.name}: {problem}")


def _contradiction(store: Store, entry: VideoEntry) -> str:
    stored = {"labels": entry.labels, "provenance": entry.provenance, "frames": entry.frames}
    files = {kind: store.read(object_key(kind, table.sha256)) for kind, table in stored.items()}
    tables = {kind: read_parquet(data) for kind, data in files.items()}
    found = {
        kind: table.model_copy(update={"size": len(files[kind]), "rows": tables[kind].num_rows})
        for kind, table in stored.items()
    }
    try:
        derived = describe(entry.video(), tables["labels"], tables["frames"], entry.missing, found)
    except LabelError as error:
        return str(error)
    wrong = [name for name in VideoEntry.model_fields if getattr(derived, name) != getattr(entry, name)]
    return f"its tables say otherwise about {', '.join(wrong)}" if wrong else ""


def _underived(
    store: Store, manifest: Manifest, exports: dict[str, Export], sums: dict[str, str], altered: set[str]
) -> list[str]:
    """JSON files that do not follow from the tables."""
    if any(path.startswith("../../") for path in altered):
        return []
    derived = {path: content_digest(data) for path, data in exported_files(store, manifest, exports)}
    listed = {path: sha256 for path, sha256 in sums.items() if path.startswith("json/")}
    return sorted(path for path in derived.keys() | listed.keys() if derived.get(path) != listed.get(path))
