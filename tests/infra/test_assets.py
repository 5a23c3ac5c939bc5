import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from poseloom.infra.assets import read_pack
from poseloom.schemas.errors import InputError

Arrays = dict[str, npt.NDArray[Any]]


def small_pack(folder: Path) -> Path:
    """A complete pack of a four-cornered body with one bone and one garment."""
    for part in ("body", "wear", "skins", "mocap"):
        (folder / part).mkdir(parents=True)
    quad = np.array([[0, 1, 2, 3]], dtype=np.uint16)
    vertices = np.zeros((8, 3), dtype=np.float32)
    np.savez(
        folder / "body" / "base_mesh.npz",
        v=vertices,
        vt=np.zeros((4, 2), np.float32),
        f=quad,
        ft=quad,
        joint_names=np.array(["joint-l-eye"]),
        joint_verts=np.arange(8, dtype=np.uint16)[None],
    )
    np.savez(folder / "body" / "weights.npz", idx=np.zeros((8, 4), np.uint8), w=np.full((8, 4), 16384, np.uint16))
    np.savez(
        folder / "body" / "macro_targets.npz",
        names=np.array(["asian-male-old"]),
        d=np.zeros((1, 8, 3), np.int16),
        scale=np.float32(0.001),
    )
    (folder / "body" / "rig.json").write_text(json.dumps({"bones": ["root"], "parents": [-1], "head": [[0, 1]]}))
    np.savez(
        folder / "wear" / "hat.npz",
        kind=np.array("clothes"),
        refs=np.zeros((4, 3), np.uint16),
        w=np.full((4, 3), 1 / 3, np.float32),
        off=np.zeros((4, 3), np.float32),
        uv=np.zeros((4, 2), np.float32),
        f=quad,
        ft=quad,
        delete=np.zeros(0, np.uint16),
        scale_verts=np.zeros((3, 2), np.int32),
        scale_den=np.ones(3, np.float32),
        diffuse=np.array("hat.png"),
        ao=np.array(""),
    )
    Image.new("RGBA", (60, 60), (200, 100, 50, 255)).save(folder / "wear" / "hat.png")
    Image.new("RGB", (64, 64), (220, 160, 130)).save(folder / "skins" / "young.jpg")
    for name in ("daz", "asf"):
        np.savez(
            folder / "mocap" / f"clips_{name}.npz",
            names=np.array(["one", "two"]),
            labels=np.array(["walking", "running"]),
            start=np.array([0, 2, 5], np.int32),
            q=np.tile(np.array([1, 0, 0, 0], np.float16), (5, 1, 1)),
            pos=np.zeros((5, 3), np.float32),
            fps=np.float32(30),
            joints=np.array(["hip"]),
            parents=np.array([-1], np.int16),
            offsets=np.zeros((1, 3), np.float32),
        )
    return folder


@pytest.fixture
def pack_folder(tmp_path: Path) -> Path:
    return small_pack(tmp_path / "pack")


def changed(path: Path, change: Callable[[Arrays], object]) -> None:
    with np.load(path) as file:
        arrays = dict(file)
    change(arrays)
    np.savez(path, **arrays)


def test_a_pack_is_read_with_its_clips_apart_and_its_pictures_in_rgba(pack_folder: Path) -> None:
    pack = read_pack(pack_folder)
    assert [clip.label for clip in pack.captures[0].clips] == ["walking", "running"]
    assert [len(clip.rotations) for clip in pack.captures[0].clips] == [2, 3]
    assert pack.garments["hat"].picture == "hat"
    assert pack.garments["hat"].shading is None
    hat = pack.pictures["hat"]
    assert hat.shape == (64, 64, 4)
    assert hat[32, 32].tolist() == [200, 100, 50, 255]
    assert "mocap.cs.cmu.edu" in pack.acknowledgement
    np.testing.assert_allclose(pack.rig.bone_weight.sum(axis=1), 1)


@pytest.mark.parametrize(
    "part",
    [
        "body/base_mesh.npz",
        "body/weights.npz",
        "body/macro_targets.npz",
        "body/rig.json",
        "mocap/clips_daz.npz",
        "mocap/clips_asf.npz",
    ],
)
def test_a_missing_or_torn_file_is_named(pack_folder: Path, part: str) -> None:
    path = pack_folder / part
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(InputError, match=path.name):
        read_pack(pack_folder)
    path.unlink()
    with pytest.raises(InputError, match=f"found none.*{path.name}"):
        read_pack(pack_folder)


