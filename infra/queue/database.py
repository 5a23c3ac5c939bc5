"""The queue's database: how it is reached, its transactions, and its clock."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import (
    URL,
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    create_engine,
    event,
    insert,
    inspect,
    literal,
    literal_column,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, DBAPIError

from poseloom.infra.queue.rows import to_ms
from poseloom.infra.queue.tables import FORMATS, METADATA, QUEUE_FORMAT
from poseloom.schemas.errors import InputError, WorkspaceError

Clock = Callable[[], datetime]

_PATIENCE_S = 30
_NOW = {
    "sqlite": "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)",
    "postgresql": "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)",
}
_SCHEMA_LOCK = 0x706F_7365  # any number: of two that create the tables at once, one waits


class Database:
    """SQLite or Postgres.

    Attributes:
        uri: Where it is, without its password.
        clock: A clock instead of the database's own.
    """

    def __init__(self, uri: str, clock: Clock | None = None) -> None:
        url = _url(uri)
        self.uri = url.render_as_string(hide_password=True)
        self.clock = clock
        self._engine = _engine(url)
        self.dialect = self._engine.dialect.name
        with self.explained():
            self._create_tables()

    def now(self) -> ColumnElement[int]:
        """The present, as the database sees it when it gets to this expression."""
        if self.clock is not None:
            return literal(to_ms(self.clock()), BigInteger)
        return literal_column(_NOW[self.dialect], BigInteger)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state."""
        with self.explained(), self._engine.connect().execution_options(reads=True) as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is durable when it ends; on SQLite, one at a time."""
        with self.explained(), self._engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def explained(self) -> Iterator[None]:
        """Errors of the database as errors of the workspace."""
        try:
            yield
        except DBAPIError as error:
            why = " ".join(str(error.orig).split())
            raise WorkspaceError(f"cannot use the queue at {self.uri}: {why}") from error

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _create_tables(self) -> None:
        with self._engine.begin() as connection:
            if self.dialect == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
            if not inspect(connection).has_table(FORMATS.name):
                METADATA.create_all(connection)
                connection.execute(insert(FORMATS).values(format=QUEUE_FORMAT))
            found = connection.execute(select(FORMATS.c.format)).scalar_one()
        if found > QUEUE_FORMAT:
            raise WorkspaceError(
                f"queue {self.uri} has format {found}, this poseloom reads {QUEUE_FORMAT}: upgrade poseloom"
            )


def _url(uri: str) -> URL:
    try:
        url = make_url(uri)
    except ArgumentError:
        raise InputError(f"expected a queue at sqlite:///PATH or postgresql://…, got {uri!r}") from None
    backend = url.get_backend_name()
    if backend in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite" or not url.database or url.database == ":memory:":
        shown = url.render_as_string(hide_password=True)
        raise InputError(f"expected a queue at sqlite:///PATH or postgresql://…, got {shown!r}")
    return url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": _PATIENCE_S})
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": _PATIENCE_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """A committed change survives the loss of power; readers never wait for writers."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("reads", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
