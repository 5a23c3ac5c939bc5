"""Progress bars of a run."""

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class ProgressBars:
    """One bar a stage; use as a context manager and as the watcher of a run."""

    def __init__(self, console: Console) -> None:
        self._bars = Progress(
            TextColumn("{task.description:<10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
        )
        self._stages: dict[str, TaskID] = {}

    def __enter__(self) -> "ProgressBars":
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bars.stop()

    def start(self, stage: str, total: int) -> None:
        """Show a bar for the stage; nothing to do is a full bar."""
        self._stages[stage] = self._bars.add_task(stage, total=total or 1, completed=0 if total else 1)

    def advance(self, stage: str) -> None:
        """Move the stage's bar by one."""
        self._bars.advance(self._stages[stage])
