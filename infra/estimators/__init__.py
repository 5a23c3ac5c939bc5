"""Estimators: one public module each, plus those of the entry-point group ``poseloom.estimators``.

An estimator module offers ``describe(options) -> EstimatorInfo`` (cheap: no model is loaded),
``create(options) -> Estimator`` and, if it needs more than poseloom's own environment,
``install(report)``. Options are strings, as given on the command line.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType

from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.ports import Estimator, EstimatorInfo

ENTRY_POINT_GROUP = "poseloom.estimators"


def estimator_names() -> tuple[str, ...]:
    """Names of all estimators, sorted; finding them imports none of them."""
    return tuple(sorted(_built_in() | _third_party().keys()))


def describe_estimator(name: str, options: Mapping[str, str] | None = None) -> EstimatorInfo:
    """Identity of an estimator with these options, without loading its model.

    Raises:
        EstimatorError: No such estimator, an option it does not have, or weights that are not there.
    """
    info: EstimatorInfo = _module(name).describe(options or {})
    return info


def create_estimator(name: str, options: Mapping[str, str] | None = None) -> Estimator:
    """An estimator that is ready for pictures; close it after use.

    Raises:
        EstimatorError: As `describe_estimator`; or it is not installed, or does not start.
    """
    estimator: Estimator = _module(name).create(options or {})
    return estimator


def install_estimator(name: str, report: Callable[[str], None]) -> None:
    """Fetch what an estimator needs beyond poseloom's own environment; `report` gets progress lines.

    Raises:
        EstimatorError: No such estimator, or the installation failed.
    """
    install = getattr(_module(name), "install", None)
    if install is None:
        report(f"{name} needs no installation")
    else:
        install(report)


def _built_in() -> set[str]:
    return {module.name for module in pkgutil.iter_modules(__path__) if not (module.ispkg or module.name[0] == "_")}


def _third_party() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=ENTRY_POINT_GROUP)}


def _module(name: str) -> ModuleType:
    if name in _built_in():
        return importlib.import_module(f"{__name__}.{name}")
    points = _third_party()
    if name not in points:
        raise EstimatorError(f"expected an estimator of {', '.join(estimator_names())}, got {name!r}")
    try:
        module = points[name].load()
    except (ImportError, AttributeError) as error:
        raise EstimatorError(f"estimator {name!r} of {points[name].value} does not import: {error}") from error
    if not isinstance(module, ModuleType):
        raise EstimatorError(f"expected {points[name].value} of estimator {name!r} to be a module, got {module!r}")
    return module
