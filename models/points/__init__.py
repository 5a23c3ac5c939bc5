"""Point trackers by name; each satisfies the `PointTracker` port."""

from typing import Any

from poseloom.models.points.cotracker import CoTracker
from poseloom.models.points.lucas_kanade import LucasKanade
from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.ports import PointTracker

_TRACKERS: dict[str, type[LucasKanade] | type[CoTracker]] = {"lucas_kanade": LucasKanade, "cotracker": CoTracker}


def point_tracker(name: str, **options: Any) -> PointTracker:
    """The point tracker of that name.

    Args:
        name: ``lucas_kanade`` or ``cotracker``.
        options: Keyword arguments of its constructor.

    Raises:
        EstimatorError: No such tracker or option, or one that is not installed.
    """
    if name not in _TRACKERS:
        raise EstimatorError(f"expected a point tracker of {', '.join(_TRACKERS)}, got {name!r}")
    try:
        tracker: PointTracker = _TRACKERS[name](**options)
        return tracker
    except TypeError as error:
        raise EstimatorError(f"expected options that {name} knows, got {sorted(options)} ({error})") from None
