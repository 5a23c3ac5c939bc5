"""The two consoles of the command line."""

from rich.console import Console

console = Console(stderr=True)
"""For people: progress, errors, hints."""
output = Console()
"""For results."""
