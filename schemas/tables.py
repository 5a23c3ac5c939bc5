"""Arrow schemas of the label table, and the only conversions between tables and nouns."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from poseloom.schemas.errors import LabelError
from poseloom.schemas.ids import TRACK_ID_LIMIT
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import Skeleton, skeleton_named

LABEL_SCHEMA_VERSION = 1


def label_schema(skeleton: Skeleton) -> pa.Schema:
    """Columns of a label table for K keypoints; see `Instances` for their meaning."""
    k = len(skeleton)
    fields = [
        pa.field("instance_id", pa.int64(), nullable=False),
        pa.field("frame_index", pa.int32(), nullable=False),
        pa.field("track_id", pa.int32(), nullable=False),
        pa.field("bbox_xywh", pa.list_(pa.float64(), 4), nullable=False),
        pa.field("keypoints_xy", pa.list_(pa.float64(), 2 * k), nullable=False),
        pa.field("visibility", pa.list_(pa.uint8(), k), nullable=False),
        pa.field("score", pa.list_(pa.float32(), k), nullable=False),
        pa.field("source", pa.list_(pa.uint8(), k), nullable=False),
        pa.field("anchor_frame", pa.list_(pa.int32(), k), nullable=False),
        pa.field("sharpness", pa.float32(), nullable=False),
        pa.field("head_xywh", pa.list_(pa.float64(), 4), nullable=False),
        pa.field("person_id", pa.int64(), nullable=False),
        pa.field("extra", pa.string(), nullable=False),
    ]
    metadata = {"poseloom.skeleton": skeleton.name, "poseloom.label_schema": str(LABEL_SCHEMA_VERSION)}
    return pa.schema(fields, metadata=metadata)


def instance_ids(instances: Instances) -> npt.NDArray[np.int64]:
    """(N,) ids unique within a video: frame index and track id packed."""
    return instances.frame_index.astype(np.int64) * TRACK_ID_LIMIT + instances.track_id


def to_table(instances: Instances) -> pa.Table:
    """The label table of the instances, without copying their arrays."""
    schema = label_schema(instances.skeleton)
    columns = [_to_column(field, instances) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def from_table(table: pa.Table) -> Instances:
    """The instances of a label table; other columns (verdicts) are ignored.

    Raises:
        LabelError: Not a label table, of a newer schema, or with a column missing, of another type or
            with nulls.
    """
    metadata = table.schema.metadata or {}
    version = metadata.get(b"poseloom.label_schema", b"another table").decode(errors="replace")
    if version != str(LABEL_SCHEMA_VERSION):
        raise LabelError(f"expected a label table of schema {LABEL_SCHEMA_VERSION}, got {version}")
    skeleton = skeleton_named(metadata.get(b"poseloom.skeleton", b"").decode(errors="replace"))
    arrays: dict[str, Any] = {
        field.name: _from_column(_checked_column(table, field), field)
        for field in label_schema(skeleton)
        if field.name not in ("instance_id", "extra")
    }
    arrays["keypoints_xy"] = arrays["keypoints_xy"].reshape(-1, len(skeleton), 2)
    extra = _checked_column(table, pa.field("extra", pa.string())).to_pylist()
    return Instances(skeleton=skeleton, extra=tuple(extra), **arrays)


def _to_column(field: pa.Field, instances: Instances) -> pa.Array:
    if field.name == "instance_id":
        return pa.array(instance_ids(instances))
    if field.name == "extra":
        return pa.array(instances.extra, type=pa.string())
    values = getattr(instances, field.name)
    if pa.types.is_fixed_size_list(field.type):
        return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), type=field.type)
    return pa.array(values)


def _checked_column(table: pa.Table, field: pa.Field) -> pa.ChunkedArray:
    if table.schema.get_field_index(field.name) < 0:
        raise LabelError(f"expected a column {field.name} of {field.type}, got {', '.join(table.column_names)}")
    column = table.column(field.name)
    if column.type != field.type:
        raise LabelError(f"expected a column {field.name} of {field.type}, got {column.type}")
    if column.null_count:
        raise LabelError(f"expected a full column {field.name}, got {column.null_count} nulls")
    return column


def _from_column(column: pa.ChunkedArray, field: pa.Field) -> npt.NDArray[Any]:
    array = column.combine_chunks()
    if not pa.types.is_fixed_size_list(field.type):
        return np.asarray(array)
    return np.asarray(array.flatten()).reshape(-1, field.type.list_size)


def provenance_schema() -> pa.Schema:
    """Columns of a provenance table: one row per keypoint that a person or a propagation placed.

    Who placed all others is in the file's metadata, ``poseloom.actor.<source>``, once for the whole video.
    """
    fields = [
        pa.field("instance_id", pa.int64(), nullable=False),
        pa.field("keypoint", pa.uint8(), nullable=False),
        pa.field("source", pa.uint8(), nullable=False),
        pa.field("anchor_frame", pa.int32(), nullable=False),
        pa.field("actor", pa.dictionary(pa.int32(), pa.string()), nullable=False),
    ]
    return pa.schema(fields, metadata={"poseloom.provenance_schema": "1"})


def provenance_table(
    instances: Instances,
    actors: Mapping[Source, str],
    corrections: Mapping[tuple[int, int], Mapping[int, str]],
) -> pa.Table:
    """The provenance table of a video's labels.

    Args:
        instances: The labels.
        actors: Who placed the keypoints of a source, e.g. ``"estimator:blazepose@<digest>"``,
            ``"tracker:lucas_kanade@<digest>"``, ``"import:<file digest>"``.
        corrections: Correction id by (frame index, track id) and keypoint slot.

    Raises:
        LabelError: A corrected keypoint without a correction, or a source without an actor.
    """
    rows, slots = np.nonzero(np.isin(instances.source, (Source.PROPAGATED, Source.CORRECTED)))
    sources = instances.source[rows, slots]
    known, codes = _actor_codes(instances, rows, slots, actors, corrections)
    columns = [
        pa.array(instance_ids(instances)[rows]),
        pa.array(slots.astype(np.uint8)),
        pa.array(sources),
        pa.array(instances.anchor_frame[rows, slots]),
        pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(known, pa.string())),
    ]
    schema = provenance_schema()
    by_source = {f"poseloom.actor.{source.name.lower()}": actor for source, actor in sorted(actors.items())}
    return pa.Table.from_arrays(columns, schema=schema.with_metadata({**schema.metadata, **by_source}))


def _actor_codes(
    instances: Instances,
    rows: npt.NDArray[np.intp],
    slots: npt.NDArray[np.intp],
    actors: Mapping[Source, str],
    corrections: Mapping[tuple[int, int], Mapping[int, str]],
) -> tuple[list[str], npt.NDArray[np.int32]]:
    """Actors in order, and for each keypoint the place of its actor among them."""
    corrected = np.flatnonzero(instances.source[rows, slots] == Source.CORRECTED)
    names = [_corrector(instances, int(rows[at]), int(slots[at]), corrections) for at in corrected]
    carried = len(corrected) < len(rows)
    if carried and Source.PROPAGATED not in actors:
        raise LabelError(f"expected an actor of the {len(rows) - len(corrected)} propagated keypoints, got none")
    known = sorted({*names, *([actors[Source.PROPAGATED]] if carried else [])})
    place = {name: code for code, name in enumerate(known)}
    codes = np.full(len(rows), place[actors[Source.PROPAGATED]] if carried else 0, dtype=np.int32)
    codes[corrected] = [place[name] for name in names]
    return known, codes


def _corrector(
    instances: Instances, row: int, slot: int, corrections: Mapping[tuple[int, int], Mapping[int, str]]
) -> str:
    frame, track = int(instances.frame_index[row]), int(instances.track_id[row])
    try:
        return corrections[frame, track][slot]
    except KeyError:
        keypoint = instances.skeleton.keypoints[slot]
        raise LabelError(
            f"expected a correction behind the corrected {keypoint} of track {track} in frame {frame}, got none"
        ) from None
