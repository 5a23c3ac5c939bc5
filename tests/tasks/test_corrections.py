"""The correction log: append-only, idempotent, and complete under races; on a directory and on S3."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from poseloom.infra.storage import open_store
from poseloom.schemas.correction import Correction, MoveKeypoint
from poseloom.schemas.ports import Store
from poseloom.tasks.corrections import append_correction, read_corrections


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
