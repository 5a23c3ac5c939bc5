"""Flags of the videos of a release."""

from collections.abc import Iterator
from dataclasses import dataclass

from poseloom.models.flags import find_flags
from poseloom.schemas.flag import Flag, FlagKind
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Store
from poseloom.schemas.release import VideoEntry
from poseloom.schemas.tables import from_table
from poseloom.tasks.predictions import read_predictions
from poseloom.tasks.release import show_release
from poseloom.tasks.release.layout import object_key
from poseloom.tasks.release.tables import read_parquet

_RULE = "rule_"


@dataclass(frozen=True, eq=False)
class VideoFlags:
    """What to look at in one video.

    Attributes:
        entry: The video in the release.
        labels: Its labels, those included that the rules drop.
        flags: The flags, the worst first.
        has_predictions: Whether an estimator has seen it; else nothing is known to drift.
    """

    entry: VideoEntry
    labels: Instances
    flags: tuple[Flag, ...]
    has_predictions: bool


def release_flags(store: Store, version: str = "latest") -> Iterator[VideoFlags]:
    """Every video of a release with its flags.

    Args:
        store: The workspace.
        version: Semantic version, or ``"latest"``.

    Raises:
        ReleaseError: No such release, or an altered one.
    """
    for entry in show_release(store, version).manifest.videos:
        table = read_parquet(store.read(object_key("labels", entry.labels.sha256)))
        labels = from_table(table)
        predictions = read_predictions(store, entry.video_id, labels.skeleton)
        passes = {
            name.removeprefix(_RULE): table[name].to_numpy() for name in table.column_names if name.startswith(_RULE)
        }
        found = find_flags(labels, entry.video(), predictions, passes)
        known = tuple(flag for flag in found if not _unknown(flag, entry))
        yield VideoFlags(entry, labels, known, predictions is not None)


def _unknown(flag: Flag, entry: VideoEntry) -> bool:
    """Whether somebody is missing in frames whose shard failed: nobody has looked there."""
    return flag.kind == FlagKind.MISSING and any(
        flag.start_frame < end and start < flag.end_frame for start, end in entry.missing
    )
