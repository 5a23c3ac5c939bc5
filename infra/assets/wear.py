"""The garments of a pack."""

from collections.abc import Collection
from pathlib import Path
from typing import get_args

import numpy as np

from poseloom.infra.assets.archive import Archive
from poseloom.schemas.assets import Garment, GarmentKind
from poseloom.schemas.errors import InputError


def read_garment(path: Path, vertices: int, pictures: Collection[str]) -> Garment:
    """One garment.

    Args:
        path: Its archive.
        vertices: Vertices of the body that it hangs on.
        pictures: Names of the pack's pictures.

    Raises:
        InputError: The file contradicts itself, the body, or names a picture that is not there.
    """
    archive = Archive(path)
    kind = next((known for known in get_args(GarmentKind) if known == archive.text("kind")), None)
    if kind is None:
        raise InputError(
            f"expected one of {get_args(GarmentKind)}, got {archive.text('kind')!r}: field 'kind' of {path}"
        )
    anchors = archive.array("refs", np.int32, (None, 3), below=vertices)
    count = len(anchors)
    uv = archive.array("uv", np.float32, (None, 2))
    quads = archive.array("f", np.int32, (None, 4), below=count)
    return Garment(
        name=path.stem,
        kind=kind,
        anchors=anchors,
        weights=archive.array("w", np.float32, (count, 3)),
        offset=archive.array("off", np.float32, (count, 3)),
        scale_vertices=archive.array("scale_verts", np.int32, (3, 2), below=vertices),
        scale_lengths=archive.array("scale_den", np.float32, (3,)),
        uv=uv,
        quads=quads,
        uv_quads=archive.array("ft", np.int32, (len(quads), 4), below=len(uv)),
        hides=archive.array("delete", np.int32, (None,), below=vertices),
        picture=_picture(archive, "diffuse", path, pictures),
        shading=_picture(archive, "ao", path, pictures),
    )


def _picture(archive: Archive, field: str, path: Path, pictures: Collection[str]) -> str | None:
    name = archive.text(field)
    if not name:
        return None
    if Path(name).stem not in pictures:
        raise InputError(f"expected a picture beside the garment, found no {name!r}: field {field!r} of {path}")
    return Path(name).stem
