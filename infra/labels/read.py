"""Label files of every kind to label sets; the kind is told by content."""

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from poseloom.infra.labels.files import LabelFile, label_files
from poseloom.infra.labels.sleap import read_sleap
from poseloom.schemas.errors import LabelError
from poseloom.schemas.formats.coco import read_coco
from poseloom.schemas.formats.extras import check_extras
from poseloom.schemas.formats.posetrack import read_posetrack
from poseloom.schemas.labels import LabelSet
from poseloom.schemas.skeleton import POSETRACK
from poseloom.schemas.tables import from_table

_HDF5 = b"\x89HDF\r\n\x1a\n"
_PARQUET = b"PAR1"
_POSETRACK_IMAGE = {"vid_id", "frame_id", "is_labeled", "nframes"}
_POSETRACK_PERSON = {"bbox_head", "scores"}


def read_label_sets(uri: str) -> list[LabelSet]:
    """All label sets at a local path or ``s3://`` URI.

    Reads PoseTrack and COCO JSON, SLEAP's ``.slp``, label tables (Parquet), and folders of these.

    Raises:
        InputError: Nothing there, or not readable.
        LabelError: Not labels, or labels that contradict themselves; says where.
    """
    return [labels for file in label_files(uri) for labels in _read(file)]


def _read(file: LabelFile) -> list[LabelSet]:
    if file.data.startswith(_HDF5):
        return read_sleap(file)
    if file.data.startswith(_PARQUET):
        return [_read_table(file)]
    document = parse_json(file)
    if isinstance(document, dict) and is_posetrack(document):
        return [read_posetrack(document, file.name)]
    return read_coco(document, file.name)


def _read_table(file: LabelFile) -> LabelSet:
    try:
        table = pq.read_table(io.BytesIO(file.data))
    except (pa.ArrowException, OSError) as error:
        raise LabelError(f"expected a Parquet file at {file.uri}, got {error}") from error
    try:
        instances = from_table(table)
        check_extras(instances.extra)
    except LabelError as error:
        raise LabelError(f"{file.uri}: {error}") from error
    return LabelSet(file.name, instances)


def parse_json(file: LabelFile) -> Any:
    """The JSON document of a file.

    Raises:
        LabelError: It is none.
    """
    try:
        return json.loads(file.data)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise LabelError(f"expected JSON, SLEAP or Parquet labels at {file.uri}, got {error.msg} at {where}") from None
    except RecursionError:
        raise LabelError(f"expected labels at {file.uri}, got JSON nested too deeply") from None
    except ValueError as error:
        raise LabelError(f"expected JSON, SLEAP or Parquet labels at {file.uri}, got {error}") from None


def is_posetrack(document: dict[str, Any]) -> bool:
    """PoseTrack's keypoints (or no categories) with fields that only its files have."""
    names = [c.get("keypoints") for c in _objects(document, "categories") if "keypoints" in c]
    if any(not isinstance(n, list) or set(map(str, n)) != set(POSETRACK.keypoints) for n in names):
        return False
    return any(_POSETRACK_IMAGE & item.keys() for item in _objects(document, "images")[:1]) or any(
        _POSETRACK_PERSON & item.keys() for item in _objects(document, "annotations")[:1]
    )


def _objects(document: dict[str, Any], field: str) -> list[dict[str, Any]]:
    items = document.get(field)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
