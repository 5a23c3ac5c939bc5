"""What every queue promises."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from poseloom.infra.queue import open_queue
from poseloom.schemas.batch import Outcome, Verdict
from poseloom.schemas.errors import InputError, LeaseError, WorkspaceError
from poseloom.schemas.job import Base, Job, JobState
from poseloom.schemas.ports import Queue
from tests.fixtures.queues import BASE, HOUR, Clock, Log, batch, job


@pytest.fixture(params=["sqlite", "postgres"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/queue.sqlite"
    return str(request.getfixturevalue("postgres_uri"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(uri: str, clock: Clock) -> Iterator[Queue]:
    opened = open_queue(uri, clock)
    yield opened
    opened.close()


def leased(queue: Queue, annotator: str = "ada", length: timedelta = HOUR, job_id: str | None = None) -> Job:
    found = queue.lease(annotator, length, job_id)
    assert found is not None
    return found


def test_jobs_come_by_priority_then_along_their_video(queue: Queue) -> None:
    queue.create([job("c", 20, 30), job("b", 10, 20), job("a", 0, 10), job("w", 0, 10, video="w", priority=5)])

    assert [j.job_id for j in queue.jobs()] == ["w", "a", "b", "c"]
    assert [leased(queue).job_id for _ in range(4)] == ["w", "a", "b", "c"]
    assert queue.lease("ada", HOUR) is None


def test_a_job_is_created_once_and_never_changed_by_that(queue: Queue) -> None:
    assert queue.create([job("a"), job("b", 10, 20)]) == ["a", "b"]
    held = leased(queue)

    assert queue.create([job("a", priority=9), job("c", 20, 30)]) == ["c"]
    assert queue.job("a") == held


def test_a_job_is_held_by_one_annotator_until_its_lease_ends(queue: Queue, clock: Clock) -> None:
    queue.create([job("a")])
    held = leased(queue, "ada", HOUR)

    assert (held.annotator, held.fence, held.leases, held.lease_end) == ("ada", 1, 1, clock.time + HOUR)
    clock.sleep(HOUR - timedelta(milliseconds=1))
    assert queue.lease("bob", HOUR) is None
    clock.sleep(timedelta(milliseconds=1))
    assert queue.job("a").state is JobState.OPEN
    assert leased(queue, "bob").fence == 2


def test_heartbeats_keep_a_lease_and_never_shorten_it(queue: Queue, clock: Clock) -> None:
    queue.create([job("a")])
    held = leased(queue, length=HOUR)
    for _ in range(5):
        clock.sleep(HOUR / 2)
        assert queue.extend("a", held.fence, HOUR).lease_end == clock.time + HOUR

    assert queue.extend("a", held.fence, timedelta()).lease_end == clock.time + HOUR
    assert queue.job("a").leases == 1


def test_a_lease_that_ran_out_is_worth_nothing(queue: Queue, clock: Clock) -> None:
    queue.create([job("a")])
    held = leased(queue)
    clock.sleep(HOUR)

    with pytest.raises(LeaseError, match="fence 1 is over: the job is open"):
        queue.extend("a", held.fence, HOUR)
    with pytest.raises(LeaseError, match="is over"):
        queue.release("a", held.fence)
    with pytest.raises(LeaseError, match="is over"):
        queue.hand_out("a", held.fence, BASE)
    assert queue.submit(batch(held), Log(batch(held)).settle).verdict.outcome is Outcome.REFUSED


def test_an_older_fence_changes_nothing(queue: Queue, clock: Clock) -> None:
    queue.create([job("a")])
    old = leased(queue, "ada")
    clock.sleep(HOUR)
    new = leased(queue, "bob")

    for change in (queue.extend, lambda *_: queue.release("a", old.fence)):
        with pytest.raises(LeaseError, match="with fence 1 is over: the job is leased by bob with fence 2"):
            change("a", old.fence, HOUR)
    log = Log(batch(old))
    refused = queue.submit(batch(old), log.settle)
    assert (refused.verdict.outcome, log.asked) == (Outcome.REFUSED, 0)
    assert queue.job("a") == new


def test_a_fence_from_the_future_is_no_fence(queue: Queue) -> None:
    queue.create([job("a")])
    leased(queue)

    with pytest.raises(LeaseError, match="never had a lease with fence 7, its newest has 1"):
        queue.extend("a", 7, HOUR)


def test_overlapping_clips_are_leased_one_at_a_time(queue: Queue, clock: Clock) -> None:
    queue.create([job("a", 0, 10), job("b", 9, 20), job("c", 20, 30), job("w", 0, 30, video="w")])

    assert [leased(queue).job_id for _ in range(3)] == ["a", "c", "w"]
    assert queue.lease("bob", HOUR) is None
    with pytest.raises(LeaseError, match="job b overlaps a clip of the same video that is leased now"):
        queue.lease("bob", HOUR, "b")
    clock.sleep(HOUR)
    assert leased(queue, job_id="b").job_id == "b"


def test_a_named_job_is_leased_out_of_order_or_not_at_all(queue: Queue, clock: Clock) -> None:
    queue.create([job("a"), job("b", 10, 20)])
    assert leased(queue, "ada", job_id="b").job_id == "b"

    with pytest.raises(LeaseError, match="job b is leased by ada until 2026-01-01 01:00 UTC"):
        queue.lease("bob", HOUR, "b")
    with pytest.raises(InputError, match=r"expected a job of the queue .*, got 'x'"):
        queue.lease("bob", HOUR, "x")
    with pytest.raises(InputError, match="got 'x'"):
        queue.job("x")


def test_whoever_holds_a_job_may_take_it_again_and_the_old_fence_ends(queue: Queue, clock: Clock) -> None:
    queue.create([job("a")])
    first = leased(queue)
    clock.sleep(HOUR / 2)
    second = leased(queue, job_id="a")

    assert (second.fence, second.leases, second.lease_end) == (2, 1, clock.time + HOUR)
    with pytest.raises(LeaseError):
        queue.extend("a", first.fence, HOUR)


def test_a_released_job_is_open_again(queue: Queue) -> None:
    queue.create([job("a")])
    released = queue.release("a", leased(queue).fence)

    assert (released.state, released.annotator, released.lease_end) == (JobState.OPEN, "", None)
    assert leased(queue, "bob").leases == 2


def test_after_its_last_lease_a_job_is_dead_with_the_reason(queue: Queue, clock: Clock) -> None:
    queue.create([job("a", max_leases=2), job("b", 10, 20, max_leases=1)])
    for _ in range(2):
        leased(queue, "ada", job_id="a")
        clock.sleep(HOUR)
    queue.release("b", leased(queue, "bob").fence, "nobody is in it")

    dead = queue.job("a")
    assert dead.reason == "2 leases without a submission; the last, of ada, ran out"
    assert dead.changed_at == clock.time
    assert queue.job("b").reason == "1 leases without a submission; the last, of bob, was given back: nobody is in it"
    assert {j.state for j in queue.jobs()} == {JobState.DEAD}
    assert queue.lease("ada", HOUR) is None
    with pytest.raises(LeaseError, match="job a is dead: 2 leases"):
        queue.lease("ada", HOUR, "a")


@pytest.mark.parametrize("how", ["ran out", "given back"])
def test_a_revived_job_starts_anew_with_a_higher_fence(queue: Queue, clock: Clock, how: str) -> None:
    queue.create([job("a", max_leases=1)])
    fence = leased(queue).fence
    if how == "ran out":
        clock.sleep(HOUR)
    else:
        queue.release("a", fence)
    revived = queue.revive("a")

    assert (revived.state, revived.leases, revived.reason) == (JobState.OPEN, 0, "")
    assert leased(queue).fence == fence + 1
    with pytest.raises(InputError, match="expected a dead job, got a, which is leased"):
        queue.revive("a")


def test_an_accepted_batch_ends_its_job(queue: Queue) -> None:
    queue.create([job("a")])
    handed_in = batch(leased(queue))
    settled = queue.submit(handed_in, Log(handed_in).settle)

    assert settled.verdict == Verdict(outcome=Outcome.ACCEPTED, revision=0)
    done = queue.job("a")
    assert (done.state, done.annotator, done.lease_end) == (JobState.SUBMITTED, "ada", None)
    assert queue.lease("bob", HOUR) is None
    assert queue.batches() == [settled]


def test_the_same_batch_twice_is_one(queue: Queue) -> None:
    queue.create([job("a")])
    handed_in = batch(leased(queue))
    log = Log(handed_in)

    assert queue.submit(handed_in, log.settle) == queue.submit(handed_in, log.settle)
    assert (log.asked, len(queue.batches())) == (1, 1)


def test_another_batch_for_a_done_job_is_kept_and_not_applied(queue: Queue) -> None:
    queue.create([job("a")])
    held = leased(queue)
    queue.submit(batch(held), Log(batch(held)).settle)
    late = Log(batch(held, x=1))
    refused = queue.submit(batch(held, x=1), late.settle)

    assert refused.verdict.reason == "the lease of job a with fence 1 is over: the job is submitted"
    assert late.asked == 0
    assert {b.batch.name for b in queue.batches()} == {batch(held, x).name for x in (0, 1)}


def test_a_conflict_is_kept_and_leaves_the_lease(queue: Queue) -> None:
    queue.create([job("a")])
    held = leased(queue)
    verdict = Verdict(outcome=Outcome.CONFLICT, reason="frame 3 changed")

    assert queue.submit(batch(held), lambda _: verdict).verdict == verdict
    assert queue.job("a") == held
    assert queue.submit(batch(held), Log(batch(held)).settle).verdict.outcome is Outcome.ACCEPTED
    assert [b.verdict.outcome for b in queue.batches()] == [Outcome.ACCEPTED]


def test_a_batch_that_cannot_be_settled_leaves_everything_as_it_was(queue: Queue) -> None:
    queue.create([job("a")])
    held = leased(queue)

    def fail(_: Job) -> Verdict:
        raise WorkspaceError("the store is away")

    with pytest.raises(WorkspaceError, match="the store is away"):
        queue.submit(batch(held), fail)
    assert (queue.job("a"), queue.batches()) == (held, [])


def test_settling_sees_the_labels_that_were_handed_out(queue: Queue) -> None:
    queue.create([job("a")])
    held = leased(queue)
    newer = Base(release="1.1.0", revision=4, digest="d1")
    assert queue.hand_out("a", held.fence, newer).base == newer
    seen: list[Base] = []

    def settle(current: Job) -> Verdict:
        seen.append(current.base)
        return Verdict(outcome=Outcome.ACCEPTED, revision=0)

    queue.submit(batch(held), settle)
    assert seen == [newer]


def test_a_queue_is_there_when_it_is_opened_again(queue: Queue, uri: str, clock: Clock) -> None:
    queue.create([job("a")])
    held = leased(queue)
    queue.submit(batch(held), Log(batch(held)).settle)
    again = open_queue(uri, clock)

    assert (again.jobs(), again.batches()) == (queue.jobs(), queue.batches())
    again.close()


def test_without_a_clock_the_database_tells_the_time(uri: str) -> None:
    queue = open_queue(uri)
    queue.create([job("a")])
    held = leased(queue, length=HOUR)

    assert abs(queue.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert held.lease_end is not None
    assert abs(held.lease_end - queue.now() - HOUR) < timedelta(seconds=5)
    assert queue.extend("a", held.fence, timedelta(milliseconds=1)).lease_end == held.lease_end
    queue.release("a", held.fence)
    short = leased(queue, length=timedelta(milliseconds=1))
    while queue.now() <= held.lease_end - HOUR + timedelta(seconds=1):
        pass
    with pytest.raises(LeaseError, match="is over"):
        queue.extend("a", short.fence, HOUR)
    queue.close()


def test_racing_annotators_never_get_one_job_or_overlapping_ones(queue: Queue, uri: str, clock: Clock) -> None:
    clips = [(start, start + 15) for start in range(0, 200, 10)]  # each overlaps its neighbours
    queue.create([job(f"{video}{s:03}", s, e, video=video) for video in "vw" for s, e in clips])
    barrier = threading.Barrier(8)

    def take_all(number: int) -> list[Job]:
        own = open_queue(uri, clock)
        barrier.wait()
        taken = list(iter(lambda: own.lease(f"a{number}", HOUR), None))
        own.close()
        return taken

    with ThreadPoolExecutor(8) as annotators:
        taken = [j for jobs in annotators.map(take_all, range(8)) for j in jobs]
    assert len({j.job_id for j in taken}) == len(taken)
    for one in taken:
        for other in taken:
            apart = one.clip.end_frame <= other.clip.start_frame or other.clip.end_frame <= one.clip.start_frame
            assert one is other or apart or one.clip.video_id != other.clip.video_id
    assert all(
        any(abs(int(j.job_id[1:]) - int(t.job_id[1:])) <= 10 and j.job_id[0] == t.job_id[0] for t in taken)
        for j in queue.jobs()
    )


def test_of_racing_submissions_one_ends_the_job(queue: Queue, uri: str, clock: Clock) -> None:
    queue.create([job("a")])
    held = leased(queue)
    barrier = threading.Barrier(6)

    def submit(number: int) -> Outcome:
        own = open_queue(uri, clock)
        barrier.wait()
        outcome = own.submit(batch(held, x=number), Log(batch(held, x=number)).settle).verdict.outcome
        own.close()
        return outcome

    with ThreadPoolExecutor(6) as annotators:
        outcomes = list(annotators.map(submit, range(6)))
    assert sorted(outcomes) == [Outcome.ACCEPTED] + [Outcome.REFUSED] * 5
    assert len(queue.batches()) == 6


def test_a_queue_of_a_newer_poseloom_is_left_alone(uri: str) -> None:
    from sqlalchemy import create_engine, text

    open_queue(uri).close()
    engine = create_engine(uri.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE poseloom_queue_format SET format = 2"))
    engine.dispose()

    with pytest.raises(WorkspaceError, match="has format 2, this poseloom reads 1: upgrade poseloom"):
        open_queue(uri)


def test_openers_at_once_make_the_tables_once(uri: str) -> None:
    def count(_: int) -> int:
        opened = open_queue(uri)
        found = len(opened.jobs())
        opened.close()
        return found

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(count, range(6))) == [0] * 6
