"""The correction log of a workspace: append-only, numbered per video, one object per correction.

Key ``corrections/<video_id>/<8-digit revision>.json``, written with create-if-absent: of two
annotators who append at once, one takes the next number, the other the one after.
"""

from poseloom.schemas.correction import Correction
from poseloom.schemas.errors import ObjectExists
from poseloom.schemas.ports import Store


def correction_keys(store: Store, video_id: str) -> list[str]:
    """Keys of the video's log, oldest first."""
    return [stored.key for stored in store.list(f"corrections/{video_id}")]


def read_corrections(store: Store, video_id: str) -> list[Correction]:
    """The video's log, oldest first."""
    return [Correction.model_validate_json(store.read(key)) for key in correction_keys(store, video_id)]


def append_correction(store: Store, correction: Correction) -> int:
    """Append a correction to its video's log; returns its revision (0-based).

    The same correction a second time changes nothing and returns the first revision.
    """
    data = correction.model_dump_json().encode()
    revision = 0
    for known in read_corrections(store, correction.video_id):
        if known.correction_id == correction.correction_id:
            return revision
        revision += 1
    while True:
        key = f"corrections/{correction.video_id}/{revision:08d}.json"
        try:
            store.create(key, data)
        except ObjectExists:
            if store.read(key) == data:
                return revision
            revision += 1
        else:
            return revision
