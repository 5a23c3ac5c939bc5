"""Rows of the queue's tables, to and from nouns."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from poseloom.schemas.batch import Batch, SettledBatch, Verdict
from poseloom.schemas.job import Base, Job
from poseloom.schemas.video import Clip

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
Row = dict[str, Any]


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (moment - _EPOCH) // _MS


def from_ms(ms: int) -> datetime:
    """The moment."""
    return _EPOCH + ms * _MS


def job_row(job: Job, now: int) -> Row:
    """Columns of a new job."""
    clip = job.clip.model_dump(mode="json")
    copied = job.model_dump(mode="json", exclude={"clip", "base", "lease_end", "created_at", "changed_at"})
    texts = {"base": job.base.model_dump_json(), "flags": json.dumps(copied["flags"])}
    return clip | copied | texts | {"lease_end": None, "created_at": now, "changed_at": now}


def to_job(row: Row) -> Job:
    """The job that a row holds."""
    times = ("lease_end", "created_at", "changed_at")
    moments = {name: None if row[name] is None else from_ms(row[name]) for name in times}
    clip = Clip(**{name: row[name] for name in Clip.model_fields})
    rest = {name: row[name] for name in Job.model_fields if name in row}
    nested = {"clip": clip, "base": Base.model_validate_json(row["base"]), "flags": json.loads(row["flags"])}
    return Job.model_validate(rest | moments | nested)


def batch_row(settled: SettledBatch) -> Row:
    """Columns of a settled batch."""
    return {
        "job_id": settled.batch.job_id,
        "name": settled.batch.name,
        "outcome": settled.verdict.outcome.value,
        "batch": settled.batch.model_dump_json(),
        "verdict": settled.verdict.model_dump_json(),
        "settled_at": to_ms(settled.settled_at),
    }


def to_batch(row: Row) -> SettledBatch:
    """The settled batch that a row holds."""
    return SettledBatch.model_validate(
        {
            "batch": Batch.model_validate_json(row["batch"]),
            "verdict": Verdict.model_validate_json(row["verdict"]),
            "settled_at": from_ms(row["settled_at"]),
        }
    )
