"""Label files at a path or ``s3://`` URI, read into label sets and matched with their videos."""

from poseloom.infra.labels.files import labels_digest
from poseloom.infra.labels.match import match_labels
from poseloom.infra.labels.read import read_label_sets

__all__ = ["labels_digest", "match_labels", "read_label_sets"]
