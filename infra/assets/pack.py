"""Reading a whole pack."""

from pathlib import Path

from poseloom.infra.assets.body import read_body, read_rig, read_targets
from poseloom.infra.assets.mocap import read_capture
from poseloom.infra.assets.pictures import Pictures
from poseloom.infra.assets.wear import read_garment
from poseloom.schemas.assets import AssetPack
from poseloom.schemas.errors import InputError

_ACKNOWLEDGEMENT = (
    "Human meshes, clothes and textures: MakeHuman assets, CC0 1.0. "
    "The data used in this project was obtained from mocap.cs.cmu.edu. "
    "The database was created with funding from NSF EIA-0196217."
)


def read_pack(folder: Path) -> AssetPack:
    """The asset pack in a folder.

    Its parts are ``body/{base_mesh,weights,macro_targets}.npz``, ``body/rig.json``, ``wear/*.npz`` with
    their pictures, ``skins/*.jpg`` and ``mocap/clips_{daz,asf}.npz``. Pictures are decoded when used.

    Raises:
        InputError: A part is missing or contradicts another; the message names file and field.
    """
    if not folder.is_dir():
        raise InputError(f"expected the folder of an asset pack, found none: {folder}")
    body = read_body(folder / "body")
    skins, wear = _picture_files(folder / "skins"), _picture_files(folder / "wear")
    vertices = len(body.vertices)
    garments = [read_garment(path, vertices, wear) for path in sorted((folder / "wear").glob("*.npz"))]
    if not skins or not garments:
        raise InputError(f"expected skins/*.jpg and wear/*.npz, found {len(skins)} and {len(garments)}: {folder}")
    return AssetPack(
        body=body,
        rig=read_rig(folder / "body", vertices),
        targets=read_targets(folder / "body", vertices),
        garments={garment.name: garment for garment in garments},
        skins=tuple(skins),
        irises=tuple(name for name in wear if name.startswith("eye_")),
        pictures=Pictures(skins | wear),
        captures=(
            read_capture(folder / "mocap" / "clips_asf.npz", "asf"),
            read_capture(folder / "mocap" / "clips_daz.npz", "daz"),
        ),
        acknowledgement=_ACKNOWLEDGEMENT,
    )


def _picture_files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*")) if path.suffix in {".jpg", ".png"}}
