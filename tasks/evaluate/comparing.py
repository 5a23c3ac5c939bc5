"""One sequence of truth and predictions as the comparison that every metric takes."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

import numpy as np

from poseloom.models.boxes import person_boxes
from poseloom.models.oks import box_area
from poseloom.schemas.arrays import F64
from poseloom.schemas.comparison import Comparison
from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.as_given import AsGiven, as_given
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import LabelSet
from poseloom.schemas.skeleton import AREA_OF_BOX, Skeleton, conversion
from poseloom.tasks.evaluate.aligning import aligned
from poseloom.tasks.evaluate.inputs import SequenceLabels
from poseloom.tasks.evaluate.pairing import Pair

Area = Literal["file", "box"]
"""Where OKS takes the area of a person from: the file's ``area``, or 0.53 of the box."""

AREAS: dict[Area, str] = {
    "file": "the area of each annotation of the truth",
    "box": f"{AREA_OF_BOX} · w · h of the truth's boxes",
}


@dataclass(frozen=True)
class Conventions:
    """What all sequences of an evaluation have in common, so that one figure means one thing.

    Attributes:
        skeleton: Skeleton of the comparisons; keypoints that one side can never have are unused slots of it.
        truth: The truth's own skeleton.
        predicted: The predictions' own skeleton; None where there is no prediction at all.
        area: Where areas come from.
    """

    skeleton: Skeleton
    truth: Skeleton
    predicted: Skeleton | None
    area: Area

    def lost(self, side: Skeleton) -> tuple[str, ...]:
        """Keypoints of a side that the comparison leaves out."""
        return tuple(name for name in _names(side) if name not in _names(self.skeleton))

    def check(self, pair: Pair) -> None:
        """Refuse a sequence of other skeletons.

        Raises:
            LabelError: Names both.
        """
        sides = ((self.truth, pair.truth, "truth"), (self.predicted, pair.predicted, "predictions"))
        for expected, sequence, side in sides:
            if sequence is not None and _has_people(sequence) and sequence.labels.skeleton != expected:
                name = expected.name if expected else "no predictions"
                raise LabelError(
                    f"{pair.truth.labels.name}: expected {side} in {name} as in the other sequences, "
                    f"got {sequence.labels.skeleton.name}"
                )


def settled(pairs: Iterator[Pair], target: Skeleton | None, area: Area | None) -> tuple[Conventions, Iterator[Pair]]:
    """The conventions, from the first pairs up to one with people on both sides, and all pairs again.

    Args:
        pairs: Truth and predictions of every sequence.
        target: Skeleton to which both sides are converted; None for their own.
        area: Where areas come from; None: the file's where people of the truth have one, else the box.

    Raises:
        LabelError: Different skeletons without a target, or no sequence.
    """
    seen: list[Pair] = []
    for pair in pairs:
        seen.append(pair)
        if _has_people(pair.truth) and pair.predicted is not None and _has_people(pair.predicted):
            break
    if not seen:
        raise LabelError("expected at least one sequence in the truth, got none")
    truths = [pair.truth for pair in seen]
    predictions = [pair.predicted for pair in seen if pair.predicted is not None]
    own, other = _skeleton(truths) or truths[0].labels.skeleton, _skeleton(predictions)
    if target is None and other is not None and other != own:
        raise LabelError(
            f"{truths[-1].labels.name}: expected truth and predictions in one skeleton, got {own.name} and "
            f"{other.name}: convert both with --skeleton {own.name} or --skeleton {other.name}"
        )
    shared = _shared(target or own, [own] if other is None else [own, other])
    how = Conventions(shared, own, other, area or _area([truth.labels for truth in truths]))
    return how, chain(seen, pairs)


def compared(pair: Pair, how: Conventions) -> tuple[Comparison, int]:
    """The comparison, and how many predictions lie in frames about which the truth says nothing.

    Raises:
        LabelError: The two sides contradict each other, or themselves.
    """
    how.check(pair)
    labels = pair.truth.labels
    truth = as_given(labels)
    predicted = aligned(pair.truth, pair.predicted) if pair.predicted else _nobody(labels)
    found = as_given(predicted)
    if pair.predicted and not pair.predicted.lists_frames:
        found = _a_persons_word(found, predicted.instances)
    people = _converted(predicted.instances, how.skeleton)
    take = np.array(conversion(predicted.skeleton, how.skeleton).take)
    known = take >= 0
    comparison = Comparison(
        name=labels.name,
        frames=labels.frames,
        truth=_converted(labels.instances, how.skeleton),
        predicted=people,
        predicted_xy=np.where(known[:, None], found.xy[:, take], 0.0),
        keypoint_scores=np.where(known, found.keypoint_scores[:, take], np.nan),
        instance_scores=found.instance_scores,
        areas=_areas(labels, truth, how.area),
        crowd=truth.crowd,
    )
    everyone = len(people)
    if pair.predicted and not pair.predicted.is_results_list:
        everyone = len(pair.predicted.labels.instances)
    return comparison, everyone - len(people)


def _shared(target: Skeleton, sides: list[Skeleton]) -> Skeleton:
    """The target without the keypoints that one of the sides can never have."""
    common = set.intersection(*(set(_names(side)) for side in (target, *sides)))
    unused = tuple(k for k, name in enumerate(target.keypoints) if k in target.unused or name not in common)
    return replace(target, unused=unused) if unused != target.unused else target


def _names(skeleton: Skeleton) -> list[str]:
    return [skeleton.keypoints[k] for k in skeleton.used]


def _converted(people: Instances, skeleton: Skeleton) -> Instances:
    return people if people.skeleton == skeleton else people.convert(conversion(people.skeleton, skeleton))


def _nobody(labels: LabelSet) -> LabelSet:
    return LabelSet(labels.name, Instances.empty(labels.skeleton), labels.frames)


def _a_persons_word(given: AsGiven, people: Instances) -> AsGiven:
    """Labels of a release or a table: a person's keypoints, which have no score, rank as 1."""
    scores = np.where((people.visibility > 0) & np.isnan(given.keypoint_scores), 1.0, given.keypoint_scores)
    return replace(given, keypoint_scores=scores)


def _has_people(sequence: SequenceLabels) -> bool:
    return len(sequence.labels.instances) > 0


def _skeleton(sequences: list[SequenceLabels]) -> Skeleton | None:
    return next((sequence.labels.skeleton for sequence in sequences if _has_people(sequence)), None)


def _area(truths: list[LabelSet]) -> Area:
    given = np.concatenate([as_given(labels).areas for labels in truths])
    return "file" if len(given) and np.isfinite(given).all() else "box"


def _areas(labels: LabelSet, given: AsGiven, area: Area) -> F64:
    if area == "box":
        return box_area(person_boxes(labels.instances))
    if np.isnan(given.areas).any():
        row = int(np.argmax(np.isnan(given.areas)))
        raise LabelError(
            f"{labels.name}: expected an area on all people of the truth, as in the other sequences, got none in frame "
            f"{labels.instances.frame_index[row]}: evaluate with --area box"
        )
    if (given.areas < 0).any():
        row = int(np.argmax(given.areas < 0))
        raise LabelError(
            f"{labels.name}: expected areas of at least 0 in the truth, got {given.areas[row]} in frame "
            f"{labels.instances.frame_index[row]}"
        )
    return given.areas
