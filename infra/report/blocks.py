"""What a page is made of."""

from dataclasses import dataclass

from poseloom.schemas.arrays import U8

AT_LEAST = "≥ "
"""How a text begins that is a lower bound of a figure."""

Cell = str | int | float | None
"""Floats are shown with two decimals; None and NaN as a dash."""


@dataclass(frozen=True)
class Text:
    """A paragraph.

    Attributes:
        text: What it says.
        is_warning: It must not be overlooked.
    """

    text: str
    is_warning: bool = False


@dataclass(frozen=True)
class Headline:
    """The few figures that a reader takes away.

    Attributes:
        figures: Name, value and convention of each.
    """

    figures: tuple[tuple[str, Cell, str], ...]


@dataclass(frozen=True)
class Table:
    """Figures in rows; the first column names the row.

    Attributes:
        columns: Column titles; a line break in a title stays one.
        rows: One cell a column each.
        caption: What the table shows, in which unit.
        has_total: The last row sums the others up.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    has_total: bool = False


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


@dataclass(frozen=True)
class Grid:
    """Plots, pictures and small tables side by side."""

    figures: tuple[Plot | Picture | Table, ...]


Block = Text | Headline | Table | Plot | Picture | Grid


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it."""

    title: str
    blocks: tuple[Block, ...]
