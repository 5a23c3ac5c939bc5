"""Report pages: self-contained, exact figures, safe text, the same bytes twice."""

import base64
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from poseloom.infra.report import Line, Picture, Section, Table, Text, bars, lines, write_page
from poseloom.schemas.errors import InputError


def page(folder: Path, *sections: Section) -> str:
    return write_page(folder, "Title", "Lead.", sections).read_text()


class Cells(HTMLParser):
    """The text of all table cells, row by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        self._inside = tag in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.rows[-1].append(data)
            self._inside = False


def test_a_table_shows_its_cells_in_order_with_two_decimals(tmp_path: Path) -> None:
    table = Table(("keypoint", "AP", "people"), (("nose", 93.3333, 1200), ("wrist", float("nan"), None)))
    rows = Cells(page(tmp_path, Section("AP", (table,)))).rows
    assert rows == [["keypoint", "AP", "people"], ["nose", "93.33", "1,200"], ["wrist", "–", "–"]]


def test_a_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    plot = lines([Line("ours", [0, 1], [50, 90])], "clicks", "AP")
    text = page(tmp_path, Section("Plots", (plot, Picture(np.zeros((8, 8, 3), np.uint8), "black"))))
    assert not re.findall(r"(?:src|href)=\"(?!#|data:)", text.replace("xlink:href", "xlink"))
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]


def test_a_picture_comes_back_as_it_was(tmp_path: Path) -> None:
    image = np.zeros((16, 24, 3), np.uint8)
    image[..., 0] = 255
    text = page(tmp_path, Section("Pictures", (Picture(image, "red"),)))
    (data,) = re.findall(r"data:image/jpeg;base64,([^\"]+)", text)
    decoded = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == image.shape
    assert np.abs(decoded[..., ::-1].astype(int) - image).max() < 6


def test_names_from_label_files_cannot_run_as_script(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    plot = lines([Line(evil, [0], [0]), Line("b", [0], [1])], evil, "AP")
    text = page(tmp_path, Section(evil, (Text(evil), Table((evil,), ((evil,),)), plot)))
    assert "<script" not in text


def test_plots_are_well_formed_and_name_their_series() -> None:
    for plot in (
        lines([Line("ours", [0, 1], [50, 90]), Line("linear", [0, 1], [50, 70])], "clicks", "AP", y_range=(0, 100)),
        bars(["nose", "wrist"], {"ours": [1, 2], "linear": [2, 3]}, "AP"),
    ):
        words = "".join(ElementTree.fromstring(plot.svg).itertext())
        assert "ours" in words
        assert "linear" in words


def test_equal_figures_give_equal_bytes(tmp_path: Path) -> None:
    sections = [
        Section("A", (lines([Line("ours", [0, 1], [50, 90])], "clicks", "AP"), bars(["nose"], {"x": [1.0]}, "AP")))
        for _ in range(2)
    ]
    assert page(tmp_path / "a", sections[0]) == page(tmp_path / "b", sections[1])


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"expected to write a report to .*file"):
        page(tmp_path / "file")
