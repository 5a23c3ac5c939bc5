"""COCO keypoints JSON: datasets (images and annotations) and results lists.

Reading then writing gives back an equal document.
"""

from collections.abc import Mapping, Sequence

from poseloom.schemas.formats.coco_reading import read_coco_dataset
from poseloom.schemas.formats.coco_results import read_coco_results, write_coco_results
from poseloom.schemas.formats.coco_writing import write_coco_dataset
from poseloom.schemas.formats.rows import Json
from poseloom.schemas.labels import LabelSet
from poseloom.schemas.video import Video

__all__ = ["read_coco", "read_coco_results", "write_coco", "write_coco_results"]


def read_coco(document: Json | list[Json], name: str) -> list[LabelSet]:
    """The label sets of a COCO document: a dataset's one per picture folder, a results list's single one.

    Raises:
        LabelError: Not such a document; names the JSON path.
    """
    if isinstance(document, list):
        return [read_coco_results(document, name)]
    return read_coco_dataset(document, name)


def write_coco(label_sets: Sequence[LabelSet], videos: Mapping[str, Video] | None = None) -> Json:
    """One COCO dataset of all the label sets; see `write_coco_dataset`."""
    return write_coco_dataset(label_sets, videos or {})
