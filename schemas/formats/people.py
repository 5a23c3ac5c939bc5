"""What the ``annotations`` of COCO-like files have in common, read and written."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from poseloom.schemas.arrays import F64, I64, U8, Bool
from poseloom.schemas.formats.extras import pack, without
from poseloom.schemas.formats.keypoints import Flags, decode_scores, encode_scores, keep_as_read
from poseloom.schemas.formats.rows import Json, Rows
from poseloom.schemas.ids import TRACK_ID_LIMIT
from poseloom.schemas.instances import UNLINKED, Instances


def read_track_ids(people: Rows) -> I64:
    """(N,) track ids; UNLINKED where the field is absent or -1.

    Raises:
        LabelError: No integer, or out of the label table's range.
    """
    return people.integers("track_id", default=UNLINKED, low=UNLINKED, high=TRACK_ID_LIMIT)


class AsRead:
    """Collects how typed fields were written where our own writing would differ; see `extras`."""

    def __init__(self, people: Rows) -> None:
        self._people = people
        self._rows: list[Json] = [{} for _ in range(len(people))]

    def keep_differing(self, field: str, raw: F64, written: F64) -> None:
        """Keep (N, ...) raw values of rows that would be written otherwise; NaN rows are not given."""
        axes = tuple(range(1, raw.ndim))
        for row in np.flatnonzero((raw != written).any(axis=axes) & ~np.isnan(raw).any(axis=axes)):
            self._rows[row][field] = raw[row].ravel().tolist()

    def keep_blank(self, field: str, *blanks: Any) -> None:
        """Keep explicit ways of saying "unknown", such as ``[]``."""
        for row, item in zip(self._rows, self._people.items, strict=True):
            if field in item and item[field] in blanks:
                row[field] = item[field]

    def keep_absent(self, field: str) -> None:
        """Keep that a field was absent which we would write."""
        for row, item in zip(self._rows, self._people.items, strict=True):
            if field not in item:
                row[field] = None

    def keep_count(self, visibility: U8) -> None:
        """Keep beside which number of labelled keypoints another `num_keypoints` stood."""
        counts = (visibility > 0).sum(axis=1).tolist()
        for row, item, count in zip(self._rows, self._people.items, counts, strict=True):
            if item.get("num_keypoints", count) != count:
                row["num_keypoints"] = count

    def keep(self, field: str, values: Sequence[Any]) -> None:
        """Keep one value a row."""
        for row, value in zip(self._rows, values, strict=True):
            row[field] = value

    def extras(self, format_name: str, typed: Sequence[str]) -> tuple[str, ...]:
        """The extra strings of all rows.

        Raises:
            LabelError: A field holds NaN.
        """
        where = self._people.where
        return tuple(
            pack(format_name, without(item, typed), as_read, f"{where}[{row}]")
            for row, (item, as_read) in enumerate(zip(self._people.items, self._rows, strict=True))
        )


def own_id(fields: Json | None) -> int:
    """The annotation id a file brought, -1 for none."""
    given = (fields or {}).get("id")
    return given if type(given) is int else -1


def put_keypoints(person: Json, as_read: Json, keypoints: list[Any], labelled: int) -> None:
    """Set the keypoints; a person without any keeps an absent field or ``[]``."""
    if labelled or as_read.get("keypoints", keypoints):
        person["keypoints"] = keypoints
    elif as_read["keypoints"] is not None:
        person["keypoints"] = []


def put_count(person: Json, as_read: Json, count: int) -> None:
    """Set `num_keypoints` where the field exists; another number stays while the count it stood beside does."""
    if "num_keypoints" in person and as_read.get("num_keypoints") != count:
        person["num_keypoints"] = count


def put_known(person: Json, as_read: Json, field: str, value: Any, blank: bool) -> None:
    """Set a field that is written only when known; an explicit "unknown" is written as it was read."""
    if not blank:
        person[field] = value
    elif field in as_read:
        person[field] = as_read[field]


def flag_triples(instances: Instances, as_read: Sequence[Json], flags: Flags) -> F64:
    """(N, K, 3) triples to write: as they were read wherever that still means the typed columns."""

    def still_means(before: F64, rows: list[int]) -> Bool:
        xy, visibility = flags.decode(before)
        same_place = (xy == instances.keypoints_xy[rows]).all(axis=-1)
        return np.asarray(same_place & (visibility == instances.visibility[rows]))

    triples = flags.encode(instances.keypoints_xy, instances.visibility)
    keep_as_read(triples, {row: a["keypoints"] for row, a in enumerate(as_read) if a.get("keypoints")}, still_means)
    return triples


def flat_rows(triples: F64, order: Sequence[int]) -> list[list[Any]]:
    """Flat keypoint lists in file order: float coordinates; thirds are integers where they are whole."""
    ordered = triples[:, list(order)]
    rows: list[list[Any]] = ordered.reshape(len(ordered), 3 * len(order)).tolist()
    thirds: list[list[Any]] = ordered[..., 2].tolist()
    if _whole(ordered[..., 2]):
        thirds = ordered[..., 2].astype(np.int64).tolist()
    for row, third in zip(rows, thirds, strict=True):
        row[2::3] = third
    return rows


def _whole(values: npt.NDArray[Any]) -> bool:
    return bool((values == np.round(values)).all())


def score_rows(instances: Instances, as_read: Sequence[Json]) -> F64:
    """(N, K) scores to write: as they were read wherever that still means the typed column."""

    def still_means(before: F64, rows: list[int]) -> Bool:
        score = decode_scores(before, instances.visibility[rows])
        return np.isclose(score, instances.score[rows], rtol=0, atol=0, equal_nan=True)

    scores = encode_scores(instances.score, instances.visibility)
    keep_as_read(scores, {row: a["scores"] for row, a in enumerate(as_read) if a.get("scores")}, still_means)
    return scores
