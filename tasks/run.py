"""A run under way: its store, workers and plan, and what has happened so far."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from poseloom.schemas.check import CheckResult
from poseloom.schemas.errors import ShardError
from poseloom.schemas.ports import Store
from poseloom.schemas.release import VideoEntry
from poseloom.schemas.report import FailedShard, StageReport
from poseloom.schemas.skeleton import COCO17, Skeleton
from poseloom.schemas.video import Video
from poseloom.tasks import progress
from poseloom.tasks.parameters import Execution
from poseloom.tasks.plan import Plan
from poseloom.tasks.pool import Failure, Pool, Stage
from poseloom.tasks.stages.propagate import PropagateItem


class Keyed(Protocol):
    """A shard whose output has a store key and whose name a person understands."""

    @property
    def key(self) -> str:
        """Store key of its output."""

    @property
    def name(self) -> str:
        """How reports name it."""


Shard = TypeVar("Shard", bound=Keyed)


class Run:
    """State of one run on the driver; the steps fill it in their order.

    Attributes:
        store: The workspace.
        pool: Workers, once there is something for them to do.
        plan: What to do.
        execution: How.
        videos: Videos that could be opened.
        imported: Key of the imported labels by video id.
        skeleton: Skeleton of the labels.
        predicted: Keys of the predictions by video id, in frame order.
        windows: Propagation shards of all videos.
        dense: Keys of the dense labels by video id, in frame order.
        entries: Manifest entries of the videos.
        checks: Outcome of the quality checks.
        stages: Cost of the stages so far.
        failed: Shards given up so far.
        notes: Things the user should know.
    """

    pool: Pool

    def __init__(self, store: Store, plan: Plan, execution: Execution) -> None:
        self.store, self.plan, self.execution = store, plan, execution
        self.videos: list[Video] = []
        self.imported: dict[str, str] = {}
        self.skeleton: Skeleton = COCO17
        self.predicted: dict[str, tuple[str, ...]] = {}
        self.windows: list[PropagateItem] = []
        self.dense: dict[str, tuple[str, ...]] = {}
        self.entries: list[VideoEntry] = []
        self.checks = CheckResult(success=True)
        self.stages: list[StageReport] = []
        self.failed: list[FailedShard] = []
        self.notes: list[str] = []

    @contextmanager
    def timed(self, stage: str, shards: int = 0, reused: int = 0) -> Iterator[None]:
        """Account the block's wall time to the stage."""
        start = time.perf_counter()
        yield
        seconds = time.perf_counter() - start
        self.stages.append(StageReport(name=stage, seconds=seconds, shards=shards, reused=reused))

    def compute(self, stage: Stage[Shard, Any], shards: Sequence[Shard]) -> list[Shard]:
        """Run the stage on the shards whose output is not stored yet; returns the shards that have one.

        Raises:
            ShardError: More shards failed than the run allows; all others are finished and stored.
        """
        present = {stored.key for stored in self.store.list(f"stages/{stage.name}")}
        missing = [shard for shard in shards if shard.key not in present]
        gone: set[str] = set()
        progress.start(stage.name, len(missing))
        with self.timed(stage.name, len(shards), len(shards) - len(missing)):
            for shard, outcome in self.pool.run(stage, missing):
                if isinstance(outcome, Failure):
                    gone.add(shard.key)
                    self.failed.append(FailedShard(stage=stage.name, name=shard.name, cause=outcome.cause))
                progress.advance(stage.name)
        self.check_failures()
        return [shard for shard in shards if shard.key not in gone]

    def check_failures(self) -> None:
        """Stop when more shards failed than the run allows."""
        allowed = self.execution.max_failed_shards
        if len(self.failed) > allowed:
            shown = "; ".join(f"{f.stage} {f.name}: {f.cause}" for f in self.failed[:5])
            more = f"; and {len(self.failed) - 5} more" if len(self.failed) > 5 else ""
            raise ShardError(f"expected at most {allowed} failed shards, got {len(self.failed)}: {shown}{more}")
