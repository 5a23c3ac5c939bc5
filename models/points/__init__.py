"""Point trackers by name; each satisfies the `PointTracker` port."""

import importlib.util
import inspect
from collections.abc import Mapping
from typing import Any

from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.ports import PointTracker

_TRACKERS = {"lucas_kanade": "LucasKanade", "cotracker": "CoTracker"}


def check_tracker(name: str, options: Mapping[str, Any]) -> None:
    """Refuse a tracker that cannot work before anything is computed for it; loads no model.

    Raises:
        EstimatorError: No such tracker, an option or value it does not take, or a package that is missing.
    """
    _arguments(name, options)
    if name == "cotracker" and "hub" not in options and importlib.util.find_spec("cotracker") is None:
        from poseloom.models.points.cotracker import INSTALL

        raise EstimatorError(f"expected the package cotracker, found none; install it with: {INSTALL}")


def point_tracker(name: str, **options: Any) -> PointTracker:
    """The point tracker of that name.

    Args:
        name: ``lucas_kanade`` or ``cotracker``.
        options: Keyword arguments of its constructor; numbers may be text, as on the command line.

    Raises:
        EstimatorError: No such tracker or option, or one that is not installed.
    """
    arguments = _arguments(name, options)
    tracker: PointTracker = _class(name)(**arguments)
    return tracker


def _class(name: str) -> Any:
    """The tracker's class; imported when it is asked for, because torch takes a second."""
    return getattr(importlib.import_module(f"poseloom.models.points.{name}"), _TRACKERS[name])


def _arguments(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options in the types of the tracker's defaults."""
    if name not in _TRACKERS:
        raise EstimatorError(f"expected a point tracker of {', '.join(_TRACKERS)}, got {name!r}")
    known = inspect.signature(_class(name)).parameters
    if unknown := sorted(options.keys() - known.keys()):
        raise EstimatorError(f"expected options of {name} ({', '.join(known)}), got {', '.join(unknown)}")
    return {option: _typed(f"{option} of {name}", value, known[option].default) for option, value in options.items()}


def _typed(what: str, value: Any, default: Any) -> Any:
    try:
        return value if default is None else type(default)(value)
    except ValueError:
        raise EstimatorError(f"expected a number for {what}, got {value!r}") from None
