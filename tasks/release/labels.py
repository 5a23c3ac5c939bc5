"""The labels of a release, video by video."""

from collections.abc import Iterator

from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Store
from poseloom.schemas.release import VideoEntry
from poseloom.schemas.tables import from_table
from poseloom.tasks.release.layout import object_key
from poseloom.tasks.release.listing import show_release
from poseloom.tasks.release.tables import KEEP, read_parquet


def read_labels(store: Store, version: str, dropped: bool = False) -> Iterator[tuple[VideoEntry, Instances]]:
    """Every video of a release (or of the ``"latest"``) with the instances its rules keep.

    Args:
        store: The workspace.
        version: Semantic version, or ``"latest"``.
        dropped: Also those the rules drop.

    Raises:
        ReleaseError: No such release, or an altered one.
    """
    for entry in show_release(store, version).manifest.videos:
        table = read_parquet(store.read(object_key("labels", entry.labels.sha256)))
        yield entry, from_table(table if dropped else table.filter(table[KEEP]))
