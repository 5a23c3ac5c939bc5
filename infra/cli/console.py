"""The two consoles of the command line."""

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

console = Console(stderr=True)
"""For people: progress, errors, hints."""
output = Console()
"""For results."""

_WIDEST = 1_000


def figures_table(*columns: str) -> Table:
    """An empty table of figures; the first column names the row."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    for i, column in enumerate(columns):
        table.add_column(column, justify="right" if i else "left", no_wrap=True)
    return table


def print_table(table: Table) -> None:
    """Print a table in its own width, so that no name is cut where the terminal is narrow or none at all."""
    width = output.width
    needed = Measurement.get(output, output.options.update(max_width=_WIDEST), table).maximum
    output.width = max(width, needed)
    output.print(table)
    output.width = width
    output.print()
