"""The page itself."""

import base64
import math
import os
from collections.abc import Sequence
from pathlib import Path

import cv2
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from poseloom import __version__
from poseloom.infra.report.blocks import Cell, Picture, Section
from poseloom.schemas.errors import InputError

_JPEG_QUALITY = 88


def write_page(folder: Path, title: str, lead: str, sections: Sequence[Section]) -> Path:
    """Write ``index.html`` into the folder, which is made if it is not there; pictures and plots are inside it.

    Args:
        folder: Where the page goes; an older page there is replaced at once.
        title: Heading and title of the page.
        lead: What was measured, in a sentence or two.
        sections: In order; the page has a list of them.

    Returns:
        The page's path.

    Raises:
        InputError: The folder cannot be written.
    """
    page = (
        _environment()
        .get_template("page.html.j2")
        .render(title=title, lead=lead, sections=sections, version=__version__)
    )
    out = folder / "index.html"
    partial = out.with_name(".index.html.partial")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_text(page, encoding="utf-8")
        os.replace(partial, out)
    except OSError as error:
        raise InputError(f"expected to write a report to {folder}, got {error.strerror}") from error
    return out


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("poseloom.infra.report", "."),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cell": _cell, "data_uri": _data_uri, "kind": lambda block: type(block).__name__}
    environment.filters["svg"] = Markup
    environment.tests["number"] = lambda value: isinstance(value, int | float) or value is None
    return environment


def _cell(value: Cell) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else value


def _data_uri(picture: Picture) -> str:
    _, data = cv2.imencode(".jpg", picture.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
