"""One video annotated with one strategy, as far as the protocol goes."""

from poseloom.models.clicks.budgets import CLICKS
from poseloom.models.clicks.case import Case
from poseloom.models.clicks.counting import Log, log_of
from poseloom.models.clicks.precision import Precision
from poseloom.models.clicks.trajectory import REACHED, Moment, trajectory
from poseloom.schemas.ports import Propagator

TARGETS = (75.0, 85.0, 95.0)
"""APs to reach, percent."""


def annotate(
    case: Case, propagator: Propagator, rule: str, rounds: int, measured: Precision
) -> tuple[Log, tuple[Moment, ...]]:
    """Run the protocol until the highest target is reached, nothing is left to do, or so many rounds are over.

    Returns:
        The log up to there; and the first moments, for click budgets, which are spent whether the
        target is reached or not.
    """
    moments: list[Moment] = []
    needed: int | None = None
    target = max(TARGETS) / 100
    for r, moment in enumerate(trajectory(case, propagator, rule, target, measured)):
        moments.append(moment)
        if needed is None and (r == rounds or moment.precision >= target - REACHED):
            needed = r
        if needed is not None and r >= max(CLICKS):
            break
    logged = len(moments) if needed is None else needed + 1
    return log_of(case, moments[:logged]), tuple(moments[: max(CLICKS) + 1])
