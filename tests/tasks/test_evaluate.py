"""Evaluating label files and releases: what belongs together, what is refused, what is null and why."""

import io
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from poseloom.infra.labels import read_label_sets
from poseloom.infra.storage import open_workspace
from poseloom.schemas.errors import InputError, LabelError, ReleaseError
from poseloom.schemas.instances import Instances
from poseloom.schemas.skeleton import COCO17, POSETRACK
from poseloom.schemas.tables import to_table
from poseloom.tasks.evaluate import Evaluation, evaluate
from poseloom.tasks.release import canonical_parquet, publish_release
from tests.fixtures.releases import labelled, people, recipe, video
from tests.fixtures.sequences import FRAMES, PEOPLE, coco, person, posetrack, results, save

NAMES = ("000001_bonn_test", "000002_mpii_test")
IDENTITY = ("posetrack_mota", "hota_pt21", "person_hota")


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """Two sequences of truth."""
    for name in NAMES:
        save(tmp_path / "gt" / f"{name}.json", posetrack(name))
    return tmp_path / "gt"


@pytest.fixture
def found(tmp_path: Path) -> Path:
    """Perfect predictions of both."""
    for name in NAMES:
        save(tmp_path / "pred" / f"{name}.json", posetrack(name, scores=True))
    return tmp_path / "pred"


def run(truth: Path, found: Path, **options: Any) -> Evaluation:
    return evaluate(str(truth), str(found), **options)


def metric(found: Evaluation, name: str) -> dict[str, Any]:
    block = found.metrics[name]
    assert block is not None
    return block


# --- figures ---------------------------------------------------------------------------------------------------------


def test_perfect_predictions_get_100_everywhere(truth: Path, found: Path) -> None:
    scores = run(truth, found)
    names = ("posetrack_ap", "posetrack_mota", "hota_pt21", "coco_ap", "person_hota")
    ap, mota, hota, coco_figures, tracking = (metric(scores, name) for name in names)
    assert ap["total"] == ap["groups"]["Wri"] == ap["per_joint"]["nose"] == 100
    assert mota["poseval"]["total"] == mota["all_frames"]["total"] == 100
    assert hota["fixed"]["combined"]["hota"] == pytest.approx(100)
    assert hota["verbatim"]["per_sequence"][NAMES[0]]["per_joint"]["nose"]["assa"] == pytest.approx(100)
    assert (coco_figures["ap"], coco_figures["ar"]) == pytest.approx((100, 100))
    assert tracking["oks"]["idf1"] == tracking["iou"]["mota"] == 100


def test_every_block_names_its_similarity_area_and_frames(truth: Path, found: Path) -> None:
    scores = run(truth, found).metrics
    blocks = [scores["posetrack_ap"], scores["coco_ap"]]
    blocks += [block for name in IDENTITY for block in (scores[name] or {}).values()]
    assert len(blocks) == 8
    for block in blocks:
        assert block is not None
        assert all(isinstance(block[key], str) and block[key] for key in ("similarity", "area", "frames"))


def test_scores_beyond_1_and_their_last_digits_decide_the_ranking(truth: Path, found: Path) -> None:
    """A false person with the best score by a hair costs precision everywhere; with the worst, none."""
    path = found / f"{NAMES[0]}.json"
    document = json.loads(path.read_text())
    stranger = person(0, 0, shift=3000.0, scores=True) | {"track_id": 77, "id": 1}
    for item in document["annotations"]:
        item["scores"] = [1.25 + 1e-12 if score else 0.0 for score in item["scores"]]
    for hair, expected in ((2e-12, False), (0.0, True)):
        false = stranger | {"scores": [1.25 + hair] * 17}
        save(path, document | {"annotations": [*document["annotations"], false]})
        ap = metric(run(truth, found), "posetrack_ap")["per_sequence"][NAMES[0]]
        assert (ap["total"] == 100) is expected


def test_counts_say_what_was_compared(truth: Path, found: Path) -> None:
    counts = run(truth, found).counts
    assert (counts.sequences, counts.frames, counts.labeled_frames) == (2, 2 * FRAMES, 2 * FRAMES)
    assert counts.truth_people == counts.predicted_people == 2 * FRAMES * PEOPLE
    assert counts.truth_keypoints == 2 * FRAMES * PEOPLE * 15
    assert counts.truth_tracks == counts.predicted_tracks == 2 * PEOPLE
    assert counts.sequences_without_predictions == counts.predicted_people_without_scores == 0


