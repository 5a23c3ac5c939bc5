"""Isolated Python environments: built once from pinned requirements, marked when complete."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from filelock import FileLock

from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.ids import content_key

_OUTPUT_TAIL = 1500


def data_home() -> Path:
    """Where installed estimators live: ``$POSELOOM_HOME``, else the user's data directory."""
    return Path(os.environ.get("POSELOOM_HOME") or platformdirs.user_data_dir("poseloom"))


@dataclass(frozen=True)
class Environment:
    """A virtual environment that is a function of its requirements.

    Attributes:
        name: Name of the estimator it belongs to.
        requirements: The complete pinned set, dependencies included.
        python_versions: Minor versions of Python 3 it can be built with, best first.
    """

    name: str
    requirements: tuple[str, ...]
    python_versions: tuple[int, ...]

    @property
    def digest(self) -> str:
        """Changes with the requirements."""
        return content_key(self.name, list(self.requirements))

    @property
    def folder(self) -> Path:
        """Where it is or will be."""
        return data_home() / "estimators" / f"{self.name}-{self.digest[:12]}"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    @property
    def complete(self) -> bool:
        """Whether it was built to the end."""
        return self._marker.is_file()

    @property
    def _marker(self) -> Path:
        return self.folder / "poseloom-complete"

    def build(self, report: Callable[[str], None]) -> None:
        """Build it unless it is complete; another process that builds it is waited for.

        An interrupted build is started over, from pip's own cache of what was downloaded.

        Raises:
            EstimatorError: No suitable Python, an unwritable folder, or pip failed (offline, full disk …).
        """
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.folder}.lock"):
                if self.complete:
                    report(f"{self.name} is installed in {self.folder}")
                else:
                    self._build(report)
        except OSError as error:
            raise EstimatorError(f"{self.name} cannot be installed in {self.folder}: {error}") from error

    def _build(self, report: Callable[[str], None]) -> None:
        python = self._find_python()
        report(f"creating an environment for {self.name} in {self.folder} with {python}")
        _run(self.name, [python, "-m", "venv", "--clear", str(self.folder)])
        report(f"installing {', '.join(self.requirements)}")
        pip = [str(self.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        _run(self.name, [*pip, "--no-deps", "--only-binary", ":all:", *self.requirements])
        self._marker.touch()
        report(f"{self.name} is installed")

    def _find_python(self) -> str:
        names = [sys.executable, *(f"python3.{minor}" for minor in self.python_versions)]
        for name in names:
            path = shutil.which(name)
            if path and _minor_version(path) in self.python_versions:
                return path
        wanted = " or ".join(f"3.{minor}" for minor in self.python_versions)
        raise EstimatorError(f"expected Python {wanted} on the PATH for {self.name}, found none that runs")


def _minor_version(python: str) -> int | None:
    """A command of that name may be a shim that refuses to run, so ask it."""
    ask = "import sys; print(sys.version_info[1])"
    answer = subprocess.run([python, "-I", "-c", ask], capture_output=True, text=True, check=False)  # noqa: S603
    return int(answer.stdout) if answer.returncode == 0 and answer.stdout.strip().isdigit() else None


def _run(name: str, command: Sequence[str]) -> None:
    done = subprocess.run(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        tail = " | ".join(line.strip() for line in done.stdout.splitlines() if line.strip())[-_OUTPUT_TAIL:]
        raise EstimatorError(f"{name} cannot be installed: {' '.join(command[1:4])} failed: {tail}")
