"""From a URI to a queue."""

from poseloom.infra.queue.database import Clock, Database
from poseloom.infra.queue.queue import SqlQueue


def open_queue(uri: str, clock: Clock | None = None) -> SqlQueue:
    """The queue at ``sqlite:///PATH`` or ``postgresql://user@host/database``; an empty database becomes one.

    Args:
        uri: Where it is.
        clock: A clock instead of the database's own.

    Raises:
        InputError: Another kind of database.
        WorkspaceError: It cannot be reached, or is of a newer format.
    """
    return SqlQueue(Database(uri, clock))
