"""Quality checks: Great Expectations, once per release candidate, on the verdict columns."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from poseloom.schemas.check import CheckResult
from poseloom.schemas.errors import CheckError
from poseloom.schemas.ids import content_key
from poseloom.schemas.ports import Store
from poseloom.schemas.release import VideoEntry
from poseloom.schemas.rules import RuleSet
from poseloom.tasks.check.columns import CheckedVideo, check_columns
from poseloom.tasks.check.suite import SUITE_VERSION, run_suite
from poseloom.tasks.release.layout import object_key
from poseloom.tasks.release.tables import read_parquet

__all__ = ["CheckedVideo", "check_candidate", "checked_candidate"]


def check_candidate(videos: Sequence[CheckedVideo], rules: RuleSet, docs: Path) -> CheckResult:
    """Run all expectations on a release candidate and write Data Docs that open offline.

    Args:
        videos: Label tables with their verdict columns.
        rules: The rules that gave the verdicts, and the thresholds for the whole release.
        docs: Local directory to fill; ``index.html`` is the first page.
    """
    columns, instances = check_columns(videos, rules)
    expectations = run_suite(columns, instances, rules, docs)
    return CheckResult(
        success=all(expectation.success for expectation in expectations),
        instances=instances,
        kept=columns.num_rows,
        expectations=expectations,
    )


def checked_candidate(store: Store, entries: Sequence[VideoEntry], rules: RuleSet) -> CheckResult:
    """The outcome of the checks on the stored tables of a candidate, computed once and kept with its docs.

    Raises:
        CheckError: Names the expectations that failed and where the Data Docs lie.
    """
    folder = f"checks/{content_key(SUITE_VERSION, rules.digest, sorted(entry.labels.sha256 for entry in entries))}"
    if store.exists(f"{folder}/result.json"):
        result = CheckResult.model_validate_json(store.read(f"{folder}/result.json"))
    else:
        result = _check_and_store(store, entries, rules, folder)
    if not result.success:
        failed = "; ".join(f"{e.name} ({e.unexpected} unexpected)" for e in result.failed)
        raise CheckError(
            f"expected every quality check to hold, got {len(result.failed)} failed in {store.uri}: {failed}; "
            f"see {result.docs}"
        )
    return result


def _check_and_store(store: Store, entries: Sequence[VideoEntry], rules: RuleSet, folder: str) -> CheckResult:
    videos = [
        CheckedVideo(e.frame_count, read_parquet(store.read(object_key("labels", e.labels.sha256)))) for e in entries
    ]
    with TemporaryDirectory() as directory:
        docs = Path(directory)
        result = check_candidate(videos, rules, docs).model_copy(update={"docs": f"{folder}/index.html"})
        for page in sorted(path for path in docs.rglob("*") if path.is_file()):
            store.write(f"{folder}/{page.relative_to(docs).as_posix()}", page.read_bytes())
    store.write(f"{folder}/result.json", result.model_dump_json().encode())
    return result
