"""`poseloom estimator …`: which estimators there are, and installing those that need it."""

from typing import Annotated

import typer

from poseloom.infra.cli.console import console, output

_app = typer.Typer(help="Estimators: what finds people in frames.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_app, name="estimator")


@_app.command("list")
def list_estimators() -> None:
    """Name the estimators that `poseloom curate --estimator` takes."""
    from poseloom.infra.estimators import estimator_names

    for name in estimator_names():
        output.print(name)


@_app.command()
def install(name: Annotated[str, typer.Argument(help="Estimator to install, e.g. `blazepose`.")]) -> None:
    """Build the isolated environment of an estimator from the package registry."""
    from poseloom.infra.estimators import install_estimator

    with console.status(f"installing {name} …") as status:
        install_estimator(name, status.update)
    output.print(f"{name} is installed: poseloom curate VIDEO… --estimator {name} --workspace DIR")
