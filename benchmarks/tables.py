"""A million instances as a release's label table, beside plain `pyarrow.parquet.write_table` of the same columns.

Our side begins with `Instances` and ends with bytes; the plain side is handed the finished Arrow table and
writes it with the same compression and nothing else.
"""

import io
import time
from collections.abc import Callable
from typing import Any

import pyarrow.parquet as pq

from benchmarks.rules import ROWS, crowd
from poseloom.schemas.tables import to_table
from poseloom.tasks.release.tables import canonical_parquet

_REPEATS = 5


def measure() -> dict[str, float]:
    """Best of several, the two sides taking turns."""
    instances = crowd(ROWS)
    table = to_table(instances)
    ours, plain = [], []
    for _ in range(_REPEATS):
        ours.append(_seconds(lambda: canonical_parquet(to_table(instances))))
        plain.append(_seconds(lambda: _plain(table)))
    return {
        "canonical writer, s": min(ours),
        "plain write_table, s": min(plain),
        "canonical writer ÷ plain write_table, 1M instances": min(ours) / min(plain),
        "size ÷ plain": len(canonical_parquet(table)) / len(_plain(table)),
    }


def _plain(table: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", compression_level=1)
    return sink.getvalue()


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
