"""The Typer application and its commands."""

from typing import Annotated

import typer

from poseloom.infra.cli import (
    benchmark,
    correct,
    corrections,
    curate,
    demo,
    estimator,
    evaluate,
    flags,
    overlay,
    queue,
    release,
    review,
    rules,
    synth,
)
from poseloom.infra.cli.console import output

app = typer.Typer(
    name="poseloom",
    help="Curate human-pose video datasets: sparse labels and corrections in, verified releases out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
    epilog="Every command takes --debug, which shows tracebacks and logs.",
)
for _command in (
    curate,
    correct,
    corrections,
    benchmark,
    overlay,
    evaluate,
    flags,
    review,
    queue,
    release,
    estimator,
    rules,
    synth,
    demo,
):
    _command.register(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from poseloom import __version__

        output.print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    del version
