"""The review of a release: jobs made from it, handed out, and handed in."""

from poseloom.tasks.review.create import Created, create_jobs
from poseloom.tasks.review.files import labels_file
from poseloom.tasks.review.submit import submit_batch
from poseloom.tasks.review.take import Taken, take_job

__all__ = ["Created", "Taken", "create_jobs", "labels_file", "submit_batch", "take_job"]
