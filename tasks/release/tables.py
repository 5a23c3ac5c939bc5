"""The tables of a release: one canonical byte string per table, and the manifest entry of a video."""

import hashlib
import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from poseloom.schemas.errors import LabelError
from poseloom.schemas.frame_tables import frames_from_table, frames_to_table
from poseloom.schemas.ids import canonical_json, content_digest, instances_digest
from poseloom.schemas.labels import LabelSet
from poseloom.schemas.ports import Store
from poseloom.schemas.provenance import Source
from poseloom.schemas.release import StoredTable, VideoEntry
from poseloom.schemas.tables import from_table, label_schema
from poseloom.schemas.video import Video
from poseloom.tasks.release.layout import object_key

VIDEO_ID = "video_id"
"""First column of a released label table, so that rows of several videos can be read together."""
KEEP = "keep"
"""Verdict column that says whether a row is exported."""
_ROWS_PER_GROUP = 1 << 16
_DICTIONARIES = [
    "visibility.list.element",
    "source.list.element",
    "anchor_frame.list.element",
    "frame_index",
    "track_id",
    "person_id",
    "extra",
    "actor",
    "keypoint",
    "source",
    "anchor_frame",
    "file_name",
]


@dataclass(frozen=True)
class VideoLabels:
    """One video on its way into a release.

    Attributes:
        video: The video.
        labels: Label table plus one boolean verdict column per rule (true: passes) and ``keep``.
        provenance: Provenance table of the same instances.
        frames: Frame table (`frames_to_table`); None when the run started from no labels.
        missing: Half-open frame ranges whose shards failed.
    """

    video: Video
    labels: pa.Table
    provenance: pa.Table
    frames: pa.Table | None = None
    missing: tuple[tuple[int, int], ...] = ()


def parquet_writer() -> str:
    """The Parquet writer, for the manifest."""
    return f"pyarrow {pa.__version__}"


def canonical_parquet(table: pa.Table) -> bytes:
    """The table's one Parquet file: rows by frame and track, fixed row groups, compression and encodings.

    Deterministic within one version of the writer.
    """
    sink = io.BytesIO()
    pq.write_table(
        _in_order(table),
        sink,
        compression="zstd",
        compression_level=1,
        use_dictionary=_DICTIONARIES,
        row_group_size=_ROWS_PER_GROUP,
        write_page_index=True,
    )
    return sink.getvalue()


def read_parquet(data: bytes) -> pa.Table:
    """The table of `canonical_parquet`'s bytes."""
    return pq.read_table(pa.BufferReader(data))


def store_video(store: Store, labelled: VideoLabels) -> VideoEntry:
    """Store a video's tables under their digests; returns its manifest entry.

    Raises:
        LabelError: Two rows of one track in one frame, or no ``keep`` column.
    """
    labels = _with_video(_in_order(labelled.labels), labelled.video)
    frames = labelled.frames
    if frames is None:
        frames = frames_to_table((), labelled.video.name, "")
    tables = {"labels": labels, "provenance": labelled.provenance, "frames": frames}
    stored = {kind: _store_table(store, kind, table) for kind, table in tables.items()}
    return describe(labelled.video, labels, frames, labelled.missing, stored)


def _with_video(labels: pa.Table, video: Video) -> pa.Table:
    ids = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(labels), dtype=np.int8)), pa.array([video.video_id]))
    return labels.add_column(0, pa.field(VIDEO_ID, ids.type, nullable=False), ids)


def describe(
    video: Video,
    labels: pa.Table,
    frames: pa.Table,
    missing: tuple[tuple[int, int], ...],
    stored: dict[str, StoredTable],
) -> VideoEntry:
    """The manifest entry of a video's tables (labels in canonical order)."""
    _check_labels(video, labels)
    instances, keep = from_table(labels), np.asarray(labels[KEEP])
    sources = instances.source[keep][instances.visibility[keep] > 0]
    return VideoEntry(
        **video.model_dump(exclude={"uri"}),
        skeleton=instances.skeleton.name,
        labels=stored["labels"],
        provenance=stored["provenance"],
        frames=stored["frames"],
        values_digest=values_digest(labels, frames),
        kept=int(keep.sum()),
        keypoints_by_source={s.name.lower(): int((sources == s).sum()) for s in Source if s is not Source.NONE},
        dropped_by_rule={name: int((~np.asarray(labels[name]) & ~keep).sum()) for name in rule_columns(labels)},
        missing=tuple(sorted(missing)),
    )


def rule_columns(labels: pa.Table) -> list[str]:
    """Names of the rules with a verdict column, sorted."""
    return sorted(set(verdict_columns(labels)) - {KEEP})


def verdict_columns(labels: pa.Table) -> list[str]:
    """Names of the columns that are no part of a plain label table, sorted."""
    known = label_schema(from_table(labels.slice(0, 0)).skeleton).names
    return sorted(set(labels.column_names) - set(known) - {VIDEO_ID})


def values_digest(labels: pa.Table, frames: pa.Table) -> str:
    """Digest of every value in a video's labels, whatever wrote the files they came from."""
    rows, _, _ = frames_from_table(frames)
    return content_digest(f"{rows_digest(labels)} {content_digest(repr(rows).encode())}".encode())


def rows_digest(labels: pa.Table) -> str:
    """Digest of all values of a label table's rows, verdicts included."""
    digest = hashlib.sha256(instances_digest(from_table(labels)).encode())
    for name in verdict_columns(labels):
        digest.update(canonical_json([name, str(labels.schema.field(name).type)]))
        digest.update(np.asarray(labels[name]).astype(np.uint8).tobytes())
    return digest.hexdigest()


def label_set(labels: pa.Table, frames: pa.Table) -> LabelSet:
    """The kept labels of a video, as exports need them."""
    rows, name, extra = frames_from_table(frames)
    return LabelSet(name, from_table(labels.filter(labels[KEEP])), rows, extra)


def _in_order(table: pa.Table) -> pa.Table:
    keys = [(name, "ascending") for name in ("frame_index", "track_id") if name in table.column_names]
    if not keys:
        return table.combine_chunks()
    order = pc.sort_indices(table, sort_keys=keys)
    in_order = np.array_equal(order, np.arange(len(table)))
    return (table if in_order else table.take(order)).combine_chunks()


def _store_table(store: Store, kind: str, table: pa.Table) -> StoredTable:
    data = canonical_parquet(table)
    stored = StoredTable(sha256=content_digest(data), size=len(data), rows=table.num_rows)
    key = object_key(kind, stored.sha256)
    if not store.exists(key):
        store.write(key, data)
    return stored


def _check_labels(video: Video, labels: pa.Table) -> None:
    names = labels.column_names
    if len(set(names)) < len(names):
        raise LabelError(f"expected unique column names in the labels of {video.name}, got {names}")
    other = [name for name in verdict_columns(labels) if not pa.types.is_boolean(labels.schema.field(name).type)]
    if other:
        raise LabelError(f"expected boolean verdict columns in the labels of {video.name}, got others: {other}")
    if KEEP not in names:
        raise LabelError(f"expected a {KEEP} column in the labels of {video.name}, got {names}")
    ids: Any = np.asarray(labels["instance_id"])
    values, counts = np.unique(ids, return_counts=True)
    if (counts > 1).any():
        row = labels.slice(int(np.argmax(ids == values[np.argmax(counts)])), 1)
        frame, track = row["frame_index"][0].as_py(), row["track_id"][0].as_py()
        raise LabelError(f"expected one instance of track {track} in frame {frame} of {video.name}, got {counts.max()}")
