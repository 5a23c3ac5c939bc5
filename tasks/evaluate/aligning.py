"""Predictions on the frames of the truth."""

import json
from dataclasses import replace
from pathlib import PurePosixPath

import numpy as np

from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.frame_numbers import folder_of, is_numbered
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import FrameLabel, LabelSet
from poseloom.tasks.evaluate.inputs import SequenceLabels

Size = tuple[int, int]


def aligned(truth: SequenceLabels, predicted: SequenceLabels) -> LabelSet:
    """The predictions with the truth's frame indices, rows in file order.

    Pictures of equal names are one frame, else those of equal image ids; labels that list no pictures go
    by frame index. People in frames about which the truth says nothing are left out, as in unlabelled
    frames, unless the predictions' own list of frames contradicts the truth's.

    Raises:
        LabelError: Lists of other frames than the truth's, pictures of other sizes, frames that the video
            does not have, or two people of one track in a frame.
    """
    name = truth.labels.name
    truth.labels.check_unique_tracks()
    if predicted.is_results_list:
        found = of_images(truth.labels, predicted.labels)
    elif predicted.lists_frames and truth.lists_frames:
        found = _by_pictures(truth.labels, predicted.labels)
    else:
        _check_counts(truth, predicted)
        found = predicted.labels
    _check_sizes(truth, predicted, name)
    known = np.isin(found.instances.frame_index, [frame.frame_index for frame in truth.labels.frames])
    found = replace(found, name=name, instances=found.instances.select(known), frames=truth.labels.frames)
    try:
        found.check_unique_tracks()
    except LabelError as error:
        raise LabelError(f"predictions: {error}") from None
    return found


def of_images(truth: LabelSet, results: LabelSet) -> LabelSet:
    """The people of a COCO results list in the truth's images; frame -1 for those of other images."""
    frame_of = {frame.image_id: frame.frame_index for frame in truth.frames}
    moved = {frame.frame_index: frame_of.get(frame.image_id, -1) for frame in results.frames}
    return _moved(results, moved)


def _by_pictures(truth: LabelSet, predicted: LabelSet) -> LabelSet:
    by_name = {picture_name(frame): frame for frame in truth.frames}
    by_id = {frame.image_id: frame for frame in truth.frames}
    named = [by_name.get(picture_name(frame)) for frame in predicted.frames]
    same_id = [by_id.get(frame.image_id) for frame in predicted.frames]
    own = named if None not in named else same_id
    if not any(same_id):
        _check_folders(truth, predicted)
    _check_lists(truth, predicted, own)
    if None not in named and None not in same_id and named != same_id:
        at = next(i for i, (a, b) in enumerate(zip(named, same_id, strict=True)) if a != b)
        frame, other = predicted.frames[at], same_id[at]
        raise LabelError(
            f"{truth.name}: expected image {frame.image_id} to be one picture, got {frame.file_name} in the "
            f"predictions and {other.file_name if other else 'none'} in the truth"
        )
    moved = {p.frame_index: t.frame_index for p, t in zip(predicted.frames, own, strict=True) if t is not None}
    return _moved(predicted, moved)


def _check_folders(truth: LabelSet, predicted: LabelSet) -> None:
    """Refuse pictures of another sequence, which often have the same names: no id agrees, nor does the folder."""
    ours, theirs = (labels.frames[0].file_name for labels in (truth, predicted))
    folders = {PurePosixPath(folder_of(name)).name for name in (ours, theirs)} - {""}
    if len(folders) > 1:
        raise LabelError(f"{truth.name}: expected predictions of its pictures, such as {ours}, got those of {theirs}")


def _check_lists(truth: LabelSet, predicted: LabelSet, own: list[FrameLabel | None]) -> None:
    strangers = [frame for frame, mine in zip(predicted.frames, own, strict=True) if mine is None]
    listed = {frame.frame_index for frame in own if frame is not None}
    missing = [frame for frame in truth.frames if frame.frame_index not in listed]
    if strangers or missing:
        first = strangers[0] if strangers else missing[0]
        what = "which the truth does not list" if strangers else "missing in the predictions"
        raise LabelError(
            f"{truth.name}: expected predictions that list the {len(truth.frames)} frames of the truth, got "
            f"{len(predicted.frames)} frames, with {first.file_name or f'frame {first.frame_index}'} {what}"
        )


def _check_counts(truth: SequenceLabels, predicted: SequenceLabels) -> None:
    """Refuse frames beyond the end of a video whose length is known, and pictures that say no frame number."""
    sides = ((truth, predicted, "predictions"), (predicted, truth, "truth"))
    for known, other, side in sides:
        pictures = [frame.file_name for frame in other.labels.frames]
        if other.lists_frames and not is_numbered(pictures) and len(pictures) != known.frame_count:
            raise LabelError(
                f"{truth.labels.name}: expected {side} whose pictures are named by six-digit frame numbers, since the "
                f"other side lists no pictures, got {len(pictures)} such as {pictures[0]!r}"
            )
        last = max((frame.frame_index for frame in other.labels.frames), default=-1)
        if known.frame_count is not None and last >= known.frame_count:
            raise LabelError(
                f"{truth.labels.name}: expected {side} of the {known.frame_count} frames of the video, got frame {last}"
            )
    counts = (truth.frame_count, predicted.frame_count)
    if None not in counts and counts[0] != counts[1]:
        raise LabelError(
            f"{truth.labels.name}: expected predictions of {counts[0]} frames as in the truth, got {counts[1]}"
        )


def _check_sizes(truth: SequenceLabels, predicted: SequenceLabels, name: str) -> None:
    """Refuse labels of pictures scaled otherwise, where both sides state sizes."""
    a, b = _sizes(truth), _sizes(predicted)
    if len(a) == len(b) == 1 and a != b:
        (w, h), (other_w, other_h) = *a, *b
        raise LabelError(f"{name}: expected predictions of {w}x{h} pictures as in the truth, got {other_w}x{other_h}")


def _sizes(sequence: SequenceLabels) -> set[Size]:
    if sequence.width and sequence.height:
        return {(sequence.width, sequence.height)}
    fields = [_fields(frame.extra) for frame in sequence.labels.frames]
    return {(item["width"], item["height"]) for item in fields if "width" in item and "height" in item}


def _fields(extra: str) -> dict[str, int]:
    document = json.loads(extra) if extra else {}
    return next((fields for key, fields in document.items() if key != "as_read"), {})


def _moved(labels: LabelSet, to: dict[int, int]) -> LabelSet:
    people: Instances = labels.instances
    index = np.array([to[frame] for frame in people.frame_index.tolist()], dtype=np.int32)
    return replace(labels, instances=people.replace(frame_index=index))


def picture_name(frame: FrameLabel) -> str:
    """Name of a frame's picture without folder and ending."""
    return PurePosixPath(frame.file_name.replace("\\", "/")).stem
