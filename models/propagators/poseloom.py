"""Our own propagation, as the annotator calls it."""

from collections.abc import Iterator

from poseloom.models.propagation import PropagationSettings, continue_inference
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame, PointTracker


class Poseloom:
    """Both directions, fused with interpolation, ended where it drifts: `models.propagation`.

    Args:
        tracker: Follows points through pictures.
        settings: Limits; the defaults are those of the pipeline.
    """

    name = "poseloom"
    needs_pictures = True

    def __init__(self, tracker: PointTracker, settings: PropagationSettings | None = None) -> None:
        self._tracker = tracker
        self._settings = settings or PropagationSettings()

    def propagate(self, labels: Instances, frame_count: int, frames: Iterator[Frame]) -> Instances:
        """What "Continue Inference" gives for labels whose corrections are applied."""
        return continue_inference(labels, (), frame_count, frames, self._tracker, self._settings)
