"""Which label set belongs to which video, and whether it can."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.frame_numbers import folder_of, is_numbered
from poseloom.schemas.formats.images import check_frames_in_video
from poseloom.schemas.labels import LabelSet
from poseloom.schemas.video import Video


def match_labels(
    sets: Sequence[LabelSet], videos: Sequence[Video], pictures: Mapping[str, Sequence[str]] | None = None
) -> dict[str, LabelSet]:
    """The label set of each video that has one, by video id.

    A label set belongs to the video of its name; else to that of its pictures' folder, else of its
    `vid_id`. One label set and one video belong together whatever their names.

    Args:
        sets: The label sets.
        videos: The videos.
        pictures: File names of the pictures of image folders, by video id: there a label belongs to
            the picture of its name, wherever in the folder that is.

    Raises:
        LabelError: Label sets without a video beside videos without labels, several for one video,
            or several videos of one name; or labels that cannot be of that video: frames outside
            it, another picture size, two instances of one track in a frame.
    """
    one_of_each = len(sets) == 1 and len(videos) == 1
    matched = {videos[0].video_id: sets[0]} if one_of_each else _by_name(sets, videos)
    for video in videos:
        if video.video_id in matched:
            matched[video.video_id] = fitted(matched[video.video_id], video, (pictures or {}).get(video.video_id, ()))
    return matched


def fitted(labels: LabelSet, video: Video, pictures: Sequence[str]) -> LabelSet:
    """The labels with the frame indices of the video's pictures.

    Args:
        labels: Labels of the video.
        video: The video.
        pictures: File names of its pictures, in order; empty where they have none.

    Raises:
        LabelError: Labels that cannot be of the video, as for `match_labels`.
    """
    labels = _by_picture(labels, pictures)
    check_fits(labels, video)
    return labels


def _by_picture(labels: LabelSet, pictures: Sequence[str]) -> LabelSet:
    """The labels with the frame indices of the pictures they name, if the folder holds all of these."""
    place = {name: frame for frame, name in enumerate(pictures)}
    named = [PurePosixPath(frame.file_name).name for frame in labels.frames]
    if not named or not place.keys() >= set(named):
        return labels
    frames = tuple(replace(frame, frame_index=place[name]) for frame, name in zip(labels.frames, named, strict=True))
    moved = {old.frame_index: new.frame_index for old, new in zip(labels.frames, frames, strict=True)}
    rows = np.array([moved[frame] for frame in labels.instances.frame_index.tolist()], dtype=np.int32)
    return replace(labels, frames=frames, instances=labels.instances.replace(frame_index=rows))


def check_fits(labels: LabelSet, video: Video) -> None:
    """Refuse labels that cannot be of the video.

    Raises:
        LabelError: Says what does not fit.
    """
    _check_frames_known(labels, video)
    listed = np.array([frame.frame_index for frame in labels.frames], dtype=np.int32)
    frames = np.concatenate([labels.instances.frame_index, listed])
    check_frames_in_video(frames, video.frame_count, f"{labels.name} ({video.uri})")
    check_size(labels, video)
    labels.check_unique_tracks()


def check_size(labels: LabelSet, video: Video) -> None:
    """Refuse labels that state another picture size than the video's.

    Raises:
        LabelError: Says which.
    """
    for where, (width, height) in _sizes(labels):
        if (width, height) != (video.width, video.height):
            raise LabelError(
                f"{labels.name}: expected labels of {video.width}x{video.height} pictures as in {video.uri}, "
                f"got {width}x{height} {where}"
            )


def _by_name(sets: Sequence[LabelSet], videos: Sequence[Video]) -> dict[str, LabelSet]:
    names = [video.name for video in videos]
    matched: dict[str, LabelSet] = {}
    unmatched = []
    for labels in sets:
        name = next((alias for alias in aliases(labels) if alias in names), None)
        if name is None:
            unmatched.append(labels.name)
            continue
        if names.count(name) > 1:
            raise LabelError(
                f"expected one video named {name}, got {', '.join(v.uri for v in videos if v.name == name)}"
            )
        video = videos[names.index(name)]
        if video.video_id in matched:
            raise LabelError(f"expected one label set for {name}, got {matched[video.video_id].name} and {labels.name}")
        matched[video.video_id] = labels
    if unmatched and len(matched) < len(videos):
        raise LabelError(f"expected labels of {_listed(names)}, got labels of {_listed(unmatched)}")
    return matched


def aliases(labels: LabelSet) -> Iterator[str]:
    """Names of the sequence, the most certain first: its own, its pictures' folder, its `vid_id`."""
    yield labels.name
    if labels.frames:
        yield PurePosixPath(folder_of(labels.frames[0].file_name)).name
        yield str(_fields(labels.frames[0].extra).get("vid_id", ""))


def _check_frames_known(labels: LabelSet, video: Video) -> None:
    """Pictures that are not named by number are frames only if all of them are listed."""
    pictures = [frame.file_name for frame in labels.frames]
    if pictures and not is_numbered(pictures) and len(pictures) != video.frame_count:
        raise LabelError(
            f"{labels.name}: expected pictures named by six-digit frame numbers or all {video.frame_count} frames "
            f"of {video.uri} listed, got {len(pictures)} pictures such as {pictures[0]!r}"
        )


def _sizes(labels: LabelSet) -> Iterator[tuple[str, tuple[int, int]]]:
    """Picture sizes that the labels state, and where."""
    stated = [("in the file", labels.extra), *((f"in frame {f.frame_index}", f.extra) for f in labels.frames)]
    for where, extra in stated:
        fields = _fields(extra)
        if "width" in fields and "height" in fields:
            yield where, (fields["width"], fields["height"])


def _fields(extra: str) -> dict[str, int]:
    """Untyped fields of an extra string, whatever its format."""
    document = json.loads(extra) if extra else {}
    return next((fields for key, fields in document.items() if key != "as_read"), {})


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"