def test_the_worst_frames_are_those_with_the_lowest_mean_oks(truth: Path, found: Path) -> None:
    path = found / f"{NAMES[0]}.json"
    document = json.loads(path.read_text())
    gone = [item for item in document["annotations"] if item["image_id"] != 10_003]
    save(path, document | {"annotations": gone[1:]})
    worst = run(truth, found).worst_frames[NAMES[0]]
    assert [(frame.frame_index, frame.predicted) for frame in worst[:2]] == [(3, 0), (0, PEOPLE - 1)]
    assert [frame.mean_oks for frame in worst[:3]] == pytest.approx([0, 200 / 3, 100])


def test_nan_is_null_with_its_reason_and_every_null_has_one(truth: Path, found: Path) -> None:
    for name in NAMES:
        document = json.loads((truth / f"{name}.json").read_text())
        for item in document["annotations"]:
            item["keypoints"][:3] = [0, 0, 0]
        save(truth / f"{name}.json", document)
    found_scores = run(truth, found)
    assert metric(found_scores, "posetrack_ap")["per_joint"]["nose"] is None
    assert found_scores.nulls["posetrack_ap.per_joint.nose"] == "the truth has no such keypoint"
    document = found_scores.document()
    metrics = {name: document[name] for name in found_scores.metrics}
    assert sorted(_nulls(metrics, "")) == sorted(found_scores.nulls)


def _nulls(value: Any, path: str) -> list[str]:
    if isinstance(value, dict):
        return [null for key, item in value.items() for null in _nulls(item, f"{path}.{key}" if path else key)]
    return [path] if value is None else []


def test_equal_inputs_give_equal_bytes_that_are_strict_json(truth: Path, found: Path) -> None:
    texts = []
    for _ in range(2):
        run(truth, found).write(text := io.StringIO())
        texts.append(text.getvalue())
    assert texts[0] == texts[1]

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    assert json.loads(texts[0], parse_constant=refuse)["format"] == 1


def test_progress_ends_at_all_parts(truth: Path, found: Path) -> None:
    seen: list[tuple[int, int]] = []
    run(truth, found, watch=lambda done, total: seen.append((done, total)))
    assert seen == [(0, 2), (1, 2), (2, 2)]


# --- what belongs together -------------------------------------------------------------------------------------------


def test_a_sequence_without_predictions_is_scored_as_empty_and_said(truth: Path, found: Path) -> None:
    (found / f"{NAMES[1]}.json").unlink()
    scores = run(truth, found)
    assert scores.counts.sequences_without_predictions == 1
    assert "1 of 2 sequences have no predictions" in scores.warnings[0]
    assert metric(scores, "posetrack_ap")["per_sequence"][NAMES[1]]["total"] == 0
    assert metric(scores, "coco_ap")["ar"] == pytest.approx(50)


def test_predictions_of_an_unknown_sequence_are_refused(truth: Path, found: Path) -> None:
    save(found / "000099_bonn_test.json", posetrack("000099_bonn_test", scores=True))
    with pytest.raises(LabelError, match=rf"the truth has \({NAMES[0]}, {NAMES[1]}\), got 000099_bonn_test"):
        run(truth, found)


def test_files_of_other_names_are_told_by_their_pictures_folder(truth: Path, found: Path) -> None:
    for number, name in enumerate(reversed(NAMES)):
        (found / f"{name}.json").rename(found / f"result_{number}.json")
    save(found / "result_0.json", posetrack(NAMES[1], scores=True, track_id=None))
    scores = run(truth, found)
    assert metric(scores, "posetrack_ap")["total"] == 100
    assert "000002_mpii_test" in scores.nulls["hota_pt21"]


def test_two_files_for_one_sequence_are_refused(truth: Path, found: Path) -> None:
    (found / f"{NAMES[1]}.json").unlink()
    for copy in ("a", "b"):
        save(found / f"{copy}.json", posetrack(NAMES[1], scores=True))
    with pytest.raises(LabelError, match="expected one set of predictions for 000002_mpii_test, got a, b"):
        run(truth, found)


