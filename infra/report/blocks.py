"""What a page is made of."""

from dataclasses import dataclass

from poseloom.schemas.arrays import U8

Cell = str | int | float | None
"""Floats are shown with two decimals; None and NaN as a dash."""


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Table:
    """Figures in rows; the first column names the row.

    Attributes:
        columns: Column titles.
        rows: One cell a column each.
        caption: What the table shows, in which unit.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""


@dataclass(frozen=True)
class Plot:
    """A drawing as SVG text; see `plots`."""

    svg: str
    caption: str = ""


@dataclass(frozen=True, eq=False)
class Picture:
    """An (H, W, 3) uint8 RGB picture."""

    image: U8
    caption: str = ""


Block = Text | Table | Plot | Picture


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it."""

    title: str
    blocks: tuple[Block, ...]
