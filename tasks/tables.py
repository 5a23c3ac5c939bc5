"""Label tables in the store: the intermediate results that stages hand to one another."""

import io

import pyarrow as pa
import pyarrow.parquet as pq

from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Store
from poseloom.schemas.tables import from_table, to_table


def write_instances(store: Store, key: str, instances: Instances) -> None:
    """Store instances as an intermediate Parquet object under that key."""
    sink = io.BytesIO()
    pq.write_table(to_table(instances), sink, compression="zstd", compression_level=1, write_statistics=False)
    store.write(key, sink.getvalue())


def read_instances(store: Store, key: str) -> Instances:
    """Instances that `write_instances` stored under that key."""
    file = pq.ParquetFile(pa.BufferReader(store.read(key)))  # half the cost of `read_table` for small tables
    return from_table(file.read(use_threads=False))
