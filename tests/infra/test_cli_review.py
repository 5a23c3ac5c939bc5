"""`poseloom review` and `poseloom queue` as people run them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from poseloom.infra.storage import open_workspace
from poseloom.schemas.correction import Correction
from poseloom.tasks.corrections import append_correction, read_corrections
from tests.fixtures.command import Ended, poseloom
from tests.fixtures.releases import video
from tests.fixtures.reviews import moved, workspace

VIDEO = video(0).video_id


@pytest.fixture
def work(tmp_path: Path) -> Path:
    workspace(tmp_path / "work")
    return tmp_path / "work"


def review(work: Path, command: str, *arguments: str | Path) -> Ended:
    return poseloom("review", command, "--workspace", work, *arguments)


def shown(work: Path, *arguments: str) -> Any:
    ended = poseloom("queue", "--workspace", work, "--json", *arguments)
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def taken(work: Path, out: Path, annotator: str = "ada", *arguments: str) -> list[str]:
    """The options that the printed hand-in line gives."""
    ended = review(work, "take", "--annotator", annotator, "--out", out, *arguments)
    assert ended.code == 0, ended.err
    (line,) = re.findall(r"^hand in: poseloom review submit \[EDITS\.json\] (.*)$", ended.out, re.MULTILINE)
    return str(line).split()


def edits(folder: Path, *corrections: Correction) -> Path:
    path = folder / "edits.json"
    path.write_text(json.dumps([correction.model_dump(mode="json") for correction in corrections]))
    return path


def test_from_a_release_to_the_log(work: Path, tmp_path: Path) -> None:
    assert review(work, "create", "--frames", "6").out == "4 jobs made\n"
    assert review(work, "create", "--frames", "6").out == "0 jobs made; 4 left out: known with these labels\n"
    options = taken(work, tmp_path / "labels.json", "ada", "--job", _job_of(work, VIDEO))
    assert len(json.loads((tmp_path / "labels.json").read_text())["annotations"]) == 12

    for _ in range(2):
        ended = poseloom("review", "submit", edits(tmp_path, moved()), *options)
        assert (ended.code, ended.err) == (0, "")
        assert "is correction 0 of" in ended.out
    assert read_corrections(open_workspace(work).store, VIDEO) == [moved()]
    table = poseloom("queue", "--workspace", work).out
    assert table.startswith("3 waiting, 0 leased, 1 submitted, 0 dead")
    assert "street_0" in table


def test_a_conflict_and_a_lost_lease_are_said_and_kept(work: Path, tmp_path: Path) -> None:
    review(work, "create", "--frames", "12")
    options = taken(work, tmp_path / "labels.json", "ada", "--job", _job_of(work, VIDEO))
    append_correction(open_workspace(work).store, moved(x=9, annotator="bob"))
    conflict = poseloom("review", "submit", edits(tmp_path, moved()), *options)

    assert conflict.code == 3
    assert "conflict: changed since they were handed out: track 0 in frame 1" in conflict.err
    assert poseloom("review", "release", *options[:6]).out.endswith("is open\n")
    refused = poseloom("review", "submit", edits(tmp_path, moved(x=2)), *options)
    assert refused.code == 3
    assert "is over: the job is open" in refused.err
    kept = shown(work)["kept"]
    assert [(k["verdict"]["outcome"], k["batch"]["correction"]["edits"][0]["x"]) for k in kept] == [
        ("conflict", 5.0),
        ("refused", 2.0),
    ]
    assert poseloom("queue", "--workspace", work).out.count("kept, not applied") == 2
    assert read_corrections(open_workspace(work).store, VIDEO) == [moved(x=9, annotator="bob")]


def test_labels_that_are_right_need_no_edits(work: Path, tmp_path: Path) -> None:
    review(work, "create", "--frames", "12")
    options = taken(work, tmp_path / "labels.json", "ada", "--job", _job_of(work, VIDEO))

    done = poseloom("review", "submit", *options)
    assert (done.code, done.out.endswith("is submitted: nothing to correct\n")) == (0, True)
    assert read_corrections(open_workspace(work).store, VIDEO) == []


def test_a_dead_job_is_shown_and_revived(work: Path, tmp_path: Path) -> None:
    review(work, "create", "--frames", "12", "--video", "street_0", "--max-leases", "1")
    options = taken(work, tmp_path / "labels.json")
    job, fence = options[3], options[5]
    released = review(work, "release", "--job", job, "--fence", fence, "--reason", "too dark")
    assert released.out.endswith("of ada, was given back: too dark\n")

    nothing = review(work, "take", "--annotator", "bob")
    assert (nothing.code, nothing.err) == (3, "no job to take: 1 dead\n")
    assert shown(work)["jobs"][0]["state"] == "dead"
    assert review(work, "revive", "--job", job).out == f"job {job} is open\n"
    assert "expected a dead job" in review(work, "revive", "--job", job).error


def test_a_lease_is_extended_by_its_holder_only(work: Path, tmp_path: Path) -> None:
    review(work, "create", "--frames", "12", "--video", "street_0")
    _, _, _, job, _, fence, *_ = [*taken(work, tmp_path / "labels.json", "ada", "--hours", "1")]
    before = shown(work)["jobs"][0]["lease_end"]

    assert review(work, "extend", "--job", job, "--fence", fence, "--hours", "30").code == 0
    assert shown(work)["jobs"][0]["lease_end"] > before
    assert "never had a lease with fence 2" in review(work, "extend", "--job", job, "--fence", "2").error
    assert "is leased by ada until" in review(work, "take", "--annotator", "bob", "--job", job).error


def test_files_of_others_are_never_overwritten(work: Path, tmp_path: Path) -> None:
    review(work, "create", "--frames", "12")
    mine = tmp_path / "labels.json"
    mine.write_text("my edits")

    assert "expected --out to name a new file" in review(work, "take", "--annotator", "ada", "--out", mine).error
    assert review(work, "take", "--annotator", "ada", "--out", tmp_path / "no" / "folder.json").code == 1
    assert {job["state"] for job in shown(work)["jobs"]} == {"open"}
    assert mine.read_text() == "my edits"


@pytest.mark.parametrize(
    ("queue", "message"),
    [
        ("mysql://there/x", "expected a queue at sqlite:///PATH or postgresql://"),
        ("queue.sqlite", "expected a queue at sqlite:///PATH"),
        ("sqlite://", "expected a queue at sqlite:///PATH"),
        ("postgresql://ada:secret@127.0.0.1:1/none", "cannot use the queue at postgresql"),
        ("sqlite:////proc/none/queue.sqlite", "cannot"),
    ],
)
def test_a_queue_that_cannot_be_used_is_said_without_its_password(work: Path, queue: str, message: str) -> None:
    error = poseloom("queue", "--workspace", work, "--queue", queue).error
    assert message in error.replace("No such file", "cannot")
    assert "secret" not in error


def test_a_file_that_is_no_queue_is_said(work: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, but long enough to be read as a page of one" * 20)
    error = poseloom("queue", "--workspace", work, "--queue", f"sqlite:///{tmp_path}/notes.txt").error
    assert "file is not a database" in error


def test_bad_batches_are_refused_at_the_door(work: Path, tmp_path: Path) -> None:
    review(work, "create", "--frames", "6")
    options = taken(work, tmp_path / "labels.json", "ada", "--job", _job_of(work, VIDEO))

    def error(*corrections: Correction) -> str:
        return poseloom("review", "submit", edits(tmp_path, *corrections), *options).error

    assert "expected one correction for one job in" in error(moved(), moved(x=2))
    assert "expected edits of frames [0, 6)" in error(moved(frame=6))
    assert "expected a frame below 12" in error(moved(frame=12))
    assert "expected edits by ada" in error(moved(annotator="bob"))
    (tmp_path / "edits.json").write_text('{"edits": false}')
    assert "expected a correction in" in poseloom("review", "submit", tmp_path / "edits.json", *options).error
    wrong = ["--workspace", str(work), "--job", "x", "--fence", "1", "--labels", "y"]
    assert "expected a job of the queue" in poseloom("review", "submit", edits(tmp_path, moved()), *wrong).error


def test_a_team_on_postgres_shares_one_queue(work: Path, tmp_path: Path, postgres_uri: str) -> None:
    queue = ("--queue", postgres_uri)
    review(work, "create", "--frames", "12", *queue)
    taken(work, tmp_path / "a.json", "ada", *queue)
    taken(work, tmp_path / "b.json", "bob", *queue)

    assert {job["annotator"] for job in shown(work, *queue)["jobs"]} == {"ada", "bob"}
    assert review(work, "take", "--annotator", "eve", *queue).err == "no job to take: 2 leased\n"


def _job_of(work: Path, video_id: str) -> str:
    return str(next(job["job_id"] for job in shown(work)["jobs"] if job["clip"]["video_id"] == video_id))
