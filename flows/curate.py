"""Curate: the main job. Videos and sparse labels in, a verified release out."""

from prefect import flow
from prefect.artifacts import create_markdown_artifact

from poseloom.flows.zombies import bury_zombies, sign_run
from poseloom.infra.cluster import ray_cluster
from poseloom.infra.storage import open_workspace
from poseloom.schemas.report import Report
from poseloom.tasks import steps
from poseloom.tasks.parameters import Execution, Parameters
from poseloom.tasks.plan import plan_run
from poseloom.tasks.pool import Pool, PoolSettings
from poseloom.tasks.report import report_markdown
from poseloom.tasks.run import Run


@flow(name="curate", flow_run_name="curate {workspace}", validate_parameters=True, persist_result=False)
def curate(
    videos: list[str],
    workspace: str,
    labels: str | None = None,
    parameters: Parameters = Parameters(),  # noqa: B008 - frozen
    execution: Execution = Execution(),  # noqa: B008 - frozen
) -> Report:
    """Ingest → predict → link → propagate → assemble → check → publish; resumable at any point.

    Args:
        videos: Video files, image folders, folders or globs of either, or S3 prefixes.
        workspace: Local directory or ``s3://bucket/prefix``.
        labels: Labels to start from.
        parameters: What to compute.
        execution: How.

    Raises:
        PoseloomError: Bad input, more failed shards than allowed, or failed checks.
    """
    sign_run()
    bury_zombies()
    store = open_workspace(workspace).store
    plan = plan_run(store, videos, labels, parameters)
    run = Run(store, plan, execution)
    steps.ingest(run)
    settings = PoolSettings(execution.workers, execution.gpus_per_worker, execution.max_attempts, execution.stall_s)
    with ray_cluster(execution.ray_address, execution.workers), Pool(settings) as run.pool:
        steps.predict(run)
        steps.link(run)
        steps.propagate(run)
        steps.assemble(run)
    steps.check(run)
    report: Report = steps.publish(run)
    create_markdown_artifact(key="curate-report", markdown=report_markdown(report), description="What came out")
    return report
