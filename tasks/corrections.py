"""The correction log of a workspace: append-only, numbered per video, one object per entry.

Key ``corrections/<video_id>/<8-digit revision>.json``, written with create-if-absent: of two
annotators who append at once, one takes the next number, the other the one after.
"""

from collections.abc import Sequence
from itertools import islice

from pydantic import TypeAdapter

from poseloom.schemas.correction import Correction, LogEntry, Withdrawal
from poseloom.schemas.errors import InputError, ObjectExists
from poseloom.schemas.ports import Store

_ENTRY: TypeAdapter[LogEntry] = TypeAdapter(LogEntry)


def correction_keys(store: Store, video_id: str) -> list[str]:
    """Keys of the video's log, oldest first."""
    return [stored.key for stored in store.list(f"corrections/{video_id}")]


def read_log(store: Store, video_id: str, length: int | None = None) -> list[LogEntry]:
    """All entries of the video's log, or its first so many, oldest first; the place of one is its revision."""
    return [_ENTRY.validate_json(store.read(key)) for key in islice(correction_keys(store, video_id), length)]


def read_corrections(store: Store, video_id: str, length: int | None = None) -> list[Correction]:
    """The corrections that hold after the video's log, or after its first so many entries, oldest first."""
    return list(standing(read_log(store, video_id, length)).values())


def standing(log: Sequence[LogEntry]) -> dict[int, Correction]:
    """By revision the corrections that no later entry withdraws."""
    withdrawn = {entry.withdraws for entry in log if isinstance(entry, Withdrawal)}
    return {
        revision: entry
        for revision, entry in enumerate(log)
        if isinstance(entry, Correction) and revision not in withdrawn
    }


def append_correction(store: Store, correction: Correction) -> int:
    """Append a correction to its video's log; returns its revision (0-based).

    The same correction a second time changes nothing and returns the first revision, unless that one
    was withdrawn.
    """
    log = read_log(store, correction.video_id)
    for revision, known in standing(log).items():
        if known.correction_id == correction.correction_id:
            return revision
    return _append(store, correction, len(log))


def append_next(store: Store, correction: Correction, revision: int) -> bool:
    """Append a correction as that revision; False where another entry took its place first."""
    try:
        store.create(_key(correction, revision), correction.model_dump_json().encode())
    except ObjectExists:
        return False
    return True


def withdraw_correction(store: Store, withdrawal: Withdrawal) -> int:
    """Append a withdrawal to its video's log; returns its revision. A second withdrawal changes nothing.

    Raises:
        InputError: No correction of that revision.
    """
    log = read_log(store, withdrawal.video_id)
    wanted = withdrawal.withdraws
    if wanted >= len(log) or isinstance(log[wanted], Withdrawal):
        there = ", ".join(map(str, standing(log))) or "none"
        raise InputError(f"expected a revision of a correction of {withdrawal.video_id} ({there}), got {wanted}")
    for revision, known in enumerate(log):
        if isinstance(known, Withdrawal) and known.withdraws == wanted:
            return revision
    return _append(store, withdrawal, len(log))


def _append(store: Store, entry: LogEntry, revision: int) -> int:
    data = entry.model_dump_json().encode()
    while True:
        key = _key(entry, revision)
        try:
            store.create(key, data)
        except ObjectExists:
            if store.read(key) == data:
                return revision
            revision += 1
        else:
            return revision


def _key(entry: LogEntry, revision: int) -> str:
    return f"corrections/{entry.video_id}/{revision:08d}.json"
