"""Stores: a local directory or an S3 prefix behind the `Store` port, and the workspace in it."""

from poseloom.infra.storage.check import check_store
from poseloom.infra.storage.open import open_store
from poseloom.infra.storage.workspace import Workspace, open_workspace

__all__ = ["Workspace", "check_store", "open_store", "open_workspace"]
