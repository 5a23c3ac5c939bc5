"""Fixtures shared by all tests."""

import os
from pathlib import Path

import numpy as np
import pytest

_DATA = Path(os.environ.get("POSELOOM_TEST_DATA", Path(__file__).parents[1] / ".." / "shared" / "data"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real videos and labels; tests that need it skip without it."""
    if not _DATA.is_dir():
        pytest.skip(f"real data not found at {_DATA}; set POSELOOM_TEST_DATA")
    return _DATA.resolve()


@pytest.fixture
def rng() -> np.random.Generator:
    """The one seeded generator of a test."""
    return np.random.default_rng(20261120)


pytest_plugins = ["tests.fixtures.s3", "tests.fixtures.prefect", "tests.fixtures.clips", "tests.fixtures.postgres"]
