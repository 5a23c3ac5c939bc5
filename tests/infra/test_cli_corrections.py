"""`poseloom corrections …` as a user runs it."""

import json
import re
from pathlib import Path

import pytest

from poseloom.infra.cli.app import app
from poseloom.schemas.correction import Correction, MoveKeypoint
from poseloom.schemas.errors import PoseloomError
from poseloom.schemas.ports import Store
from poseloom.schemas.skeleton import COCO17
from poseloom.tasks.corrections import read_corrections, read_log
from tests.fixtures.command import poseloom
from tests.fixtures.walkers import STREET, walkers, workspace_of


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return workspace_of(tmp_path / "out", walkers(COCO17))


def _export(folder: Path, name: str, *options: str) -> Path:
    path = folder / name
    ended = poseloom("corrections", "export", "-w", folder / "out", "--out", path, *options)
    assert ended.code == 0, ended.err
    assert f"{path}: frames 0:8 of street as in v1.0.0" in ended.out
    return path


def _moved(path: Path) -> Path:
    """The nose of track 0 in frame 0 (at 0.123, 0.456) is dragged to 12, 34."""
    text = path.read_text()
    assert 'points="0.12,0.46"' in text
    path.write_text(text.replace('points="0.12,0.46"', 'points="12.00,34.00"', 1))
    return path


def test_what_was_dragged_in_cvat_is_in_the_log_once(store: Store, tmp_path: Path) -> None:
    path = _moved(_export(tmp_path, "street.xml"))
    arguments = ("corrections", "import", path, "-w", tmp_path / "out", "--annotator", "ada")

    dry = poseloom(*arguments, "--dry-run")
    assert "street, 8 frames: 1 keypoints placed" in dry.out
    assert read_log(store, STREET.video_id) == []

    first, second = poseloom(*arguments), poseloom(*arguments)
    assert "is correction 0 of 00000000000000aa\n" in first.out
    assert "is correction 0 of 00000000000000aa, which was there already" in second.out
    assert read_log(store, STREET.video_id) == [
        Correction(
            video_id=STREET.video_id,
            annotator="ada",
            edits=(MoveKeypoint(frame_index=0, track_id=0, keypoint="nose", x=12, y=34),),
            base_release="1.0.0",
            note="imported from cvat",
        )
    ]


def test_listed_and_withdrawn(store: Store, tmp_path: Path) -> None:
    path, out = _moved(_export(tmp_path, "street.xml")), tmp_path / "out"
    poseloom("corrections", "import", path, "-w", out, "--annotator", "ada")
    withdrawal = ("corrections", "withdraw", "0", "-w", out, "--video", "street", "--annotator", "lin")
    for _ in range(2):
        assert "correction 0 of street is withdrawn by revision 1" in poseloom(*withdrawal).out
    assert read_corrections(store, STREET.video_id) == []
    rows = [line.split() for line in poseloom("corrections", "list", "-w", out, COLUMNS="140").out.splitlines()[1:]]
    assert [row[:2] for row in rows] == [["street", "0"], ["street", "1"]]
    assert rows[0][3:] == ["ada", "1.0.0", "1", "1", "keypoints", "placed", "(withdrawn)"]
    assert rows[1][2:] == ["lin", "withdraws", "0"]
    again = poseloom("corrections", "import", path, "-w", out, "--annotator", "ada")
    assert "is correction 2 of" in again.out
    refused = poseloom("corrections", "withdraw", "1", "-w", out, "--video", "street", "--annotator", "lin")
    assert "expected a revision of a correction of 00000000000000aa (2), got 1" in refused.error


def test_one_bad_file_among_good_ones_changes_nothing(store: Store, tmp_path: Path) -> None:
    good = _moved(_export(tmp_path, "good.xml"))
    bad = tmp_path / "bad.xml"
    bad.write_text(good.read_text().replace('outside="0"', 'outside="maybe"', 1))
    ended = poseloom("corrections", "import", good, bad, "-w", tmp_path / "out", "--annotator", "ada")
    assert "bad.xml: track '0', frame 0, nose: expected outside 0 or 1, got 'maybe'" in ended.error
    assert read_log(store, STREET.video_id) == []


def test_place_far_outside_the_picture_is_refused(store: Store, tmp_path: Path) -> None:
    path = _export(tmp_path, "street.json", "--format", "coco")
    document = json.loads(path.read_text())
    document["annotations"][0]["keypoints"][:2] = [-5000.0, 10.0]
    path.write_text(json.dumps(document))
    ended = poseloom("corrections", "import", path, "-w", tmp_path / "out", "--annotator", "ada")
    assert "expected a place in or near the 640x480 pictures of street, got -5000.0,10.0" in ended.error
    assert read_log(store, STREET.video_id) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("export", "--out", "x.xml", "--frames", "5"), "expected --frames A:B as two integers, got '5'"),
        (("export", "--out", "x.xml", "--frames", "2:90"), "expected frames within 0:8 of street, got 2:90"),
        (("export", "--out", "no/such/x.xml"), "expected --out as a file that can be written"),
        (("export", "--out", "x.xml", "--video", "road"), "expected a video of the release (street), got road"),
        (("export", "--out", "x.xml", "--version", "7.0.0"), "got 7.0.0: never committed there"),
        (("import", "none.xml", "--annotator", "ada"), "expected labels at none.xml, found nothing there"),
        (("import", "none.xml", "--annotator", "ada", "--format", "mot"), "expected --format auto, cvat, coco, slp"),
        (("list", "--video", "road"), "expected --video to name one video of the workspace (street), got 'road'"),
    ],
)
def test_wrong_arguments_are_refused(store: Store, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    del store
    with pytest.raises(PoseloomError, match=re.escape(message)):
        app(args=["corrections", *arguments, "-w", str(tmp_path / "out")], standalone_mode=False)
