"""The expectation suite and its run in an ephemeral Great Expectations context."""

import importlib
import logging
import math
import os
from pathlib import Path
from typing import Any

import pyarrow as pa

from poseloom.schemas.check import Expectation
from poseloom.schemas.rules import RuleSet
from poseloom.tasks.check.columns import KEY, STRUCTURE
from poseloom.tasks.check.offline import make_offline

SUITE_VERSION = 1
"""Changes whenever the expectations do."""


def run_suite(columns: pa.Table, instances: int, rules: RuleSet, docs: Path) -> tuple[Expectation, ...]:
    """Validate the kept rows, write offline Data Docs, and tell what held.

    Args:
        columns: One row per kept instance, see `check_columns`.
        instances: Instances judged, kept or not.
        rules: Which rules drop, and the thresholds for the whole release.
        docs: Local directory for the Data Docs.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    gx: Any = importlib.import_module("great_expectations")  # 4-12 s: only the check pays for it
    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    batch = (
        context.data_sources.add_pandas("release")
        .add_dataframe_asset("kept")
        .add_batch_definition_whole_dataframe("all")
    )
    suite = gx.ExpectationSuite(name="release", expectations=_expectations(instances, rules))
    definition = gx.ValidationDefinition(name="release", data=batch, suite=context.suites.add(suite))
    context.add_data_docs_site(site_name="docs", site_config=_site(docs))
    checkpoint = gx.Checkpoint(
        name="release",
        validation_definitions=[context.validation_definitions.add(definition)],
        actions=[gx.checkpoint.UpdateDataDocsAction(name="docs", site_names=["docs"])],
        result_format="SUMMARY",
    )
    outcome = context.checkpoints.add(checkpoint).run(batch_parameters={"dataframe": columns.to_pandas()})
    make_offline(docs)
    return tuple(_told(result) for run in outcome.run_results.values() for result in run.results)


def _expectations(instances: int, rules: RuleSet) -> list[Any]:
    gxe: Any = importlib.import_module("great_expectations.expectations")
    checks = rules.checks
    share = math.ceil(checks.min_kept_share * instances - 1e-9)
    rows = f"at least {checks.min_kept_rows} instances are kept"
    wanted = f"at least {checks.min_kept_share:.0%} of {instances} instances are kept"
    passing = {f"rule_{name}": f"every kept instance passes {name}" for name in rules.named("drop")}
    return [
        gxe.ExpectTableRowCountToBeBetween(min_value=checks.min_kept_rows, meta={"name": rows}),
        gxe.ExpectTableRowCountToBeBetween(min_value=share, max_value=instances, meta={"name": wanted}),
        gxe.ExpectCompoundColumnsToBeUnique(
            column_list=list(KEY), meta={"name": "one instance per video, frame and track"}
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="track_id", min_value=0, meta={"name": "every kept instance has a track id"}
        ),
        *(
            gxe.ExpectColumnValuesToBeInSet(column=column, value_set=[True], meta={"name": name})
            for column, name in (passing | STRUCTURE).items()
        ),
    ]


def _site(docs: Path) -> dict[str, Any]:
    return {
        "class_name": "SiteBuilder",
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs)},
    }


def _told(result: Any) -> Expectation:
    success = bool(result.success)
    unexpected = 0 if success else int(result.result.get("unexpected_count") or 1)
    return Expectation(name=result.expectation_config.meta["name"], success=success, unexpected=unexpected)
