"""The demo on nothing but what is installed: no Prefect server, no account, no settings."""

from pathlib import Path

import pytest

from tests.fixtures.command import Ended, poseloom


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_demo_needs_no_server_and_repeats_itself_for_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    first, again = _demo(tmp_path), _demo(tmp_path)
    assert "v1.0.0" in first.out
    assert "v2.0.0" in first.out
    assert "digest" in first.out
    assert "nothing to do" in again.err
    assert again.out == first.out


def _demo(folder: Path) -> Ended:
    ended = poseloom("demo", "--frames", "20", "--people", "2", "-w", folder / "demo")
    assert ended.code == 0, ended.err
    return ended
