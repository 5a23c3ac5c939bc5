"""Bad input: one line that says what was expected and what came, an exit code, and an unharmed workspace.

The commands run in this process (`main` is all that the console script calls), on one Prefect server
and one Ray, so that a hundred cases cost little.
"""

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poseloom.infra.cli import main
from poseloom.infra.cluster import ray_cluster
from poseloom.infra.video import write_video
from poseloom.schemas.ports import Frame
from poseloom.schemas.skeleton import COCO17
from tests.fixtures.clips import Clip, write_clip, write_labels
from tests.fixtures.command import Ended, digests, poseloom
from tests.fixtures.videos import cut_short, write_audio
from tests.fixtures.videos import write_video as write_numbered

Command = Callable[..., Ended]


@pytest.fixture(scope="module", autouse=True)
def services(prefect_server: str) -> Iterator[None]:
    with ray_cluster(None, 2):
        yield


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: str | Path) -> Ended:
        monkeypatch.setattr(sys, "argv", ["poseloom", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        return Ended(int(end.value.code or 0), out, err)

    return run


@pytest.fixture(scope="module")
def workspace(clip: Clip, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one release, which no bad input may harm."""
    from poseloom.flows.curate import curate

    folder = tmp_path_factory.mktemp("workspace")
    curate([str(clip.video)], str(folder), str(clip.labels))
    return folder


@pytest.fixture
def unharmed(clip: Clip, workspace: Path, command: Command) -> Iterator[None]:
    before = digests(workspace)
    yield
    again = command("curate", clip.video, "--labels", clip.labels, "-w", workspace)
    assert again.code == 0
    assert "nothing to do" in again.err
    assert digests(workspace) == before


def _document(clip: Clip) -> Any:
    return json.loads(clip.labels.read_text())


def _write(path: Path, document: Any) -> Path:
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


# Videos ------------------------------------------------------------------------------------------


def _text(folder: Path) -> Path:
    return _write(folder / "text.mp4", "hello, I am a text\n" * 50)


def _no_frames(folder: Path) -> Path:
    return write_numbered(folder / "whole.mp4", count=0)


def _no_pictures(folder: Path) -> Path:
    (folder / "notes").mkdir()
    _write(folder / "notes" / "notes.txt", "nothing")
    return folder / "notes"


def _cut(folder: Path) -> Path:
    return cut_short(write_clip(folder).video, 0.1)


def _empty(folder: Path) -> Path:
    return _write(folder / "empty.mp4", "")


VIDEOS: dict[str, tuple[Callable[[Path], str | Path], str]] = {
    "missing": (lambda folder: folder / "missing.mp4", "expected a video file, .* found no video at .*missing.mp4"),
    "folder without videos": (_no_pictures, "found no video at .*notes"),
    "glob without videos": (lambda folder: folder / "*.mp4", r"found no video at .*\*.mp4"),
    "text": (_text, "expected a video.*text.mp4"),
    "empty": (_empty, "expected a video.*empty.mp4"),
    "no frames": (_no_frames, "expected .*whole.mp4"),
    "sound only": (lambda folder: write_audio(folder / "sound.m4a"), "expected .*sound.m4a"),
    "cut short": (_cut, "expected .*street.mp4"),
    "other scheme": (lambda folder: "ftp://example.org/a.mp4", "ftp://example.org"),
}


@pytest.mark.parametrize("case", VIDEOS)
@pytest.mark.usefixtures("unharmed")
def test_bad_video_is_one_line(case: str, clip: Clip, workspace: Path, tmp_path: Path, command: Command) -> None:
    make, told = VIDEOS[case]
    ended = command("curate", make(tmp_path), "--labels", clip.labels, "-w", workspace)
    assert ended.code == 1
    assert re.search(told, ended.error)


# Labels ------------------------------------------------------------------------------------------


def _changed(change: Callable[[Any], Any]) -> Callable[[Clip, Path], Path]:
    def make(clip: Clip, folder: Path) -> Path:
        document = _document(clip)
        return _write(folder / "street.json", change(document) or document)

    return make


def _frames_beyond(clip: Clip, folder: Path) -> Path:
    last = clip.truth.select(clip.truth.frame_index >= 50)
    write_labels(folder / "street.json", "street", last.replace(frame_index=last.frame_index + 1000))
    return folder / "street.json"


def _twice_in_a_frame(document: Any) -> None:
    document["annotations"][1]["track_id"] = document["annotations"][0]["track_id"]


def _other_skeleton(document: Any) -> None:
    document["categories"][0]["keypoints"] = ["antenna", "wheel"]
    for annotation in document["annotations"]:
        annotation["keypoints"] = annotation["keypoints"][:6]


def _nan(document: Any) -> None:
    document["annotations"][0]["keypoints"][0] = float("nan")


def _huge_number(document: Any) -> None:
    document["annotations"][0]["keypoints"][0] = 1e300


def _short_keypoints(document: Any) -> None:
    document["annotations"][0]["keypoints"] = [1, 2, 2]


def _unknown_image(document: Any) -> None:
    document["annotations"][0]["image_id"] = 987654


LABELS: dict[str, tuple[Callable[[Clip, Path], Path], str]] = {
    "missing": (lambda clip, folder: folder / "missing.json", "expected labels at .*missing.json, found nothing there"),
    "empty folder": (lambda clip, folder: folder, "expected label files .* found none"),
    "a video": (lambda clip, folder: clip.video, "expected JSON, SLEAP or Parquet labels at .*street.mp4"),
    "frames beyond the video": (_frames_beyond, "street.mp4.: expected labels of frames 0 to 59, got frame 1050"),
    "track twice in a frame": (
        _changed(_twice_in_a_frame),
        "expected one instance of track 0 in frame 0 of street, got two",
    ),
    "unknown skeleton": (_changed(_other_skeleton), "expected .*antenna"),
    "not a number": (_changed(_nan), "expected .*nan"),
    "huge number": (_changed(_huge_number), "expected "),
    "too few keypoints": (_changed(_short_keypoints), "expected "),
    "unknown image": (_changed(_unknown_image), "expected .*987654"),
    "cut short": (_changed(lambda document: json.dumps(document)[:500]), "expected JSON.* line 1, column"),
    "empty file": (_changed(lambda document: " "), "expected JSON.* line 1"),
    "empty object": (_changed(lambda document: "{}"), "expected "),
    "empty list": (_changed(lambda document: "[]"), "expected "),
    "number": (_changed(lambda document: "5"), "expected "),
    "nested": (_changed(lambda document: "[" * 100_000 + "]" * 100_000), "expected .*nested too deeply"),
    "binary": (_changed(lambda document: "\x00\x01\x02" * 100), "expected "),
}


@pytest.mark.parametrize("case", LABELS)
@pytest.mark.usefixtures("unharmed")
def test_bad_labels_are_one_line(case: str, clip: Clip, workspace: Path, tmp_path: Path, command: Command) -> None:
    make, told = LABELS[case]
    ended = command("curate", clip.video, "--labels", make(clip, tmp_path), "-w", workspace)
    assert ended.code == 1
    assert re.search(told, ended.error)


@pytest.mark.usefixtures("unharmed")
def test_labels_of_other_videos_are_refused_by_name(
    clip: Clip, workspace: Path, tmp_path: Path, command: Command
) -> None:
    one, two = (write_clip(tmp_path / name, name, frames=20, seed=seed) for seed, name in enumerate(("park", "pier")))
    ended = command("curate", one.video, two.video, "--labels", clip.labels, "-w", workspace)
    assert ended.code == 1
    assert re.search("expected labels of park, pier, got labels of street", ended.error)


# Options -----------------------------------------------------------------------------------------

RULE_FILES = {
    "missing": (None, "expected a readable rule file at .*rules.toml"),
    "no TOML": ("this is = = no", "expected TOML in .*rules.toml"),
    "unknown rule": ("[beauty]\nminimum = 1\n", "expected one of .*got beauty"),
    "unknown field": ("[scale]\nmin_depth = 1\n", "expected one of .*got scale.min_depth"),
    "bad value": ("[scale]\nmin_height = 'tall'\n", "expected a valid scale.min_height .*tall"),
}


@pytest.mark.parametrize("case", RULE_FILES)
def test_bad_rule_file_is_one_line(case: str, clip: Clip, workspace: Path, tmp_path: Path, command: Command) -> None:
    text, told = RULE_FILES[case]
    rules = tmp_path / "rules.toml"
    if text:
        rules.write_text(text)
    ended = command("curate", clip.video, "--labels", clip.labels, "-w", workspace, "--rules", rules)
    assert ended.code == 1
    assert re.search(told, ended.error)


OPTIONS = {
    "unknown estimator": (["--estimator", "crystal_ball"], "expected an estimator of .*blazepose.*got 'crystal_ball'"),
    "unknown estimator option": (
        ["--estimator", "vitpose", "--estimator-option", "colour=red"],
        "expected .*colour",
    ),
    "option of imported": (["--estimator-option", "colour=red"], "expected .*colour"),
    "no KEY=VALUE": (["--estimator-option", "red"], "expected an option as KEY=VALUE, got 'red'"),
    "unknown tracker": (["--tracker", "bloodhound"], "expected a point tracker of .*lucas_kanade.*got 'bloodhound'"),
    "unknown tracker option": (["--tracker-option", "colour=red"], "expected .*colour"),
    "tracker option of another kind": (
        ["--tracker-option", "window=wide"],
        "expected a number for window of lucas_kanade, got 'wide'",
    ),
    "cotracker without its package": (
        ["--tracker", "cotracker", "--tracker-option", "checkpoint=x.pth"],
        "pip install git\\+https://github.com/facebookresearch/co-tracker",
    ),
}


@pytest.mark.parametrize("case", OPTIONS)
@pytest.mark.usefixtures("unharmed")
def test_bad_option_is_one_line(case: str, clip: Clip, workspace: Path, command: Command) -> None:
    options, told = OPTIONS[case]
    ended = command("curate", clip.video, "--labels", clip.labels, "-w", workspace, *options)
    assert ended.code == 1
    assert re.search(told, ended.error)


def test_estimator_that_is_not_installed_says_how(clip: Clip, workspace: Path, tmp_path: Path) -> None:
    nowhere = {"POSELOOM_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    ended = poseloom("curate", clip.video, "--estimator", "blazepose", "-w", workspace, **nowhere)
    assert ended.code == 1
    assert re.search("poseloom estimator install blazepose", ended.error)


def test_neither_labels_nor_estimator_is_one_line(clip: Clip, workspace: Path, command: Command) -> None:
    ended = command("curate", clip.video, "-w", workspace)
    assert ended.code == 1
    assert re.search("expected labels to start from or an estimator, got neither", ended.error)


@pytest.mark.parametrize(
    "arguments",
    [
        ["curate"],
        ["curate", "a.mp4"],
        ["fly"],
        ["overlay", "a.mp4"],
        ["curate", "a.mp4", "-w", "x", "--workers", "many"],
    ],
)
def test_usage_errors_exit_with_2(arguments: list[str], command: Command) -> None:
    ended = command(*arguments)
    assert ended.code == 2
    assert "Usage:" in ended.err


# Workspaces --------------------------------------------------------------------------------------


def test_workspace_below_a_file_is_one_line(clip: Clip, tmp_path: Path, command: Command) -> None:
    below = _write(tmp_path / "file", "x") / "out"
    ended = command("curate", clip.video, "--labels", clip.labels, "-w", below)
    assert ended.code == 1
    assert re.search("a part of the path is a file, not a directory", ended.error)


def test_workspace_of_a_newer_format_is_one_line(clip: Clip, tmp_path: Path, command: Command) -> None:
    _write(tmp_path / "workspace.json", {"format": 99})
    ended = command("curate", clip.video, "--labels", clip.labels, "-w", tmp_path)
    assert ended.code == 1
    assert re.search("has format 99, this poseloom reads 1: upgrade poseloom", ended.error)


S3 = {
    "no bucket": ({}, "s3://no-such-bucket/x", "there is no bucket no-such-bucket; create it first"),
    "nobody there": ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "s3://some-bucket/x", "gave up after . s"),
}


@pytest.mark.parametrize("case", S3)
def test_bad_bucket_is_one_line(
    case: str, clip: Clip, s3_uri: str, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment, uri, told = S3[case]
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for arguments in (
        ["curate", clip.video, "--labels", clip.labels, "-w", uri],
        ["release", "list", uri],
        ["verify", uri],
    ):
        ended = command(*arguments)
        assert ended.code == 1
        assert re.search(told, ended.error)


def test_missing_s3_inputs_are_one_line(clip: Clip, s3_uri: str, workspace: Path, command: Command) -> None:
    for arguments in ([f"{s3_uri}/a.mp4", "--labels", clip.labels], [clip.video, "--labels", f"{s3_uri}/a.json"]):
        ended = command("curate", *arguments, "-w", workspace)
        assert ended.code == 1
        assert re.search(f"{s3_uri}/a", ended.error)


# Corrections -------------------------------------------------------------------------------------

AT = ["--frame", "5", "--track", "0", "--keypoint", "left_wrist", "--at", "1,2"]
CORRECTIONS = {
    "unknown video": (
        ["--video", "pond", *AT],
        r"expected --video to name one video of the workspace \(.*street.*\), got 'pond'",
    ),
    "no video": (AT, "expected --video .*got ''"),
    "unknown keypoint": (["--video", "street", *AT, "--keypoint", "tail"], "expected a keypoint name .*'tail'"),
    "frame beyond": (["--video", "street", *AT, "--frame", "60"], "expected a frame below 60 of street, got 60"),
    "no number": (["--video", "street", *AT, "--at", "here"], "expected --at X,Y as two finite numbers, got 'here'"),
    "not finite": (["--video", "street", *AT, "--at", "nan,1"], "expected --at X,Y as two finite numbers, got 'nan,1'"),
    "three numbers": (["--video", "street", *AT, "--at", "1,2,3"], "expected --at X,Y .*got '1,2,3'"),
    "far away": (
        ["--video", "street", *AT, "--at", "5000,5"],
        "expected a place in or near the 256x160 pictures of street, got 5000.0,5.0",
    ),
    "placed and removed": (["--video", "street", *AT, "--remove"], "expected either --at or --remove, got both"),
    "nothing": (["--video", "street"], "expected --keypoint with --at or --remove, or --file, got neither"),
    "missing file": (["--file", "missing.json"], "expected a readable correction file at missing.json"),
}


@pytest.mark.parametrize("case", CORRECTIONS)
@pytest.mark.usefixtures("unharmed")
def test_bad_correction_is_one_line(case: str, workspace: Path, command: Command) -> None:
    arguments, told = CORRECTIONS[case]
    ended = command("correct", workspace, *arguments)
    assert ended.code == 1
    assert re.search(told, ended.error)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "expected JSON in "),
        ("\udcff", "expected JSON in "),
        ("5", "expected a correction in "),
        ('{"video_id": "x"}', "expected a correction in .* at "),
        ('{"video_id": "0000000000000000", "annotator": "a", "edits": []}', "expected "),
    ],
)
@pytest.mark.usefixtures("unharmed")
def test_bad_correction_file_is_one_line(
    text: str, told: str, workspace: Path, tmp_path: Path, command: Command
) -> None:
    file = tmp_path / "corrections.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    ended = command("correct", workspace, "--file", file)
    assert ended.code == 1
    assert re.search(told, ended.error)


def test_correction_of_no_workspace_creates_none(tmp_path: Path, command: Command) -> None:
    ended = command("correct", tmp_path / "typo", "--video", "street", *AT)
    assert ended.code == 1
    assert re.search("expected ", ended.error)
    assert not (tmp_path / "typo").exists()


# Releases ----------------------------------------------------------------------------------------


@pytest.fixture
def copied(workspace: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(workspace, tmp_path / "copied"))


def test_verify_names_what_was_altered(copied: Path, command: Command) -> None:
    assert command("verify", copied / "releases/1.0.0").code == 0
    (video,) = json.loads((copied / "releases/1.0.0/manifest.json").read_text())["videos"]
    labels = copied / "objects" / "labels" / f"{video['labels']['sha256']}.parquet"
    data = bytearray(labels.read_bytes())
    data[len(data) // 2] ^= 1
    labels.write_bytes(data)
    ended = command("verify", copied / "releases/1.0.0")
    assert ended.code == 1
    assert re.search(labels.name, ended.out + ended.error)
    labels.unlink()
    ended = command("verify", copied)
    assert ended.code == 1
    assert re.search(labels.name, ended.out + ended.error)


@pytest.mark.parametrize("what", ["", "releases/9.9.9", "releases/", "objects"])
def test_verify_of_no_release_is_one_line(what: str, copied: Path, command: Command) -> None:
    if not what:
        shutil.rmtree(copied / "releases")
    ended = command("verify", copied / what)
    assert ended.code == 1
    assert re.search("expected ", ended.error)


@pytest.mark.parametrize("name", ["list", "show", "latest"])
def test_release_commands_on_nothing_create_nothing(name: str, tmp_path: Path, command: Command) -> None:
    ended = command("release", name, tmp_path / "typo")
    assert (ended.code, ended.error) == (1, f"error: expected a workspace at {tmp_path / 'typo'}, found none")
    assert not (tmp_path / "typo").exists()


OVERLAYS: dict[str, tuple[Callable[[Clip, Path], list[object]], str, str]] = {
    "both sources": (
        lambda clip, w: ["--labels", clip.labels, "-w", w],
        "out.png",
        "either --labels or --workspace, got both",
    ),
    "no source": (lambda clip, w: [], "out.png", "either --labels or --workspace, got neither"),
    "unknown version": (lambda clip, w: ["-w", w, "--version", "7.0.0"], "out.png", "7.0.0"),
    "no version": (lambda clip, w: ["-w", w, "--version", "new"], "out.png", "new"),
    "wrong extension": (lambda clip, w: ["-w", w], "out.txt", "expected .*out.txt"),
    "bad frames": (lambda clip, w: ["-w", w, "--frames", "some"], "out.png", "expected --frames .*'some'"),
    "frames beyond": (lambda clip, w: ["-w", w, "--frames", "1,100"], "out.png", "expected .*100"),
    "folder missing": (lambda clip, w: ["-w", w], "missing/out.png", "missing"),
    "no workspace": (lambda clip, w: ["-w", w / "typo"], "out.png", "typo"),
}


@pytest.mark.parametrize("case", OVERLAYS)
def test_bad_overlay_is_one_line(case: str, clip: Clip, workspace: Path, tmp_path: Path, command: Command) -> None:
    arguments, name, told = OVERLAYS[case]
    ended = command("overlay", clip.video, *arguments(clip, workspace), "--out", tmp_path / name)
    assert ended.code == 1
    assert re.search(told, ended.error)
    assert not (tmp_path / name).exists()


# Thin but good input -----------------------------------------------------------------------------


def test_labels_without_people_are_blocked_by_the_checks(clip: Clip, tmp_path: Path, command: Command) -> None:
    labels = _changed(lambda document: document.update(annotations=[]))(clip, tmp_path)
    ended = command("curate", clip.video, "--labels", labels, "-w", tmp_path / "out")
    assert ended.code == 1
    assert re.search("at least 1 instances are kept", ended.error)


def test_single_keypoint_is_enough_to_start_from(clip: Clip, tmp_path: Path, command: Command) -> None:
    def one(document: Any) -> None:
        annotation = document["annotations"][0]
        annotation["keypoints"] = [0] * 3 * (len(COCO17) - 1) + annotation["keypoints"][-3:]
        annotation.update(num_keypoints=1)
        document["annotations"] = [annotation]

    rules = _write(tmp_path / "rules.toml", "[visible_keypoints]\naction = 'off'\n[scale]\naction = 'off'\n")
    ended = command(
        "curate", clip.video, "--labels", _changed(one)(clip, tmp_path), "-w", tmp_path / "out", "--rules", rules
    )
    assert ended.code == 0, ended.err
    assert re.search(r"^keypoints imported +1$", ended.out, re.MULTILINE)


def test_video_of_one_frame_is_released(clip: Clip, tmp_path: Path, command: Command) -> None:
    first = clip.truth.select(clip.truth.frame_index == 0)
    write_video(tmp_path / "still.mp4", [Frame(0, np.full((160, 256, 3), 90, np.uint8))], 25)
    write_labels(tmp_path / "still.json", "still", first)
    rules = _write(tmp_path / "rules.toml", "[sharpness]\naction = 'off'\n")
    ended = command(
        "curate", tmp_path / "still.mp4", "--labels", tmp_path / "still.json", "-w", tmp_path / "out", "--rules", rules
    )
    assert ended.code == 0, ended.err
    assert re.search(r"^frames +1$", ended.out, re.MULTILINE)


def test_debug_shows_the_traceback(tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", os.environ.get("PREFECT_LOGGING_LEVEL", "CRITICAL"))
    ended = command("release", "latest", tmp_path, "--debug")
    assert ended.code == 1
    assert "Traceback" in ended.err
    assert ended.err.count("error: ") == 1
