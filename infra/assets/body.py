"""The body's mesh, bones and shapes of a pack."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from poseloom.infra.assets.archive import Archive
from poseloom.schemas.arrays import read_only
from poseloom.schemas.assets import BodyMesh, Rig, ShapeTargets
from poseloom.schemas.errors import InputError


class _RigFile(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")

    bones: Annotated[list[str], Field(min_length=1, max_length=255)]
    parents: list[int]
    head: list[Annotated[list[Annotated[int, Field(ge=0)]], Field(min_length=1)]]


def read_body(folder: Path) -> BodyMesh:
    """The mesh of ``base_mesh.npz``.

    Raises:
        InputError: The file is missing or contradicts itself.
    """
    archive = Archive(folder / "base_mesh.npz")
    vertices = archive.array("v", np.float32, (None, 3))
    uv = archive.array("vt", np.float32, (None, 2))
    quads = archive.array("f", np.int32, (None, 4), below=len(vertices))
    names = archive.texts("joint_names")
    cubes = archive.array("joint_verts", np.int32, (len(names), 8), below=len(vertices))
    return BodyMesh(
        vertices=vertices,
        uv=uv,
        quads=quads,
        uv_quads=archive.array("ft", np.int32, (len(quads), 4), below=len(uv)),
        joints=dict(zip(names, cubes, strict=True)),
    )


def read_rig(folder: Path, vertices: int) -> Rig:
    """The bones of ``rig.json`` and their weights of ``weights.npz``.

    Args:
        folder: Where the files are.
        vertices: Vertices of the body.

    Raises:
        InputError: A file is missing or contradicts itself or the body.
    """
    path = folder / "rig.json"
    try:
        file = _RigFile.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InputError(f"expected a file of the asset pack, found none: {path}") from None
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InputError(f"expected bones of a rig, got {first['msg']}: field {field!r} of {path}") from None
    except (OSError, ValueError) as error:
        raise InputError(f"expected a JSON file, got {error}: {path}") from None
    _check_tree(file, vertices, path)
    archive = Archive(folder / "weights.npz")
    weight = archive.array("w", np.float32, (vertices, 4))
    total = weight.sum(axis=1, keepdims=True)
    if not (weight >= 0).all() or not (total > 0).all():
        raise InputError(f"expected a positive weight for every vertex, got none or less: field 'w' of {archive.path}")
    return Rig(
        bones=tuple(file.bones),
        parents=read_only(file.parents, np.int32),
        heads=tuple(read_only(head, np.int32) for head in file.head),
        bone_index=archive.array("idx", np.int32, (vertices, 4), below=len(file.bones)),
        bone_weight=read_only(weight / total, np.float32),
    )


def read_targets(folder: Path, vertices: int) -> ShapeTargets:
    """The displacements of ``macro_targets.npz``.

    Raises:
        InputError: The file is missing or contradicts itself or the body.
    """
    archive = Archive(folder / "macro_targets.npz")
    names = archive.texts("names")
    return ShapeTargets(
        names=names,
        offsets=archive.array("d", np.int16, (len(names), vertices, 3)),
        unit=float(archive.array("scale", np.float64, ())),
    )


def _check_tree(file: _RigFile, vertices: int, path: Path) -> None:
    count = len(file.bones)
    if len(file.parents) != count or len(file.head) != count:
        got = f"{len(file.parents)} parents and {len(file.head)} heads"
        raise InputError(f"expected a parent and a head for each of {count} bones, got {got}: {path}")
    for bone, parent in enumerate(file.parents):
        if not (-1 <= parent < bone) or (bone > 0 and parent < 0):
            raise InputError(
                f"expected parents before children and one root, got parent {parent}: bone {bone} of {path}"
            )
    if max(max(head) for head in file.head) >= vertices:
        raise InputError(f"expected vertices below {vertices}, got a higher one: field 'head' of {path}")
