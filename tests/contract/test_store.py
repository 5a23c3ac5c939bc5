"""What every store promises."""

import pickle
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from poseloom.infra.storage.open import open_store
from poseloom.schemas.errors import ObjectExists, ObjectMissing, WorkspaceError
from poseloom.schemas.ports import Store, StoredObject


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return open_store(tmp_path / "store" if request.param == "local" else request.getfixturevalue("s3_uri"))


def test_written_objects_are_read_back(store: Store) -> None:
    store.write("a/b.bin", b"\x00\xff" * 10)

    assert store.read("a/b.bin") == b"\x00\xff" * 10
    assert store.exists("a/b.bin")


def test_an_empty_object_is_an_object(store: Store) -> None:
    store.write("empty", b"")

    assert store.read("empty") == b""
    assert store.list("") == [StoredObject("empty", 0)]


def test_write_replaces(store: Store) -> None:
    store.write("a", b"first")
    store.write("a", b"second")

    assert store.read("a") == b"second"


def test_a_missing_object_is_named(store: Store) -> None:
    with pytest.raises(ObjectMissing, match="no object a/b in"):
        store.read("a/b")
    assert not store.exists("a/b")


def test_a_folder_of_objects_is_no_object(store: Store) -> None:
    store.write("a/b", b"x")

    assert not store.exists("a")
    with pytest.raises(ObjectMissing):
        store.read("a")
    store.delete("a")
    assert store.read("a/b") == b"x"


def test_create_refuses_what_exists_and_leaves_it(store: Store) -> None:
    store.create("a", b"first")
    with pytest.raises(ObjectExists, match="a exists already"):
        store.create("a", b"second")

    assert store.read("a") == b"first"


def test_create_refuses_equal_bytes_too(store: Store) -> None:
    store.create("a", b"same")
    with pytest.raises(ObjectExists):
        store.create("a", b"same")


def test_deleted_objects_are_gone_and_may_be_created_again(store: Store) -> None:
    store.create("a", b"x")
    store.delete("a")
    store.delete("a")

    assert not store.exists("a")
    store.create("a", b"y")
    assert store.read("a") == b"y"


def test_list_is_by_folder_and_sorted(store: Store) -> None:
    for key in ("b/z", "b/a", "ba", "b/c/d", "c"):
        store.write(key, key.encode())

    assert [o.key for o in store.list("b")] == ["b/a", "b/c/d", "b/z"]
    assert store.list("b/c") == [StoredObject("b/c/d", 5)]
    assert store.list("nothing") == []
    assert [o.key for o in store.list("")] == ["b/a", "b/c/d", "b/z", "ba", "c"]


def test_list_goes_over_page_borders(store: Store) -> None:
    keys = [f"many/{i:04}" for i in range(1005)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: store.write(key, b"x"), keys))

    assert [o.key for o in store.list("many")] == keys


@pytest.mark.parametrize(
    "key", ["räume/Ünï 1.json", "a b/c+d=e&f", "per%2e%2ecent/%41", "hash#1", "quest?ion", "~", "..."]
)
def test_unusual_keys_are_taken_literally(store: Store, key: str) -> None:
    store.write(key, b"x")

    assert store.read(key) == b"x"
    assert [o.key for o in store.list("")] == [key]


@pytest.mark.parametrize(
    "key",
    ["", "/a", "../a", "a/../b", "a/..", "./a", "a//b", "a/", "a\\b", "a\0b", "a\nb", "x" * 201, "x/" * 450 + "x"],
)
@pytest.mark.parametrize("operation", ["read", "write", "create", "exists", "delete"])
def test_keys_that_leave_the_store_are_refused(store: Store, key: str, operation: str) -> None:
    arguments: tuple[Any, ...] = (key, b"x") if operation in ("write", "create") else (key,)
    with pytest.raises(WorkspaceError, match="expected a"):
        getattr(store, operation)(*arguments)


def test_of_racing_creators_exactly_one_wins(store: Store) -> None:
    writers, rounds = 16, 5
    for number in range(rounds):
        barrier = threading.Barrier(writers)

        def create(writer: int, key: str = f"race/{number}", barrier: threading.Barrier = barrier) -> int | None:
            barrier.wait()
            try:
                store.create(key, b"%d" % writer)
            except ObjectExists:
                return None
            return writer

        with ThreadPoolExecutor(writers) as pool:
            winners = [w for w in pool.map(create, range(writers)) if w is not None]
        assert len(winners) == 1
        assert store.read(f"race/{number}") == b"%d" % winners[0]


def test_readers_never_see_half_an_object(store: Store) -> None:
    versions = [bytes([i]) * 300_000 for i in range(4)]
    store.write("big", versions[0])
    done = threading.Event()

    def write() -> None:
        for turn in range(20):
            store.write("big", versions[turn % 4])
        done.set()

    with ThreadPoolExecutor(1) as pool:
        writer = pool.submit(write)
        seen = {store.read("big") for _ in iter(done.is_set, True)}
        writer.result()
    assert seen <= set(versions)


def test_a_pickled_store_opens_itself_anew(store: Store) -> None:
    store.write("a", b"x")
    copy = pickle.loads(pickle.dumps(store))

    assert copy.uri == store.uri
    assert copy.read("a") == b"x"


KEYS = st.sampled_from(["a", "b/c", "b/d/e", "b/d/f", "bb/c"])
BYTES = st.binary(max_size=40)


class StoreMachine(RuleBasedStateMachine):
    """A store and a dict do the same things and must agree."""

    stores: Iterator[Store]

    @initialize()
    def start(self) -> None:
        self.store = next(self.stores)
        self.model: dict[str, bytes] = {}

    @rule(key=KEYS, data=BYTES)
    def write(self, key: str, data: bytes) -> None:
        self.store.write(key, data)
        self.model[key] = data

    @rule(key=KEYS, data=BYTES)
    def create(self, key: str, data: bytes) -> None:
        if key in self.model:
            with pytest.raises(ObjectExists):
                self.store.create(key, data)
        else:
            self.store.create(key, data)
            self.model[key] = data

    @rule(key=KEYS)
    def read(self, key: str) -> None:
        assert self.store.exists(key) == (key in self.model)
        if key in self.model:
            assert self.store.read(key) == self.model[key]
        else:
            with pytest.raises(ObjectMissing):
                self.store.read(key)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        self.store.delete(key)
        self.model.pop(key, None)

    @rule(prefix=st.sampled_from(["", "a", "b", "b/d"]))
    def list(self, prefix: str) -> None:
        below = f"{prefix}/" if prefix else ""
        expected = [StoredObject(k, len(v)) for k, v in sorted(self.model.items()) if k.startswith(below)]
        assert self.store.list(prefix) == expected

    @rule()
    def reopen(self) -> None:
        self.store = open_store(self.store.uri)


@pytest.mark.parametrize("store", ["local", "s3"], indirect=True)
def test_a_store_behaves_like_a_dict(store: Store, request: pytest.FixtureRequest) -> None:
    local = not store.uri.startswith("s3://")

    class Machine(StoreMachine):
        stores = (open_store(f"{store.uri}/{number}") for number in range(10**6))

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=40 if local else 8,
            stateful_step_count=25 if local else 15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
