import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from poseloom.schemas.errors import InputError, LabelError
from poseloom.schemas.ids import canonical_json
from poseloom.schemas.instances import Instances
from poseloom.schemas.provenance import Source
from poseloom.schemas.release import Manifest, Recipe, StoredTable, Version, VideoEntry, next_version, release_digest
from poseloom.schemas.skeleton import COCO17
from poseloom.schemas.tables import instance_ids, provenance_table

RECIPE = Recipe(
    name="x", label_schema=1, rules={"a": 1}, parameters={}, code="c", estimator="e", tracker="t", writer="w"
)


def entry(number: int, values: str = "0") -> VideoEntry:
    table = StoredTable(sha256=f"{number:064x}", size=1, rows=1)
    return VideoEntry(
        video_id=f"{number:016x}", name="n", width=1, height=1, frame_count=1, fps=0, skeleton="coco17",
        labels=table, provenance=table, frames=table, values_digest=values * 64, kept=1,
        keypoints_by_source={}, dropped_by_rule={},
    )  # fmt: skip


@given(st.permutations(range(6)))
def test_the_digest_does_not_know_the_order_of_the_videos(order: list[int]) -> None:
    in_order = Manifest.build(RECIPE, tuple(entry(i) for i in range(6)))
    shuffled = Manifest.build(RECIPE, tuple(entry(i) for i in order))

    assert release_digest(shuffled) == release_digest(in_order)


def test_a_rule_that_only_warns_has_dropped_nobody() -> None:
    """An instance that fails both kinds of rules was dropped by one of them."""
    rules = {"scale": {"action": "drop"}, "velocity": {"action": "warn"}, "checks": {"min_kept_rows": 1}}
    failed = {"rule_scale": 2, "rule_velocity": 2}
    entries = tuple(entry(i).model_copy(update={"dropped_by_rule": failed}) for i in range(2))
    manifest = Manifest.build(RECIPE.model_copy(update={"rules": rules}), entries)
    assert manifest.dropped_by_rule == {"scale": 4}


def test_the_digest_knows_every_field_of_recipe_and_entries() -> None:
    base = Manifest.build(RECIPE, (entry(1),))
    changes: dict[str, object] = {
        field: {"b": 2} if field in ("rules", "parameters") else "y" for field in Recipe.model_fields
    }
    changes["label_schema"] = 7
    others = [Manifest.build(RECIPE.model_copy(update={k: v}), (entry(1),)) for k, v in changes.items()]
    others += [Manifest.build(RECIPE, (entry(1, "1"),)), Manifest.build(RECIPE, (entry(1), entry(2)))]

    assert len({release_digest(m) for m in [base, *others]}) == 1 + len(others)


def test_the_manifest_survives_its_bytes() -> None:
    manifest = Manifest.build(RECIPE, (entry(2), entry(1)))

    assert Manifest.model_validate_json(manifest.to_bytes()) == manifest
    assert json.loads(manifest.to_bytes())["rule_set_hash"] == hashlib.sha256(b'{"a":1}').hexdigest()


def test_a_video_is_in_a_release_once() -> None:
    twice = (entry(1), entry(2), entry(1, "1"))
    with pytest.raises(LabelError, match=r"expected each video once, got \['0{15}1'\] twice"):
        Manifest.build(RECIPE, twice)
    read = Manifest.build(RECIPE, twice[:2]).model_dump() | {"videos": twice}
    with pytest.raises(ValidationError, match="expected each video once"):
        Manifest.model_validate(read)


def test_the_merkle_root_of_three_videos_is_that_of_rfc_6962() -> None:
    """Tree ((a, b), c) with 0x00 before leaves and 0x01 before nodes."""

    def sha(*parts: bytes) -> bytes:
        return hashlib.sha256(b"".join(parts)).digest()

    a, b, c = (sha(b"\0", canonical_json(entry(i).model_dump(mode="json"))) for i in (1, 2, 3))

    assert (
        Manifest.build(RECIPE, tuple(entry(i) for i in (1, 2, 3))).merkle_root == sha(b"\1", sha(b"\1", a, b), c).hex()
    )
    assert Manifest.build(RECIPE, (entry(1),)).merkle_root == a.hex()


