"""The workspace: a store that says which format its contents have."""

import json
from dataclasses import dataclass
from pathlib import Path

from poseloom.infra.storage.check import check_store
from poseloom.infra.storage.local import LocalStore
from poseloom.infra.storage.open import open_store
from poseloom.schemas.errors import ObjectExists, ObjectMissing, WorkspaceError
from poseloom.schemas.ids import canonical_json
from poseloom.schemas.ports import Store

WORKSPACE_FORMAT = 1
_KEY = "workspace.json"


@dataclass(frozen=True)
class Workspace:
    """An opened workspace.

    Attributes:
        store: Where everything of it is kept.
        format: Format of its layout.
    """

    store: Store
    format: int

    @property
    def uri(self) -> str:
        """Where it is."""
        return self.store.uri


def open_workspace(uri: str | Path, create: bool = True) -> Workspace:
    """Open a workspace for reading and writing; an empty store becomes one, unless told otherwise.

    Raises:
        WorkspaceError: Unreachable, unwritable, unsafe (see `check_store`), of a newer format, or not there
            where none may be created.
    """
    store = open_store(uri)
    if isinstance(store, LocalStore):
        store.clear_abandoned()
    try:
        document = store.read(_KEY)
    except ObjectMissing:
        if not create:
            raise WorkspaceError(f"expected a workspace at {store.uri}, found none") from None
        check_store(store)
        document = _create(store)
    workspace = Workspace(store, _format(store, document))
    check_store(store)
    return workspace


def _create(store: Store) -> bytes:
    document = canonical_json({"format": WORKSPACE_FORMAT})
    try:
        store.create(_KEY, document)
    except ObjectExists:
        return store.read(_KEY)
    return document


def _format(store: Store, document: bytes) -> int:
    try:
        found = json.loads(document)["format"]
    except (ValueError, TypeError, KeyError):
        found = None
    if not isinstance(found, int):
        raise WorkspaceError(f"expected {_KEY} in {store.uri} to name its format, got {document[:80]!r}")
    if found > WORKSPACE_FORMAT:
        raise WorkspaceError(
            f"workspace {store.uri} has format {found}, this poseloom reads {WORKSPACE_FORMAT}: upgrade poseloom"
        )
    return found
