"""Options of estimators: strings from the command line, checked and parsed."""

from collections.abc import Mapping

from poseloom.schemas.errors import EstimatorError


def with_defaults(estimator: str, given: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """All options of an estimator, the given ones over its defaults.

    Raises:
        EstimatorError: An option the estimator does not have.
    """
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        known = ", ".join(defaults) or "none"
        raise EstimatorError(f"expected options of {estimator} ({known}), got {', '.join(unknown)}")
    return {**defaults, **given}


def number(options: Mapping[str, str], name: str, low: float, high: float) -> float:
    """An option's value as a number in ``[low, high]``.

    Raises:
        EstimatorError: Not a number, or out of range.
    """
    try:
        value = float(options[name])
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise EstimatorError(f"expected {name} to be a number in {low:g}..{high:g}, got {options[name]!r}")
    return value


def whole_number(options: Mapping[str, str], name: str, low: int, high: int) -> int:
    """An option's value as a whole number in ``[low, high]``.

    Raises:
        EstimatorError: Not a whole number, or out of range.
    """
    value = number(options, name, low, high)
    if value != int(value):
        raise EstimatorError(f"expected {name} to be a whole number, got {options[name]!r}")
    return int(value)