def test_a_single_file_about_the_pictures_of_another_sequence_is_refused(truth: Path, tmp_path: Path) -> None:
    other = posetrack(NAMES[1], scores=True)
    for item in (*other["images"], *other["annotations"]):
        field = "id" if "file_name" in item else "image_id"
        item[field] += 70_000
    found = save(tmp_path / "found.json", other)
    with pytest.raises(LabelError, match=rf"expected predictions of its pictures, such as .*{NAMES[0]}.*{NAMES[1]}"):
        run(truth / f"{NAMES[0]}.json", found)


def test_two_single_files_belong_together_whatever_their_names(truth: Path, found: Path) -> None:
    path = (found / f"{NAMES[0]}.json").rename(found / "mine.json")
    assert metric(run(truth / f"{NAMES[0]}.json", path), "coco_ap")["ap"] == pytest.approx(100)


# --- bad input -------------------------------------------------------------------------------------------------------


def test_predictions_that_list_fewer_frames_are_refused(truth: Path, found: Path) -> None:
    save(found / f"{NAMES[0]}.json", posetrack(NAMES[0], range(FRAMES - 1), scores=True))
    with pytest.raises(LabelError, match=r"000001_bonn_test: expected .* the 6 frames of the truth, got 5.*000005"):
        run(truth, found)


def test_predictions_that_list_other_frames_are_refused(truth: Path, found: Path) -> None:
    document = posetrack(NAMES[0], range(FRAMES + 1), scores=True)
    document["images"][0]["nframes"] = 100
    save(found / f"{NAMES[0]}.json", document)
    with pytest.raises(LabelError, match=r"expected .* the 6 frames of the truth, got 7.*000006.jpg which the truth"):
        run(truth, found)


def test_an_image_id_that_names_another_picture_is_refused(truth: Path, found: Path) -> None:
    document = posetrack(NAMES[0], scores=True)
    ids = [image["id"] for image in document["images"]]
    for image, image_id in zip(document["images"], reversed(ids), strict=True):
        image["id"] = image_id
    save(found / f"{NAMES[0]}.json", document)
    with pytest.raises(LabelError, match=r"expected image 10005 to be one picture, got .*000000.jpg"):
        run(truth, found)


def test_predictions_of_pictures_of_another_size_are_refused(truth: Path, found: Path) -> None:
    for folder, width in ((truth, 1920), (found, 1280)):
        document = json.loads((folder / f"{NAMES[0]}.json").read_text())
        for image in document["images"]:
            image |= {"width": width, "height": 720}
        save(folder / f"{NAMES[0]}.json", document)
    with pytest.raises(LabelError, match="expected predictions of 1920x720 pictures as in the truth, got 1280x720"):
        run(truth, found)


def test_missing_head_boxes_leave_out_what_needs_them_and_nothing_else(truth: Path, found: Path) -> None:
    save(truth / f"{NAMES[0]}.json", posetrack(NAMES[0], bbox_head=None))
    scores = run(truth, found)
    for name in ("posetrack_ap", "posetrack_mota", "hota_pt21"):
        assert scores.metrics[name] is None
        assert "000001_bonn_test: expected a head box" in scores.nulls[name]
    assert metric(scores, "coco_ap")["ap"] == pytest.approx(100)
    assert metric(scores, "person_hota")["oks"]["hota"] == pytest.approx(100)


@pytest.mark.parametrize(("track_id", "reason"), [(10_000, "from 0 to 9999"), (-1, "got none"), (None, "got none")])
def test_ids_that_the_kits_refuse_leave_out_identity_and_nothing_else(
    truth: Path, found: Path, track_id: int | None, reason: str
) -> None:
    path = found / f"{NAMES[0]}.json"
    document = json.loads(path.read_text())
    if track_id is None:
        del document["annotations"][0]["track_id"]
    else:
        document["annotations"][0]["track_id"] = track_id
    save(path, document)
    scores = run(truth, found)
    for name in IDENTITY:
        assert scores.metrics[name] is None
        assert NAMES[0] in scores.nulls[name]
        assert reason in scores.nulls[name]
    assert metric(scores, "posetrack_ap")["total"] == 100
    assert metric(scores, "coco_ap")["ap"] == pytest.approx(100)


