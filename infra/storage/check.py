"""The self-test that a new store must pass before anything is entrusted to it."""

import os
import uuid
from concurrent.futures import ThreadPoolExecutor

from poseloom.schemas.errors import ObjectExists, ObjectMissing, WorkspaceError
from poseloom.schemas.ids import canonical_json, content_key
from poseloom.schemas.ports import Store

_MARKER = "store_check.json"
_CREATORS = 8
_RACES = 3


def check_store(store: Store) -> None:
    """Refuse a store that could lose or mix up a release; remembers a pass in the store.

    Several creators race for the same key: exactly one may win, and its object must stay. A written
    object must be read, found, listed, replaced and deleted at once.

    Raises:
        WorkspaceError: Says which promise was broken, or that the store cannot be used at all.
    """
    passed = canonical_json({"check": 1, "store": content_key(store.uri, os.environ.get("AWS_ENDPOINT_URL", ""))})
    try:
        if store.read(_MARKER) == passed:
            return
    except ObjectMissing:
        pass
    folder = f"store_check/{uuid.uuid4().hex}"
    try:
        for race in range(_RACES):
            _check_race(store, f"{folder}/race-{race}")
        _check_visibility(store, folder)
    finally:
        _sweep(store, folder)
    store.write(_MARKER, passed)


def _check_race(store: Store, key: str) -> None:
    def creates(creator: int) -> bool:
        try:
            store.create(key, b"%d" % creator)
        except ObjectExists:
            return False
        return True

    with ThreadPoolExecutor(_CREATORS) as pool:
        won = list(pool.map(creates, range(_CREATORS)))
    if sum(won) != 1:
        raise _refused(store, f"{_CREATORS} creators of one object had {sum(won)} winners, expected exactly one")
    if store.read(key) != b"%d" % won.index(True):
        raise _refused(store, "the object of the winning creator was replaced by a loser's")


def _check_visibility(store: Store, folder: str) -> None:
    key = f"{folder}/object"
    store.write(key, b"first")
    store.write(key, b"second")
    if store.read(key) != b"second" or not store.exists(key):
        raise _refused(store, "a written object was not read back")
    if key not in {o.key for o in store.list(folder)}:
        raise _refused(store, "a written object was not listed")
    store.delete(key)
    if store.exists(key):
        raise _refused(store, "a deleted object was still there")


def _sweep(store: Store, folder: str) -> None:
    for leftover in store.list(folder):
        store.delete(leftover.key)


def _refused(store: Store, why: str) -> WorkspaceError:
    return WorkspaceError(f"cannot keep releases safely in {store.uri}: {why}; use another store")
