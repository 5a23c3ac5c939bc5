"""The review queue in a SQL database."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, Update, and_, case, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from poseloom.infra.queue.database import Database
from poseloom.infra.queue.rows import batch_row, from_ms, job_row, to_batch, to_job
from poseloom.infra.queue.tables import BATCHES, JOBS, VIDEOS
from poseloom.schemas.batch import Batch, Outcome, SettledBatch, Verdict
from poseloom.schemas.errors import InputError, LeaseError
from poseloom.schemas.job import Base, Job, JobState
from poseloom.schemas.ports import Queue

_ORDER = (JOBS.c.priority.desc(), JOBS.c.created_at, JOBS.c.video_id, JOBS.c.start_frame, JOBS.c.job_id)
_LEASED = JOBS.c.state == JobState.LEASED


class SqlQueue(Queue):
    """A queue in SQLite or Postgres; see `Queue` for what it promises.

    Every write repeats its condition (fence, state, end of the lease) in its WHERE, and the present in
    it is read when the row is written, not when the transaction began.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.uri = database.uri

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def now(self) -> datetime:
        """The time by which leases end."""
        with self._database.reading() as db:
            return self._present(db)

    def create(self, jobs: Sequence[Job]) -> list[str]:
        """Put new jobs into the queue; see `Queue.create`."""
        with self._database.writing() as db:
            for video_id in sorted({job.clip.video_id for job in jobs}):
                self._insert(db, VIDEOS, {"video_id": video_id})
            now = self._present_ms(db)
            return [j.job_id for j in sorted(jobs, key=_by_id) if self._insert(db, JOBS, job_row(j, now))]

    def jobs(self) -> list[Job]:
        """All jobs as they stand now; see `Queue.jobs`."""
        with self._database.reading() as db:
            now = self._present(db)
            return [to_job(dict(row)).at(now) for row in db.execute(select(JOBS).order_by(*_ORDER)).mappings()]

    def job(self, job_id: str) -> Job:
        """One job as it stands now; see `Queue.job`."""
        with self._database.reading() as db:
            return self._find(db, job_id)

    def lease(self, annotator: str, length: timedelta, job_id: str | None = None) -> Job | None:
        """Lease a job; see `Queue.lease`.

        A candidate is locked first, skipping those that somebody else is about to be granted; then its
        video, so that the look for overlapping leases and the grant are one step.
        """
        while True:
            with self._database.writing() as db:
                wanted = self._first(db) if job_id is None else self._find(db, job_id, lock=True)
                if wanted is None:
                    return None
                db.execute(select(VIDEOS).where(VIDEOS.c.video_id == wanted.clip.video_id).with_for_update())
                granted = self._changed(db, self._grant(wanted.job_id, annotator, length, renew=job_id is not None))
                if granted is not None:
                    return granted
                if job_id is not None:
                    raise LeaseError(self._why_not_leased(db, job_id))

    def hand_out(self, job_id: str, fence: int, base: Base) -> Job:
        """Record which labels were handed out; see `Queue.hand_out`."""
        return self._under_lease(job_id, fence, lambda _: {"base": base.model_dump_json()})

    def extend(self, job_id: str, fence: int, length: timedelta) -> Job:
        """Let the lease last longer; see `Queue.extend`."""
        wanted = self._database.now() + _ms(length)
        longer = case((JOBS.c.lease_end > wanted, JOBS.c.lease_end), else_=wanted)
        return self._under_lease(job_id, fence, lambda _: {"lease_end": longer})

    def release(self, job_id: str, fence: int, reason: str = "") -> Job:
        """Give a job back; see `Queue.release`."""
        over = {"annotator": "", "lease_end": None, "changed_at": self._database.now()}

        def given_back(job: Job) -> dict[str, Any]:
            if job.leases < job.max_leases:
                return over | {"state": JobState.OPEN.value}
            why = f"{job.leases} leases without a submission; the last, of {job.annotator}, was given back"
            return over | {"state": JobState.DEAD.value, "reason": f"{why}: {reason}" if reason else why}

        return self._under_lease(job_id, fence, given_back)

    def revive(self, job_id: str) -> Job:
        """Let a dead job be leased again; see `Queue.revive`."""
        now = self._database.now()
        ran_out = and_(_LEASED, JOBS.c.lease_end <= now, JOBS.c.leases >= JOBS.c.max_leases)
        fresh = {"state": JobState.OPEN.value, "leases": 0, "annotator": "", "lease_end": None, "reason": ""}
        change = update(JOBS).where(JOBS.c.job_id == job_id, or_(JOBS.c.state == JobState.DEAD, ran_out))
        with self._database.writing() as db:
            revived = self._changed(db, change.values(**fresh, changed_at=now))
            if revived is None:
                raise InputError(f"expected a dead job, got {job_id}, which is {self._find(db, job_id).state}")
            return revived

    def submit(self, batch: Batch, settle: Callable[[Job], Verdict]) -> SettledBatch:
        """Settle a batch; see `Queue.submit`."""
        with self._database.writing() as db:
            job = self._find(db, batch.job_id, lock=True)
            known = self._known(db, batch)
            if known is not None and known.verdict.outcome is Outcome.ACCEPTED:
                return known
            lost = _lost(job, batch.fence)
            verdict = Verdict(outcome=Outcome.REFUSED, reason=lost) if lost else settle(job)
            settled = SettledBatch(batch=batch, verdict=verdict, settled_at=self._present(db))
            self._keep(db, settled)
            if verdict.outcome is Outcome.ACCEPTED:
                self._finish(db, batch)
            return settled

    def batches(self) -> list[SettledBatch]:
        """Every batch ever handed in; see `Queue.batches`."""
        oldest_first = select(BATCHES).order_by(BATCHES.c.settled_at, BATCHES.c.job_id, BATCHES.c.name)
        with self._database.reading() as db:
            return [to_batch(dict(row)) for row in db.execute(oldest_first).mappings()]

    def _present_ms(self, db: Connection) -> int:
        return db.execute(select(self._database.now())).scalar_one()

    def _present(self, db: Connection) -> datetime:
        return from_ms(self._present_ms(db))

    def _insert(self, db: Connection, table: Table, row: dict[str, Any]) -> bool:
        """Whether the row was not there before."""
        dialect = sqlite if self._database.dialect == "sqlite" else postgresql
        insert = dialect.insert(table).values(row).on_conflict_do_nothing().returning(*table.primary_key)
        return db.execute(insert).first() is not None

    def _find(self, db: Connection, job_id: str, lock: bool = False) -> Job:
        query = select(JOBS).where(JOBS.c.job_id == job_id)
        row = db.execute(query.with_for_update() if lock else query).mappings().first()
        if row is None:
            raise InputError(f"expected a job of the queue {self.uri}, got {job_id!r}")
        return to_job(dict(row)).at(self._present(db))

    def _first(self, db: Connection) -> Job | None:
        now = self._database.now()
        can_be_had = and_(_takeable(now), ~_overlapping_lease(now))
        query = select(JOBS).where(can_be_had).order_by(*_ORDER).limit(1).with_for_update(skip_locked=True, of=JOBS)
        row = db.execute(query).mappings().first()
        return None if row is None else to_job(dict(row))

    def _grant(self, job_id: str, annotator: str, length: timedelta, renew: bool) -> Update:
        now = self._database.now()
        own = and_(_LEASED, JOBS.c.lease_end > now, JOBS.c.annotator == annotator)
        return (
            update(JOBS)
            .where(JOBS.c.job_id == job_id, or_(_takeable(now), own) if renew else _takeable(now))
            .where(~_overlapping_lease(now))
            .values(
                state=JobState.LEASED.value,
                fence=JOBS.c.fence + 1,
                leases=case((own, JOBS.c.leases), else_=JOBS.c.leases + 1),
                annotator=annotator,
                lease_end=now + _ms(length),
                changed_at=now,
            )
        )

    def _under_lease(self, job_id: str, fence: int, values: Callable[[Job], dict[str, Any]]) -> Job:
        """Change a leased job to values that follow from it."""
        good = and_(JOBS.c.fence == fence, _LEASED, JOBS.c.lease_end > self._database.now())
        with self._database.writing() as db:
            job = self._find(db, job_id, lock=True)
            change = update(JOBS).where(JOBS.c.job_id == job_id, good).values(values(job))
            changed = self._changed(db, change)
            if changed is None:
                raise LeaseError(_lost(job, fence) or f"the lease of job {job_id} ran out just now")
            return changed

    def _changed(self, db: Connection, change: Update) -> Job | None:
        row = db.execute(change.returning(JOBS)).mappings().first()
        return None if row is None else to_job(dict(row))

    def _why_not_leased(self, db: Connection, job_id: str) -> str:
        job = self._find(db, job_id)
        if job.state is JobState.LEASED:
            return f"job {job_id} is leased by {job.annotator} until {job.lease_end:%Y-%m-%d %H:%M} UTC"
        if job.state is JobState.OPEN:
            return f"job {job_id} overlaps a clip of the same video that is leased now"
        return f"job {job_id} is {job.state}{f': {job.reason}' if job.reason else ''}"

    def _known(self, db: Connection, batch: Batch) -> SettledBatch | None:
        same = and_(BATCHES.c.job_id == batch.job_id, BATCHES.c.name == batch.name)
        row = db.execute(select(BATCHES).where(same)).mappings().first()
        return None if row is None else to_batch(dict(row))

    def _keep(self, db: Connection, settled: SettledBatch) -> None:
        row = batch_row(settled)
        if not self._insert(db, BATCHES, row):
            same = and_(BATCHES.c.job_id == row["job_id"], BATCHES.c.name == row["name"])
            db.execute(update(BATCHES).where(same).values(row))

    def _finish(self, db: Connection, batch: Batch) -> None:
        """The lease was good when the batch was settled, and the row has been locked since."""
        held = and_(JOBS.c.job_id == batch.job_id, JOBS.c.fence == batch.fence, _LEASED)
        done = {"state": JobState.SUBMITTED.value, "lease_end": None, "changed_at": self._database.now()}
        if self._changed(db, update(JOBS).where(held).values(**done)) is None:
            raise LeaseError(f"the lease of job {batch.job_id} was lost while its batch was settled")


