"""What all end-to-end tests share."""

import pytest

from tests.fixtures.clips import Clip
from tests.fixtures.command import curate, digests, poseloom


@pytest.fixture(scope="session")
def undisturbed(prefect_server: str, clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Digest of the release that a run comes to when nothing happens to it."""
    workspace = tmp_path_factory.mktemp("undisturbed")
    assert poseloom(*curate(clip, workspace)).code == 0
    ((version, digest),) = digests(workspace)
    assert version == "1.0.0"
    return digest
