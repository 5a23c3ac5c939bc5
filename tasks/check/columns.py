"""The columns that the checks look at: a few plain values per kept instance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from poseloom.schemas.arrays import Bool
from poseloom.schemas.provenance import Source
from poseloom.schemas.rules import RuleSet

KEY = ("video", "frame_index", "track_id")


@dataclass(frozen=True)
class CheckedVideo:
    """A video's label table with its verdict columns, and its number of frames."""

    frame_count: int
    labels: pa.Table


def check_columns(videos: Sequence[CheckedVideo], rules: RuleSet) -> tuple[pa.Table, int]:
    """One row per kept instance of all videos, and the number of instances judged.

    The columns are the key, one boolean per drop rule, and what the label table must satisfy
    whatever the rules say.
    """
    names = [f"rule_{name}" for name in rules.named("drop")]
    parts = [_of_video(number, video, names) for number, video in enumerate(videos)]
    table = pa.concat_tables(parts) if parts else _of_video(0, None, names)
    return table, sum(video.labels.num_rows for video in videos)


def _of_video(number: int, video: CheckedVideo | None, rules: list[str]) -> pa.Table:
    if video is None:
        empty: dict[str, Any] = dict.fromkeys(KEY, np.zeros(0, np.int32))
        return pa.table(empty | dict.fromkeys([*rules, *STRUCTURE], np.zeros(0, bool)))
    kept = video.labels.filter(video.labels["keep"])
    frame = np.asarray(kept["frame_index"])
    columns = {"video": np.full(len(frame), number, np.int32), "frame_index": frame}
    columns |= {name: np.asarray(kept[name]) for name in ("track_id", *rules)}
    columns["in_video"] = (frame >= 0) & (frame < video.frame_count)
    columns["finite"] = _every(kept, "keypoints_xy", np.isfinite)
    columns["known_source"] = _every(kept, "source", lambda values: values <= max(Source))
    columns["known_visibility"] = _every(kept, "visibility", lambda values: values <= 2)
    return pa.table(columns)


STRUCTURE = {
    "in_video": "every kept instance lies within its video",
    "finite": "no kept instance has NaN or infinite coordinates",
    "known_source": "every keypoint has a known source",
    "known_visibility": "every visibility is 0, 1 or 2",
}
"""Boolean columns beside the rules', and what is expected of them in words."""


def _every(table: pa.Table, name: str, holds: Any) -> Bool:
    """(N,) whether all of a list column's values satisfy the condition."""
    column = table[name].combine_chunks()
    values = np.asarray(column.flatten()).reshape(-1, column.type.list_size)
    return np.asarray(holds(values).all(axis=1))