def _takeable(now: ColumnElement[int]) -> ColumnElement[bool]:
    """Open, or leased until before now with leases left."""
    ran_out = and_(_LEASED, JOBS.c.lease_end <= now, JOBS.c.leases < JOBS.c.max_leases)
    return or_(JOBS.c.state == JobState.OPEN, ran_out)


def _overlapping_lease(now: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether another job with frames in common is leased now."""
    other = JOBS.alias()
    return exists().where(
        other.c.video_id == JOBS.c.video_id,
        other.c.job_id != JOBS.c.job_id,
        other.c.start_frame < JOBS.c.end_frame,
        other.c.end_frame > JOBS.c.start_frame,
        other.c.state == JobState.LEASED,
        other.c.lease_end > now,
    )


def _lost(job: Job, fence: int) -> str:
    """Why a lease with that fence is no good; empty if it is."""
    if job.state is JobState.LEASED and job.fence == fence:
        return ""
    if fence > job.fence:
        return f"job {job.job_id} never had a lease with fence {fence}, its newest has {job.fence}"
    stands = f"leased by {job.annotator} with fence {job.fence}" if job.state is JobState.LEASED else str(job.state)
    return f"the lease of job {job.job_id} with fence {fence} is over: the job is {stands}"


def _by_id(job: Job) -> str:
    return job.job_id


def _ms(length: timedelta) -> int:
    return length // timedelta(milliseconds=1)
