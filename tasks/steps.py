"""The steps of a run as Prefect tasks: each drives one stage over all shards."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE

from poseloom.infra.estimators import describe_estimator
from poseloom.infra.video import VideoIndex
from poseloom.models.corrections import edits_for
from poseloom.models.points import check_tracker
from poseloom.schemas.correction import Correction
from poseloom.schemas.errors import PoseloomError
from poseloom.schemas.ids import content_key
from poseloom.schemas.provenance import Source
from poseloom.schemas.release import Recipe, Version
from poseloom.schemas.report import FailedShard, Report
from poseloom.schemas.skeleton import Skeleton, conversion
from poseloom.schemas.tables import LABEL_SCHEMA_VERSION
from poseloom.schemas.video import Video, cut
from poseloom.tasks import progress
from poseloom.tasks.check import checked_candidate
from poseloom.tasks.code import code_digest
from poseloom.tasks.corrections import read_corrections
from poseloom.tasks.imports import import_labels
from poseloom.tasks.plan import PlannedVideo, report_key
from poseloom.tasks.predictions import remember_predictions
from poseloom.tasks.release import latest_release, parquet_writer, publish_entries
from poseloom.tasks.release.applied import corrections_note
from poseloom.tasks.report import build_report
from poseloom.tasks.run import Run
from poseloom.tasks.stages.assemble import Assemble, AssembleItem, read_entry
from poseloom.tasks.stages.link import Link, LinkItem, read_windows
from poseloom.tasks.stages.predict import Predict
from poseloom.tasks.stages.propagate import Propagate, PropagateItem
from poseloom.tasks.stages.shard import Shard
from poseloom.tasks.videos import known_index

_Step = TypeVar("_Step", bound=Callable[..., Any])


def _step(name: str) -> Callable[[_Step], Any]:
    """A Prefect task that keeps nothing of its own: results are content-keyed objects in the store."""
    return task(name=name, cache_policy=NO_CACHE, persist_result=False)


@_step("ingest")
def ingest(run: Run) -> None:
    """Open every video once, and bring in the labels to start from."""
    check_tracker(run.plan.parameters.tracker, run.plan.parameters.tracker_options)
    parameters, plan = run.plan.parameters, run.plan
    with run.timed("ingest", len(plan.videos)):
        indexes = _indexes(run)
        run.check_failures()
        predicted = describe_estimator(parameters.estimator, parameters.estimator_options).skeleton
        run.skeleton = predicted
        if plan.labels_uri and plan.labels_digest:
            run.imported, run.skeleton = import_labels(run.store, plan.labels_uri, plan.labels_digest, indexes)
        if parameters.estimator != "imported":
            run.notes += _conversion_notes(predicted, run.skeleton)


def _indexes(run: Run) -> list[VideoIndex]:
    """Indexes of the videos that can be opened; the others are failed."""
    progress.start("ingest", len(run.plan.videos))
    indexes = []
    with ThreadPoolExecutor(4) as threads:
        for planned, index in zip(run.plan.videos, threads.map(partial(_index, run), run.plan.videos), strict=True):
            progress.advance("ingest")
            if isinstance(index, PoseloomError):
                run.failed.append(FailedShard(stage="ingest", name=planned.uri, cause=str(index)))
                continue
            run.notes += [f"{index.video.name}: {warning}" for warning in index.warnings]
            run.notes += [f"{copy} is the same video as {planned.uri}" for copy in planned.copies]
            run.videos.append(index.video.model_copy(update={"uri": planned.uri}))
            indexes.append(index)
    return indexes


def _index(run: Run, planned: PlannedVideo) -> VideoIndex | PoseloomError:
    try:
        return known_index(run.store, planned.video_id, planned.uri)
    except PoseloomError as error:
        return error


def _conversion_notes(source: Skeleton, target: Skeleton) -> list[str]:
    how = conversion(source, target)
    if not how.lost and not how.missing:
        return []
    lost, missing = ", ".join(how.lost) or "none", ", ".join(how.missing) or "none"
    return [f"predictions converted from {source.name} to {target.name}: lost {lost}; not predicted {missing}"]


@_step("predict")
def predict(run: Run) -> None:
    """Run the estimator on every shard of every video."""
    parameters = run.plan.parameters
    if parameters.estimator == "imported":
        return
    info = describe_estimator(parameters.estimator, parameters.estimator_options)
    stage = Predict(run.store.uri, parameters.estimator, _frozen(parameters.estimator_options))
    shards = [
        Shard(
            key=f"stages/predict/{content_key(video.video_id, start, end, info.digest, code_digest())}.parquet",
            video=video,
            start_frame=start,
            end_frame=end,
        )
        for video in run.videos
        for start, end in _ranges(run, video)
    ]
    for shard in run.compute(stage, shards):
        run.predicted[shard.video.video_id] = (*run.predicted.get(shard.video.video_id, ()), shard.key)
    for video_id, keys in run.predicted.items():
        remember_predictions(run.store, video_id, keys)


@_step("link")
def link(run: Run) -> None:
    """Give identities over whole videos, apply corrections, and cut the propagation shards."""
    parameters = run.plan.parameters
    stage = Link(run.store.uri, parameters.linker, parameters.propagation)
    corrections = {planned.video_id: planned.corrections for planned in run.plan.videos}
    items = [_link_item(run, video, corrections[video.video_id]) for video in run.videos]
    propagate_with = (parameters.tracker, parameters.tracker_options, parameters.propagation.model_dump(mode="json"))
    for item in run.compute(stage, items):
        for window in read_windows(run.store, item.key):
            key = content_key(item.video.video_id, window, propagate_with, code_digest())
            run.windows.append(PropagateItem(f"stages/propagate/{key}.parquet", item.video, window))


def _link_item(run: Run, video: Video, corrections: int) -> LinkItem:
    parameters = run.plan.parameters
    imported, predicted = run.imported.get(video.video_id), run.predicted.get(video.video_id, ())
    shard_frames = run.execution.shard_frames(video.width, video.height)
    log = read_corrections(run.store, video.video_id, corrections)
    run.notes += _inapplicable(video, log, run.skeleton)
    settings = parameters.linker.model_dump(mode="json"), parameters.propagation.model_dump(mode="json")
    inputs = imported, predicted, [correction.correction_id for correction in log], run.skeleton.name, shard_frames
    return LinkItem(
        key=f"stages/link/{content_key(video.video_id, inputs, settings, code_digest())}.json",
        video=video,
        imported_key=f"{imported}.parquet" if imported else None,
        predicted_keys=predicted,
        corrections=corrections,
        skeleton=run.skeleton.name,
        shard_frames=shard_frames,
    )


def _inapplicable(video: Video, log: list[Correction], skeleton: Skeleton) -> list[str]:
    skipped = sum(len(correction.edits) for correction in log) - len(edits_for(skeleton, log))
    if not skipped:
        return []
    return [f"{video.name}: {skipped} edits name keypoints that {skeleton.name} lacks and are not applied"]


@_step("propagate")
def propagate(run: Run) -> None:
    """Carry anchors through the pictures of every shard."""
    parameters = run.plan.parameters
    stage = Propagate(run.store.uri, parameters.tracker, _frozen(parameters.tracker_options), parameters.propagation)
    for item in run.compute(stage, run.windows):
        run.dense[item.video.video_id] = (*run.dense.get(item.video.video_id, ()), item.key)


def _ranges(run: Run, video: Video) -> list[tuple[int, int]]:
    return [(c.start_frame, c.end_frame) for c in cut(video, run.execution.shard_frames(video.width, video.height))]


def _frozen(options: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(options.items()))


@_step("assemble")
def assemble(run: Run) -> None:
    """Judge every video's labels by the rules and store its tables of the release."""
    parameters = run.plan.parameters
    stage = Assemble(run.store.uri, parameters.rules, _actors(run))
    planned = {video.video_id: video.corrections for video in run.plan.videos}
    linked = {item.video.video_id for item in run.windows}
    items = [_assemble_item(run, video, planned[video.video_id]) for video in run.videos if video.video_id in linked]
    run.entries = [read_entry(run.store, item.key) for item in run.compute(stage, items)]


