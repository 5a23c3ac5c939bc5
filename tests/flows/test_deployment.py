"""The deployment in prefect.yaml loads by module path, as a Prefect worker does it."""

from pathlib import Path
from typing import Any

import yaml
from prefect.flows import Flow, load_flow_from_entrypoint


def test_every_entrypoint_of_prefect_yaml_is_a_flow() -> None:
    project = yaml.safe_load(Path("prefect.yaml").read_text())
    flows: list[Flow[..., Any]] = [
        load_flow_from_entrypoint(deployment["entrypoint"]) for deployment in project["deployments"]
    ]
    assert [flow.name for flow in flows] == ["curate"]
