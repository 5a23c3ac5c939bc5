"""The Prefect server that runs are reported to."""

from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL

from poseloom.schemas.errors import InputError


def require_server() -> None:
    """Refuse to start where a server is configured that does not answer.

    Raises:
        InputError: Names the address and what came back.
    """
    address = PREFECT_API_URL.value()
    if not address:
        return
    with get_client(sync_client=True) as client:
        problem = client.api_healthcheck()
    if problem:
        raise InputError(
            f"expected a Prefect server at PREFECT_API_URL={address}, got {problem}: start it, or unset the "
            "variable to run without one"
        )
