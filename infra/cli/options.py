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


def names(text: str) -> list[str]:
    """Names separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


def seed_list(text: str) -> list[int]:
    """Seeds of ``3``, ``0-4`` or ``1,5,9``, or a mixture.

    Raises:
        InputError: Something else, or a seed twice.
    """
    try:
        ranges = [tuple(int(end) for end in part.split("-")) for part in text.split(",")]
        found = [seed for ends in ranges for seed in range(ends[0], ends[-1] + 1)]
    except ValueError:
        found = []
    if not found or len(set(found)) < len(found):
        raise InputError(f"expected --seeds as 3, 0-4 or 1,5,9, got {text!r}")
    return found


def check_out(file: Path | None) -> None:
    """Refuse a file in a folder that is not there, before anything is computed for it.

    Raises:
        InputError: No such folder.
    """
    if file is not None and not file.absolute().parent.is_dir():
        raise InputError(f"expected a folder for --out at {file.absolute().parent}, found none")


def check_report(folder: Path | None) -> None:
    """Make the folder of a report, before anything is computed for it.

    Raises:
        InputError: No report can be written there.
    """
    from poseloom.infra.report import check_folder

    if folder is not None:
        check_folder(folder)


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