@pytest.mark.parametrize(
    ("part", "field", "values"),
    [
        ("body/base_mesh.npz", "v", np.zeros((8, 2), np.float32)),
        ("body/base_mesh.npz", "v", np.full((8, 3), np.nan, np.float32)),
        ("body/base_mesh.npz", "v", np.array([{"a": 1}] * 8, dtype=object)),
        ("body/base_mesh.npz", "f", np.array([[0, 1, 2, 8]], np.int32)),
        ("body/base_mesh.npz", "f", np.array([[0, 1, 2, -1]], np.int32)),
        ("body/base_mesh.npz", "f", np.array([[0, 1, 2, 3]], np.float32)),
        ("body/base_mesh.npz", "joint_names", np.array([1.0])),
        ("body/weights.npz", "idx", np.ones((8, 4), np.uint8)),
        ("body/weights.npz", "w", np.zeros((8, 4), np.uint16)),
        ("body/macro_targets.npz", "d", np.zeros((1, 7, 3), np.int16)),
        ("wear/hat.npz", "kind", np.array("umbrella")),
        ("wear/hat.npz", "refs", np.full((4, 3), 8, np.uint16)),
        ("wear/hat.npz", "diffuse", np.array("../../secret.png")),
        ("mocap/clips_daz.npz", "q", np.zeros((5, 1, 4), np.float16)),
        ("mocap/clips_daz.npz", "start", np.array([0, 4, 3], np.int32)),
        ("mocap/clips_daz.npz", "parents", np.array([0], np.int16)),
        ("mocap/clips_daz.npz", "fps", np.float32(0)),
    ],
)
def test_a_field_that_is_wrong_is_named_with_its_file(
    pack_folder: Path, part: str, field: str, values: npt.NDArray[Any]
) -> None:
    path = pack_folder / part
    changed(path, lambda arrays: arrays.update({field: values}))
    with pytest.raises(InputError) as raised:
        read_pack(pack_folder)
    assert f"'{field}'" in str(raised.value)
    assert path.name in str(raised.value)


def test_a_field_that_is_missing_is_named(pack_folder: Path) -> None:
    changed(pack_folder / "wear" / "hat.npz", lambda arrays: arrays.pop("off"))
    with pytest.raises(InputError, match=r"'off' of .*hat\.npz"):
        read_pack(pack_folder)


@pytest.mark.parametrize(
    "rig",
    [
        {"bones": ["root"], "parents": [-1]},
        {"bones": ["root"], "parents": [0], "head": [[0]]},
        {"bones": ["root", "arm"], "parents": [-1], "head": [[0], [1]]},
        {"bones": ["root"], "parents": [-1], "head": [[99]]},
        {"bones": ["root"], "parents": [-1], "head": [[]]},
        [],
    ],
)
def test_a_rig_that_contradicts_itself_is_refused(pack_folder: Path, rig: object) -> None:
    (pack_folder / "body" / "rig.json").write_text(json.dumps(rig))
    with pytest.raises(InputError, match=r"rig\.json"):
        read_pack(pack_folder)


def test_a_broken_picture_is_an_input_error_when_it_is_used(pack_folder: Path) -> None:
    (pack_folder / "wear" / "hat.png").write_bytes(b"no picture")
    pack = read_pack(pack_folder)
    with pytest.raises(InputError, match=r"hat\.png"):
        pack.pictures["hat"]


def test_a_folder_that_is_no_pack_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected the folder"):
        read_pack(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"base_mesh\.npz"):
        read_pack(tmp_path)


def test_a_pack_without_clothes_or_skins_is_refused(pack_folder: Path) -> None:
    shutil.rmtree(pack_folder / "skins")
    with pytest.raises(InputError, match="skins"):
        read_pack(pack_folder)


def test_the_real_pack_is_complete(real_data: Path) -> None:
    folder = real_data / "humans"
    if not folder.is_dir():
        pytest.skip(f"asset pack not found at {folder}")
    pack = read_pack(folder)
    assert len(pack.body.vertices) == 19158
    assert len(pack.body.quads) == 13378
    assert len(pack.rig.bones) == 163
    assert len(pack.targets.names) == 180
    assert [len(capture.clips) for capture in pack.captures] == [133, 216]
    assert len(pack.skins) == 14
