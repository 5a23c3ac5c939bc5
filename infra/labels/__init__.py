"""Label files at a path or ``s3://`` URI, read into label sets and matched with their videos."""

from poseloom.infra.labels.files import label_uris, labels_digest, sequence_name
from poseloom.infra.labels.match import aliases, fitted, match_labels
from poseloom.infra.labels.read import read_label_sets

__all__ = ["aliases", "fitted", "label_uris", "labels_digest", "match_labels", "read_label_sets", "sequence_name"]
