"""The page itself."""

import base64
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import cv2
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from poseloom import __version__
from poseloom.infra.report.blocks import AT_LEAST, Cell, Picture, Section
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
    with _written_to(folder) as partial:
        partial.write_text(page, encoding="utf-8")
        os.replace(partial, out)
    return out


def check_folder(folder: Path) -> None:
    """Make the folder of a page, so that a long job does not fail at its end.

    Raises:
        InputError: No page can be written there.
    """
    with _written_to(folder) as partial:
        partial.touch()
        partial.unlink()


@contextmanager
def _written_to(folder: Path) -> Iterator[Path]:
    """A place in the folder for an unfinished page."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder / ".index.html.partial"
    except OSError as error:
        raise InputError(f"expected to write a report to {folder}, got {error.strerror}") from error


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("poseloom.infra.report", "."),
        autoescape=select_autoescape(default=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cell": _cell, "data_uri": _data_uri, "kind": lambda block: type(block).__name__}
    environment.filters["svg"] = Markup
    environment.filters["numeric"] = lambda table, column: all(_is_number(row[column]) for row in table.rows)
    environment.tests["number"] = _is_number
    return environment


def _is_number(value: Cell) -> bool:
    return value.startswith(AT_LEAST) if isinstance(value, str) else True


def _cell(value: Cell) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else value


def _data_uri(picture: Picture) -> str:
    # Thin coloured strokes need their chroma at full resolution.
    full_chroma = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY, *full_chroma]
    _, data = cv2.imencode(".jpg", picture.image[..., ::-1], options)
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
