"""A stranger's code can read our tables with three libraries: `schemas` needs no others."""

import subprocess
import sys
from pathlib import Path

from poseloom import schemas

PROBE = """
import importlib, pkgutil, sys

ALLOWED = {"poseloom", "numpy", "pyarrow", "pydantic", "pydantic_core", "annotated_types", "typing_extensions",
           "typing_inspection", *sys.stdlib_module_names}

class Door:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in ALLOWED and not name.startswith("_sysconfigdata"):
            raise ModuleNotFoundError(f"no module {name} beside numpy, pyarrow and pydantic", name=name)

sys.meta_path.insert(0, Door())
import poseloom.schemas
for module in pkgutil.walk_packages(poseloom.schemas.__path__, "poseloom.schemas."):
    importlib.import_module(module.name)
    print(module.name)
"""


def test_every_module_of_schemas_imports_with_numpy_pyarrow_and_pydantic_alone() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    folder = Path(next(iter(schemas.__path__)))
    written = {path for path in folder.rglob("*.py") if path.name != "__init__.py"}
    assert len(done.stdout.splitlines()) == len(written) + sum(1 for _ in folder.glob("*/__init__.py"))
