"""The report of a run, and how it reads."""

from typing import TYPE_CHECKING

from poseloom.schemas.release import total
from poseloom.schemas.report import Report

if TYPE_CHECKING:  # an unchanged re-run shows its report without loading Ray and the models
    from poseloom.tasks.release import Published
    from poseloom.tasks.run import Run


def build_report(run: "Run", published: "Published") -> Report:
    """What the run came to."""
    entries, version = published.manifest.videos, published.release.version
    return Report(
        run_key=run.plan.run_key,
        version=version,
        digest=published.release.digest,
        location=f"{run.store.uri}/releases/{version}",
        published=published.is_new,
        videos=len(entries),
        frames=sum(entry.frame_count for entry in entries),
        instances=sum(entry.kept for entry in entries),
        dropped=published.manifest.dropped_by_rule,
        dropped_instances=sum(entry.dropped for entry in entries),
        keypoints=total([entry.keypoints_by_source for entry in entries]),
        notes=tuple(run.notes),
        stages=tuple(run.stages),
        failed=tuple(run.failed),
    )


def report_rows(report: Report) -> list[tuple[str, str]]:
    """(what, value) pairs in the order a person wants them."""
    rows = [
        ("release", f"v{report.version}" + ("" if report.published else " (already held these labels)")),
        ("where", report.location),
        ("digest", report.digest),
        ("videos", f"{report.videos:,}"),
        ("frames", f"{report.frames:,}"),
        ("instances kept", f"{report.instances:,}"),
        ("instances dropped", f"{report.dropped_instances:,}"),
    ]
    rows += [(f"  dropped by {rule}", f"{count:,}") for rule, count in report.dropped.items() if count]
    rows += [(f"keypoints {source}", f"{count:,}") for source, count in report.keypoints.items() if count]
    for stage in report.stages:
        shards = f" ({stage.shards - stage.reused} of {stage.shards} shards computed)" if stage.shards else ""
        rows.append((f"{stage.name}", f"{stage.seconds:.1f} s{shards}"))
    rows += [("failed", f"{failed.stage} {failed.name}: {failed.cause}") for failed in report.failed]
    rows += [("note", note) for note in report.notes]
    return rows


def report_markdown(report: Report) -> str:
    """The report as a Markdown table."""
    lines = ["| what | value |", "|---|---|"]
    lines += [f"| {what.strip()} | {value.replace('|', '/')} |" for what, value in report_rows(report)]
    return "\n".join(lines) + "\n"
