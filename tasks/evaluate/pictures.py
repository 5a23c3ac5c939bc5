"""Pictures of the worst frames, from the videos that the labels are about."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from poseloom.infra.labels import aliases
from poseloom.infra.overlay.compared import blank_picture, compared_picture
from poseloom.infra.video import find_videos, open_indexed, picture_named, probe
from poseloom.schemas.arrays import U8
from poseloom.schemas.errors import InputError
from poseloom.schemas.labels import LabelSet
from poseloom.tasks.evaluate.views import FrameView


def frame_pictures(views: Iterable[FrameView], videos: str, is_only_sequence: bool) -> list[U8 | None]:
    """(H, W, 3) uint8 RGB pictures of the frames; None where no video of the sequence's name has the frame.

    Args:
        views: The frames.
        videos: A video or a folder of these, as `find_videos` takes it.
        is_only_sequence: One sequence and one video belong together whatever their names.

    Raises:
        InputError: Several videos of one name.
        VideoError: No video there, or one that cannot be read.
    """
    uris = find_videos([videos])
    by_name: dict[str, list[str]] = {}
    for uri in uris:
        path = PurePosixPath(uri.rstrip("/"))
        for name in {path.name, path.stem}:
            by_name.setdefault(name, []).append(uri)
    alone = uris[0] if is_only_sequence and len(uris) == 1 else None
    found = ((view, alone or _video_of(view, by_name)) for view in views)
    return [_picture(view, uri) if uri else None for view, uri in found]


def overlay(view: FrameView, picture: U8 | None) -> U8:
    """Truth and predictions on the frame's picture, or on empty ground."""
    ground = blank_picture(view.truth, view.predicted) if picture is None else picture
    return compared_picture(ground, view.truth, view.predicted)


def _video_of(view: FrameView, by_name: Mapping[str, Sequence[str]]) -> str | None:
    name = next((name for name in aliases(LabelSet(view.sequence, view.truth, (view.label,))) if name in by_name), None)
    if name is None:
        return None
    if len(by_name[name]) > 1:
        raise InputError(f"expected one video named {name}, got {', '.join(by_name[name])}")
    return by_name[name][0]


_indexed = lru_cache(maxsize=16)(probe)


def _picture(view: FrameView, uri: str) -> U8 | None:
    """The picture that the label names, or the frame of its index where no file is named so."""
    name, frame_index = PurePosixPath(view.label.file_name).name, view.label.frame_index
    if name and (picture := picture_named(uri, name)) is not None:
        return picture
    index = _indexed(uri)
    if not 0 <= frame_index < index.video.frame_count:
        return None
    (frame,) = open_indexed(index, uri).frames(frame_index, frame_index + 1)
    return frame.image