@pytest.mark.parametrize("side", ["gt", "pred"])
def test_a_track_twice_in_a_frame_is_refused(truth: Path, found: Path, side: str) -> None:
    path = truth.parent / side / f"{NAMES[0]}.json"
    document = json.loads(path.read_text())
    document["annotations"][1]["track_id"] = 0
    save(path, document)
    with pytest.raises(LabelError, match="expected one instance of track 0 in frame 0 of 000001_bonn_test, got two"):
        run(truth, found)


def test_predictions_without_scores_are_ranked_as_said(truth: Path, found: Path) -> None:
    save(found / f"{NAMES[0]}.json", posetrack(NAMES[0]))
    scores = run(truth, found)
    assert scores.counts.predicted_people_without_scores == FRAMES * PEOPLE
    assert "18 of 36 predictions have no score" in scores.warnings[0]
    assert metric(scores, "posetrack_ap")["unscored_keypoints"] == FRAMES * PEOPLE * 15
    assert metric(scores, "posetrack_ap")["total"] == 100


def test_skeletons_that_differ_are_refused_with_both_names(truth: Path, tmp_path: Path) -> None:
    save(tmp_path / "coco" / f"{NAMES[0]}.json", coco())
    with pytest.raises(LabelError, match="in one skeleton, got posetrack and coco17: convert both with --skeleton"):
        run(truth, tmp_path / "coco")


def test_converted_to_one_skeleton_only_what_both_can_have_counts(truth: Path, tmp_path: Path) -> None:
    document = coco(name=NAMES[0])
    for i, image in enumerate(document["images"]):
        image["file_name"] = f"{NAMES[0]}/{i:06d}.jpg"
    save(tmp_path / "coco.json", document)
    for target in (POSETRACK, COCO17):
        scores = run(truth / f"{NAMES[0]}.json", tmp_path / "coco.json", skeleton=target)
        assert scores.skeleton["name"] == target.name
        assert len(scores.skeleton["keypoints"]) == 13
        assert scores.skeleton["left_out"] == {
            "truth": ["head_bottom", "head_top"],
            "predictions": ["left_eye", "right_eye", "left_ear", "right_ear"],
        }
        assert any("head_bottom, head_top of the truth take no part" in warning for warning in scores.warnings)
        assert list(metric(scores, "posetrack_ap")["per_joint"]) == scores.skeleton["keypoints"]
        assert metric(scores, "posetrack_ap")["total"] == 100
        assert metric(scores, "coco_ap")["ap"] == pytest.approx(100)


def test_a_sequence_in_another_skeleton_than_the_first_is_refused(truth: Path, found: Path) -> None:
    for folder in (truth, found):
        document = coco(name=NAMES[1])
        save(folder / f"{NAMES[1]}.json", document)
    with pytest.raises(LabelError, match="expected truth in posetrack as in the other sequences, got coco17"):
        run(truth, found)


def test_nothing_there_is_said(truth: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="found nothing there"):
        run(truth, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="expected label files"):
        run(tmp_path / "empty", truth)


def test_no_predictions_at_all_still_give_figures(truth: Path, found: Path) -> None:
    for name in NAMES:
        save(found / f"{name}.json", posetrack(name, scores=True) | {"annotations": []})
    scores = run(truth, found)
    assert metric(scores, "posetrack_mota")["poseval"]["total"] == -100
    assert metric(scores, "posetrack_mota")["all_frames"]["total"] == 0
    assert metric(scores, "coco_ap")["ap"] == metric(scores, "person_hota")["oks"]["hota"] == 0


# --- COCO ------------------------------------------------------------------------------------------------------------


def test_coco_datasets_use_their_areas_and_results_lists_their_scores(tmp_path: Path) -> None:
    dataset = coco(area=9000.0)
    truth = save(tmp_path / "gt.json", dataset)
    shift = 8.0
    found = save(tmp_path / "results.json", results(dataset, shift))
    expected = {
        area: np.exp(-(shift**2) / (2 * value * (2 * np.array(COCO17.sigmas)) ** 2)).mean()
        for area, value in (("file", 9000.0), ("box", 0.53 * 100 * 240))
    }
    for area in ("file", "box"):
        scores = run(truth, found, area=area)
        recall = 100 * np.mean(expected[area] >= np.linspace(0.5, 0.95, 10))
        assert 0 < recall < 100
        assert metric(scores, "coco_ap")["ar"] == pytest.approx(recall)
    assert metric(run(truth, found), "coco_ap") == metric(run(truth, found, area="file"), "coco_ap")
    assert metric(run(truth, found), "coco_ap")["area"] == "the area of each annotation of the truth"
    assert expected["file"] != expected["box"]


