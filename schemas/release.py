"""Releases: immutable versions of a labelled data set, and what identifies them.

A release's digest is the digest of its manifest, and the manifest is a function of the labels and
of what made them: no times, no machine paths, no order of work. What happened when is in the
`Release` record, outside the digest.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from poseloom.schemas.errors import InputError, LabelError
from poseloom.schemas.ids import canonical_json, content_digest
from poseloom.schemas.video import Video

RELEASE_FORMAT = 1
_SEMVER = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Version(NamedTuple):
    """A semantic version with data meaning.

    PATCH: the same rows, written again or described differently. MINOR: rows or videos were only
    added. MAJOR: a row that existed was edited or removed.
    """

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> "Version":
        """The version in ``"1.2.3"`` or ``"v1.2.3"``.

        Raises:
            InputError: Not a version.
        """
        match = _SEMVER.fullmatch(text.removeprefix("v"))
        if not match or len(text) > 40:
            raise InputError(f"expected a version such as 1.0.0, got {text!r}")
        return cls(*(int(part) for part in match.groups()))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def next_major(self) -> "Version":
        """The version that promises nothing about the rows of this one."""
        return Version(self.major + 1, 0, 0)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StoredTable(_Record):
    """A content-addressed Parquet object: digest and size of its bytes, number of its rows."""

    sha256: Sha256
    size: int = Field(ge=0)
    rows: int = Field(ge=0)


class VideoEntry(_Record):
    """The labels of one video in a release.

    Attributes:
        video_id: Content id of the video.
        name: Sequence name.
        width: Picture width in pixels.
        height: Picture height in pixels.
        frame_count: Frames of the video.
        fps: Frames per second; 0 without a clock.
        skeleton: Skeleton of its labels.
        labels: Label table with verdict columns; rows the rules dropped are in it with ``keep`` false.
        provenance: Who placed each corrected or propagated keypoint.
        frames: What the label file said about frames.
        values_digest: Digest of all label values, independent of the Parquet writer.
        kept: Instances the rules keep.
        keypoints_by_source: Labelled keypoints of kept instances, by source.
        dropped_by_rule: Instances not kept, by rule they fail, warnings included (one may fail several).
        missing: Half-open frame ranges whose shards failed: nothing is known about their frames.
    """

    video_id: str
    name: str
    width: int
    height: int
    frame_count: int
    fps: float
    skeleton: str
    labels: StoredTable
    provenance: StoredTable
    frames: StoredTable
    values_digest: Sha256
    kept: int
    keypoints_by_source: dict[str, int]
    dropped_by_rule: dict[str, int]
    missing: tuple[tuple[int, int], ...] = ()

    @property
    def dropped(self) -> int:
        """Instances the rules do not keep."""
        return self.labels.rows - self.kept

    def video(self) -> Video:
        """The video, without the place it was read from."""
        fields = ("video_id", "name", "width", "height", "frame_count", "fps")
        return Video(uri="", **{name: getattr(self, name) for name in fields})


class Recipe(_Record):
    """What made the labels of a release.

    Attributes:
        name: Name of the data set.
        label_schema: Version of the label table's schema.
        rules: The annotation rules, whole.
        parameters: Parameters of the run.
        code: Digest of the code.
        estimator: Digest of the estimator.
        tracker: Identity of the point tracker.
        writer: Parquet writer and its version; bytes of equal tables are equal only within one.
    """

    name: str
    label_schema: int
    rules: dict[str, Any]
    parameters: dict[str, Any]
    code: str
    estimator: str
    tracker: str
    writer: str


def _in_order(videos: tuple[VideoEntry, ...]) -> tuple[VideoEntry, ...]:
    ids = [entry.video_id for entry in videos]
    if len(set(ids)) != len(ids):
        raise ValueError(f"expected each video once, got {sorted(i for i in set(ids) if ids.count(i) > 1)} twice")
    return tuple(sorted(videos, key=lambda entry: entry.video_id))


class Manifest(_Record):
    """Everything a release consists of and what made it.

    Attributes:
        format: Format of release and manifest.
        recipe: What made the labels.
        rule_set_hash: Digest of the rules.
        videos: One entry per video, by video id.
        merkle_root: Root of the hash tree over the entries (see `merkle_root`).
    """

    format: int = RELEASE_FORMAT
    recipe: Recipe
    rule_set_hash: Sha256
    videos: Annotated[tuple[VideoEntry, ...], AfterValidator(_in_order)]
    merkle_root: Sha256

    @classmethod
    def build(cls, recipe: Recipe, videos: tuple[VideoEntry, ...]) -> "Manifest":
        """The manifest of these videos, whatever their order.

        Raises:
            LabelError: A video comes twice.
        """
        try:
            ordered = _in_order(videos)
        except ValueError as error:
            raise LabelError(str(error)) from None
        rules = content_digest(canonical_json(recipe.rules))
        return cls(recipe=recipe, rule_set_hash=rules, videos=ordered, merkle_root=merkle_root(ordered))

    @property
    def dropped_by_rule(self) -> dict[str, int]:
        """Instances that each drop rule keeps out, by rule; what only warns keeps nobody out."""
        failed = total([entry.dropped_by_rule for entry in self.videos])
        named = {name.removeprefix("rule_"): count for name, count in failed.items()}
        return {name: count for name, count in named.items() if self.recipe.rules.get(name, {}).get("action") != "warn"}

    def to_bytes(self) -> bytes:
        """Its one byte string."""
        return canonical_json(self.model_dump(mode="json"))


class Claim(_Record):
    """The right to write the body of one version, held by whoever publishes this digest."""

    version: str
    digest: Sha256
    parent_version: str | None


class Release(_Record):
    """The commit of a release, written last.

    Attributes:
        version: Its semantic version.
        digest: Digest of its manifest.
        sums_sha256: Digest of its SHA256SUMS, and with it of every file.
        created_at: When it was committed.
        parent_version: Latest release when it was made.
        run: What the publisher said about the run.
    """

    version: str
    digest: Sha256
    sums_sha256: Sha256
    created_at: datetime
    parent_version: str | None
    run: dict[str, str] = Field(default_factory=dict)


def release_digest(manifest: Manifest) -> str:
    """The release's identity: 64 hex digits, equal for equal inputs in whatever order they came."""
    return content_digest(manifest.to_bytes())


