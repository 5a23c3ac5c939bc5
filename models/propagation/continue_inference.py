"""Continue inference: what follows from all that was corrected so far, through a whole video."""

from collections.abc import Iterable, Iterator

from poseloom.models.corrections import apply_corrections
from poseloom.models.propagation.propagate import propagate
from poseloom.models.propagation.settings import PropagationSettings
from poseloom.schemas.correction import Correction
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame, PointTracker


def continue_inference(
    labels: Instances,
    corrections: Iterable[Correction],
    frame_count: int,
    frames: Iterator[Frame],
    tracker: PointTracker,
    settings: PropagationSettings,
) -> Instances:
    """The labels with the corrections applied and carried to the frames around.

    It starts from the labels and the whole log every time, so the result does not depend on how
    often somebody asked on the way; and it is what a run of the pipeline makes of the same log.

    Args:
        labels: Linked labels of the video, before any of the corrections.
        corrections: The video's correction log, oldest first; empty for labels already corrected.
        frame_count: Frames of the video.
        frames: The pictures of `needed_frames` of the corrected labels (or of the whole video), in order.
        tracker: Follows points through pictures.
        settings: Limits.

    Raises:
        VideoError: The pictures end, or begin, inside a gap between anchors.
    """
    return propagate(apply_corrections(labels, corrections), 0, frame_count, frames, tracker, settings)
