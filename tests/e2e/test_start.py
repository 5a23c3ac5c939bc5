"""Small commands are fast because they load nothing large."""

import subprocess
import sys

import pytest

LARGE = {"ray", "prefect", "torch", "great_expectations", "transformers", "scipy", "cv2", "av", "pyarrow"}


@pytest.mark.parametrize("arguments", [["--help"], ["curate", "--help"], ["--version"], ["rules"]])
def test_small_commands_import_nothing_large(arguments: list[str]) -> None:
    code = f"import sys; sys.argv[1:] = {arguments!r}; from poseloom.infra.cli import main; main()"
    run = subprocess.run([sys.executable, "-X", "importtime", "-c", code], capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines() if line.startswith("import time:")}
    assert "poseloom.infra.cli" in imported
    assert not LARGE & imported
