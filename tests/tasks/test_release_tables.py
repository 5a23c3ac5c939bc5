import hashlib
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from poseloom.infra.storage.local import LocalStore
from poseloom.schemas.errors import LabelError
from poseloom.schemas.ids import content_digest
from poseloom.schemas.tables import from_table
from poseloom.tasks.release.compare import rows_kept
from poseloom.tasks.release.tables import VideoLabels, canonical_parquet, label_set, rows_digest, store_video
from tests.fixtures.releases import labelled, people, video


def test_equal_tables_are_equal_files_whatever_their_chunks_and_row_order(rng: np.random.Generator) -> None:
    table = labelled(people(frames=40, count=3), video()).labels
    shuffled = table.take(pa.array(rng.permutation(len(table))))
    chunked = pa.concat_tables([shuffled.slice(0, 11), shuffled.slice(11)])

    assert canonical_parquet(chunked) == canonical_parquet(table)


def test_the_file_holds_the_same_values_and_metadata() -> None:
    table = labelled(people(), video()).labels
    read = pq.read_table(io.BytesIO(canonical_parquet(table)))

    assert rows_digest(read) == rows_digest(table)
    assert read.schema.metadata[b"poseloom.skeleton"] == b"posetrack"
    assert np.array_equal(from_table(read).keypoints_xy, people().keypoints_xy)


def test_the_entry_counts_what_the_rules_keep(tmp_path: Path) -> None:
    """2 of 10 rows are dropped: one fails both rules, one only the second; a kept row may fail a rule that warns."""
    too_few = [False, True, False, *[True] * 7]
    blurred = [False, False, *[True] * 8]
    keep = [False, False, *[True] * 8]
    entry = store_video(LocalStore(tmp_path), labelled(people(), video(), keep, keypoint_count=too_few, blur=blurred))

    assert (entry.labels.rows, entry.kept, entry.dropped) == (10, 8, 2)
    assert entry.dropped_by_rule == {"keypoint_count": 1, "blur": 2}
    assert entry.keypoints_by_source == {"predicted": 0, "imported": 8 * 14, "propagated": 0, "corrected": 0}


def test_tables_are_stored_under_their_digests(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    entry = store_video(store, labelled(people(), video()))
    data = store.read(f"objects/labels/{entry.labels.sha256}.parquet")

    assert hashlib.sha256(data).hexdigest() == entry.labels.sha256
    assert len(data) == entry.labels.size


def test_dropped_rows_are_stored_but_not_exported() -> None:
    keep = [True] * 9 + [False]
    table = labelled(people(), video(), keep).labels
    frames = pa.Table.from_pylist(
        [], schema=pa.schema([("frame_index", pa.int32())], metadata={"poseloom.name": "n", "poseloom.extra": ""})
    )

    assert len(table) == 10
    assert len(label_set(table, frames).instances) == 9


def test_a_track_twice_in_a_frame_is_refused(tmp_path: Path) -> None:
    table = labelled(people(), video()).labels
    twice = pa.concat_tables([table, table.slice(7, 1)])
    with pytest.raises(LabelError, match="expected one instance of track 1 in frame 3 of street_0, got 2"):
        store_video(LocalStore(tmp_path), VideoLabels(video(), twice, labelled(people(), video()).provenance))


def test_labels_without_verdict_are_refused(tmp_path: Path) -> None:
    table = labelled(people(), video()).labels.drop_columns("keep")
    with pytest.raises(LabelError, match="expected a keep column in the labels of street_0"):
        store_video(LocalStore(tmp_path), VideoLabels(video(), table, labelled(people(), video()).provenance))


def rows(count: int, shift: float = 0.0) -> pa.Table:
    return labelled(people(frames=count, shift=shift), video()).labels


def test_more_rows_keep_the_rows_before() -> None:
    assert rows_kept(rows(4), rows(5))
    assert rows_kept(rows(4), rows(4))


def test_fewer_or_edited_rows_do_not() -> None:
    assert not rows_kept(rows(5), rows(4))
    assert not rows_kept(rows(4), rows(5, shift=0.001))
    assert not rows_kept(rows(1), rows(0))
    assert rows_kept(rows(0), rows(1))


def test_a_changed_verdict_is_an_edit_and_a_new_rule_an_addition() -> None:
    before = labelled(people(), video()).labels
    judged = labelled(people(), video(), keep=[False] + [True] * 9).labels
    more_rules = labelled(people(), video(), blur=[True] * 10).labels

    assert not rows_kept(before, judged)
    assert rows_kept(before, more_rules)
    assert not rows_kept(more_rules, before)


def test_unknown_boxes_equal_themselves() -> None:
    """NaN marks what is unknown, and must not make equal rows look edited."""
    unknown = people().replace(bbox_xywh=np.full((10, 4), np.nan))
    table = labelled(unknown, video()).labels

    assert rows_kept(table.slice(0, 4), table)


def test_digests_do_not_know_the_file_format() -> None:
    table = rows(3)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="none", use_dictionary=False)

    assert content_digest(sink.getvalue()) != content_digest(canonical_parquet(table))
    assert rows_digest(pq.read_table(sink)) == rows_digest(table)