def test_without_areas_in_the_file_the_box_decides(tmp_path: Path) -> None:
    dataset = coco(area=None)
    truth, found = save(tmp_path / "gt.json", dataset), save(tmp_path / "results.json", results(dataset))
    assert metric(run(truth, found), "coco_ap")["area"].startswith("0.53 · w · h")
    with pytest.raises(LabelError, match="expected an area on all people of the truth"):
        run(truth, found, area="file")


def test_negative_areas_are_refused(tmp_path: Path) -> None:
    dataset = coco()
    dataset["annotations"][4]["area"] = -1.0
    truth, found = save(tmp_path / "gt.json", dataset), save(tmp_path / "pred.json", results(dataset))
    with pytest.raises(LabelError, match=r"expected areas of at least 0 in the truth, got -1.0 in frame 1"):
        run(truth, found)


def test_a_results_list_of_unknown_images_is_refused(tmp_path: Path) -> None:
    dataset = coco()
    wrong = [item | {"image_id": item["image_id"] + 1} for item in results(dataset)]
    truth, found = save(tmp_path / "gt.json", dataset), save(tmp_path / "results.json", wrong)
    with pytest.raises(LabelError, match=f"expected image ids of the truth, got {FRAMES + 1}"):
        run(truth, found)


def test_one_results_list_serves_all_sequences_of_a_dataset(tmp_path: Path) -> None:
    dataset = coco(name="a")
    for image in dataset["images"][3:]:
        image["file_name"] = image["file_name"].replace("a/", "b/")
    truth = save(tmp_path / "gt.json", dataset)
    found = [item for item in results(dataset) if item["image_id"] not in (2, 5)]
    scores = run(truth, save(tmp_path / "results.json", found))
    assert metric(scores, "coco_ap")["ar"] == pytest.approx(100 * 4 / 6)
    assert scores.counts.sequences == 2
    assert scores.counts.predicted_people_in_unlisted_frames == 0
    assert "track" in scores.nulls["person_hota"]


def test_a_crowd_is_missed_by_no_one(tmp_path: Path) -> None:
    dataset = coco()
    dataset["annotations"][0]["iscrowd"] = 1
    found = results(dataset)[1:]
    scores = run(save(tmp_path / "gt.json", dataset), save(tmp_path / "results.json", found))
    assert metric(scores, "coco_ap")["ar"] == pytest.approx(100)
    assert scores.counts.truth_crowds == 1


# --- tables and releases ---------------------------------------------------------------------------------------------


def release(folder: Path, shift: float = 0.0, frames: int = 5, count: int = 2) -> Path:
    """A workspace with one release of walkers."""
    workspace = open_workspace(folder)
    videos = [video(number, frames) for number in range(2)]
    publish_release(workspace.store, [labelled(people(frames, count, shift), of) for of in videos], recipe(), {})
    return folder


def test_releases_are_evaluated_by_video_and_frame(tmp_path: Path) -> None:
    truth, found = release(tmp_path / "out"), release(tmp_path / "out2", shift=0.5)
    for side in (found, found / "releases" / "1.0.0"):
        scores = run(truth, side)
        assert list(scores.worst_frames) == ["street_0", "street_1"]
        assert metric(scores, "coco_ap")["ap50"] == pytest.approx(100)
        assert metric(scores, "person_hota")["oks"]["idf1"] == 100
        assert scores.metrics["posetrack_ap"] is None
        assert "head box" in scores.nulls["posetrack_ap"]


def test_a_release_equals_its_own_export(tmp_path: Path) -> None:
    truth, found = release(tmp_path / "out"), release(tmp_path / "out2", shift=0.5, count=1)
    exports = [side / "releases" / "1.0.0" / "json" / "posetrack21" for side in (truth, found)]
    inside, outside = run(truth, found), run(*exports)
    assert metric(inside, "person_hota") == metric(outside, "person_hota")
    assert metric(inside, "coco_ap") == metric(outside, "coco_ap")
    assert 0 < metric(inside, "coco_ap")["ap"] < 100


