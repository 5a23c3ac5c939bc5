"""HTML reports: one self-contained page each, for a mail or an archive."""

from poseloom.infra.report.blocks import AT_LEAST, Block, Cell, Grid, Headline, Picture, Plot, Section, Table, Text
from poseloom.infra.report.page import check_folder, write_page
from poseloom.infra.report.plots import Line, bars, lines

__all__ = [
    "AT_LEAST",
    "Block",
    "Cell",
    "Grid",
    "Headline",
    "Line",
    "Picture",
    "Plot",
    "Section",
    "Table",
    "Text",
    "bars",
    "check_folder",
    "lines",
    "write_page",
]
