"""NoC: clicks until a single image is right, as Click-Pose counts them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from poseloom.models.clicks.case import Case, rows_of_frames
from poseloom.models.clicks.matching import GATE
from poseloom.models.clicks.oracle import placed
from poseloom.models.clicks.precision import average_precision, frame_evidence, truth_annotations
from poseloom.models.clicks.scoring import instance_scores
from poseloom.models.corrections import apply_corrections
from poseloom.models.metrics.coco_ap import MAX_PREDICTIONS
from poseloom.models.oks import oks_matrix
from poseloom.schemas.arrays import F64, I64
from poseloom.schemas.correction import Correction, MoveKeypoint
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame, Propagator

TARGETS = (85.0, 90.0, 95.0)
"""APs of an image to reach, percent, as Click-Pose reports them."""
CAP = 17
"""Rounds after which an image has failed; it counts with as many."""

Refiner = Callable[[Instances, int], Instances]
"""The people of one frame, corrected, as the system refines them; the same rows. Takes the frame, too."""


def alone(propagator: Propagator, pictures: Iterable[Frame]) -> Refiner:
    """A strategy restricted to a single frame."""
    images = {frame.frame_index: frame.image for frame in pictures}

    def refine(people: Instances, frame: int) -> Instances:
        only = people.replace(frame_index=np.zeros(len(people), dtype=np.int32))
        given = iter([Frame(0, images[frame])]) if propagator.needs_pictures else iter(())
        return propagator.propagate(only, 1, given).replace(frame_index=people.frame_index)

    return refine


@dataclass(frozen=True)
class ImageClicks:
    """Mean rounds of clicks over images until an image's AP is reached.

    Attributes:
        target: The AP, in percent.
        rounds: NoC: in each round one click on every matched person.
        failed: Images that never reached it; they count with 17.
        images: Labelled frames with people.
    """

    target: float
    rounds: float
    failed: int
    images: int


def rounds_of_images(case: Case, refine: Refiner, targets: tuple[float, ...] = TARGETS) -> list[tuple[float, ...]]:
    """For each labelled frame with people the AP (0..1) after 0, 1, … rounds of clicks.

    It ends once the AP is at least as high as all targets (percent), or after 17 rounds.
    """
    predicted = rows_of_frames(case.predicted, case.frames)
    return [
        _rounds(case, truths, theirs, refine, max(targets) / 100)
        for truths, theirs in zip(case.truth_rows, predicted, strict=True)
        if case.people[truths].any()
    ]


def image_clicks(rounds: Iterable[tuple[float, ...]], target: float) -> ImageClicks:
    """NoC over images for an AP in percent."""
    reached = [next((r for r, ap in enumerate(image) if ap >= target / 100), None) for image in rounds]
    counted = [CAP if r is None else r for r in reached]
    mean = float(np.mean(counted)) if counted else float("nan")
    return ImageClicks(target, mean, reached.count(None), len(counted))


def _rounds(case: Case, truths: I64, theirs: I64, refine: Refiner, target: float) -> tuple[float, ...]:
    order = np.argsort(-instance_scores(case.predicted)[theirs], kind="stable")[:MAX_PREDICTIONS]
    people = case.predicted.select(np.sort(theirs[order]))
    frame, sigmas = int(case.truth.frame_index[truths[0]]), case.truth.skeleton.sigmas
    annotations = truth_annotations(case.truth.select(truths), case.areas[truths])
    scores, pairs = instance_scores(people), _pairs(case, truths[case.people[truths]], people)
    found: list[float] = []
    while True:
        evidence = frame_evidence(annotations, people.keypoints_xy, scores, sigmas)
        found.append(average_precision([evidence], sigmas))
        if found[-1] >= target or len(found) > CAP or not pairs:
            return tuple(found)
        edits = tuple(_click(case, truth, people, row) for truth, row in pairs)
        correction = Correction(video_id=case.name, annotator="oracle", edits=edits)
        people = refine(apply_corrections(people, [correction]), frame)


def _pairs(case: Case, truths: I64, people: Instances) -> list[tuple[int, int]]:
    """Rows of the truth and of the image's people that belong together, from the first predictions on."""
    truth = case.truth
    oks = oks_matrix(
        truth.keypoints_xy[truths], truth.visibility[truths], case.areas[truths],
        people.keypoints_xy, truth.skeleton.sigmas,
    )  # fmt: skip
    close = np.where(oks >= GATE, oks, 0.0)
    pairs = zip(*linear_sum_assignment(close, maximize=True), strict=True)
    return [(int(truths[i]), int(j)) for i, j in pairs if close[i, j] > 0]


def _click(case: Case, person: int, people: Instances, row: int) -> MoveKeypoint:
    """A click on the labelled keypoint with the largest L1 distance in coordinates of the image's size."""
    truth = case.truth
    size: F64 = np.array(case.size or (1, 1), dtype=np.float64)
    distance = (np.abs(truth.keypoints_xy[person] - people.keypoints_xy[row]) / size).sum(axis=1)
    keypoint = int(np.where(truth.visibility[person] > 0, distance, -1.0).argmax())
    return placed(truth, person, keypoint, int(people.track_id[row]))
