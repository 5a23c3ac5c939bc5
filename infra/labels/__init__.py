"""Label files at a path or ``s3://`` URI, read into label sets and matched with their videos."""

from poseloom.infra.labels.editing import (
    edit_files,
    format_of,
    listed_frames,
    read_edited,
    write_edited,
)
from poseloom.infra.labels.files import LabelFile, label_uris, labels_digest, sequence_name
from poseloom.infra.labels.match import aliases, check_size, fitted, match_labels
from poseloom.infra.labels.read import read_label_sets

__all__ = [
    "LabelFile",
    "aliases",
    "check_size",
    "edit_files",
    "fitted",
    "format_of",
    "label_uris",
    "labels_digest",
    "listed_frames",
    "match_labels",
    "read_edited",
    "read_label_sets",
    "sequence_name",
    "write_edited",
]
