"""No propagation: every frame is corrected on its own."""

from collections.abc import Iterator

from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Frame


class Nothing:
    """A correction changes its own frame only: the floor of every comparison."""

    name = "none"
    needs_pictures = False

    def propagate(self, labels: Instances, frame_count: int, frames: Iterator[Frame]) -> Instances:
        """The labels themselves, sorted."""
        del frame_count, frames
        return labels.sorted()
