"""`poseloom rules`: the default annotation rules as a file to start from."""

import json

import typer

from poseloom.infra.cli.console import output


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(rules)


def rules() -> None:
    """Print the default annotation rules; save and edit them, then `curate --rules FILE`."""
    from poseloom.schemas.rules import RuleSet

    defaults = RuleSet()
    lines = [f"version = {defaults.version}"]
    for name, value in defaults.model_dump(mode="json", exclude={"version"}).items():
        meaning = (type(getattr(defaults, name)).__doc__ or "").splitlines()[0]
        lines += ["", f"# {meaning}", f"[{name}]"]
        lines += [f"{key} = {json.dumps(setting)}" for key, setting in value.items()]
    output.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
