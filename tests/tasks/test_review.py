"""The review of a release: which jobs it makes, what is handed out, and what is taken in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from poseloom.infra.labels import read_label_sets
from poseloom.infra.queue import open_queue
from poseloom.schemas.batch import Batch, Outcome, SettledBatch
from poseloom.schemas.correction import ChangeTrack, Correction
from poseloom.schemas.errors import InputError, ReleaseError, WorkspaceError
from poseloom.schemas.job import JobState
from poseloom.schemas.ports import Queue, Store
from poseloom.tasks.corrections import append_correction, read_corrections
from poseloom.tasks.review import Created, Taken, create_jobs, labels_file, submit_batch, take_job
from tests.fixtures.queues import HOUR, Clock
from tests.fixtures.releases import video
from tests.fixtures.reviews import FRAMES, moved, publish, workspace

VIDEO = video(0).video_id


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return workspace(tmp_path / "work")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(tmp_path: Path, clock: Clock) -> Iterator[Queue]:
    opened = open_queue(f"sqlite:///{tmp_path}/queue.sqlite", clock)
    yield opened
    opened.close()


def taken(queue: Queue, store: Store, annotator: str = "ada", job_id: str | None = None) -> Taken:
    found = take_job(queue, store, annotator, HOUR, job_id)
    assert found is not None
    return found


def handed_in(queue: Queue, store: Store, what: Taken, correction: Correction | None = None) -> SettledBatch:
    job = what.job
    batch = Batch(job_id=job.job_id, fence=job.fence, digest=job.base.digest, correction=correction)
    return submit_batch(queue, store, batch)


def test_every_clip_gets_a_job_once(queue: Queue, store: Store) -> None:
    assert create_jobs(queue, store, frames=5).added == 6
    again = create_jobs(queue, store, frames=5)

    assert (again.added, again.known) == (0, 6)
    clips = {(j.clip.video_id, j.clip.start_frame, j.clip.end_frame) for j in queue.jobs()}
    assert clips == {(video(n).video_id, s, min(s + 5, FRAMES)) for n in range(2) for s in (0, 5, 10)}


def test_jobs_of_two_queues_have_the_same_ids(queue: Queue, store: Store, tmp_path: Path) -> None:
    other = open_queue(f"sqlite:///{tmp_path}/other.sqlite")
    create_jobs(queue, store, frames=5)
    create_jobs(other, store, frames=5)

    assert {j.job_id for j in queue.jobs()} == {j.job_id for j in other.jobs()}
    other.close()


def test_clips_that_wait_get_no_second_job(queue: Queue, store: Store) -> None:
    create_jobs(queue, store, frames=5)

    assert create_jobs(queue, store, frames=4) == Created(waiting=6)


def test_a_reviewed_clip_comes_back_when_its_labels_change(queue: Queue, store: Store) -> None:
    create_jobs(queue, store, frames=FRAMES, videos=["street_0"])
    what = taken(queue, store)
    assert handed_in(queue, store, what, moved()).verdict.outcome is Outcome.ACCEPTED
    assert create_jobs(queue, store, frames=FRAMES, videos=["street_0"]) == Created(known=1)

    publish(store, shift=3, applied=1)
    assert create_jobs(queue, store, frames=FRAMES, videos=[VIDEO]).added == 1


def test_an_unknown_video_is_refused(queue: Queue, store: Store) -> None:
    with pytest.raises(InputError, match=r"expected a video of the release \(street_0, street_1\), got 'alley'"):
        create_jobs(queue, store, videos=["alley"])
    with pytest.raises(ReleaseError, match=r"got 9\.0\.0"):
        create_jobs(queue, store, "9.0.0")


def test_the_labels_of_the_clip_are_handed_out_with_later_corrections_on_top(queue: Queue, store: Store) -> None:
    append_correction(store, moved(frame=1, x=321.0))
    create_jobs(queue, store, frames=5)
    what = taken(queue, store)

    assert set(what.instances.frame_index.tolist()) == {0, 1, 2, 3, 4}
    row = (what.instances.frame_index == 1) & (what.instances.track_id == 0)
    nose = what.instances.skeleton.index("nose")
    assert what.instances.keypoints_xy[row, nose].tolist() == [[321.0, 50.0]]
    assert (what.job.base.release, what.job.base.revision) == ("1.0.0", 1)


def test_corrections_that_the_release_holds_are_not_applied_again(queue: Queue, store: Store) -> None:
    """Two people swapped twice would be back where they were."""
    swap = ChangeTrack(frame_index=0, track_id=0, to_track_id=1, end_frame=FRAMES)
    append_correction(store, Correction(video_id=VIDEO, annotator="ada", edits=(swap,)))
    publish(store, shift=1, applied=1)
    create_jobs(queue, store, frames=FRAMES, videos=[VIDEO])
    what = taken(queue, store)

    first = what.instances.select(what.instances.track_id == 0)
    assert first.keypoints_xy[0, 0].tolist() == [1.0, 51.0]


def test_the_file_holds_the_labels(queue: Queue, store: Store, tmp_path: Path) -> None:
    create_jobs(queue, store, frames=5)
    what = taken(queue, store)
    path = tmp_path / "labels.json"
    path.write_bytes(labels_file(what))
    (read,) = read_label_sets(str(path))

    assert len(read.instances) == 10
    assert read.instances.track_id.tolist() == what.instances.track_id.tolist()
    assert read.instances.keypoints_xy.tolist() == what.instances.keypoints_xy.tolist()
    assert read.instances.visibility.tolist() == what.instances.visibility.tolist()


def test_a_batch_goes_into_the_log_and_ends_its_job(queue: Queue, store: Store) -> None:
    create_jobs(queue, store, frames=5)
    what = taken(queue, store)
    settled = handed_in(queue, store, what, moved())

    assert (settled.verdict.outcome, settled.verdict.revision) == (Outcome.ACCEPTED, 0)
    assert read_corrections(store, VIDEO) == [moved()]
    assert queue.job(what.job.job_id).state is JobState.SUBMITTED
    assert handed_in(queue, store, what, moved()) == settled
    assert len(read_corrections(store, VIDEO)) == 1


def test_a_submission_whose_answer_was_lost_is_finished_by_the_next(queue: Queue, store: Store) -> None:
    create_jobs(queue, store, frames=5)
    what = taken(queue, store)
    append_correction(store, moved())  # as if the process had died right after the append

    settled = handed_in(queue, store, what, moved())
    assert (settled.verdict.outcome, settled.verdict.revision) == (Outcome.ACCEPTED, 0)
    assert len(read_corrections(store, VIDEO)) == 1


def test_edits_elsewhere_do_not_conflict(queue: Queue, store: Store) -> None:
    create_jobs(queue, store, frames=5)
    what = taken(queue, store)
    append_correction(store, moved(frame=1, track=1, annotator="bob"))
    append_correction(store, moved(frame=2, track=0, annotator="bob"))

    assert handed_in(queue, store, what, moved(frame=1, track=0)).verdict.revision == 2


def test_labels_that_changed_meanwhile_are_a_conflict_and_nothing_is_lost(queue: Queue, store: Store) -> None:
    create_jobs(queue, store, frames=5)
    what = taken(queue, store)
    append_correction(store, moved(x=99.0, annotator="bob"))
    settled = handed_in(queue, store, what, moved())

    assert settled.verdict.outcome is Outcome.CONFLICT
    assert settled.verdict.reason == "changed since they were handed out: track 0 in frame 1"
    assert read_corrections(store, VIDEO) == [moved(x=99.0, annotator="bob")]
    assert [s.batch.correction for s in queue.batches()] == [moved()]
    again = taken(queue, store, job_id=what.job.job_id)
    assert handed_in(queue, store, again, moved(x=7.0)).verdict.outcome is Outcome.ACCEPTED


def test_a_release_that_moved_the_same_people_is_a_conflict(queue: Queue, store: Store) -> None:
    create_jobs(queue, store, frames=5)
    what = taken(queue, store)
    publish(store, shift=2)

    assert handed_in(queue, store, what, moved()).verdict.outcome is Outcome.CONFLICT


def test_a_release_that_changed_nothing_here_is_none(queue: Queue, store: Store) -> None:
    create_jobs(queue, store, frames=5)
    what = taken(queue, store)
    publish(store, videos=1)

    assert handed_in(queue, store, what, moved()).verdict.outcome is Outcome.ACCEPTED


def test_a_swap_conflicts_with_a_change_anywhere_in_its_frames(queue: Queue, store: Store) -> None:
    create_jobs(queue, store, frames=5)
    what = taken(queue, store)
    append_correction(store, moved(frame=9, track=1, annotator="bob"))
    swap = ChangeTrack(frame_index=3, track_id=0, to_track_id=1, end_frame=FRAMES)

    settled = handed_in(queue, store, what, Correction(video_id=VIDEO, annotator="ada", edits=(swap,)))
    assert settled.verdict.reason == "changed since they were handed out: track 1 in frame 9"


def test_labels_that_are_right_end_the_job_without_a_correction(queue: Queue, store: Store) -> None:
    create_jobs(queue, store, frames=5)
    what = taken(queue, store)
    settled = handed_in(queue, store, what)

    assert (settled.verdict.outcome, settled.verdict.revision) == (Outcome.ACCEPTED, None)
    assert (queue.job(what.job.job_id).state, read_corrections(store, VIDEO)) == (JobState.SUBMITTED, [])
    assert handed_in(queue, store, what) == settled


def test_nobody_approves_labels_that_they_did_not_see(queue: Queue, store: Store) -> None:
    create_jobs(queue, store, frames=5)
    what = taken(queue, store)
    append_correction(store, moved(frame=8, annotator="bob"))
    append_correction(store, moved(frame=3, track=1, annotator="bob"))

    settled = handed_in(queue, store, what)
    assert settled.verdict.reason == "changed since they were handed out: track 1 in frame 3"


def test_other_labels_than_those_handed_out_are_a_conflict(queue: Queue, store: Store) -> None:
    create_jobs(queue, store, frames=5)
    job = taken(queue, store).job
    settled = submit_batch(queue, store, Batch(job_id=job.job_id, fence=job.fence, digest="0" * 16, correction=moved()))

    assert settled.verdict.reason == f"it is about labels {'0' * 16}, the lease handed out {job.base.digest}"


def test_a_batch_after_its_lease_is_kept_and_not_applied(queue: Queue, store: Store, clock: Clock) -> None:
    create_jobs(queue, store, frames=5)
    what = taken(queue, store)
    clock.sleep(HOUR)
    settled = handed_in(queue, store, what, moved())

    assert settled.verdict.outcome is Outcome.REFUSED
    assert read_corrections(store, VIDEO) == []
    assert queue.batches() == [settled]


def test_batches_that_are_not_for_the_job_are_refused_at_the_door(queue: Queue, store: Store) -> None:
    create_jobs(queue, store, frames=5, videos=[VIDEO])
    what = taken(queue, store)

    with pytest.raises(InputError, match=r"expected edits of frames \[0, 5\) .*, got frame 5"):
        handed_in(queue, store, what, moved(frame=5))
    with pytest.raises(InputError, match=r"expected edits by ada, who holds .*, got them by bob"):
        handed_in(queue, store, what, moved(annotator="bob"))
    with pytest.raises(InputError, match="expected edits of video"):
        handed_in(queue, store, what, moved().model_copy(update={"video_id": video(1).video_id}))
    assert (queue.batches(), queue.job(what.job.job_id).state) == ([], JobState.LEASED)


def test_a_job_whose_video_left_the_release_goes_back_with_the_reason(queue: Queue, store: Store) -> None:
    create_jobs(queue, store, frames=FRAMES, videos=["street_1"], max_leases=1)
    publish(store, shift=1, videos=1)

    with pytest.raises(ReleaseError, match="it holds no such video"):
        take_job(queue, store, "ada", HOUR)
    (job,) = queue.jobs()
    assert job.state is JobState.DEAD
    assert "holds no such video" in job.reason


def test_a_log_that_cannot_be_reached_leaves_the_lease(
    queue: Queue, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_jobs(queue, store, frames=5)
    what = taken(queue, store)

    def away(key: str, data: bytes) -> None:
        raise WorkspaceError(f"cannot create {key}: the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(store, "create", away)
        with pytest.raises(WorkspaceError, match="the disk is full"):
            handed_in(queue, store, what, moved())
    assert handed_in(queue, store, what, moved()).verdict.outcome is Outcome.ACCEPTED
