"""A configured Prefect server must answer; none configured is fine."""

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from poseloom.flows.server import require_server
from poseloom.schemas.errors import InputError


def test_server_that_answers_is_accepted(prefect_server: str) -> None:
    require_server()


def test_no_server_configured_is_fine() -> None:
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        require_server()


def test_dead_server_is_named() -> None:
    with (
        temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}),
        pytest.raises(InputError, match="expected a Prefect server at PREFECT_API_URL=http:"),
    ):
        require_server()
