"""What to evaluate: label files, or a release, as parts that are read one at a time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from poseloom.infra.labels import label_uris, read_label_sets, sequence_name
from poseloom.infra.storage import open_store
from poseloom.schemas.errors import InputError, LabelError, ReleaseError
from poseloom.schemas.formats import coco_results
from poseloom.schemas.frame_tables import frames_from_table
from poseloom.schemas.labels import FrameLabel, LabelSet
from poseloom.schemas.ports import Store
from poseloom.schemas.release import Version, VideoEntry
from poseloom.schemas.tables import from_table
from poseloom.tasks.release import show_release
from poseloom.tasks.release.layout import object_key
from poseloom.tasks.release.tables import KEEP, read_parquet

_WORKSPACE_KEY = "workspace.json"


@dataclass(frozen=True, eq=False)
class SequenceLabels:
    """Labels of one video with what their kind of file promises.

    Attributes:
        labels: The labels.
        lists_frames: The file lists the frames that it is about, so another list contradicts it.
        frame_count: Frames of the video; None where nobody knows.
        width: Picture width; None where nobody knows, or the frames say it themselves.
        height: Picture height, likewise.
    """

    labels: LabelSet
    lists_frames: bool
    frame_count: int | None = None
    width: int | None = None
    height: int | None = None

    @property
    def is_results_list(self) -> bool:
        """A COCO results list: people of image ids, of as many sequences as there are."""
        return is_results_list(self.labels)


@dataclass(frozen=True)
class Part:
    """What is read at once: one label file, or one video of a release.

    Attributes:
        name: Sequence name, if it holds one sequence.
        read: Reads its sequences.
    """

    name: str
    read: Callable[[], list[SequenceLabels]]


def is_results_list(labels: LabelSet) -> bool:
    """Whether labels came from a COCO results list, which names no pictures: its frames are image ids."""
    return f'"{coco_results.FORMAT}"' in labels.extra


def open_parts(uri: str, version: str = "latest") -> list[Part]:
    """The parts at a path or ``s3://`` URI, in order of their names.

    Args:
        uri: A label file, a folder of label files, a workspace, or a release of one (``DIR/releases/1.0.0``).
        version: Version of the release in a workspace.

    Raises:
        InputError: Nothing there, or nothing of that kind.
        ReleaseError: No such release.
    """
    workspace, found, rest = uri.rstrip("/").rpartition("/releases/")
    if found and _is_version(rest):
        return _release_parts(open_store(workspace), rest)
    if _is_workspace(uri):
        return _release_parts(open_store(uri), version)
    parts = [Part(sequence_name(one), _file_reader(one)) for one in label_uris(uri)]
    _check_unique([part.name for part in parts], uri)
    return parts


def _file_reader(uri: str) -> Callable[[], list[SequenceLabels]]:
    return lambda: [_of_file(labels) for labels in read_label_sets(uri)]


def _of_file(labels: LabelSet) -> SequenceLabels:
    if labels.frames:
        return SequenceLabels(labels, lists_frames=True)
    return SequenceLabels(_with_frames(labels, {}, ()), lists_frames=False)


def _with_frames(labels: LabelSet, listed: dict[int, FrameLabel], others: Iterable[int]) -> LabelSet:
    """The labels with their frames and others; only those in which somebody has a keypoint are labelled."""
    people = labels.instances
    labelled = set(people.frame_index[(people.visibility > 0).any(axis=1)].tolist())
    needed = sorted({*listed, *others, *people.frame_index.tolist()})
    frames = (listed.get(index, FrameLabel(index, index, "")) for index in needed)
    return replace(labels, frames=tuple(replace(frame, is_labeled=frame.frame_index in labelled) for frame in frames))


def _is_workspace(uri: str) -> bool:
    try:
        return open_store(uri).exists(_WORKSPACE_KEY)
    except (InputError, NotADirectoryError):
        return False


def _is_version(text: str) -> bool:
    try:
        return bool(Version.parse(text))
    except InputError:
        return False


def _release_parts(store: Store, version: str) -> list[Part]:
    entries = sorted(show_release(store, version).manifest.videos, key=lambda entry: entry.name)
    _check_unique([entry.name for entry in entries], f"release {version} of {store.uri}")
    if not entries:
        raise ReleaseError(f"expected videos in release {version} of {store.uri}, got none")
    return [Part(entry.name, _release_reader(store, entry)) for entry in entries]


def _release_reader(store: Store, entry: VideoEntry) -> Callable[[], list[SequenceLabels]]:
    return lambda: [_of_release(store, entry)]


def _of_release(store: Store, entry: VideoEntry) -> SequenceLabels:
    """The kept labels; a frame is labelled where somebody has a keypoint, as in the release's exports."""
    labels = read_parquet(store.read(object_key("labels", entry.labels.sha256)))
    frames, _, extra = frames_from_table(read_parquet(store.read(object_key("frames", entry.frames.sha256))))
    kept = LabelSet(entry.name, from_table(labels.filter(labels[KEEP])), (), extra)
    listed = {frame.frame_index: frame for frame in frames}
    return SequenceLabels(
        _with_frames(kept, listed, range(entry.frame_count)),
        lists_frames=False,
        frame_count=entry.frame_count,
        width=entry.width,
        height=entry.height,
    )


def _check_unique(names: list[str], where: str) -> None:
    values, counts = np.unique(names, return_counts=True)
    if (counts > 1).any():
        raise LabelError(f"expected sequences of different names in {where}, got {values[np.argmax(counts)]} twice")
