"""Progress of a run, for whoever watches: stages announce themselves here."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Watcher(Protocol):
    """Shows progress to a person."""

    def start(self, stage: str, total: int) -> None:
        """A stage with that many shards begins."""

    def advance(self, stage: str) -> None:
        """One more shard of the stage is finished."""


_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Announce the progress of runs within the block to the watcher."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def start(stage: str, total: int) -> None:
    """Announce a stage."""
    if watcher := _watcher.get():
        watcher.start(stage, total)


def advance(stage: str) -> None:
    """Announce a finished shard."""
    if watcher := _watcher.get():
        watcher.advance(stage)
