"""Truth and predictions of label files, and their videos."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from poseloom.infra.labels import fitted, match_labels, read_label_sets
from poseloom.infra.video import VideoIndex, find_videos, open_indexed, probe
from poseloom.models.clicks.case import Case, case
from poseloom.models.linker import link
from poseloom.schemas.errors import LabelError
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import LabelSet
from poseloom.tasks.evaluate.aligning import of_images, picture_name
from poseloom.tasks.evaluate.inputs import is_results_list


def labelled_cases(gt: str, pred: str | None, videos: str | None) -> Iterator[Case]:
    """One case for each label set of the truth, in its order; without `pred` nothing was predicted.

    Truth and predictions belong together by the names of their sequences (one of each always does),
    videos by name, too. The labelled frames are those that the truth lists as labelled, or all in
    which it has people where it lists none. Predictions are of the truth's frames: people of a COCO
    results list of its image ids, those of other files of its pictures. Without ids they are linked.

    Raises:
        InputError: Nothing there, or not readable.
        LabelError: Sequences that lack their counterpart, or labels that contradict themselves.
        VideoError: A video that cannot be read as one.
    """
    truths = _by_name(gt)
    predictions = _by_name(pred) if pred is not None else {name: _nobody(labels) for name, labels in truths.items()}
    if len(truths) == 1 and len(predictions) == 1:
        predictions = dict(zip(truths, predictions.values(), strict=True))
    if missing := sorted(truths.keys() - predictions.keys()):
        raise LabelError(f"expected predictions of every sequence of {gt}, got none of {missing[0]} in {pred}")
    if strangers := sorted(predictions.keys() - truths.keys()):
        raise LabelError(f"expected predictions of sequences of {gt}, got {strangers[0]} in {pred}")
    opened = _videos(truths, videos) if videos is not None else {}
    for name, truth in truths.items():
        yield _case(name, opened[name][1] if opened else truth, predictions[name], opened.get(name))


def _nobody(truth: LabelSet) -> LabelSet:
    return replace(truth, instances=Instances.empty(truth.skeleton))


_Opened = tuple[tuple[VideoIndex, str], LabelSet]


def _by_name(uri: str) -> dict[str, LabelSet]:
    found: dict[str, LabelSet] = {}
    for labels in read_label_sets(uri):
        if labels.name in found:
            raise LabelError(f"expected one label set for {labels.name} in {uri}, got two")
        found[labels.name] = labels
    return found


def _videos(truths: dict[str, LabelSet], folder: str) -> dict[str, _Opened]:
    """By name of the truth: its video, and the truth with the frame indices of that video's pictures."""
    indices = [(probe(uri), uri) for uri in find_videos([folder])]
    pictures = {index.video.video_id: index.frame_names for index, _ in indices}
    matched = match_labels(list(truths.values()), [index.video for index, _ in indices], pictures)
    found: dict[str, _Opened] = {}
    for index, uri in indices:
        if labels := matched.get(index.video.video_id):
            found[labels.name] = (index, uri), labels
    if missing := sorted(truths.keys() - found.keys()):
        raise LabelError(f"expected a video for every sequence of the truth, got none for {missing[0]} in {folder}")
    return found


def _case(name: str, truth: LabelSet, predictions: LabelSet, opened: _Opened | None) -> Case:
    listed = [frame.frame_index for frame in truth.frames if frame.is_labeled]
    frames = np.array(listed if truth.frames else np.unique(truth.instances.frame_index), dtype=np.int64)
    predictions = _in_frames_of(truth, predictions, opened)
    predicted = link(predictions.instances)
    if opened is None:
        every = [frame.frame_index for labels in (truth, predictions) for frame in labels.frames]
        seen = np.concatenate([frames, every, truth.instances.frame_index, predicted.frame_index])
        return case(name, truth.instances, predicted, frames, int(seen.max(initial=-1)) + 1)
    (index, uri), _ = opened
    video = index.video
    pictures = tuple(open_indexed(index, uri).frames(0, video.frame_count))
    size = (video.width, video.height)
    return case(name, truth.instances, predicted, frames, video.frame_count, pictures, size)


def _in_frames_of(truth: LabelSet, predictions: LabelSet, opened: _Opened | None) -> LabelSet:
    if is_results_list(predictions):
        known = {frame.image_id for frame in truth.frames}
        if strange := [frame.image_id for frame in predictions.frames if frame.image_id not in known]:
            raise LabelError(f"{truth.name}: expected predictions of image ids of the truth, got {strange[0]}")
        return replace(of_images(truth, predictions), frames=())
    if opened is not None:
        (index, _), _ = opened
        predictions = fitted(predictions, index.video, index.frame_names)
    place = {picture_name(frame): frame.frame_index for frame in truth.frames if frame.file_name}
    for frame in predictions.frames:
        if place.get(picture_name(frame), frame.frame_index) != frame.frame_index:
            raise LabelError(
                f"{truth.name}: expected {frame.file_name} to be frame {place[picture_name(frame)]} as in the truth, "
                f"got frame {frame.frame_index} in the predictions, which list other pictures"
            )
    return predictions
