import time
from pathlib import Path

import pytest

from poseloom.infra.settings import StorageSettings
from poseloom.infra.storage.check import check_store
from poseloom.infra.storage.local import LocalStore
from poseloom.infra.storage.open import open_store
from poseloom.infra.storage.workspace import open_workspace
from poseloom.schemas.errors import InputError, ObjectExists, WorkspaceError
from poseloom.schemas.ports import Store


class ForgetfulStore(LocalStore):
    """Looks before it writes instead of creating atomically, as some S3 look-alikes do."""

    def create(self, key: str, data: bytes) -> None:
        if self.exists(key):
            raise ObjectExists(key)
        time.sleep(0.05)
        self.write(key, data)


class LateStore(LocalStore):
    """Lists from a cache that never hears of anything new."""

    def list(self, prefix: str) -> list:  # type: ignore[type-arg]
        return []


class CountingStore(LocalStore):
    """Counts creates."""

    created = 0

    def create(self, key: str, data: bytes) -> None:
        type(self).created += 1
        super().create(key, data)


@pytest.fixture(params=["local", "s3"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path) if request.param == "local" else request.getfixturevalue("s3_uri")


def test_a_new_workspace_opens_again(uri: str) -> None:
    assert open_workspace(uri).format == 1
    assert open_workspace(uri).uri == uri
    assert [o.key for o in open_store(uri).list("")] == ["store_check.json", "workspace.json"]


def test_a_newer_workspace_asks_for_an_upgrade(uri: str) -> None:
    open_store(uri).write("workspace.json", b'{"format": 2}')
    with pytest.raises(WorkspaceError, match="has format 2, this poseloom reads 1: upgrade poseloom"):
        open_workspace(uri)


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b"\xff", b'{"format": "1"}'])
def test_a_broken_workspace_document_is_shown(tmp_path: Path, document: bytes) -> None:
    LocalStore(tmp_path).write("workspace.json", document)
    with pytest.raises(WorkspaceError, match=r"expected workspace.json in .* to name its format"):
        open_workspace(tmp_path)


def test_a_store_with_two_winners_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match=r"8 creators of one object had \d winners, expected exactly one"):
        check_store(ForgetfulStore(tmp_path))


def test_a_store_with_stale_listings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError, match="a written object was not listed"):
        check_store(LateStore(tmp_path))


def test_a_passed_check_is_remembered_until_the_store_moves(tmp_path: Path) -> None:
    check_store(CountingStore(tmp_path / "a"))
    first = CountingStore.created
    check_store(CountingStore(tmp_path / "a"))
    assert CountingStore.created == first
    (tmp_path / "a").rename(tmp_path / "b")
    check_store(CountingStore(tmp_path / "b"))
    assert CountingStore.created == 2 * first


def test_uris_lead_to_their_stores(tmp_path: Path, s3_uri: str) -> None:
    stores: list[Store] = [open_store(tmp_path), open_store(f"file://{tmp_path}"), open_store(s3_uri)]
    assert [s.uri for s in stores] == [str(tmp_path), str(tmp_path), s3_uri]


@pytest.mark.parametrize("uri", ["", "http://example.org/x", "gs://bucket", "file://host/x", "a\0b"])
def test_other_uris_are_refused(uri: str) -> None:
    with pytest.raises(InputError, match="expected "):
        open_store(uri)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSELOOM_STORE_PATIENCE_S", "7.5")
    assert StorageSettings.from_environment().patience_s == 7.5
    monkeypatch.setenv("POSELOOM_STORE_PATIENCE_S", "long")
    with pytest.raises(InputError, match="expected POSELOOM_STORE_PATIENCE_S to be a number of seconds, got 'long'"):
        StorageSettings.from_environment()
