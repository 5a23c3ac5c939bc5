"""Linear interpolation between corrected frames: what track annotation in CVAT gives."""

from collections.abc import Iterator

import numpy as np

from poseloom.models.propagation.fold import fold
from poseloom.models.propagation.placements import Placements
from poseloom.models.propagators.statements import statements
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame


class Linear:
    """Straight lines, at constant speed, between successive corrections of one keypoint of one track.

    As between keyframes of a CVAT track (https://docs.cvat.ai/docs/manual/basics/track-mode-basics/),
    whatever their distance in time. A removal ends the line, as "outside" does there. Before the
    first and after the last correction CVAT repeats the keyframe; with predictions in those frames
    nobody would want that, so the predictions stay. Interpolated keypoints have score 1: CVAT's
    shapes have no confidence.
    """

    name = "linear"
    needs_pictures = False

    def propagate(self, labels: Instances, frame_count: int, frames: Iterator[Frame]) -> Instances:
        """The labels with every gap between two corrections of a keypoint filled."""
        del frames
        return fold(labels, _between(labels), 0, frame_count)


def _between(labels: Instances) -> Placements:
    said = statements(labels)
    start = np.flatnonzero(said.has_next & said.placed)
    start = start[said.placed[start + 1]]
    length = said.frame[start + 1] - said.frame[start]
    gap = np.repeat(np.arange(len(start)), np.maximum(length - 1, 0))
    step = np.arange(len(gap)) - np.searchsorted(gap, gap) + 1
    before, after, keypoint = said.row[start][gap], said.row[start + 1][gap], said.keypoint[start][gap]
    share = (step / length[gap])[:, None]
    xy = labels.keypoints_xy
    return Placements(
        track_id=said.track_id[start][gap],
        keypoint=keypoint,
        frame_index=said.frame[start][gap] + step,
        xy=(1 - share) * xy[before, keypoint] + share * xy[after, keypoint],
        score=np.ones(len(gap)),
        before=before,
        after=after,
    )
