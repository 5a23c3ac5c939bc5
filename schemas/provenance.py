"""Where a keypoint came from, and which source wins."""

from enum import IntEnum


class Source(IntEnum):
    """Origin of one keypoint; the value is its rank: a higher source is never overwritten by a lower.

    ``IMPORTED`` and ``PREDICTED`` are both starting points. An imported keypoint without a score is
    a person's work and anchors propagation; one with a score is some model's output and does not.
    """

    NONE = 0
    """No keypoint."""
    PREDICTED = 1
    """An estimator of this workspace said so."""
    IMPORTED = 2
    """It was in the labels the run started from."""
    PROPAGATED = 3
    """Carried here from an anchor frame."""
    CORRECTED = 4
    """A person said so, here."""
