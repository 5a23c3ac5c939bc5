"""The label table: value-identical through Arrow and Parquet."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from poseloom.schemas.errors import LabelError
from poseloom.schemas.ids import TRACK_ID_LIMIT, instances_digest
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17, HUMANART21, POSETRACK, Skeleton
from poseloom.schemas.tables import from_table, instance_ids, label_schema, to_table

PIXELS = st.floats(-1e7, 1e7, allow_nan=False)
MAYBE_PIXELS = st.one_of(PIXELS, st.just(np.nan))


@st.composite
def random_instances(draw: st.DrawFn) -> Instances:
    skeleton: Skeleton = draw(st.sampled_from([COCO17, POSETRACK, HUMANART21]))
    n, k = draw(st.integers(0, 4)), len(skeleton)

    def column(dtype: Any, shape: tuple[int, ...], elements: st.SearchStrategy[Any]) -> npt.NDArray[Any]:
        return draw(arrays.arrays(dtype, shape, elements=elements))

    visibility = column(np.uint8, (n, k), st.integers(0, 2))
    return Instances.build(
        skeleton,
        column(np.int32, (n,), st.integers(0, 2**31 - 1)),
        column(np.float64, (n, k, 2), PIXELS),
        visibility,
        Source.IMPORTED,
        track_id=column(np.int32, (n,), st.integers(-1, TRACK_ID_LIMIT - 1)),
        bbox_xywh=column(np.float64, (n, 4), MAYBE_PIXELS),
        head_xywh=column(np.float64, (n, 4), MAYBE_PIXELS),
        score=column(np.float32, (n, k), st.one_of(st.floats(0, 1, width=32), st.just(np.nan))),
        anchor_frame=column(np.int32, (n, k), st.integers(-1, 2**31 - 1)),
        person_id=column(np.int64, (n,), st.integers(-1, 2**63 - 1)),
        extra=tuple(draw(st.lists(st.text(st.characters(codec="utf-8")), min_size=n, max_size=n))),
    )


@given(random_instances())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_instances_survive_parquet_value_by_value(tmp_path: Path, original: Instances) -> None:
    pq.write_table(to_table(original), tmp_path / "labels.parquet")
    back = from_table(pq.read_table(tmp_path / "labels.parquet"))
    assert back.skeleton is original.skeleton
    for name, values in vars(original).items():
        if isinstance(values, np.ndarray):
            np.testing.assert_array_equal(getattr(back, name), values, err_msg=name, strict=True)
    assert back.extra == original.extra
    assert instances_digest(back) == instances_digest(original)


def some(frames: int = 6) -> Instances:
    n = frames
    return Instances.build(
        COCO17, range(n), np.arange(n * 34.0).reshape(n, 17, 2), np.full((n, 17), 2), Source.IMPORTED, track_id=range(n)
    )


def test_chunked_and_sliced_tables_read_back() -> None:
    original = some()
    table = to_table(original)
    chunked = pa.concat_tables([table.slice(0, 2), table.slice(2, 3), table.slice(5)])
    np.testing.assert_array_equal(from_table(chunked).keypoints_xy, original.keypoints_xy)
    np.testing.assert_array_equal(from_table(table.slice(2, 3)).keypoints_xy, original.keypoints_xy[2:5])


def test_verdict_columns_are_ignored() -> None:
    table = to_table(some()).append_column("too_few_keypoints", pa.array([True] * 6))
    assert len(from_table(table)) == 6


def test_the_columns_are_the_schemas() -> None:
    assert to_table(some()).schema.equals(label_schema(COCO17), check_metadata=True)


def test_instance_ids_pack_frame_and_track() -> None:
    assert instance_ids(some(3)).tolist() == [0, TRACK_ID_LIMIT + 1, 2 * TRACK_ID_LIMIT + 2]


def test_other_tables_and_newer_schemas_are_refused() -> None:
    table = to_table(some())
    with pytest.raises(LabelError, match="expected a label table of schema 1, got another table"):
        from_table(pa.table({"a": [1]}))
    newer = dict(table.schema.metadata) | {b"poseloom.label_schema": b"2"}
    with pytest.raises(LabelError, match="expected a label table of schema 1, got 2"):
        from_table(table.replace_schema_metadata(newer))
    fly = dict(table.schema.metadata) | {b"poseloom.skeleton": b"fly"}
    with pytest.raises(LabelError, match=r"expected a skeleton of .*, got 'fly'"):
        from_table(table.replace_schema_metadata(fly))


def test_a_label_table_without_its_skeleton_is_refused() -> None:
    bare = to_table(some()).replace_schema_metadata({"poseloom.label_schema": "1"})
    with pytest.raises(LabelError, match="expected a skeleton of coco17, posetrack, humanart21, got ''"):
        from_table(bare)


def test_a_label_table_without_a_column_is_refused() -> None:
    with pytest.raises(LabelError, match="expected a column visibility"):
        from_table(to_table(some()).drop_columns(["visibility"]))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (pa.array([None] * 6, pa.int32()), "expected a full column frame_index, got 6 nulls"),
        (pa.array([0.5] * 6), "expected a column frame_index of int32, got double"),
    ],
)
def test_a_label_table_with_another_column_is_refused(values: pa.Array, message: str) -> None:
    table = to_table(some())
    with pytest.raises(LabelError, match=message):
        from_table(table.set_column(table.schema.get_field_index("frame_index"), "frame_index", values))
