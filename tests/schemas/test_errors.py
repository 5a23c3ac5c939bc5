"""The error tree is as its module draws it."""

import inspect
import re

from poseloom.schemas import errors


def _drawn() -> dict[str, str]:
    """Each drawn class and its parent, read from the indentation of the module docstring."""
    parents: list[str] = []
    found: dict[str, str] = {}
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"(?P<lead>[│├└─ ]*)(?P<name>[A-Z]\w+)(\s|$)", line)
        if match is None or not hasattr(errors, match["name"]):
            continue
        depth = len(match["lead"]) // 4
        parents[depth:] = [match["name"]]
        found[match["name"]] = parents[depth - 1] if depth else "Exception"
    return found


def test_tree_is_drawn_as_it_is() -> None:
    classes = dict(inspect.getmembers(errors, inspect.isclass))
    assert _drawn() == {name: kind.__bases__[0].__name__ for name, kind in classes.items()}