def _assemble_item(run: Run, video: Video, corrections: int) -> AssembleItem:
    dense = run.dense.get(video.video_id, ())
    windows = [item for item in run.windows if item.video.video_id == video.video_id]
    done = set(dense)
    missing = tuple((i.window.start_frame, i.window.end_frame) for i in windows if i.key not in done)
    inputs = dense, run.imported.get(video.video_id), corrections, run.skeleton.name, missing
    rules, identity = run.plan.parameters.rules.model_dump(mode="json"), video.model_dump(exclude={"uri"})
    return AssembleItem(
        key=f"stages/assemble/{content_key(identity, inputs, rules, _actors(run), code_digest())}.json",
        video=video,
        dense_keys=dense,
        imported_key=run.imported.get(video.video_id),
        corrections=corrections,
        skeleton=run.skeleton.name,
        missing=missing,
    )


def _actors(run: Run) -> tuple[tuple[Source, str], ...]:
    parameters = run.plan.parameters
    estimator = describe_estimator(parameters.estimator, parameters.estimator_options)
    return (
        (Source.PREDICTED, f"estimator:{estimator.name}@{estimator.digest}"),
        (Source.IMPORTED, f"import:{run.plan.labels_digest or 'none'}"),
        (Source.PROPAGATED, f"tracker:{parameters.tracker}@{_tracker_digest(run)}"),
    )


def _tracker_digest(run: Run) -> str:
    parameters = run.plan.parameters
    return content_key(parameters.tracker_options, parameters.propagation.model_dump(mode="json"), code_digest())


@_step("check")
def check(run: Run) -> None:
    """Run the quality checks once on the whole candidate; a failed one blocks the publish."""
    progress.start("check", 1)
    with run.timed("check"):
        run.checks = checked_candidate(run.store, run.entries, run.plan.parameters.rules)
    progress.advance("check")


@_step("publish")
def publish(run: Run) -> Report:
    """Publish the release, and leave the run's report."""
    progress.start("publish", 1)
    with run.timed("publish"):
        applied = corrections_note({video.video_id: video.corrections for video in run.plan.videos})
        checks = run.checks.model_dump(mode="json")
        latest = latest_release(run.store)
        after = Version.parse(latest.version) if latest else None
        published = publish_entries(run.store, run.entries, _recipe(run), checks, applied, after=after)
    progress.advance("publish")
    report = build_report(run, published)
    if not run.failed:
        run.store.write(report_key(run.plan.run_key), report.model_dump_json().encode())
    return report


def _recipe(run: Run) -> Recipe:
    parameters = run.plan.parameters
    elsewhere = {"name", "rules", "estimator_options", "tracker_options"}
    return Recipe(
        name=parameters.name,
        label_schema=LABEL_SCHEMA_VERSION,
        rules=parameters.rules.model_dump(mode="json"),
        parameters=parameters.model_dump(mode="json", exclude=elsewhere),
        code=code_digest(),
        estimator=dict(_actors(run))[Source.PREDICTED],
        tracker=dict(_actors(run))[Source.PROPAGATED],
        writer=parquet_writer(),
    )
