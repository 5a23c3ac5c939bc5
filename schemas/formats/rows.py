"""The objects of a JSON list, read as checked columns; every error names the JSON path."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from poseloom.schemas.arrays import F64, I64
from poseloom.schemas.errors import LabelError

Json = dict[str, Any]

NUMBER_LIMIT = 1e7
"""No coordinate in pixels is larger; larger numbers are broken files."""
ID_LIMIT = 1 << 63


@dataclass(frozen=True)
class Rows:
    """A list of JSON objects.

    Attributes:
        where: The label file's name and the list's JSON path, for messages.
        items: The objects.
    """

    where: str
    items: Sequence[Json]

    @classmethod
    def of(cls, document: object, name: str, field: str) -> "Rows":
        """The list `field` of a document.

        Raises:
            LabelError: The document is no object, lacks the field, or the field is no list of objects.
        """
        if not isinstance(document, dict):
            raise LabelError(f"{name}: expected a JSON object, got {brief(document)}")
        if field not in document:
            got = ", ".join(list(document)[:8]) or "an empty object"
            raise LabelError(f"{name}: expected a field {field!r}, got {got}")
        return cls.of_list(document[field], f"{name}: {field}")

    @classmethod
    def of_list(cls, items: object, where: str) -> "Rows":
        """The objects of a list.

        Raises:
            LabelError: It is no list, or holds something else than objects.
        """
        if not isinstance(items, list):
            raise LabelError(f"{where}: expected a list of objects, got {brief(items)}")
        rows = cls(where, items)
        if not set(map(type, items)) <= {dict}:
            row = next(i for i, item in enumerate(items) if type(item) is not dict)
            raise LabelError(f"{where}[{row}]: expected an object, got {brief(items[row])}")
        return rows

    def __len__(self) -> int:
        return len(self.items)

    def error(self, row: int, field: str, expected: str, got: object) -> LabelError:
        """The error for one value of one row."""
        return LabelError(f"{self.where}[{row}].{field}: expected {expected}, got {brief(got)}")

    def integers(self, field: str, default: int | None = None, low: int = -ID_LIMIT, high: int = ID_LIMIT) -> I64:
        """(N,) int64 column; values lie in [low, high). Rows without the field get the default.

        Raises:
            LabelError: A value is missing without a default, no integer, or out of range.
        """
        values: list[Any] = [item.get(field, default) for item in self.items]
        if not set(map(type, values)) <= {int} or (values and not low <= min(values) <= max(values) < high):
            row = next(i for i, v in enumerate(values) if type(v) is not int or not low <= v < high)
            expected = "an integer" if low == -ID_LIMIT else f"an integer from {low} to {high - 1}"
            raise self.error(row, field, expected, self.items[row].get(field, MISSING))
        return np.array(values, dtype=np.int64)

    def texts(self, field: str) -> list[str]:
        """Column of strings.

        Raises:
            LabelError: A value is missing or no string.
        """
        values = [item.get(field, MISSING) for item in self.items]
        if not set(map(type, values)) <= {str}:
            row = next(i for i, v in enumerate(values) if type(v) is not str)
            raise self.error(row, field, "a string", values[row])
        return values

    def numbers(self, field: str, length: int) -> F64:
        """(N, length) float64 column; rows that lack the field or hold ``[]`` are NaN.

        Raises:
            LabelError: A value is no list of that many finite numbers.
        """
        columns = np.full((len(self), length), np.nan)
        rows = [i for i, item in enumerate(self.items) if field in item and item[field] != []]
        lists = [self.items[i][field] for i in rows]
        if not set(map(type, lists)) <= {list} or not set(map(len, lists)) <= {length} or not _are_numbers(lists):
            raise next(self._number_errors(rows, field, length))
        try:
            values = np.fromiter(chain.from_iterable(lists), dtype=np.float64, count=len(lists) * length)
        except OverflowError:
            raise next(self._number_errors(rows, field, length)) from None
        if not (np.abs(values) <= NUMBER_LIMIT).all():
            raise next(self._number_errors(rows, field, length))
        columns[rows] = values.reshape(-1, length)
        return columns

    def _number_errors(self, rows: list[int], field: str, length: int) -> Any:
        for row in rows:
            value = self.items[row][field]
            if type(value) is not list:
                yield self.error(row, field, f"{length} numbers", value)
            elif len(value) != length:
                yield LabelError(f"{self.where}[{row}].{field}: expected {length} numbers, got {len(value)}")
            else:
                for i, v in enumerate(value):
                    if type(v) not in (int, float) or not abs(v) <= NUMBER_LIMIT:
                        yield self.error(row, f"{field}[{i}]", f"a number of at most ±{NUMBER_LIMIT:.0f}", v)


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING = _Missing()
"""Stands for an absent field in messages."""


def brief(value: object) -> str:
    """A value for a message: containers by kind and size, the rest as at most 60 characters."""
    match value:
        case dict():
            return f"an object of {len(value)} fields"
        case list():
            return f"a list of {len(value)}"
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case int() if value.bit_length() > 128:
            return f"an integer of {value.bit_length()} bits"
        case _:
            text = repr(value)
            return text if len(text) <= 60 else f"{text[:57]}..."


def _are_numbers(lists: list[list[Any]]) -> bool:
    return set(map(type, chain.from_iterable(lists))) <= {int, float}
