"""Parsing of command-line values."""

from pathlib import Path
from typing import TYPE_CHECKING

from poseloom.schemas.errors import InputError

if TYPE_CHECKING:
    from poseloom.schemas.rules import RuleSet


def parse_options(pairs: list[str] | None) -> dict[str, str]:
    """``KEY=VALUE`` pairs as a dictionary.

    Raises:
        InputError: A pair without ``=``.
    """
    options: dict[str, str] = {}
    for pair in pairs or []:
        key, found, value = pair.partition("=")
        if not found or not key:
            raise InputError(f"expected an option as KEY=VALUE, got {pair!r}")
        options[key] = value
    return options


def read_rules(path: str | None) -> "RuleSet":
    """The rule file, or the default rules.

    Raises:
        RuleError: Not a usable rule file.
        InputError: It cannot be read.
    """
    from poseloom.schemas.rules import RuleSet, parse_rules

    if path is None:
        return RuleSet()
    try:
        return parse_rules(Path(path).read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"expected a readable rule file at {path}, got: {error}") from error
