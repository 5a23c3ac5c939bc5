"""The two experiments: one correction and nothing else, then what a propagator makes of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from poseloom.models.robustness.frames_kept import Kept, frames_kept
from poseloom.models.robustness.occlusions import Occlusion, occlusions, recovered
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame, Propagator


@dataclass(frozen=True)
class Recovery:
    """What became of a keypoint after an occlusion: its similarity with the truth, 0..1."""

    occlusion: Occlusion
    similarity: float


def keep(
    truth: Instances, pictures: Sequence[Frame], start_frame: int, propagator: Propagator, thresholds: Sequence[float]
) -> list[Kept]:
    """Correct everyone in one frame and propagate forward to the end of the video.

    Args:
        truth: Labelled people with track ids.
        pictures: All T pictures in order.
        start_frame: The frame that is corrected.
        propagator: What is measured.
        thresholds: OKS that count as right.
    """
    labels = _from_one_frame(truth, pictures, start_frame, len(pictures), propagator)
    return frames_kept(labels, truth, start_frame, thresholds)


def recover(
    truth: Instances, labelled: Sequence[int], pictures: Sequence[Frame], propagator: Propagator
) -> list[Recovery]:
    """Correct everyone in the last frame before each occlusion and propagate forward past its end."""
    events = sorted(occlusions(truth, labelled), key=lambda event: (event.before, event.track_id, event.keypoint))
    rows = []
    for before, group in groupby(events, key=lambda event: event.before):
        together = list(group)
        end_frame = max(event.after for event in together) + 1
        labels = _from_one_frame(truth, pictures, before, end_frame, propagator)
        found = recovered(labels, truth, together)
        rows += [Recovery(event, similarity) for event, similarity in zip(together, found.tolist(), strict=True)]
    return rows


def _from_one_frame(
    truth: Instances, pictures: Sequence[Frame], start_frame: int, end_frame: int, propagator: Propagator
) -> Instances:
    """Labels of ``[start_frame, end_frame)`` from the truth of its first frame; nothing before it is seen."""
    given = truth.in_frames(start_frame, start_frame + 1)
    seen: Iterator[Frame] = iter(())
    if propagator.needs_pictures:
        seen = (Frame(i, frame.image) for i, frame in enumerate(pictures[start_frame:end_frame]))
    first = given.replace(frame_index=np.zeros(len(given)))
    labels = propagator.propagate(first, end_frame - start_frame, seen)
    return labels.replace(frame_index=labels.frame_index + start_frame)
