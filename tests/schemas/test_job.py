"""Jobs move along allowed transitions only, and every lease raises the fence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poseloom.schemas.errors import InputError
from poseloom.schemas.job import Job, JobState
from poseloom.schemas.video import Clip

JOB = Job(job_id="j", clip=Clip(video_id="v", start_frame=0, end_frame=10))


def test_lease_then_submission() -> None:
    done = JOB.to(JobState.LEASED).to(JobState.SUBMITTED)
    assert (done.state, done.fence) == (JobState.SUBMITTED, 1)


def test_submitted_job_is_final() -> None:
    done = JOB.to(JobState.LEASED).to(JobState.SUBMITTED)
    with pytest.raises(InputError, match="expected a next state of none for submitted job j, got open"):
        done.to(JobState.OPEN)


@given(st.lists(st.sampled_from(JobState), max_size=20))
def test_fence_counts_leases_and_submission_needs_one(states: list[JobState]) -> None:
    job, leases = JOB, 0
    for state in states:
        try:
            job = job.to(state)
        except InputError:
            continue
        leases += state is JobState.LEASED
        assert job.fence == leases
        assert job.state is not JobState.SUBMITTED or leases > 0


def test_dead_job_keeps_its_reason() -> None:
    assert JOB.to(JobState.DEAD, "five leases ran out").reason == "five leases ran out"
