"""Plots as SVG text, equal for equal figures."""

import io
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from poseloom.infra.report.blocks import Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito, "Color Universal Design" (2008); markers differ as well, for print without colour.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
_MARKERS = "osD^vPX"
_DASHES: Any = ("-", (0, (6, 2)), (0, (3, 2)), (0, (1.5, 1.5)))
"""Curves that coincide show each other's colours through the gaps."""
_STYLE: Any = {
    "svg.hashsalt": "poseloom",
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e7ec",
    "axes.axisbelow": True,
}
_WIDTH, _WIDE = 7.2, 10.8
"""Inches; the second is as wide as the page."""
_FEW = 6
_LINE: Any = {"linewidth": 1.8, "markersize": 4}


@dataclass(frozen=True)
class Line:
    """One curve of a plot.

    Attributes:
        name: Its name in the legend.
        x: Places of its points, in order.
        y: Their values.
        has_marks: Whether its points are marked; too many would hide the curve.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    has_marks: bool = True


def lines(
    curves: Sequence[Line], x_label: str, y_label: str, *, caption: str = "", y_range: tuple[float, float] | None = None
) -> Plot:
    """Curves over one axis; NaN leaves a gap."""
    from matplotlib.ticker import MaxNLocator

    with _style():
        figure, axes = _axes(x_label, y_label)
        for i, curve in enumerate(curves):
            colour, marker = _COLOURS[i % len(_COLOURS)], _MARKERS[i % len(_MARKERS)]
            style = {
                "color": colour,
                "marker": marker if curve.has_marks else "",
                "linestyle": _DASHES[i % len(_DASHES)],
            }
            axes.plot(curve.x, curve.y, label=curve.name, **_LINE | style)
        if all(float(x).is_integer() for curve in curves for x in curve.x):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if y_range:
            axes.set_ylim(*y_range)
        return Plot(_svg(figure, axes, len(curves)), caption)


def bars(
    names: Sequence[str],
    groups: Mapping[str, Sequence[float]],
    y_label: str,
    *,
    caption: str = "",
    y_range: tuple[float, float] | None = None,
    limits: tuple[str, Sequence[float]] | None = None,
) -> Plot:
    """Bars side by side: one group of bars for each name, one colour for each series.

    Args:
        names: Under the groups.
        groups: Values of each series, one a name; NaN leaves a gap.
        y_label: What the values are, and their unit.
        caption: What the plot shows.
        y_range: Ends of the axis.
        limits: Name and values of a line over each group which its bars cannot pass.
    """
    with _style():
        many = len(names) > _FEW
        figure, axes = _axes("", y_label, _WIDE if many else _WIDTH)
        width = 0.8 / max(len(groups), 1)
        for i, (series, values) in enumerate(groups.items()):
            at = [n + (i - (len(groups) - 1) / 2) * width for n in range(len(names))]
            axes.bar(at, values, width, label=series, color=_COLOURS[i % len(_COLOURS)])
        if limits:
            ends = [n - 0.45 for n in range(len(names))], [n + 0.45 for n in range(len(names))]
            axes.hlines(limits[1], *ends, label=limits[0], color="#1c1f25", linewidth=1.4)
        turned: Any = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if many else {}
        axes.set_xticks(range(len(names)), names, **turned)
        axes.grid(visible=False, axis="x")
        if y_range:
            axes.set_ylim(*y_range)
        return Plot(_svg(figure, axes, len(groups) + bool(limits), bool(limits)), caption)


def _style() -> AbstractContextManager[None]:
    import matplotlib as mpl

    return mpl.rc_context(_STYLE)


def _axes(x_label: str, y_label: str, width: float = _WIDTH) -> "tuple[Figure, Axes]":
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, 3.8), layout="constrained")
    FigureCanvasSVG(figure)
    axes = figure.add_subplot()
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    return figure, axes


def _svg(figure: "Figure", axes: "Axes", series: int, limits: bool = False) -> str:
    if series > 1:
        handles, labels = axes.get_legend_handles_labels()
        if limits:  # which matplotlib puts first
            handles, labels = handles[1:] + handles[:1], labels[1:] + labels[:1]
        figure.legend(handles, labels, frameon=False, loc="outside upper left", ncols=5)
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue().partition("<svg")[2].join(("<svg", ""))
