"""Workspace, video and labels in S3; the server goes away in the middle and comes back."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from poseloom.infra.storage import open_store
from tests.fixtures.clips import Clip
from tests.fixtures.command import curate, digests, ended, poseloom, start, until
from tests.fixtures.s3 import S3Server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def test_release_in_s3_from_inputs_in_s3_has_the_digest_of_a_local_one(
    clip: Clip, undisturbed: str, s3_uri: str, tmp_path: Path
) -> None:
    for file in (clip.video, clip.labels):
        open_store(f"{s3_uri}/input").write(file.name, file.read_bytes())
    inputs = (f"{s3_uri}/input/{clip.video.name}", "--labels", f"{s3_uri}/input/{clip.labels.name}")
    workspace = f"{s3_uri}/out"
    run = poseloom("curate", *inputs, "-w", workspace, "--frames-per-shard", "20", POSELOOM_CACHE=str(tmp_path))
    assert run.code == 0, run.err
    assert digests(workspace) == [("1.0.0", undisturbed)]
    assert undisturbed[:16] in poseloom("release", "list", workspace).out
    assert undisturbed in poseloom("release", "show", workspace).out
    assert poseloom("release", "latest", workspace).out == "1.0.0\n"
    assert poseloom("verify", f"{workspace}/releases/1.0.0").code == 0
    sheet = tmp_path / "sheet.png"
    assert poseloom("overlay", clip.video, "--workspace", workspace, "--out", sheet).code == 0
    assert sheet.read_bytes().startswith(b"\x89PNG")


def test_server_lost_in_the_middle_is_one_line_and_the_run_resumes(
    clip: Clip, undisturbed: str, start_s3_server: Callable[[], S3Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_s3_server()
    for name, value in (server.environment | {"POSELOOM_STORE_PATIENCE_S": "3"}).items():
        monkeypatch.setenv(name, value)
    workspace = f"s3://{server.bucket()}/out"
    store = open_store(workspace)
    run = start(*curate(clip, workspace))
    until(lambda: len(store.list("stages/propagate")) >= 2, run)
    server.stop()
    failed = ended(run, timeout=120)
    assert failed.code == 1
    assert re.search(f"error: cannot .* in {workspace}: gave up after . s", failed.error)
    server.start()
    again = poseloom(*curate(clip, workspace))
    assert again.code == 0, again.err
    assert digests(workspace) == [("1.0.0", undisturbed)]
