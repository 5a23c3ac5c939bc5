"""A store under an S3 prefix.

Every operation is one request on an exact key: no listing cache, no multipart upload, and one retry
loop with a bounded budget here instead of the two inside s3fs and botocore. Not fork safe (s3fs
runs a thread): send the URI, or pickle the store, and it opens itself anew.
"""

import re
import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import s3fs
from aiohttp import ClientError as HttpError
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError
from botocore.exceptions import ConnectionError as BotoConnectionError

from poseloom.infra.settings import StorageSettings
from poseloom.infra.storage.keys import check_key
from poseloom.schemas.errors import InputError, ObjectExists, ObjectMissing, WorkspaceError
from poseloom.schemas.ports import StoredObject

_Result = TypeVar("_Result")
_URI = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([^?#]*))?")
_CREDENTIALS = "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the bucket's policy"
_MAX_PUT_BYTES = 5 * 2**30


class S3Store:
    """Objects below ``s3://bucket/prefix``."""

    def __init__(self, uri: str, settings: StorageSettings | None = None) -> None:
        match = _URI.fullmatch(uri.rstrip("/"))
        if not match:
            raise InputError(f"expected s3://BUCKET or s3://BUCKET/PREFIX, got {uri!r}")
        self.bucket, prefix = match[1], match[2] or ""
        self.prefix = f"{check_key(prefix)}/" if prefix else ""
        self.uri = f"s3://{self.bucket}/{prefix}".rstrip("/")
        self.settings = settings or StorageSettings.from_environment()
        self._reached = False
        self._files = s3fs.S3FileSystem(
            use_listings_cache=False,
            skip_instance_cache=True,
            config_kwargs={
                "connect_timeout": self.settings.connect_timeout_s,
                "read_timeout": self.settings.read_timeout_s,
                "retries": {"total_max_attempts": 1},
            },
        )
        self._files.retries = 1

    def __reduce__(self) -> tuple[type["S3Store"], tuple[str, StorageSettings]]:
        return S3Store, (self.uri, self.settings)

    def __repr__(self) -> str:
        return f"S3Store({self.uri!r})"

    def read(self, key: str) -> bytes:
        """The object's bytes; see `Store.read`."""
        path = f"{self.bucket}/{self._key(key)}"
        return self._ask("read", key, lambda: bytes(self._files.cat_file(path, max_concurrency=1)))

    def write(self, key: str, data: bytes) -> None:
        """Store an object, replacing what was there."""
        self._put("write", key, data)

    def create(self, key: str, data: bytes) -> None:
        """Store an object that must not exist; see `Store.create`.

        A retried request may meet the object of its own lost first try, so each object names its creator.
        """
        creator = uuid.uuid4().hex
        try:
            self._put("create", key, data, IfNoneMatch="*", Metadata={"creator": creator})
        except ObjectExists:
            if self._head("create", key).get("Metadata", {}).get("creator") != creator:
                raise

    def exists(self, key: str) -> bool:
        """Whether the object is there now."""
        try:
            self._head("look up", key)
        except ObjectMissing:
            return False
        return True

    def list(self, prefix: str) -> list[StoredObject]:
        """All objects under ``prefix/`` (all at all for ``""``), sorted by key."""
        below = f"{self._key(prefix)}/" if prefix else self.prefix
        found: list[StoredObject] = []
        more: dict[str, str] = {}
        while True:
            page = self._call("list", prefix or "objects", "list_objects_v2", Prefix=below, **more)
            contents = page.get("Contents", ())
            found += [StoredObject(o["Key"].removeprefix(self.prefix), o["Size"]) for o in contents]
            if not page.get("IsTruncated"):
                return sorted(found, key=lambda o: o.key)
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def delete(self, key: str) -> None:
        """Remove an object; missing objects are no error."""
        self._call("delete", key, "delete_object", Key=self._key(key))

    def _key(self, key: str) -> str:
        return self.prefix + check_key(key)

    def _head(self, verb: str, key: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._call(verb, key, "head_object", Key=self._key(key))
        return answer

    def _put(self, verb: str, key: str, data: bytes, **conditions: Any) -> None:
        if len(data) > _MAX_PUT_BYTES:
            raise WorkspaceError(f"cannot {verb} {key} in {self.uri}: {len(data)} bytes are over the 5 GiB of one PUT")
        self._call(verb, key, "put_object", Key=self._key(key), Body=data, **conditions)

    def _call(self, verb: str, key: str, operation: str, **parameters: Any) -> Any:
        return self._ask(verb, key, lambda: self._files.call_s3(operation, Bucket=self.bucket, **parameters))

    def _ask(self, verb: str, key: str, request: Callable[[], _Result]) -> _Result:
        """Ask until there is an answer or patience ends."""
        start, wait = time.monotonic(), 0.1
        while True:
            try:
                answer = request()
            except (OSError, BotoCoreError, HttpError) as error:
                patience = self.settings.patience_s if self._reached else self.settings.first_patience_s
                waited = time.monotonic() - start
                if not _may_pass(error) or waited + wait > patience:
                    raise self._explained(error, verb, key, waited) from error
            else:
                self._reached = True
                return answer
            time.sleep(wait)
            wait = min(2 * wait, 5.0)

    def _explained(self, error: Exception, verb: str, key: str, waited_s: float) -> WorkspaceError:
        code, status = _reply(error)
        if status == 404 and code != "NoSuchBucket":
            return ObjectMissing(f"no object {key} in {self.uri}")
        if status == 412:
            return ObjectExists(f"object {key} exists already in {self.uri}")
        return WorkspaceError(f"cannot {verb} {key} in {self.uri}: {self._reason(error, waited_s)}")

    def _reason(self, error: Exception, waited_s: float) -> str:
        code, status = _reply(error)
        if code == "NoSuchBucket":
            return f"there is no bucket {self.bucket}; create it first"
        if isinstance(error, NoCredentialsError):
            return f"no credentials; {_CREDENTIALS}"
        if status in (401, 403):
            return f"access denied ({code}); {_CREDENTIALS}"
        problem = f"{code} ({status})" if status else _first_line(error)
        if _may_pass(error):
            return f"gave up after {waited_s:.0f} s; the last answer was: {problem}"
        return problem


def _reply(error: Exception) -> tuple[str, int]:
    """S3's error code and HTTP status, or nothing when there was no reply."""
    origin = error if isinstance(error, ClientError) else error.__cause__
    if not isinstance(origin, ClientError):
        return "", 0
    return origin.response["Error"].get("Code", ""), origin.response["ResponseMetadata"].get("HTTPStatusCode", 0)


def _may_pass(error: Exception) -> bool:
    code, status = _reply(error)
    if status:
        return status >= 500 or status in (409, 429) or code in ("SlowDown", "RequestTimeout")
    return isinstance(error, HttpError | HTTPClientError | BotoConnectionError | TimeoutError | ConnectionError)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
