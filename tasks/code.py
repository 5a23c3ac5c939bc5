"""Digest of the code that computes labels: part of every content key."""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from poseloom.schemas.ids import content_key

_LAYERS = ("schemas", "models", "tasks", "infra/video", "infra/labels", "infra/estimators")


@cache
def code_digest() -> str:
    """32 hex digits that change with any source file that labels depend on; same in a wheel and a checkout."""
    package = files("poseloom")
    return content_key(*(source for layer in _LAYERS for source in _sources(package.joinpath(layer))))


def _sources(folder: Traversable) -> list[str]:
    found: list[str] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            found += _sources(entry)
        elif entry.name.endswith(".py"):
            found.append(entry.read_text(encoding="utf-8"))
    return found
