"""The worker pool: Ray actors that run shards, with retries, a poison cap and a watchdog."""

import traceback
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import ray
from ray.exceptions import RayActorError, RayError

from poseloom.schemas.errors import InputError, ObjectExists, ObjectMissing, PoseloomError, WorkspaceError

Item = TypeVar("Item")
Entry = TypeVar("Entry")
_ItemIn = TypeVar("_ItemIn", contravariant=True)  # noqa: PLC0105
_EntryOut = TypeVar("_EntryOut", covariant=True)  # noqa: PLC0105


class Stage(Hashable, Protocol[_ItemIn, _EntryOut]):
    """One kind of shard-wise work; a small hashable value that travels to the workers."""

    @property
    def name(self) -> str:
        """Name in progress bars and reports."""

    def open(self) -> Callable[[_ItemIn], _EntryOut]:
        """Load what the stage needs (models, store) once per worker; returns the function of one shard.

        The function is idempotent: it may run twice for a shard, in two workers at once.
        """


@dataclass(frozen=True)
class Failure:
    """Why a shard was given up.

    Attributes:
        item: The shard.
        cause: One line for the user.
        details: Traceback for ``--debug``.
    """

    item: Any
    cause: str
    details: str = ""


@dataclass(frozen=True)
class PoolSettings:
    """How shards are run.

    Attributes:
        workers: Number of actors.
        gpus_per_worker: GPU fraction each actor claims.
        max_attempts: Tries per shard before it is given up; a shard that kills its worker every time is poison.
        stall_s: Seconds without any finished shard after which the busy workers are killed.
    """

    workers: int
    gpus_per_worker: float = 0.0
    max_attempts: int = 3
    stall_s: float = 900.0


@dataclass(frozen=True)
class _Raised:
    cause: str
    details: str
    retry: bool
    store_lost: bool = False


class _Worker:
    """Body of the actor: opens each stage once and runs its shards one after another."""

    def __init__(self) -> None:
        import cv2

        cv2.setNumThreads(1)
        self._opened: dict[Hashable, Callable[[Any], Any]] = {}

    def run(self, stage: Stage[Any, Any], item: Any) -> Any:
        try:
            if stage not in self._opened:
                self._opened[stage] = stage.open()
            return self._opened[stage](item)
        except InputError as error:
            return _Raised(str(error), traceback.format_exc(), retry=False)
        except (ObjectMissing, ObjectExists) as error:
            return _Raised(str(error), traceback.format_exc(), retry=True)
        except WorkspaceError as error:  # the store has been patient already, and no other shard can do without it
            return _Raised(str(error), traceback.format_exc(), retry=False, store_lost=True)
        except Exception as error:
            name = "" if isinstance(error, PoseloomError) else f"{type(error).__name__}: "
            first_line = str(error).strip().partition("\n")[0]
            return _Raised(f"{name}{first_line}", traceback.format_exc(), retry=True)


@dataclass
class _Attempt(Generic[Item]):
    item: Item
    attempts: int = 0
    cause: str = ""
    details: str = ""


class Pool:
    """Long-lived workers shared by all stages of a run; use as a context manager.

    Actors restart when they die. Their calls are not retried by Ray (a poison shard would be retried
    for ever) but by the pool, up to `max_attempts` a shard, each attempt on whichever worker is free.
    """

    def __init__(self, settings: PoolSettings) -> None:
        self._settings = settings
        actor: Any = ray.remote(max_restarts=-1, max_task_retries=0, num_cpus=1, num_gpus=settings.gpus_per_worker)(
            _Worker
        )
        self._workers: list[Any] = [actor.remote() for _ in range(settings.workers)]

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            ray.kill(worker, no_restart=True)

    def run(self, stage: Stage[Item, Entry], items: Sequence[Item]) -> Iterator[tuple[Item, Entry | Failure]]:
        """Run the stage on all items; yields each with its entry or failure as soon as it is known.

        Raises:
            WorkspaceError: The store is full, gone or closed to us: every other shard would fail as well.
        """
        waiting = deque(_Attempt(item) for item in items)
        idle = list(self._workers)
        busy: dict[Any, tuple[Any, _Attempt[Item]]] = {}
        shared = ray.put(stage)
        while waiting or busy:
            while waiting and idle:
                attempt, worker = waiting.popleft(), idle.pop()
                busy[worker.run.remote(shared, attempt.item)] = (worker, attempt)
            done, _ = ray.wait(list(busy), timeout=self._settings.stall_s)
            for call in done or self._kill(busy):
                worker, attempt = busy.pop(call)
                idle.append(worker)
                outcome = _outcome(call, self._settings.stall_s)
                if not isinstance(outcome, _Raised):
                    yield attempt.item, outcome
                    continue
                if outcome.store_lost:
                    raise WorkspaceError(outcome.cause)
                attempt.attempts += 1
                if outcome.retry and attempt.attempts < self._settings.max_attempts:
                    waiting.append(attempt)
                    continue
                tries = f" (after {attempt.attempts} attempts)" if attempt.attempts > 1 else ""
                yield attempt.item, Failure(attempt.item, outcome.cause + tries, outcome.details)

    def _kill(self, busy: dict[Any, tuple[Any, _Attempt[Item]]]) -> list[Any]:
        """No progress: restart every busy worker; their calls end in an actor error."""
        for worker, _ in busy.values():
            ray.kill(worker, no_restart=False)
        return list(busy)


def _outcome(call: Any, stall_s: float) -> Any:
    try:
        return ray.get(call, timeout=stall_s)
    except RayActorError:
        return _Raised("the worker died (killed, out of memory, or no progress)", "", retry=True)
    except RayError as error:
        cause = getattr(error, "cause", error)
        return _Raised(f"Ray failed: {type(cause).__name__}: {cause}", str(error), retry=True)
