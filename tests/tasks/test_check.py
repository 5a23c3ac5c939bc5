import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from poseloom.infra.storage import open_store
from poseloom.models.rules import verdicts
from poseloom.models.synthetic import ClipSpec, synthesize_clip
from poseloom.schemas.check import CheckResult
from poseloom.schemas.errors import CheckError
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import Store
from poseloom.schemas.provenance import Source
from poseloom.schemas.release import VideoEntry
from poseloom.schemas.rules import RuleSet, parse_rules
from poseloom.schemas.tables import provenance_table, to_table
from poseloom.schemas.video import Video
from poseloom.tasks.check import CheckedVideo, check_candidate, checked_candidate
from poseloom.tasks.check.offline import offline_page
from poseloom.tasks.release.tables import VideoLabels, store_video

_FRAMES = 20
_LAX = '[visible_keypoints]\naction = "warn"\n[unique_track]\naction = "warn"\n'


@pytest.fixture(scope="module")
def truth() -> Instances:
    return synthesize_clip(ClipSpec(frames=_FRAMES, seed=3)).truth


def _judged(instances: Instances, rules: RuleSet, **columns: Sequence[bool]) -> pa.Table:
    table, judged = to_table(instances), verdicts(instances, 640, 360, rules)
    for name in judged.column_names:
        table = table.append_column(name, pa.array(columns.get(name) or judged[name].to_pylist(), pa.bool_()))
    return table


def _check(table: pa.Table, rules: RuleSet, docs: Path, frames: int = _FRAMES) -> CheckResult:
    return check_candidate([CheckedVideo(frames, table)], rules, docs)


def _failed(result: CheckResult) -> dict[str, int]:
    return {expectation.name: expectation.unexpected for expectation in result.failed}


def test_a_good_candidate_passes_and_is_counted(truth: Instances, tmp_path: Path) -> None:
    table = _judged(truth, RuleSet())
    result = _check(table, RuleSet(), tmp_path)
    assert result.success
    assert result.instances == len(truth) == 80
    assert result.kept == sum(table["keep"].to_pylist())
    assert len({expectation.name for expectation in result.expectations}) == 4 + 6 + 4


def test_each_planted_fault_fails_its_own_expectation(truth: Instances, tmp_path: Path) -> None:
    visible = [True] * 78 + [False] * 2
    faulty = _judged(truth, RuleSet(), keep=[True] * 80, rule_visible_keypoints=visible)
    track = truth.track_id.copy()
    track[0] = -1
    faulty = faulty.set_column(2, faulty.schema.field("track_id"), pa.array(track))
    assert _failed(_check(faulty, RuleSet(), tmp_path)) == {
        "every kept instance has a track id": 1,
        "every kept instance passes visible_keypoints": 2,
    }


def test_instances_twice_in_a_frame_or_after_the_last_frame_fail(truth: Instances, tmp_path: Path) -> None:
    rules = parse_rules(_LAX)
    frame = truth.frame_index.copy()
    frame[1] = _FRAMES
    track = truth.track_id.copy()
    track[2] = 3
    moved = truth.replace(frame_index=frame, track_id=track)
    assert _failed(_check(_judged(moved, rules, keep=[True] * 80), rules, tmp_path)) == {
        "every kept instance lies within its video": 1,
        "one instance per video, frame and track": 2,
    }


def test_nan_coordinates_fail(truth: Instances, tmp_path: Path) -> None:
    xy = truth.keypoints_xy.copy()
    xy[5, 3], hidden = np.nan, truth.visibility.copy()
    hidden[5, 3] = 0
    broken = truth.replace(keypoints_xy=xy, visibility=hidden)
    result = _check(_judged(broken, RuleSet(), keep=[True] * 80), RuleSet(), tmp_path)
    assert "no kept instance has NaN or infinite coordinates" in _failed(result)


def test_too_few_kept_instances_fail_by_number_and_by_share(truth: Instances, tmp_path: Path) -> None:
    rules = parse_rules(_LAX + "[checks]\nmin_kept_rows = 41\nmin_kept_share = 0.5\n")
    half = _judged(truth, rules, keep=[True] * 40 + [False] * 40)
    assert _failed(_check(half, rules, tmp_path)) == {"at least 41 instances are kept": 1}
    fewer = _judged(truth, rules, keep=[True] * 39 + [False] * 41)
    assert "at least 50% of 80 instances are kept" in _failed(_check(fewer, rules, tmp_path))


def test_an_empty_candidate_fails_by_default(truth: Instances, tmp_path: Path) -> None:
    nobody = truth.select(np.zeros(80, bool))
    assert _failed(_check(_judged(nobody, RuleSet()), RuleSet(), tmp_path)) == {"at least 1 instances are kept": 1}


def test_the_data_docs_load_nothing_and_name_the_rules(truth: Instances, tmp_path: Path) -> None:
    _check(_judged(truth, RuleSet()), RuleSet(), tmp_path)
    pages = [page.read_text() for page in tmp_path.rglob("*.html")]
    assert (tmp_path / "index.html").is_file()
    assert len(pages) == 3
    for page in pages:
        assert not re.search(r"<script|<link|<img|url\(|(?:src|href)\s*=\s*.(?:https?:)?//", page, re.IGNORECASE)
        assert "default-src 'none'" in page
    assert any("rule_visible_keypoints" in page for page in pages)


def test_a_page_keeps_its_text_and_its_local_links() -> None:
    page = '<html><head><script src="https://x/y.js">a</script></head><a href="../index.html">b</a>'
    page += "<a href='//x/z' onclick=\"f()\">c</a></html>"
    kept = offline_page(page)
    assert '<a href="../index.html">b</a><a>c</a>' in kept
    assert "//x" not in kept
    assert "f()" not in kept


def _stored(store: Store, truth: Instances, rules: RuleSet) -> list[VideoEntry]:
    video = Video(video_id="0" * 16, name="clip", uri="clip.mp4", width=640, height=360, frame_count=_FRAMES, fps=25)
    labels = VideoLabels(video, _judged(truth, rules), provenance_table(truth, {Source.IMPORTED: "import:x"}, {}))
    return [store_video(store, labels)]


def test_a_stored_candidate_is_checked_once_and_keeps_its_docs(truth: Instances, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    entries = _stored(store, truth, RuleSet())
    result = checked_candidate(store, entries, RuleSet())
    written = {stored.key for stored in store.list("checks")}
    assert result.success
    assert result.docs in written
    store.write(result.docs, b"read again, not made again")
    assert checked_candidate(store, entries, RuleSet()) == result
    assert store.read(result.docs) == b"read again, not made again"


def test_a_failed_check_blocks_and_names_what_failed_each_time(truth: Instances, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    rules = parse_rules("[checks]\nmin_kept_rows = 1000\n")
    entries = _stored(store, truth, rules)
    for _ in range(2):
        with pytest.raises(CheckError, match="at least 1000 instances are kept"):
            checked_candidate(store, entries, rules)
