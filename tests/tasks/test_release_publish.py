"""Publishing, killed and raced."""

import itertools
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from poseloom.infra.storage import open_store
from poseloom.schemas.errors import InputError, ReleaseError, WorkspaceError
from poseloom.schemas.ports import Store
from poseloom.schemas.release import Release, Version
from poseloom.tasks.release import (
    Finding,
    Published,
    VideoLabels,
    latest_release,
    list_releases,
    publish_release,
    show_release,
    verify_release,
)
from poseloom.tasks.release.publish import advance_channel, publish_entries
from poseloom.tasks.release.tables import store_video
from tests.fixtures.releases import labelled, people, recipe, video
from tests.fixtures.s3 import S3Server

PUBLISHER = Path(__file__).parents[1] / "fixtures" / "publisher.py"
CHECKS = {"passed": True}


@pytest.fixture(params=["local", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return open_store(tmp_path / "workspace" if request.param == "local" else request.getfixturevalue("s3_uri"))


@pytest.fixture
def local(tmp_path: Path) -> Store:
    return open_store(tmp_path / "workspace")


def walkers(*numbers: int, frames: int = 3, shift: float = 0.0) -> list[VideoLabels]:
    return [labelled(people(frames=frames, shift=shift), video(number, frames=9)) for number in numbers]


def publish(store: Any, videos: list[VideoLabels]) -> Published:
    return publish_release(store, videos, recipe(), CHECKS)


def test_a_release_is_published_verified_and_found(store: Store) -> None:
    published = publish(store, walkers(0, 1))

    assert published.is_new
    assert published.release.version == "1.0.0"
    assert latest_release(store) == published.release
    assert show_release(store, "latest").manifest == published.manifest
    assert verify_release(store).findings == ()
    assert store.read("channels/latest.json").startswith(b'{"digest":"' + published.release.digest.encode())


def test_the_same_labels_are_the_same_release(local: Store, rng: Any) -> None:
    first = publish(local, walkers(0, 1, 2))
    before = local.list("")
    again = publish_release(local, reversed(walkers(0, 1, 2)), recipe(), {"passed": True, "at": "another time"})

    assert not again.is_new
    assert again.release == first.release
    assert local.list("") == before


def test_versions_say_what_happened_to_the_rows(local: Store) -> None:
    versions = [
        publish(local, walkers(0)).release.version,
        publish(local, walkers(0, 1)).release.version,
        publish(local, walkers(0, frames=4) + walkers(1)).release.version,
        publish_release(local, walkers(0, frames=4) + walkers(1), recipe(code="1" * 32), CHECKS).release.version,
        publish(local, walkers(0, frames=4) + walkers(1, shift=1)).release.version,
        publish(local, walkers(0, frames=4)).release.version,
        publish(local, walkers(0)).release.version,
    ]

    assert versions == ["1.0.0", "1.1.0", "1.2.0", "1.2.1", "2.0.0", "3.0.0", "1.0.0"]
    assert [r.version for r in list_releases(local)] == ["1.0.0", "1.1.0", "1.2.0", "1.2.1", "2.0.0", "3.0.0"]
    assert [r.parent_version for r in list_releases(local)] == [None, "1.0.0", "1.1.0", "1.2.0", "1.2.1", "2.0.0"]


def test_labels_of_a_superseded_release_are_published_again_where_a_run_goes_back_to_them(local: Store) -> None:
    """A withdrawn correction must be gone from the latest release."""
    publish(local, walkers(0))
    publish(local, walkers(0, shift=1))
    entries = [store_video(local, labelled) for labelled in walkers(0)]
    latest = latest_release(local)
    assert latest is not None
    after = Version.parse(latest.version)

    back = publish_entries(local, entries, recipe(), CHECKS, after=after)
    again = publish_entries(local, entries, recipe(), CHECKS, after=Version.parse(back.release.version))

    assert (back.release.version, back.release.parent_version, back.is_new) == ("3.0.0", "2.0.0", True)
    assert (again.release.version, again.is_new) == ("3.0.0", False)
    assert latest_release(local) == back.release
    assert verify_release(local, "3.0.0").ok


def test_one_edited_video_shares_all_other_tables(local: Store) -> None:
    publish(local, [labelled(people(shift=n), video(n)) for n in range(10)])
    before = {o.key for o in local.list("objects/labels")}
    publish(local, [labelled(people(shift=n + 0.5 * (n == 4)), video(n)) for n in range(10)])
    after = {o.key for o in local.list("objects/labels")}

    assert len(before) == 10
    assert len(after - before) == 1


def test_nothing_in_a_release_names_this_machine(local: Store) -> None:
    publish(local, walkers(0))
    for stored in local.list(""):
        assert b"/home/someone" not in local.read(stored.key), stored.key


def test_nothing_to_release_is_refused(local: Store) -> None:
    with pytest.raises(ReleaseError, match="expected at least one video to release, got none"):
        publish(local, [])


def test_a_missing_release_is_answered_with_those_there_are(local: Store) -> None:
    with pytest.raises(ReleaseError, match=r"expected a release of .* \(none\), got latest"):
        show_release(local, "latest")
    publish(local, walkers(0))
    with pytest.raises(ReleaseError, match=r"\(1\.0\.0\), got 2\.0\.0: never committed"):
        show_release(local, "2.0.0")
    with pytest.raises(InputError, match=r"expected a version such as 1\.0\.0, got '\.\./x'"):
        show_release(local, "../x")


class Killed(BaseException):
    """The process ends here."""


class MortalStore:
    """Passes calls on to a store until it has changed something N times."""

    def __init__(self, store: Store, dies_at: int) -> None:
        self.store, self.left, self.uri = store, dies_at, store.uri

    def __getattr__(self, name: str) -> Any:
        wrapped: Callable[..., Any] = getattr(self.store, name)
        if name in ("write", "create", "delete"):
            if self.left == 0:
                raise Killed
            self.left -= 1
        return wrapped


def steps_until_done(store: Store, videos: list[VideoLabels], look: Callable[[int], None]) -> int:
    """Publish with one more step each time until it gets to its end; `look` after each death."""
    for steps in itertools.count():
        try:
            publish(MortalStore(store, steps), videos)
        except Killed:
            look(steps)
        else:
            return steps
    raise AssertionError


def test_killed_at_every_step_in_turn_it_gets_there_and_shows_nothing_unfinished(store: Store) -> None:
    """Every attempt goes one step further than the one before, so each step is once the last."""
    old = publish(store, walkers(0)).release
    seen: list[tuple[Release, ...]] = []
    steps_until_done(store, walkers(0, 1), lambda _: seen.append(tuple(list_releases(store))))

    assert {len(releases) for releases in seen} <= {1, 2}
    assert all(releases[0] == old for releases in seen)
    assert [r.version for r in list_releases(store)] == ["1.0.0", "1.1.0"]
    assert verify_release(store, "1.0.0").ok
    assert verify_release(store, "1.1.0").ok


def test_killed_once_at_any_step_it_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    undisturbed = open_store(tmp_path / "undisturbed")
    publish(undisturbed, walkers(0))
    expected = publish(undisturbed, walkers(0, 1)).release
    files = {o.key: undisturbed.read(o.key) for o in undisturbed.list("") if not o.key.endswith("_RELEASE.json")}
    deaths = 0
    for steps in itertools.count():
        store = open_store(tmp_path / str(steps))
        publish(store, walkers(0))
        try:
            publish(MortalStore(store, steps), walkers(0, 1))
            break
        except Killed:
            deaths += 1
        visible = list_releases(store)
        assert [r.version for r in visible] in (["1.0.0"], ["1.0.0", "1.1.0"])
        assert all(verify_release(store, r.version).ok for r in visible)
        release = publish(store, walkers(0, 1)).release
        advance_channel(store)
        assert (release.version, release.digest, release.sums_sha256) == (
            expected.version,
            expected.digest,
            expected.sums_sha256,
        )
        assert {k: store.read(k) for k in files} == files
    assert deaths > 10


def test_processes_killed_mid_publish_leave_the_old_release(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(PUBLISHER), str(tmp_path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert run("0").stdout == "1.0.0\n"
    for dies_at in ("4", "7"):
        assert run("1", dies_at).returncode == 9
        assert [r.version for r in list_releases(open_store(tmp_path))] == ["1.0.0"]
    assert run("1").stdout == "2.0.0\n"
    assert verify_release(tmp_path).ok


def race(store: Store, contents: list[float]) -> list[Published]:
    barrier = threading.Barrier(len(contents))

    def run(shift: float) -> Published:
        barrier.wait()
        return publish(open_store(store.uri), walkers(0, shift=shift))

    with ThreadPoolExecutor(len(contents)) as pool:
        return list(pool.map(run, contents))


def test_racing_publishers_of_other_labels_win_one_version_each(store: Store) -> None:
    done = threading.Event()
    polled: list[tuple[Finding, ...]] = []

    def poll() -> None:
        while not done.is_set():
            polled.extend(verify_release(store, release.version).findings for release in list_releases(store))

    reader = threading.Thread(target=poll)
    reader.start()
    published = race(store, [float(n) for n in range(8)])
    done.set()
    reader.join()

    assert all(p.is_new for p in published)
    assert len({p.release.version for p in published}) == 8
    assert polled
    assert not any(polled)
    assert latest_release(store).version == store.read("channels/latest.json").decode().split('"')[-2]  # type: ignore[union-attr]


def test_racing_publishers_of_the_same_labels_make_one_release(store: Store) -> None:
    published = race(store, [0.0] * 8)

    assert [p.is_new for p in published].count(True) == 1
    assert {p.release.version for p in published} == {"1.0.0"}
    assert len(list_releases(store)) == 1
    assert verify_release(store).ok


def test_a_mixed_race_with_deaths_ends_with_every_release_sound(local: Store) -> None:
    """12 publishers of 4 label sets; half of them die somewhere on the way and are run again."""
    chance = random.Random(7)
    plans = [(float(n % 4), chance.randrange(16) if n % 2 else None) for n in range(12)]

    def run(plan: tuple[float, int | None]) -> None:
        shift, dies_at = plan
        try:
            publish(local if dies_at is None else MortalStore(local, dies_at), walkers(0, shift=shift))
        except Killed:
            publish(local, walkers(0, shift=shift))

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(run, plans))
    releases = list_releases(local)

    assert len(releases) == 4
    assert len({r.digest for r in releases}) == 4
    assert all(verify_release(local, r.version).ok for r in releases)


def test_s3_gone_in_the_middle_ends_in_an_error_and_the_next_run_goes_on(
    start_s3_server: Callable[[], S3Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_s3_server()
    for name, value in (server.environment | {"POSELOOM_STORE_PATIENCE_S": "1"}).items():
        monkeypatch.setenv(name, value)
    store = open_store(f"s3://{server.bucket()}/labels")

    class UnpluggedStore(MortalStore):
        def __getattr__(self, name: str) -> Any:
            try:
                return super().__getattr__(name)
            except Killed:
                server.stop()
                return getattr(self.store, name)

    with pytest.raises(WorkspaceError, match=r"cannot create releases/1\.0\.0/.* in s3://.*: gave up after"):
        publish(UnpluggedStore(store, 6), walkers(0))
    server.start()

    assert list_releases(store) == []
    assert publish(store, walkers(0)).release.version == "1.0.0"
    assert verify_release(store).ok
