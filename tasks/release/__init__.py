"""Releases: build the tables, publish with one commit, verify offline, list."""

from poseloom.tasks.release.labels import read_labels
from poseloom.tasks.release.listing import (
    ListedRelease,
    latest_release,
    list_releases,
    read_manifest,
    show_release,
)
from poseloom.tasks.release.publish import Published, publish_entries, publish_release
from poseloom.tasks.release.tables import VideoLabels, canonical_parquet, parquet_writer
from poseloom.tasks.release.verify import Finding, Verification, verify_release

__all__ = [
    "Finding",
    "ListedRelease",
    "Published",
    "Verification",
    "VideoLabels",
    "canonical_parquet",
    "latest_release",
    "list_releases",
    "parquet_writer",
    "publish_entries",
    "publish_release",
    "read_labels",
    "read_manifest",
    "show_release",
    "verify_release",
]
