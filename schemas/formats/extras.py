"""What a label file says beyond the typed columns, kept as JSON text.

An `extra` string is ``{"<format>": {field: value}, "as_read": {field: value}}``. The first holds the
fields poseloom has no column for. `as_read` holds how a typed field was written where poseloom would
write it differently (``[]``, absent, 17 digits of a float32 score); it is used only where it still
means what the typed column says, so an edited column always wins. ``null`` in it means absent.
A writer ignores the extras of another format.
"""

import json
from collections.abc import Iterable

from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.rows import Json

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def pack(format_name: str, fields: Json, as_read: Json, where: str) -> str:
    """The extra string of one object.

    Raises:
        LabelError: A field holds NaN or infinity, which JSON cannot say.
    """
    try:
        return _encode({format_name: fields, "as_read": as_read} if as_read else {format_name: fields})
    except (ValueError, RecursionError) as error:
        raise LabelError(f"{where}: expected JSON values, got {error}") from None


def unpack(format_name: str, extra: str) -> tuple[Json | None, Json]:
    """The untyped fields and `as_read`; ``(None, {})`` for an object that did not come from that format."""
    if not extra:
        return None, {}
    document = json.loads(extra)
    if format_name not in document:
        return None, {}
    return document[format_name], document.get("as_read", {})


def check_extras(extras: Iterable[str]) -> None:
    """Refuse texts that `pack` did not write.

    Raises:
        LabelError: Names the row of the first.
    """
    for row, extra in enumerate(extras):
        if extra and not _is_packed(extra):
            raise LabelError(f"expected extra to be JSON objects by format, got {extra[:40]!r} in row {row}")


def _is_packed(extra: str) -> bool:
    try:
        document = json.loads(extra)
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and all(isinstance(fields, dict) for fields in document.values())


def without(item: Json, typed: Iterable[str]) -> Json:
    """A copy of the object without its typed fields."""
    rest = dict(item)
    for field in typed:
        rest.pop(field, None)
    return rest