def merkle_root(videos: tuple[VideoEntry, ...]) -> str:
    """Root of the RFC 6962 hash tree over the entries, so that one video's membership can be proven alone."""
    return _root([canonical_json(entry.model_dump(mode="json")) for entry in videos]).hex()


def _root(leaves: list[bytes]) -> bytes:
    if len(leaves) <= 1:
        return hashlib.sha256(b"".join([b"\0", *leaves]) if leaves else b"").digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + _root(leaves[:split]) + _root(leaves[split:])).digest()


def next_version(
    previous: tuple[Version, Manifest] | None,
    candidate: Manifest,
    only_adds: Callable[[VideoEntry, VideoEntry], bool],
) -> Version:
    """The version of a candidate that follows the previous release.

    Args:
        previous: The latest release, if any.
        candidate: Manifest of the next, of another digest.
        only_adds: Whether the second entry of a video has all rows of the first unchanged.
    """
    if previous is None:
        return Version(1, 0, 0)
    version, old = previous
    before = {entry.video_id: entry for entry in old.videos}
    after = {entry.video_id: entry for entry in candidate.videos}
    changed = [i for i in before.keys() & after.keys() if before[i].values_digest != after[i].values_digest]
    if before.keys() - after.keys() or not all(only_adds(before[i], after[i]) for i in changed):
        return version.next_major()
    if changed or after.keys() - before.keys():
        return Version(version.major, version.minor + 1, 0)
    return Version(version.major, version.minor, version.patch + 1)


def total(counts: "list[Mapping[str, int]]") -> dict[str, int]:
    """Sums of counts by name, in name order."""
    names = sorted({name for count in counts for name in count})
    return {name: sum(count.get(name, 0) for count in counts) for name in names}
