"""Outcome of the quality checks on a release candidate."""

from pydantic import BaseModel, ConfigDict


class Expectation(BaseModel):
    """One thing the kept instances were expected to satisfy.

    Attributes:
        name: What was expected, in words.
        success: Whether it held.
        unexpected: How many instances it did not hold for; for counts, 1 where it failed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    success: bool
    unexpected: int


class CheckResult(BaseModel):
    """What the quality checks found; a function of the candidate and its rules alone.

    Attributes:
        success: Whether every expectation held.
        instances: Instances judged.
        kept: Instances that passed every drop rule.
        docs: Store key of the Data Docs' first page, empty where none were made.
        expectations: Each expectation with its outcome.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    success: bool
    instances: int = 0
    kept: int = 0
    docs: str = ""
    expectations: tuple[Expectation, ...] = ()

    @property
    def failed(self) -> tuple[Expectation, ...]:
        """The expectations that did not hold."""
        return tuple(expectation for expectation in self.expectations if not expectation.success)
