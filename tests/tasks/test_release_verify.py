"""What verification finds on a plain copy of a workspace."""

import json
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from poseloom.infra.storage import open_store
from poseloom.schemas.errors import ReleaseError
from poseloom.schemas.formats.posetrack import read_posetrack
from poseloom.schemas.ids import canonical_json, content_digest
from poseloom.schemas.release import Release
from poseloom.schemas.video import Video
from poseloom.tasks.code import code_digest
from poseloom.tasks.release import publish_release, verify_release
from tests.fixtures.releases import labelled, people, recipe, video


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of a workspace with one release of two videos; one of 20 people was dropped."""
    workspace = open_store(tmp_path / "workspace")
    videos = [labelled(people(), video(0)), labelled(people(shift=1), video(1), keep=[False] + [True] * 9)]
    publish_release(workspace, videos, recipe(), {"passed": True})
    shutil.copytree(tmp_path / "workspace", tmp_path / "copy")
    shutil.rmtree(tmp_path / "workspace")
    return tmp_path / "copy"


def release_folder(copy: Path) -> Path:
    return copy / "releases" / "1.0.0"


def test_a_copy_is_sound(copy: Path) -> None:
    verification = verify_release(copy)
    verification.require()

    assert verification.ok
    assert verification.files == 2 + 1 + 2 + 3 + 4  # labels, provenance of nobody, frames, texts, JSON


def test_sha256sum_agrees(copy: Path) -> None:
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=release_folder(copy), check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    "pattern",
    ["objects/labels/*", "objects/provenance/*", "objects/frames/*", "releases/1.0.0/json/*/*.json"]
    + [f"releases/1.0.0/{name}" for name in ("README.md", "checks.json")],
)
@pytest.mark.parametrize("damage", ["one bit", "truncated", "missing"])
def test_every_damaged_file_is_found(copy: Path, pattern: str, damage: str) -> None:
    file = sorted(copy.glob(pattern))[0]
    data = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        middle = len(data) // 2
        file.write_bytes(
            data[:middle] + (bytes([data[middle] ^ 1]) + data[middle + 1 :] if damage == "one bit" else b"")
        )
    findings = verify_release(copy).findings

    assert [f.path.split("/")[-1] for f in findings] == [file.name]
    assert findings[0].problem == ("missing" if damage == "missing" else "altered")


@pytest.mark.parametrize("name", ["manifest.json", "SHA256SUMS"])
@pytest.mark.parametrize("damage", [b"", b"{}", None])
def test_a_damaged_list_of_contents_is_refused(copy: Path, name: str, damage: bytes | None) -> None:
    file = release_folder(copy) / name
    file.unlink()
    if damage is not None:
        file.write_bytes(damage)
    with pytest.raises(ReleaseError, match=rf"releases/1\.0\.0/{name}"):
        verify_release(copy)


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"version": 1}'])
def test_a_damaged_commit_is_refused(copy: Path, damage: bytes) -> None:
    (release_folder(copy) / "_RELEASE.json").write_bytes(damage)
    with pytest.raises(ReleaseError, match=r"expected releases/1\.0\.0/_RELEASE\.json to be a release, got "):
        verify_release(copy, "1.0.0")


def test_a_release_without_commit_is_none(copy: Path) -> None:
    (release_folder(copy) / "_RELEASE.json").unlink()
    with pytest.raises(ReleaseError, match=r"got 1\.0\.0: never committed"):
        verify_release(copy, "1.0.0")


def test_a_file_too_many_is_found(copy: Path) -> None:
    (release_folder(copy) / "json" / "coco" / "street_9.json").write_text("{}")
    verification = verify_release(copy)

    assert [str(f) for f in verification.findings] == ["json/coco/street_9.json: not a file of this release"]
    with pytest.raises(ReleaseError, match=r"release 1\.0\.0 is not what was published: json/coco/street_9\.json"):
        verification.require()


def test_objects_of_other_releases_do_not_matter(copy: Path) -> None:
    (copy / "objects" / "labels" / f"{'a' * 64}.parquet").write_bytes(b"another's")
    assert verify_release(copy).ok


def forge(copy: Path, change: Callable[[dict[str, object]], None]) -> None:
    """Rewrite the manifest and make all checksums agree with it."""
    folder = release_folder(copy)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    change(manifest)
    data = canonical_json(manifest)
    (folder / "manifest.json").write_bytes(data)
    _recommit(folder, "manifest.json", data)


def _recommit(folder: Path, path: str, data: bytes) -> None:
    sums = re.sub(rf"[0-9a-f]{{64}}  {path}", f"{content_digest(data)}  {path}", (folder / "SHA256SUMS").read_text())
    (folder / "SHA256SUMS").write_text(sums)
    commit = Release.model_validate_json((folder / "_RELEASE.json").read_bytes())
    digest = content_digest((folder / "manifest.json").read_bytes())
    changed = commit.model_copy(update={"sums_sha256": content_digest(sums.encode()), "digest": digest})
    (folder / "_RELEASE.json").write_text(changed.model_dump_json())


def test_forged_counts_contradict_the_tables(copy: Path) -> None:
    def add(manifest: dict[str, object]) -> None:
        manifest["videos"][1]["kept"] = 10  # type: ignore[index]

    forge(copy, add)
    assert [str(f) for f in verify_release(copy).findings] == [
        "manifest.json: its Merkle root is not that of its entries",
        "manifest.json: video street_1: its tables say otherwise about kept",
    ]


@pytest.mark.parametrize(("code", "findings", "notes"), [(None, 1, 0), ("0" * 32, 0, 1)])
def test_json_that_does_not_follow_is_found(tmp_path: Path, code: str | None, findings: int, notes: int) -> None:
    """Another poseloom may write other JSON from the same tables; this one may not."""
    made_by = recipe(code=code or code_digest())
    publish_release(open_store(tmp_path), [labelled(people(), video())], made_by, {})
    path = "json/coco/street_0.json"
    edited = (release_folder(tmp_path) / path).read_bytes().replace(b"[", b"[ ", 1)
    (release_folder(tmp_path) / path).write_bytes(edited)
    _recommit(release_folder(tmp_path), path, edited)
    verification = verify_release(tmp_path)

    assert [str(f) for f in verification.findings] == [f"{path}: does not follow from the tables"] * findings
    assert len(verification.notes) == notes


def test_exports_hold_the_kept_people_with_their_coordinates(copy: Path) -> None:
    folder = release_folder(copy) / "json"
    document = json.loads((folder / "posetrack21" / "street_1.json").read_bytes())
    labels = read_posetrack(document, "street_1")
    expected = people(shift=1).select(pd.RangeIndex(1, 10).to_numpy())

    assert (labels.instances.sorted().keypoints_xy == expected.keypoints_xy).all()
    assert labels.instances.sorted().track_id.tolist() == expected.track_id.tolist()
    assert len(document["images"]) == 5
    assert len(json.loads((folder / "coco" / "street_1.json").read_bytes())["annotations"]) == 9


def test_videos_of_one_name_get_files_of_their_own(tmp_path: Path) -> None:
    def named(number: int, name: str) -> Video:
        return video(number, name=name)

    names = ["clip", "Clip", "../../etc/passwd", "ünï cøde", "x" * 300, "..."]
    videos = [labelled(people(shift=i), named(i, name)) for i, name in enumerate(names)]
    publish_release(open_store(tmp_path), videos, recipe(), {})
    files = sorted(p.name for p in (release_folder(tmp_path) / "json" / "coco").iterdir())

    assert files == sorted(
        [
            f"clip-{0:016x}.json",
            f"Clip-{1:016x}.json",
            "etc_passwd.json",
            "ünï_cøde.json",
            f"{'x' * 40}.json",
            f"{5:016x}.json",
        ]
    )
    assert verify_release(tmp_path).ok


def test_the_card_says_how_to_load_and_that_works(copy: Path) -> None:
    card = (release_folder(copy) / "README.md").read_text()
    pandas_code, duckdb_code = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    script = textwrap.dedent(pandas_code) + "print(len(labels))\n" + duckdb_code + "print(sum(per_frame.df().people))\n"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=release_folder(copy), capture_output=True, text=True, check=False
    )

    assert done.stdout.split() == ["19", "19"], done.stderr
    assert "| instances dropped | 1 |" in card
    assert "| imported | 266 |" in card  # 19 people of 14 labelled keypoints
