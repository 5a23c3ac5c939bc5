"""Run benchmarks, compare with the declared bars: ``python -m benchmarks [NAME…]``. Exits with 1 on a missed bar.

A benchmark is a module of this folder with ``measure() -> dict[str, float]``; `bars.toml` names its figures that
have a bar. Figures are ratios within one run wherever machines would differ.
"""

import importlib
import json
import os
import tempfile
import time
import tomllib
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

_FOLDER = Path(__file__).parent
_BARS: dict[str, dict[str, dict[str, float]]] = tomllib.loads((_FOLDER / "bars.toml").read_text())


def main(
    names: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(_BARS)}; all by default.")] = None,
    output: Annotated[Path, typer.Option(help="Where the figures go.")] = _FOLDER / "results" / "latest.json",
) -> None:
    """Measure, print a table, and put the figures in place of earlier ones of the same benchmarks."""
    unknown = set(names or ()) - _BARS.keys()
    if unknown:
        raise typer.BadParameter(f"expected benchmarks of {', '.join(_BARS)}, got {', '.join(sorted(unknown))}")
    console = Console()
    rows: list[dict[str, Any]] = json.loads(output.read_text()) if output.exists() else []
    with tempfile.TemporaryDirectory() as home:
        os.environ["PREFECT_HOME"] = home
        for name in names or _BARS:
            start = time.perf_counter()
            with console.status(f"{name} …"):
                figures = importlib.import_module(f"benchmarks.{name}").measure()
            console.print(f"{name}: {time.perf_counter() - start:.0f} s", style="dim")
            rows = [row for row in rows if row["benchmark"] != name]
            rows += [_judged(name, what, value) for what, value in figures.items()]
            output.parent.mkdir(exist_ok=True)
            output.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    measured = [row for row in rows if row["benchmark"] in (names or _BARS)]
    console.print(_table(measured))
    raise typer.Exit(any(row["ok"] is False for row in measured))


def _judged(name: str, what: str, value: float) -> dict[str, Any]:
    bar = _BARS[name].get(what, {})
    ok = bar.get("at_least", value) <= value <= bar.get("at_most", value) if bar else None
    return {"benchmark": name, "figure": what, "value": float(f"{value:.4g}"), "bar": bar, "ok": ok}


def _table(rows: list[dict[str, Any]]) -> Table:
    table = Table("benchmark", "figure", "value", "bar", "ok")
    signs = {"at_least": "≥", "at_most": "≤"}
    for row in rows:
        bar = " ".join(f"{signs[side]} {limit:g}" for side, limit in row["bar"].items())
        verdict = {True: "met", False: "[red]MISSED[/]", None: ""}[row["ok"]]
        table.add_row(row["benchmark"], row["figure"], f"{row['value']:g}", bar, verdict)
    return table


typer.run(main)
