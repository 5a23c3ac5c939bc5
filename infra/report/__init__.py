"""HTML reports: one self-contained page each, for a mail or an archive."""

from poseloom.infra.report.blocks import Block, Cell, Picture, Plot, Section, Table, Text
from poseloom.infra.report.page import write_page
from poseloom.infra.report.plots import Line, bars, lines

__all__ = ["Block", "Cell", "Line", "Picture", "Plot", "Section", "Table", "Text", "bars", "lines", "write_page"]
