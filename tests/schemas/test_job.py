"""A job at a moment: a lease that ran out is none, and the last one kills it."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from poseloom.schemas.job import Job, JobState, job_id
from poseloom.schemas.video import Clip
from tests.fixtures.queues import job

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LEASED = job("j", max_leases=2).model_copy(
    update={"state": JobState.LEASED, "fence": 1, "leases": 1, "annotator": "ada", "lease_end": NOON}
)


def test_a_lease_holds_until_just_before_its_end() -> None:
    assert LEASED.at(NOON - SECOND) == LEASED


def test_a_lease_that_ran_out_leaves_an_open_job_and_its_fence() -> None:
    after = LEASED.at(NOON)
    assert (after.state, after.annotator, after.lease_end, after.fence) == (JobState.OPEN, "", None, 1)
    assert after.changed_at == NOON


def test_the_last_lease_that_ran_out_leaves_a_dead_job_with_the_reason() -> None:
    dead = LEASED.model_copy(update={"leases": 2}).at(NOON + SECOND)
    assert (dead.state, dead.changed_at) == (JobState.DEAD, NOON)
    assert dead.reason == "2 leases without a submission; the last, of ada, ran out"


@pytest.mark.parametrize("state", [JobState.OPEN, JobState.SUBMITTED, JobState.DEAD])
def test_time_changes_no_other_job(state: JobState) -> None:
    one = job("j").model_copy(update={"state": state})
    assert one.at(NOON) is one


def test_the_same_labels_of_the_same_clip_are_the_same_job() -> None:
    clip = Clip(video_id="v", start_frame=0, end_frame=10)
    assert job_id(clip, "d") == job_id(Clip(video_id="v", start_frame=0, end_frame=10), "d")
    others = [
        job_id(clip, "e"),
        *(job_id(clip.model_copy(update=change), "d") for change in ({"video_id": "w"}, {"end_frame": 11})),
    ]
    assert len({job_id(clip, "d"), *others}) == 4


def test_a_lease_end_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        Job.model_validate(LEASED.model_dump() | {"lease_end": datetime(2026, 1, 1)})