@pytest.mark.parametrize(
    ("before", "after", "only_adds", "expected"),
    [
        ([1], [1], True, "1.2.4"),
        ([1], [1, 2], True, "1.3.0"),
        ([1, 2], [1], True, "2.0.0"),
        ([1], [2], True, "2.0.0"),
    ],
    ids=["same rows", "a video added", "a video removed", "a video replaced"],
)
def test_videos_decide_the_version(before: list[int], after: list[int], only_adds: bool, expected: str) -> None:
    old, new = (Manifest.build(RECIPE, tuple(entry(i) for i in ids)) for ids in (before, after))
    assert str(next_version((Version(1, 2, 3), old), new, lambda a, b: only_adds)) == expected


@pytest.mark.parametrize(("only_adds", "expected"), [(True, "1.3.0"), (False, "2.0.0")])
def test_changed_rows_decide_the_version(only_adds: bool, expected: str) -> None:
    old, new = Manifest.build(RECIPE, (entry(1), entry(2))), Manifest.build(RECIPE, (entry(1), entry(2, "1")))
    asked: list[str] = []

    def adds(before: VideoEntry, after: VideoEntry) -> bool:
        asked.append(after.video_id)
        return only_adds

    assert str(next_version((Version(1, 2, 3), old), new, adds)) == expected
    assert asked == [entry(2).video_id]


def test_the_first_release_is_one() -> None:
    assert str(next_version(None, Manifest.build(RECIPE, (entry(1),)), lambda a, b: True)) == "1.0.0"


@pytest.mark.parametrize(
    "text", ["", "1", "1.0", "1.0.0.0", "01.0.0", "1.0.x", "../1.0.0", "1.0.0\n", "-1.0.0", "latest"]
)
def test_other_texts_are_no_versions(text: str) -> None:
    with pytest.raises(InputError, match=r"expected a version such as 1\.0\.0"):
        Version.parse(text)


def test_versions_sort_by_number() -> None:
    texts = ["10.0.0", "v2.0.0", "1.10.0", "1.9.9"]
    assert [str(v) for v in sorted(map(Version.parse, texts))] == ["1.9.9", "1.10.0", "2.0.0", "10.0.0"]


def placed() -> Instances:
    """Track 3 in frame 7: nose predicted, left eye corrected, right eye propagated from frame 5, left ear removed."""
    source = np.zeros((1, 17), dtype=np.uint8)
    source[0, :4] = [Source.PREDICTED, Source.CORRECTED, Source.PROPAGATED, Source.CORRECTED]
    visibility = np.zeros((1, 17), dtype=np.uint8)
    visibility[0, :3] = 2
    anchor = np.full((1, 17), -1)
    anchor[0, 2] = 5
    return Instances.build(
        COCO17, [7], np.zeros((1, 17, 2)), visibility, Source.NONE, track_id=[3], anchor_frame=anchor
    ).replace(source=source)


def test_provenance_has_one_row_per_corrected_or_propagated_keypoint() -> None:
    actors = {Source.PROPAGATED: "tracker:lk@1", Source.PREDICTED: "estimator:e@2"}
    table = provenance_table(placed(), actors, {(7, 3): {1: "aaaa", 3: "bbbb"}})

    assert table.to_pylist() == [
        {"instance_id": instance_ids(placed())[0], "keypoint": 1, "source": 4, "anchor_frame": -1, "actor": "aaaa"},
        {
            "instance_id": instance_ids(placed())[0],
            "keypoint": 2,
            "source": 3,
            "anchor_frame": 5,
            "actor": "tracker:lk@1",
        },
        {"instance_id": instance_ids(placed())[0], "keypoint": 3, "source": 4, "anchor_frame": -1, "actor": "bbbb"},
    ]
    assert table.schema.metadata[b"poseloom.actor.predicted"] == b"estimator:e@2"


def test_a_correction_nobody_made_is_named() -> None:
    with pytest.raises(LabelError, match="behind the corrected left_ear of track 3 in frame 7, got none"):
        provenance_table(placed(), {Source.PROPAGATED: "t"}, {(7, 3): {1: "aaaa"}})


def test_a_propagation_nobody_made_is_named() -> None:
    with pytest.raises(LabelError, match="expected an actor of the 1 propagated keypoints, got none"):
        provenance_table(placed(), {}, {(7, 3): {1: "aaaa", 3: "bbbb"}})
