"""Random histories of several annotators on a queue, with a model beside it that must agree after every step.

Each history ends with everybody finishing what is left: no job may be stuck. The number of histories
is `POSELOOM_QUEUE_HISTORIES` (default 120); a failure prints the history that led to it.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, create_engine, delete

from poseloom.infra.queue import open_queue
from poseloom.infra.queue.tables import BATCHES, JOBS
from poseloom.schemas.batch import Batch, Outcome, Verdict
from poseloom.schemas.errors import InputError, LeaseError, WorkspaceError
from poseloom.schemas.job import Job
from poseloom.schemas.ports import Queue
from tests.fixtures.queues import HOUR, Clock, batch, job

HISTORIES = int(os.environ.get("POSELOOM_QUEUE_HISTORIES", "120"))
POOL = {
    one.job_id: one
    for one in (
        job("a", 0, 10, max_leases=2),
        job("b", 5, 15, max_leases=1),
        job("c", 15, 20, max_leases=3),
        job("d", 0, 30, priority=1, max_leases=2),
        job("w", 0, 10, video="w", max_leases=2),
    )
}
ANNOTATORS = st.sampled_from(["ada", "bob", "eve"])
IDS = st.sampled_from(sorted(POOL))
LENGTHS = st.integers(1, 4).map(lambda hours: hours * HOUR)


@dataclass
class Known:
    """What the model knows of one job."""

    job: Job
    made: datetime
    state: str = "open"
    fence: int = 0
    leases: int = 0
    holder: str = ""
    end: datetime | None = None

    def settle(self, now: datetime) -> None:
        if self.state == "leased" and self.end is not None and self.end <= now:
            self.end_lease()

    def end_lease(self) -> None:
        self.state, self.holder, self.end = "dead" if self.leases >= self.job.max_leases else "open", "", None

    def overlaps(self, other: "Known") -> bool:
        a, b = self.job.clip, other.job.clip
        common = range(max(a.start_frame, b.start_frame), min(a.end_frame, b.end_frame))
        return self is not other and a.video_id == b.video_id and len(common) > 0


@dataclass(frozen=True)
class Ticket:
    """A lease that somebody was granted once."""

    job_id: str
    fence: int
    annotator: str


class QueueMachine(RuleBasedStateMachine):
    """A queue and a model do the same things."""

    queue: Queue
    clock: Clock
    engine: Engine

    @initialize()
    def start(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(delete(BATCHES))
            connection.execute(delete(JOBS))
        self.known: dict[str, Known] = {}
        self.tickets: list[Ticket] = []
        self.log: list[str] = []
        self.kept: dict[tuple[str, str], Outcome] = {}
        self.create(["a", "b", "c", "d"])

    @rule(ids=st.lists(IDS, min_size=1, max_size=5))
    def create(self, ids: list[str]) -> None:
        new = sorted(set(ids) - self.known.keys())
        assert self.queue.create([POOL[i] for i in ids]) == new
        self.known |= {i: Known(POOL[i], self.clock.time) for i in new}

    @rule(annotator=ANNOTATORS, length=LENGTHS)
    def take(self, annotator: str, length: timedelta) -> None:
        free = [k for k in self.known.values() if k.state == "open" and not self._blocked(k)]
        first = min(free, key=lambda k: self._place(k.job), default=None)
        granted = self.queue.lease(annotator, length)
        if first is None:
            assert granted is None
        else:
            self._grant(first, granted, annotator, length)

    @rule(annotator=ANNOTATORS, length=LENGTHS, job_id=IDS)
    def take_named(self, annotator: str, length: timedelta, job_id: str) -> None:
        wanted = self.known.get(job_id)
        if wanted is None:
            with pytest.raises(InputError):
                self.queue.lease(annotator, length, job_id)
            return
        own = wanted.state == "leased" and wanted.holder == annotator
        if own or (wanted.state == "open" and not self._blocked(wanted)):
            wanted.leases -= own
            self._grant(wanted, self.queue.lease(annotator, length, job_id), annotator, length)
        else:
            with pytest.raises(LeaseError):
                self.queue.lease(annotator, length, job_id)

    @rule(data=st.data(), length=LENGTHS)
    def heartbeat(self, data: st.DataObject, length: timedelta) -> None:
        ticket = self._ticket(data)
        if ticket is None:
            return
        if self._is_good(ticket):
            known = self.known[ticket.job_id]
            assert known.end is not None
            known.end = max(known.end, self.clock.time + length)
            assert self.queue.extend(ticket.job_id, ticket.fence, length).lease_end == known.end
        else:
            with pytest.raises(LeaseError):
                self.queue.extend(ticket.job_id, ticket.fence, length)

    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        ticket = self._ticket(data)
        if ticket is None:
            return
        if self._is_good(ticket):
            self.queue.release(ticket.job_id, ticket.fence)
            self.known[ticket.job_id].end_lease()
        else:
            with pytest.raises(LeaseError):
                self.queue.release(ticket.job_id, ticket.fence)

    @rule(
        data=st.data(), x=st.integers(0, 1), fate=st.sampled_from(["accepted", "accepted", "conflict", "lost", "away"])
    )
    def submit(self, data: st.DataObject, x: int, fate: str) -> None:
        """`lost`: the log has it, the answer never arrives. `away`: the log cannot be reached."""
        ticket = self._ticket(data)
        if ticket is not None:
            self._submit(ticket, x, fate)

    @rule(job_id=IDS)
    def revive(self, job_id: str) -> None:
        known = self.known.get(job_id)
        if known is not None and known.state == "dead":
            self.queue.revive(job_id)
            known.state, known.leases = "open", 0
        else:
            with pytest.raises(InputError):
                self.queue.revive(job_id)

    @rule(hours=st.integers(1, 6))
    def sleep(self, hours: int) -> None:
        self.clock.sleep(hours * HOUR / 2)
        for known in self.known.values():
            known.settle(self.clock.time)

    @invariant()
    def agree(self) -> None:
        jobs = self.queue.jobs()
        assert [j.job_id for j in jobs] == sorted(self.known, key=lambda i: self._place(POOL[i]))
        for one in jobs:
            known = self.known[one.job_id]
            found = (one.state.value, one.fence, one.leases, one.lease_end)
            assert found == (known.state, known.fence, known.leases, known.end)
            assert one.annotator == known.holder
            assert (one.reason != "") == (known.state == "dead")
        alive = [known for known in self.known.values() if known.state == "leased"]
        assert not any(one.overlaps(other) for one in alive for other in alive)

    def teardown(self) -> None:
        """Somebody finishes whatever is left: nothing is stuck."""
        if not hasattr(self, "known"):
            return
        self.clock.sleep(10 * HOUR)
        for known in self.known.values():
            known.settle(self.clock.time)
            if known.state == "dead":
                self.revive(known.job.job_id)
        for _ in [k for k in self.known.values() if k.state == "open"]:
            self.take("ada", HOUR)
            self._submit(self.tickets[-1], 0, "accepted")
        self.agree()
        self._check_batches()
        assert all(known.state == "submitted" for known in self.known.values())

    def _submit(self, ticket: Ticket, x: int, fate: str) -> None:
        known = self.known[ticket.job_id]
        handed_in = batch(known.job, x, ticket.fence, ticket.annotator)
        name = handed_in.name
        key = ticket.job_id, name
        before = list(self.log)
        if self.kept.get(key) is Outcome.ACCEPTED:
            assert self.queue.submit(handed_in, self._refuse).verdict.outcome is Outcome.ACCEPTED
        elif not self._is_good(ticket):
            assert self.queue.submit(handed_in, self._refuse).verdict.outcome is Outcome.REFUSED
            self.kept[key] = Outcome.REFUSED
        elif fate in ("lost", "away"):
            with pytest.raises(WorkspaceError):
                self.queue.submit(handed_in, lambda _: self._fail(handed_in, fate))
            before += [name] * (fate == "lost" and name not in before)
        else:
            settled = self.queue.submit(handed_in, lambda _: self._settle(handed_in, fate))
            self.kept[key] = Outcome(fate)
            assert settled.verdict.outcome is self.kept[key]
            if fate == "accepted":
                before += [name] * (name not in before)
                known.state, known.holder, known.end = "submitted", ticket.annotator, None
        assert self.log == before
        self._check_batches()

    def _check_batches(self) -> None:
        """Every batch is kept with what became of it; the log holds each accepted one once."""
        found = {(s.batch.job_id, s.batch.name): s.verdict.outcome for s in self.queue.batches()}
        assert found == self.kept
        accepted = {name for (_, name), outcome in self.kept.items() if outcome is Outcome.ACCEPTED}
        assert accepted <= set(self.log)
        assert len(set(self.log)) == len(self.log)

    def _settle(self, handed_in: Batch, fate: str) -> Verdict:
        if fate == "conflict":
            return Verdict(outcome=Outcome.CONFLICT, reason="changed")
        name = handed_in.name
        if name not in self.log:
            self.log.append(name)
        return Verdict(outcome=Outcome.ACCEPTED, revision=self.log.index(name))

    def _fail(self, handed_in: Batch, fate: str) -> Verdict:
        if fate == "lost":
            self._settle(handed_in, "accepted")
        raise WorkspaceError("the connection broke")

    def _refuse(self, one: Job) -> Verdict:
        raise AssertionError(f"a batch of job {one.job_id} was settled under a lease that is over")

    def _grant(self, known: Known, granted: Job | None, annotator: str, length: timedelta) -> None:
        known.state, known.holder, known.end = "leased", annotator, self.clock.time + length
        known.fence += 1
        known.leases += 1
        assert granted is not None
        assert (granted.job_id, granted.fence) == (known.job.job_id, known.fence)
        self.tickets.append(Ticket(known.job.job_id, known.fence, annotator))

    def _ticket(self, data: st.DataObject) -> Ticket | None:
        return data.draw(st.sampled_from(self.tickets)) if self.tickets else None

    def _is_good(self, ticket: Ticket) -> bool:
        known = self.known[ticket.job_id]
        return known.state == "leased" and known.fence == ticket.fence

    def _blocked(self, known: Known) -> bool:
        return any(k.state == "leased" and k.overlaps(known) for k in self.known.values())

    def _place(self, one: Job) -> tuple[float, datetime, str, int]:
        return -one.priority, self.known[one.job_id].made, one.clip.video_id, one.clip.start_frame


@pytest.fixture(params=["sqlite", "postgres"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/queue.sqlite"
    return str(request.getfixturevalue("postgres_uri"))


@pytest.mark.slow
def test_random_histories_end_with_nothing_lost_doubled_or_stuck(uri: str) -> None:
    class Machine(QueueMachine):
        clock = Clock()
        queue = open_queue(uri, clock)
        engine = create_engine(uri.replace("postgresql://", "postgresql+psycopg://"))

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=40,
            deadline=None,
            database=None,
            print_blob=True,
            phases=[Phase.generate],  # a history is short enough to read, and shrinking one takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
    Machine.queue.close()
    Machine.engine.dispose()
