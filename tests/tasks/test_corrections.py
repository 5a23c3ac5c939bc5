"""The correction log: append-only, idempotent, and complete under races; on a directory and on S3."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from poseloom.infra.storage import open_store
from poseloom.schemas.correction import Correction, MoveKeypoint, Withdrawal
from poseloom.schemas.errors import InputError
from poseloom.schemas.ports import Store
from poseloom.tasks.corrections import append_correction, read_corrections, read_log, withdraw_correction


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return open_store(tmp_path if request.param == "local" else request.getfixturevalue("s3_uri"))


def _correction(x: float, video_id: str = "v") -> Correction:
    edit = MoveKeypoint(frame_index=1, track_id=0, keypoint="nose", x=x, y=0)
    return Correction(video_id=video_id, annotator="ada", edits=(edit,))


def test_log_keeps_order_and_videos_apart(store: Store) -> None:
    assert [append_correction(store, _correction(x)) for x in (3, 1, 2)] == [0, 1, 2]
    append_correction(store, _correction(9, "w"))
    assert read_corrections(store, "v") == [_correction(x) for x in (3, 1, 2)]


def test_same_correction_twice_is_one(store: Store) -> None:
    assert [append_correction(store, _correction(x)) for x in (1, 2, 1)] == [0, 1, 0]
    assert len(read_corrections(store, "v")) == 2


def test_racing_annotators_lose_nothing(store: Store) -> None:
    with ThreadPoolExecutor(8) as annotators:
        revisions = list(annotators.map(lambda x: append_correction(store, _correction(x)), range(24)))
    assert sorted(revisions) == list(range(24))
    assert {c.edits[0].x for c in read_corrections(store, "v") if isinstance(c.edits[0], MoveKeypoint)} == set(
        range(24)
    )


def _withdrawal(revision: int) -> Withdrawal:
    return Withdrawal(video_id="v", annotator="lin", withdraws=revision)


def test_withdrawn_correction_no_longer_holds_and_stays_in_the_log(store: Store) -> None:
    for x in (1, 2):
        append_correction(store, _correction(x))
    assert [withdraw_correction(store, _withdrawal(0)) for _ in range(2)] == [2, 2]
    assert read_corrections(store, "v") == [_correction(2)]
    assert read_corrections(store, "v", 2) == [_correction(1), _correction(2)]
    assert read_log(store, "v") == [_correction(1), _correction(2), _withdrawal(0)]


def test_withdrawn_correction_can_be_made_again(store: Store) -> None:
    append_correction(store, _correction(1))
    withdraw_correction(store, _withdrawal(0))
    assert [append_correction(store, _correction(1)) for _ in range(2)] == [2, 2]
    assert read_corrections(store, "v") == [_correction(1)]


def test_only_corrections_of_the_log_can_be_withdrawn(store: Store) -> None:
    append_correction(store, _correction(1))
    withdraw_correction(store, _withdrawal(0))
    for revision in (1, 7):
        with pytest.raises(InputError, match=f"got {revision}"):
            withdraw_correction(store, _withdrawal(revision))


def test_log_of_earlier_versions_keeps_its_meaning_and_its_ids(store: Store) -> None:
    old = (
        b'{"video_id":"v","annotator":"ada","edits":[{"frame_index":1,"track_id":0,"kind":"move_keypoint",'
        b'"keypoint":"nose","x":3.0,"y":0.0,"visibility":2}],"base_release":null,"note":""}'
    )
    store.create("corrections/v/00000000.json", old)
    assert read_corrections(store, "v") == [_correction(3)]
    assert _correction(3).correction_id == "7d6b05ff1aa3a9c1"
