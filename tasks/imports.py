"""Import: label files → one stored label table and frame table per video."""

import io
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from poseloom.infra.labels import match_labels, read_label_sets
from poseloom.infra.video import VideoIndex
from poseloom.schemas.errors import LabelError
from poseloom.schemas.frame_tables import frames_to_table
from poseloom.schemas.ids import content_key
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Store
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import Skeleton
from poseloom.tasks.code import code_digest
from poseloom.tasks.tables import write_instances


def import_labels(
    store: Store, uri: str, digest: str, indexes: Sequence[VideoIndex]
) -> tuple[dict[str, str], Skeleton]:
    """Read labels, match them with their videos and store them; returns keys by video id, and the skeleton.

    Raises:
        LabelError: Labels that contradict themselves, or belong to other videos.
    """
    pictures = {index.video.video_id: index.frame_names for index in indexes if index.frame_names}
    label_sets = match_labels(read_label_sets(uri), [index.video for index in indexes], pictures)
    skeletons = {labels.skeleton.name: labels.skeleton for labels in label_sets.values()}
    if len(skeletons) != 1:
        raise LabelError(f"expected labels of one skeleton at {uri}, got {', '.join(sorted(skeletons)) or 'none'}")
    keys: dict[str, str] = {}
    for video_id, labels in label_sets.items():
        labels.check_unique_tracks()
        keys[video_id] = key = f"stages/import/{content_key(video_id, digest, code_digest())}"
        write_instances(store, f"{key}.parquet", _as_imported(labels.instances))
        sink = io.BytesIO()
        pq.write_table(frames_to_table(labels.frames, labels.name, labels.extra), sink)
        store.write(f"{key}.frames.parquet", sink.getvalue())
    return keys, next(iter(skeletons.values()))


def _as_imported(instances: Instances) -> Instances:
    """Whatever a label file says of its keypoints' sources: to this run they are imported."""
    source = np.where(instances.visibility > 0, np.uint8(Source.IMPORTED), np.uint8(Source.NONE))
    return instances.replace(source=source, anchor_frame=np.full_like(instances.anchor_frame, -1))


def read_frame_table(store: Store, imported_key: str) -> pa.Table:
    """What `import_labels` stored about the frames of a video."""
    return pq.read_table(io.BytesIO(store.read(f"{imported_key}.frames.parquet")))
