"""What README promises of the command line exists, and everything that exists says what it is for."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from poseloom.infra.cli.app import app

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
ROOT = typer.main.get_command(app)
GLOBAL = {"--help", "--debug"}


def _lines() -> list[str]:
    blocks = re.findall(r"^```bash\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("poseloom ")]


def _mentions() -> list[str]:
    return sorted(set(re.findall(r"`(poseloom [^`]+)`", README)))


def _commands() -> dict[str, typer.core.TyperCommand]:
    found: dict[str, typer.core.TyperCommand] = {}
    for name, command in ROOT.commands.items():  # type: ignore[attr-defined]
        for sub, leaf in getattr(command, "commands", {"": command}).items():
            found[f"{name} {sub}".strip()] = leaf
    return found


def _command_of(line: str) -> tuple[str, list[str]]:
    words = shlex.split(line.replace("[", " ").replace("]", " "), comments=True)[1:]
    name = " ".join(words[:2]) if " ".join(words[:2]) in _commands() else words[0]
    return name, words[len(name.split()) :]


def _options(command: typer.core.TyperCommand) -> Iterator[str]:
    for parameter in command.params:
        yield from parameter.opts


def test_readme_has_commands() -> None:
    assert len(_lines()) >= 8


@pytest.mark.parametrize("line", [*_lines(), *_mentions()])
def test_command_in_readme_exists_with_its_options(line: str) -> None:
    name, words = _command_of(line)
    assert name in _commands()
    given = {word.partition("=")[0] for word in words if word.startswith("-")}
    assert given <= {*_options(_commands()[name]), *GLOBAL}


@pytest.mark.parametrize("line", [line for line in _lines() if "…" not in line])
def test_example_in_readme_is_a_complete_call(line: str) -> None:
    name, words = _command_of(line)
    _commands()[name].make_context(name, list(words))


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`(--[a-z-]+)", README))))
def test_option_in_readme_exists(option: str) -> None:
    assert option in {known for command in _commands().values() for known in _options(command)}


@pytest.mark.parametrize("name", _commands())
def test_command_and_its_options_have_help(name: str) -> None:
    command = _commands()[name]
    assert command.help
    assert [parameter.name for parameter in command.params if not getattr(parameter, "help", None)] == []
