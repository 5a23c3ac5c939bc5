"""The panel under a picture: which frame it is, and what the marks mean."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from poseloom.infra.overlay.marks import mark, stroke, text_width, write
from poseloom.infra.overlay.palette import FAINT, INK, PANEL, WHITE, Colour, mix
from poseloom.infra.overlay.people import LEFT_TINT, RIGHT_SHADE
from poseloom.schemas.arrays import U8
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source

_TEXT, _ROW, _GAP = 15.0, 25.0, 18.0
_SAMPLE: Colour = (86, 180, 233)


@dataclass(frozen=True)
class _Entry:
    text: str
    draw: Callable[[U8, float, float, float], None]
    """Draws the sample around (x, y) at a stroke unit."""


class Panel:
    """Legend of the marks that a label set uses, laid out for one width.

    Attributes:
        height: Canvas pixels that the panel takes.
    """

    def __init__(self, labels: Instances, width: int, unit: float) -> None:
        self._unit, self._width = unit, width
        self._rows = self._laid_out(_entries(labels))
        self.height = round((1 + len(self._rows) + 0.4) * _ROW * unit)

    def draw(self, canvas: U8, title: str) -> None:
        """Fill a (height, width, 3) canvas with the title and the legend."""
        unit = self._unit
        canvas[:] = PANEL
        write(canvas, title, 10 * unit, 0.9 * _ROW * unit, WHITE, _TEXT * unit)
        for number, row in enumerate(self._rows, start=2):
            x, y = 10 * unit, (number - 0.1) * _ROW * unit
            for entry in row:
                entry.draw(canvas, x + 8 * unit, y - 5 * unit, unit)
                write(canvas, entry.text, x + 22 * unit, y, FAINT, _TEXT * 0.9 * unit)
                x += self._entry_width(entry)

    def _entry_width(self, entry: _Entry) -> float:
        return (22 + _GAP) * self._unit + text_width(entry.text, _TEXT * 0.9 * self._unit)

    def _laid_out(self, entries: list[_Entry]) -> list[list[_Entry]]:
        rows: list[list[_Entry]] = [[]]
        used = 0.0
        for entry in entries:
            wide = self._entry_width(entry)
            if rows[-1] and used + wide > self._width - 10 * self._unit:
                rows.append([])
                used = 0.0
            rows[-1].append(entry)
            used += wide
        return rows


def _entries(labels: Instances) -> list[_Entry]:
    drawn = labels.source[labels.visibility > 0]
    sources = [source for source in reversed(Source) if source != Source.NONE and (drawn == source).any()]
    entries = [_Entry(source.name.lower(), _mark_sample(source)) for source in sources]
    if (labels.visibility == 1).any():
        entries.append(_Entry("hollow: not visible", _mark_sample(Source.PROPAGATED, hollow=True)))
    entries.append(_Entry("left side", _limb_sample(mix(_SAMPLE, WHITE, LEFT_TINT))))
    entries.append(_Entry("right side", _limb_sample(mix(_SAMPLE, INK, RIGHT_SHADE))))
    return entries


def _mark_sample(source: Source, hollow: bool = False) -> Callable[[U8, float, float, float], None]:
    def draw(canvas: U8, x: float, y: float, unit: float) -> None:
        mark(canvas, np.array([x, y]), source, hollow, _SAMPLE, 4 * unit)

    return draw


def _limb_sample(colour: Colour) -> Callable[[U8, float, float, float], None]:
    def draw(canvas: U8, x: float, y: float, unit: float) -> None:
        stroke(canvas, np.array([x - 8 * unit, y]), np.array([x + 8 * unit, y]), colour, 4 * unit)

    return draw
