"""A worker process in an environment of its own: start, exchange messages in time, kill with all its children."""

import contextlib
import os
import signal
import subprocess
import threading
import weakref
from collections import deque
from collections.abc import Sequence
from typing import IO, Any, cast

from poseloom.infra.estimators.workers.protocol import ProtocolError, read_message, write_message

_FOREIGN = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
_STDERR_LINES = 12
_STDERR_LINE_BYTES = 2000


class WorkerLost(Exception):
    """The worker ended or was killed for taking too long; a new one may do better."""


class WorkerProcess:
    """One running worker.

    It leads a process group of its own, so that Ctrl-C does not reach it and a kill reaches its
    children; it is killed at the latest when this object or this interpreter goes away, and ends by
    itself with its input when this process is killed.

    Raises:
        WorkerLost: The command cannot be started.
    """

    def __init__(self, command: Sequence[str]) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in _FOREIGN}
        try:
            # The command is the user's own choice, or poseloom's; no shell reads it.
            self._process = subprocess.Popen(  # noqa: S603
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise WorkerLost(f"{command[0]} does not start: {error}") from error
        self._stderr: deque[str] = deque(maxlen=_STDERR_LINES)
        self._drain = threading.Thread(target=_drain, args=(self._process.stderr, self._stderr), daemon=True)
        self._drain.start()
        self._kill = weakref.finalize(self, _kill_group, self._process)

    def exchange(self, header: dict[str, Any], payload: bytes, timeout_s: float) -> dict[str, Any]:
        """The reply to one request.

        Raises:
            WorkerLost: It ended, or took too long and was killed.
            ProtocolError: What came back is not the reply.
        """
        late = threading.Event()
        timer = threading.Timer(timeout_s, self._give_up, args=(late,))
        timer.start()
        try:
            write_message(cast(IO[bytes], self._process.stdin), header, payload)
            message = read_message(cast(IO[bytes], self._process.stdout))
        except (OSError, ValueError, ProtocolError) as error:
            if isinstance(error, ProtocolError) and not late.is_set():
                raise
            raise WorkerLost(self._epitaph(late, timeout_s)) from error
        finally:
            timer.cancel()
        if message is None:
            raise WorkerLost(self._epitaph(late, timeout_s))
        if message[0].get("id") != header["id"]:
            raise ProtocolError(f"expected a reply to request {header['id']}, got {message[0].get('id')!r}")
        return message[0]

    def last_words(self) -> str:
        """The last lines the worker wrote to stderr, on one line."""
        return " | ".join(self._stderr)

    def close(self) -> None:
        """Kill the worker and its children; safe to call twice."""
        self._kill()

    def _give_up(self, late: threading.Event) -> None:
        late.set()
        self._kill()

    def _epitaph(self, late: threading.Event, timeout_s: float) -> str:
        if late.is_set():
            return f"no answer within {timeout_s:g} s"
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=2)
        self._drain.join(timeout=2)
        return f"the worker ended with code {self._process.poll()}"


def _drain(stream: IO[bytes], lines: deque[str]) -> None:
    """Keep the pipe empty: a worker that chatters must never block on it."""
    while line := stream.readline(_STDERR_LINE_BYTES):
        text = line.decode(errors="replace").strip()
        if text:
            lines.append(text)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.close()
