"""`poseloom benchmark …`: what annotating costs with it, and what it withstands."""

import typer

from poseloom.infra.cli.clicks import clicks
from poseloom.infra.cli.robustness import robustness

_app = typer.Typer(help="Benchmarks of annotation.", no_args_is_help=True)
_app.command()(clicks)
_app.command()(robustness)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="benchmark")