def test_an_unknown_version_is_refused(tmp_path: Path) -> None:
    workspace = release(tmp_path / "out")
    with pytest.raises(ReleaseError, match=r"expected a release of .* \(1.0.0\), got 7.0.0"):
        run(workspace, workspace, version="7.0.0")


def test_a_release_of_a_shorter_video_is_refused(tmp_path: Path) -> None:
    truth, found = release(tmp_path / "out"), release(tmp_path / "out2", frames=4)
    with pytest.raises(LabelError, match="street_0: expected predictions of the 4 frames of the video, got frame 4"):
        run(found, truth)


def test_a_label_table_goes_by_frame_index_and_a_persons_labels_rank_as_1(truth: Path, tmp_path: Path) -> None:
    (labels,) = read_label_sets(str(truth / f"{NAMES[0]}.json"))
    assert math.isnan(labels.instances.score[0, 0])
    table = tmp_path / "tables" / f"{NAMES[0]}.parquet"
    table.parent.mkdir()
    table.write_bytes(canonical_parquet(to_table(labels.instances)))
    scores = run(truth / f"{NAMES[0]}.json", table)
    assert metric(scores, "posetrack_ap")["total"] == 100
    assert metric(scores, "posetrack_ap")["unscored_keypoints"] == 0


def test_predictions_of_a_whole_video_are_evaluated_on_the_frames_the_truth_labels(tmp_path: Path) -> None:
    """Every other frame is labelled, in a table that lists no frames."""
    everyone = people(6, 2)
    truth, found = tmp_path / "gt.parquet", tmp_path / "pred.parquet"
    truth.write_bytes(canonical_parquet(to_table(everyone.select(everyone.frame_index % 2 == 0))))
    found.write_bytes(canonical_parquet(to_table(everyone)))
    scores = run(truth, found)
    assert scores.counts.predicted_people_in_unlisted_frames == 6
    assert "6 predictions lie in frames that the truth does not list" in scores.warnings[0]
    assert metric(scores, "coco_ap")["ap"] == pytest.approx(100)


def test_an_empty_release_table_is_no_skeleton_conflict(tmp_path: Path, truth: Path) -> None:
    table = tmp_path / "none.parquet"
    table.write_bytes(canonical_parquet(to_table(Instances.empty(COCO17))))
    assert metric(run(truth / f"{NAMES[0]}.json", table), "coco_ap")["ap"] == 0


def test_occluded_keypoints_count(truth: Path, found: Path) -> None:
    """PoseTrack's v = 0 with coordinates is an occluded keypoint of the truth."""
    for name in NAMES:
        document = json.loads((truth / f"{name}.json").read_text())
        for item in document["annotations"]:
            item["keypoints"][2::3] = [0] * 17
        save(truth / f"{name}.json", document)
    assert metric(run(truth, found), "coco_ap")["ap"] == pytest.approx(100)


def test_a_file_without_predictions_is_announced_like_a_missing_one(truth: Path, found: Path) -> None:
    path = found / f"{NAMES[0]}.json"
    save(path, json.loads(path.read_text()) | {"annotations": []})
    scores = run(truth, found)
    assert scores.counts.sequences_without_predictions == 1
    assert any("1 of 2 sequences have no predictions" in warning for warning in scores.warnings)


def test_people_without_keypoints_are_not_said_to_lack_scores(truth: Path, found: Path) -> None:
    path = found / f"{NAMES[0]}.json"
    document = json.loads(path.read_text())
    for item in document["annotations"]:
        item["scores"] = [0.9] * 17
    blank = document["annotations"][0] | {"id": 1, "track_id": 77, "keypoints": [0.0] * 51, "scores": [0.0] * 17}
    save(path, document | {"annotations": [*document["annotations"], blank]})
    assert not any("have no score" in warning for warning in run(truth, found).warnings)


def test_a_keypoint_that_nobody_annotated_is_told(truth: Path, found: Path) -> None:
    for file in sorted(truth.glob("*.json")):
        document = json.loads(file.read_text())
        for item in document["annotations"]:
            item["keypoints"][:3] = [0.0, 0.0, 0]
        save(file, document)
    assert any("the truth has no nose" in warning for warning in run(truth, found).warnings)
