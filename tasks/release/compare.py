"""Whether a release only adds to the one before it."""

import numpy as np
import pyarrow as pa

from poseloom.schemas.frame_tables import frames_from_table
from poseloom.schemas.ports import Store
from poseloom.schemas.release import VideoEntry
from poseloom.tasks.release.layout import object_key
from poseloom.tasks.release.tables import read_parquet, rows_digest


def only_adds(store: Store, before: VideoEntry, after: VideoEntry) -> bool:
    """Whether the second entry has all label rows and frames of the first, every value unchanged."""
    labels = [read_parquet(store.read(object_key("labels", e.labels.sha256))) for e in (before, after)]
    frames = [read_parquet(store.read(object_key("frames", e.frames.sha256))) for e in (before, after)]
    return rows_kept(*labels) and set(frames_from_table(frames[0])[0]) <= set(frames_from_table(frames[1])[0])


def rows_kept(before: pa.Table, after: pa.Table) -> bool:
    """Whether all rows of a label table are in another, by instance id and with equal values in all columns."""
    if before.schema.metadata.get(b"poseloom.skeleton") != after.schema.metadata.get(b"poseloom.skeleton"):
        return False
    if not set(before.column_names) <= set(after.column_names):
        return False
    wanted, present = np.asarray(before["instance_id"]), np.asarray(after["instance_id"])
    order = np.argsort(present)
    at = order[np.searchsorted(present, wanted, sorter=order).clip(max=max(len(order) - 1, 0))] if len(order) else order
    if len(at) != len(wanted) or (present[at] != wanted).any():
        return False
    return rows_digest(after.select(before.column_names).take(pa.array(at))) == rows_digest(before)
