"""Asks a worker process and replaces it when it is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from poseloom.infra.estimators._process import WorkerLost, WorkerProcess
from poseloom.infra.estimators._replies import Hello, parse_hello
from poseloom.infra.estimators.workers.protocol import ProtocolError
from poseloom.schemas.errors import EstimatorError

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class WorkerSpec:
    """How to run a worker.

    Attributes:
        command: Program and arguments.
        batch_size: Pictures in one request.
        timeout_s: Seconds a request may take.
        start_timeout_s: Seconds a new process may take to say hello, and again to load its model
            on top of its first request.
        retries: How often a request is given to a new process after one was lost.
    """

    command: tuple[str, ...]
    batch_size: int = 1
    timeout_s: float = 60.0
    start_timeout_s: float = 120.0
    retries: int = 2


class WorkerClient:
    """One worker at a time, started at need.

    A worker that ends or takes too long is replaced, `retries` times for one request; one that
    answers nonsense or reports an error is not asked again.
    """

    def __init__(self, name: str, spec: WorkerSpec) -> None:
        self._name = name
        self._spec = spec
        self._worker: WorkerProcess | None = None
        self._hello: Hello | None = None
        self._requests = 0
        self._loading_s = 0.0

    def hello(self) -> Hello:
        """What the worker says of itself; also its health check.

        Raises:
            EstimatorError: It does not start, does not speak the protocol, or is another one than before.
        """
        return self._insist(self._greet, "the start")

    def request(
        self, header: dict[str, Any], payload: bytes, parse: Callable[[dict[str, Any]], _Answer], where: str
    ) -> _Answer:
        """The parsed reply to one request.

        Args:
            header: The request without its id.
            payload: Raw bytes that go with it.
            parse: Turns the reply into the answer; a ValueError means nonsense.
            where: What the request is about, for messages.

        Raises:
            EstimatorError: Workers were lost too often, answer nonsense, or report an error.
        """

        def ask() -> _Answer:
            if self._worker is None:
                self._greet()
            reply = self._exchange(header, payload, self._spec.timeout_s + self._loading_s)
            self._loading_s = 0.0
            if "error" in reply:
                raise EstimatorError(f"{self._name} failed at {where}: {reply['error']}"[:2000])
            return parse(reply)

        return self._insist(ask, where)

    def close(self) -> None:
        """End the worker; safe to call twice."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def _insist(self, ask: Callable[[], _Answer], where: str) -> _Answer:
        lost = ""
        for _ in range(1 + self._spec.retries):
            try:
                return ask()
            except WorkerLost as loss:
                lost = self._with_last_words(str(loss))
                self.close()
            except (ProtocolError, ValueError) as error:
                problem = self._with_last_words(f"{self._name} answered nonsense at {where}: {error}")
                self.close()
                raise EstimatorError(problem) from error
        raise EstimatorError(f"{self._name} failed {1 + self._spec.retries} times at {where}: {lost}")

    def _greet(self) -> Hello:
        if self._worker is None:
            self._worker = WorkerProcess(self._spec.command)
            self._loading_s = self._spec.start_timeout_s
        hello = parse_hello(self._exchange({"op": "hello"}, b"", self._spec.start_timeout_s))
        if self._hello is not None and hello != self._hello:
            raise ValueError(f"expected the worker of before ({self._hello.digest}), got {hello.digest}")
        self._hello = hello
        return hello

    def _exchange(self, header: dict[str, Any], payload: bytes, timeout_s: float) -> dict[str, Any]:
        if self._worker is None:
            raise WorkerLost("the worker was closed")
        self._requests += 1
        return self._worker.exchange({"id": self._requests, **header}, payload, timeout_s)

    def _with_last_words(self, problem: str) -> str:
        words = self._worker.last_words() if self._worker else ""
        return f"{problem}; its last words: {words}" if words else problem
