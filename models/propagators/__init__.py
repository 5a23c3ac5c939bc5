"""Strategies by name that carry corrections through a video; each satisfies the `Propagator` port."""

from collections.abc import Callable

from poseloom.models.propagation import PropagationSettings
from poseloom.models.propagators.linear import Linear
from poseloom.models.propagators.none import Nothing
from poseloom.models.propagators.point_tracker import HORIZON, TrackedPoints
from poseloom.models.propagators.poseloom import Poseloom
from poseloom.schemas.errors import InputError
from poseloom.schemas.ports import PointTracker, Propagator

_PIXEL_FREE: dict[str, Callable[[], Propagator]] = {"none": Nothing, "linear": Linear}
_TRACKING: dict[str, Callable[[PointTracker, int], Propagator]] = {
    "point_tracker": TrackedPoints,
    "poseloom": lambda tracker, horizon: Poseloom(tracker, PropagationSettings(horizon=horizon)),
}

PROPAGATORS = (*_PIXEL_FREE, *_TRACKING)
"""Names of all strategies, the simplest first."""
PIXEL_FREE = tuple(_PIXEL_FREE)
"""Names of those that need no pictures."""


def propagator(name: str, tracker: PointTracker | None = None, horizon: int = HORIZON) -> Propagator:
    """The strategy of that name.

    Args:
        name: One of `PROPAGATORS`.
        tracker: What the strategies that look at pictures follow points with.
        horizon: Frames that these may follow a correction beyond which there is no other.

    Raises:
        InputError: No such strategy, or one that needs a tracker got none.
    """
    if name in _PIXEL_FREE:
        return _PIXEL_FREE[name]()
    if name not in _TRACKING:
        raise InputError(f"expected a strategy of {', '.join(PROPAGATORS)}, got {name!r}")
    if tracker is None:
        raise InputError(f"expected a point tracker for the strategy {name}, got none")
    return _TRACKING[name](tracker, horizon)
