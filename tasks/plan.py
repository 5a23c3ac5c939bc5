"""Plan: the inputs of a run, identified by their content, and the run's key."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from pydantic import BaseModel, ConfigDict

from poseloom.infra.estimators import describe_estimator
from poseloom.infra.labels import labels_digest
from poseloom.infra.video import content_id, find_videos
from poseloom.schemas.errors import InputError, ObjectMissing
from poseloom.schemas.ids import content_key
from poseloom.schemas.ports import Store
from poseloom.schemas.report import Report
from poseloom.tasks.code import code_digest
from poseloom.tasks.corrections import correction_keys
from poseloom.tasks.parameters import Parameters


class PlannedVideo(BaseModel):
    """One video of a run.

    Attributes:
        uri: Where it lies.
        video_id: Its content id.
        copies: Other places with the same content; they are this video.
        corrections: Length of its correction log when the run was planned.
    """

    model_config = ConfigDict(frozen=True)

    uri: str
    video_id: str
    copies: tuple[str, ...]
    corrections: int


class Plan(BaseModel):
    """What a run will do.

    Attributes:
        videos: Its videos, in the order of their uris; equal videos appear once.
        labels_uri: Labels to start from.
        labels_digest: Their content digest.
        parameters: What to compute.
        run_key: Same inputs, parameters, corrections and code: same key.
    """

    model_config = ConfigDict(frozen=True)

    videos: tuple[PlannedVideo, ...]
    labels_uri: str | None
    labels_digest: str | None
    parameters: Parameters
    run_key: str


def plan_run(store: Store, videos: Sequence[str], labels: str | None, parameters: Parameters) -> Plan:
    """Find the videos, identify all inputs by content and derive the run's key.

    Raises:
        InputError: No videos, unreadable inputs, or neither labels nor an estimator.
    """
    if labels is None and parameters.estimator == "imported":
        raise InputError("expected labels to start from or an estimator, got neither: give --labels or --estimator")
    uris = find_videos(videos)
    by_id: dict[str, list[str]] = {}
    with ThreadPoolExecutor(4) as threads:
        for uri, video_id in zip(uris, threads.map(content_id, uris), strict=True):
            by_id.setdefault(video_id, []).append(uri)
    planned = tuple(
        PlannedVideo(
            uri=uri, video_id=video_id, copies=tuple(copies), corrections=len(correction_keys(store, video_id))
        )
        for video_id, (uri, *copies) in sorted(by_id.items(), key=lambda pair: pair[1][0])
    )
    digest = labels_digest(labels) if labels else None
    estimator = describe_estimator(parameters.estimator, parameters.estimator_options)
    key = content_key(
        [(_stem(s.uri), s.video_id, s.corrections) for s in planned],
        digest,
        parameters.model_dump(mode="json"),
        estimator.digest,
        code_digest(),
    )
    return Plan(videos=planned, labels_uri=labels, labels_digest=digest, parameters=parameters, run_key=key)


def _stem(uri: str) -> str:
    return uri.rstrip("/").rsplit("/", 1)[-1]


def finished_report(store: Store, plan: Plan) -> Report | None:
    """The report of an earlier run of the same plan, if it got to its end."""
    try:
        return Report.model_validate_json(store.read(report_key(plan.run_key)))
    except ObjectMissing:
        return None


def report_key(run_key: str) -> str:
    """Store key of a finished run's report."""
    return f"runs/{run_key}.json"


def finished_reports(store: Store) -> list[Report]:
    """Reports of all runs that got to their end."""
    return [Report.model_validate_json(store.read(stored.key)) for stored in store.list("runs")]
