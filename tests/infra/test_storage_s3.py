"""An S3 store when S3 is missing, refuses, falters or goes away."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from poseloom.infra.settings import StorageSettings
from poseloom.infra.storage.s3 import S3Store
from poseloom.schemas.errors import InputError, ObjectExists, ObjectMissing, WorkspaceError
from tests.fixtures.s3 import S3Server

HASTY = StorageSettings(patience_s=2, first_patience_s=0.5, connect_timeout_s=1, read_timeout_s=1)


@contextmanager
def listener(answer: Callable[[socket.socket, int], None]) -> Iterator[int]:
    """A port on loopback; `answer` gets every connection and its number, which is then closed."""
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_serve, args=(server, answer), daemon=True).start()
    yield server.getsockname()[1]
    server.close()


def _serve(server: socket.socket, answer: Callable[[socket.socket, int], None]) -> None:
    number = 0
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            answer(connection, number)
        number += 1


def replies(status: str, code: str) -> Callable[[socket.socket, int], None]:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>no</Message></Error>".encode()

    def answer(connection: socket.socket, _: int) -> None:
        connection.recv(65536)
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n"
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode() + body)

    return answer


@pytest.mark.parametrize(
    "uri", ["s3://", "s3:///key", "s3://UPPER/x", "s3://b", "s3://bucket/a#b", "s3://bucket/a?b=c"]
)
def test_uris_without_a_bucket_and_prefix_are_refused(uri: str) -> None:
    with pytest.raises(InputError, match="expected s3://BUCKET"):
        S3Store(uri)


@pytest.mark.parametrize("uri", ["s3://bucket/../other", "s3://bucket/a/../../b", "s3://bucket/a//b"])
def test_prefixes_that_leave_the_bucket_are_refused(uri: str) -> None:
    with pytest.raises(WorkspaceError, match="expected a relative key"):
        S3Store(uri)


def test_a_missing_bucket_is_no_missing_object(s3_uri: str) -> None:
    store = S3Store("s3://nobody-made-this/prefix", HASTY)
    with pytest.raises(WorkspaceError, match="there is no bucket nobody-made-this; create it first") as raised:
        store.read("a")
    assert not isinstance(raised.value, ObjectMissing)


def test_an_address_without_a_server_fails_soon(s3_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    start = time.monotonic()
    with pytest.raises(WorkspaceError, match=r"cannot read a in s3://bucket: gave up after .*http://127.0.0.1:9"):
        S3Store("s3://bucket", HASTY).read("a")
    assert time.monotonic() - start < 5


def test_missing_credentials_are_named(s3_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    with pytest.raises(WorkspaceError, match="no credentials; check AWS_ACCESS_KEY_ID"):
        S3Store(s3_uri, HASTY).read("a")


def test_denied_access_is_named_at_once(s3_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with listener(replies("403 Forbidden", "AccessDenied")) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        with pytest.raises(WorkspaceError, match=r"cannot write a in s3://bucket: access denied \(AccessDenied\)"):
            S3Store("s3://bucket", StorageSettings()).write("a", b"x")


def test_a_server_in_trouble_is_asked_again_and_then_named(s3_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with listener(replies("503 Slow Down", "SlowDown")) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        with pytest.raises(WorkspaceError, match=r"gave up after .*SlowDown \(503\)"):
            S3Store("s3://bucket", HASTY).create("a", b"x")


def test_a_silent_server_ends_in_an_error(s3_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with listener(lambda connection, _: time.sleep(3)) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        start = time.monotonic()
        with pytest.raises(WorkspaceError, match="gave up after"):
            S3Store("s3://bucket", HASTY).read("a")
        assert time.monotonic() - start < 8


@pytest.mark.parametrize("first_creator", [True, False])
def test_a_lost_reply_makes_nobody_lose_to_himself(
    s3_server: S3Server, s3_uri: str, monkeypatch: pytest.MonkeyPatch, first_creator: bool
) -> None:
    """The first connection's reply is thrown away after the server acted on the request."""
    if not first_creator:
        S3Store(s3_uri).create("a", b"x")

    def forward(connection: socket.socket, number: int) -> None:
        with socket.create_connection(("127.0.0.1", s3_server.port)) as upstream:
            requests = threading.Thread(target=_copy, args=(connection, upstream), daemon=True)
            requests.start()
            if number:
                _copy(upstream, connection)
            else:
                _copy_interim_replies(upstream, connection)

    with listener(forward) as port:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        store = S3Store(s3_uri, StorageSettings(first_patience_s=20, read_timeout_s=5))
        if first_creator:
            store.create("a", b"x")
        else:
            with pytest.raises(ObjectExists):
                store.create("a", b"x")


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        source.settimeout(2)
        while data := source.recv(65536):
            target.sendall(data)


def _copy_interim_replies(source: socket.socket, target: socket.socket) -> None:
    source.settimeout(2)
    while (data := source.recv(65536)).startswith(b"HTTP/1.1 100"):
        target.sendall(data)


def test_a_server_that_goes_away_and_comes_back_loses_nothing(
    start_s3_server: Callable[[], S3Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_s3_server()
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    store = S3Store(f"s3://{server.bucket()}", StorageSettings(patience_s=30, connect_timeout_s=1))
    store.write("a", b"before")
    server.stop()
    restart = threading.Timer(1.0, server.start)
    restart.start()
    store.write("b", b"while it was down")
    restart.join()

    assert store.read("a") == b"before"
    assert store.read("b") == b"while it was down"

    server.stop()
    impatient = S3Store(store.uri, HASTY)
    impatient._reached = True
    start = time.monotonic()
    with pytest.raises(WorkspaceError, match="gave up after"):
        impatient.write("c", b"never")
    assert time.monotonic() - start < 6
