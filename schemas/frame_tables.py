"""Arrow tables of what a label file says about frames, apart from people."""

import pyarrow as pa

from poseloom.schemas.labels import FrameLabel

FRAME_SCHEMA = pa.schema(
    [
        pa.field("frame_index", pa.int32(), nullable=False),
        pa.field("image_id", pa.int64(), nullable=False),
        pa.field("file_name", pa.string(), nullable=False),
        pa.field("is_labeled", pa.bool_(), nullable=False),
        pa.field("ignore_regions", pa.list_(pa.list_(pa.list_(pa.float64(), 2))), nullable=False),
        pa.field("extra", pa.string(), nullable=False),
    ]
)


def frames_to_table(frames: tuple[FrameLabel, ...], name: str, extra: str) -> pa.Table:
    """The table of a label set's frames; sequence name and file-level fields go to its metadata."""
    schema = FRAME_SCHEMA.with_metadata({"poseloom.name": name, "poseloom.extra": extra})
    return pa.Table.from_pylist([vars(frame) for frame in frames], schema=schema)


def frames_from_table(table: pa.Table) -> tuple[tuple[FrameLabel, ...], str, str]:
    """Frames, sequence name and file-level fields of such a table."""
    frames = tuple(
        FrameLabel(**row | {"ignore_regions": tuple(_polygon(ring) for ring in row["ignore_regions"])})
        for row in table.to_pylist()
    )
    metadata = table.schema.metadata
    return frames, metadata[b"poseloom.name"].decode(), metadata[b"poseloom.extra"].decode()


def _polygon(points: list[list[float]]) -> tuple[tuple[float, float], ...]:
    return tuple((x, y) for x, y in points)
