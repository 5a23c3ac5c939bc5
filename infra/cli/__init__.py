"""The command line. Commands import what they need when they run, so that small ones stay fast."""

import errno
import os
import sys

from poseloom.infra.cli.app import app
from poseloom.infra.cli.console import console
from poseloom.schemas.errors import PoseloomError

_INTERNAL_ERROR = 70
_INTERRUPTED = 130


def main() -> None:
    """Run one command; errors become one line and an exit code."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    if debug:
        os.environ["PREFECT_LOGGING_LEVEL"] = "INFO"
    try:
        app(args=arguments, prog_name="poseloom", standalone_mode=True)
    except SystemExit as end:
        if end.code == _INTERRUPTED:  # Typer's answer to Ctrl-C
            console.print(_interrupted(arguments), style="yellow", soft_wrap=True)
        raise
    except PoseloomError as error:
        _fail(str(error), 1, debug)
    except OSError as error:
        _fail(_os_message(error), 1, debug)
    except Exception as error:
        _fail(
            f"internal error: {type(error).__name__}: {error} (run again with --debug for details)",
            _INTERNAL_ERROR,
            debug,
        )


def _interrupted(arguments: list[str]) -> str:
    kept = {"curate": "finished shards", "demo": "finished shards", "synth": "finished sequences"}
    what = kept.get(arguments[0]) if arguments else None
    return f"interrupted; {what} are kept: run the same command again to resume" if what else "interrupted"


def _fail(message: str, code: int, debug: bool) -> None:
    if debug:
        console.print_exception()
    console.print(f"[bold red]error:[/] {_escaped(message)}", soft_wrap=True, highlight=False)
    sys.exit(code)


def _escaped(message: str) -> str:
    from rich.markup import escape

    return escape(" ".join(message.split()))


def _os_message(error: OSError) -> str:
    where = f" at {error.filename}" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"expected free disk space{where}, the disk is full: free some and run the same command again"
    return f"{error.strerror or error}{where}"
