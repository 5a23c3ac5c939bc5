"""Report pages: self-contained, exact figures, safe text, the same bytes twice."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from poseloom.infra.report import (
    AT_LEAST,
    Grid,
    Headline,
    Line,
    Picture,
    Section,
    Table,
    Text,
    bars,
    check_folder,
    lines,
    write_page,
)
from poseloom.schemas.errors import InputError
from tests.fixtures.pages import Page


def page(folder: Path, *sections: Section) -> str:
    return written(folder, *sections).html


def written(folder: Path, *sections: Section) -> Page:
    return Page(write_page(folder, "Title", "Lead.", sections))


def test_a_table_shows_its_cells_in_order_with_two_decimals(tmp_path: Path) -> None:
    table = Table(("keypoint", "AP", "people"), (("nose", 93.3333, 1200), ("wrist", float("nan"), None)))
    assert written(tmp_path, Section("AP", (table,))).rows == [
        ["keypoint", "AP", "people"],
        ["nose", "93.33", "1,200"],
        ["wrist", "–", "–"],
    ]


def test_a_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    plot = lines([Line("ours", [0, 1], [50, 90])], "clicks", "AP")
    text = written(tmp_path, Section("Plots", (plot, Picture(np.zeros((8, 8, 3), np.uint8), "black"))))
    assert text.foreign() == []
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]


def test_a_picture_comes_back_as_it_was(tmp_path: Path) -> None:
    image = np.zeros((16, 24, 3), np.uint8)
    image[..., 0] = 255
    decoded = written(tmp_path, Section("Pictures", (Picture(image, "red"),))).pictures["red"]
    assert decoded.shape == image.shape
    assert np.abs(decoded.astype(int) - image).max() < 6


def test_thin_strokes_keep_their_colour(tmp_path: Path) -> None:
    image = np.full((32, 32, 3), 255, np.uint8)
    image[:, 15] = (230, 20, 20)
    decoded = written(tmp_path, Section("Pictures", (Picture(image, "line"),))).pictures["line"].astype(int)
    assert np.abs(decoded[:, 15] - (230, 20, 20)).max() < 40


def test_figures_of_a_headline_and_lower_bounds_read_as_numbers(tmp_path: Path) -> None:
    table = Table(("strategy", "clicks"), (("none", f"{AT_LEAST}3.20"), ("ours", 1.5)))
    said = written(tmp_path, Section("Clicks", (Headline((("ours", 1.499, "a tracklet"), ("none", None, ""))), table)))
    assert said.headline == {"ours": "1.50", "none": "–"}
    assert said.rows == [["strategy", "clicks"], ["none", "≥ 3.20"], ["ours", "1.50"]]
    assert said.html.count('<td class="number">') == 2


def test_warnings_stand_out_from_other_text(tmp_path: Path) -> None:
    said = written(tmp_path, Section("Notes", (Text("all is well"), Text("2 of 3 are missing", is_warning=True))))
    assert said.warnings == ["2 of 3 are missing"]


def test_side_by_side_stand_plots_pictures_and_tables(tmp_path: Path) -> None:
    plot = lines([Line("ours", [0, 1], [50, 90])], "clicks", "AP")
    figures = (plot, Picture(np.zeros((8, 8, 3), np.uint8), "black"), Table(("a", "b"), (("x", 1),)))
    said = written(tmp_path, Section("Grid", (Grid(figures),)))
    inside = said.html[said.html.index('<div class="grid">') :]
    assert inside.index("<svg") < inside.index("<img") < inside.index("<table")


def test_bars_show_their_limits_last_in_the_legend() -> None:
    plot = bars(["blurred", "clear"], {"ours": [1, 2]}, "frames", limits=("available", [5, 6]), y_range=(0, 10))
    words = "".join(ElementTree.fromstring(plot.svg).itertext())
    assert words.index("ours") < words.index("available")


def test_counts_on_an_axis_are_whole() -> None:
    words = [*ElementTree.fromstring(lines([Line("a", [0, 1, 2], [1, 2, 3])], "clicks", "AP").svg).itertext()]
    assert "0.5" not in "".join(words[: words.index("clicks")]).split()


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
    with pytest.raises(InputError, match=r"expected to write a report to .*file/deeper, got Not a directory"):
        check_folder(tmp_path / "file" / "deeper")


def test_a_checked_folder_is_there_and_empty(tmp_path: Path) -> None:
    check_folder(tmp_path / "a" / "b")
    assert [*(tmp_path / "a" / "b").iterdir()] == []
