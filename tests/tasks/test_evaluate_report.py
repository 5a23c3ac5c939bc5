"""The page of an evaluation: its figures are the result's, and the worst frames show truth and predictions in place."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from poseloom.infra.overlay.compared import BLANK
from poseloom.infra.overlay.palette import WHITE, track_colour
from poseloom.schemas.arrays import F64, U8
from poseloom.schemas.errors import InputError, VideoError
from poseloom.tasks.evaluate import Evaluation, evaluate
from poseloom.tasks.evaluate.report import write_report
from tests.fixtures.pages import Page
from tests.fixtures.sequences import FRAMES, PEOPLE, Json, person, place, posetrack, results, save
from tests.fixtures.sequences import coco as coco_dataset

NAMES = ("000001_bonn_test", "000002_mpii_test")
BAD_FRAME, SHIFT = 3, 60.0
SIZE = (900, 500)
NECK = 1
"""Slot of head_bottom, which is on no side of the body: drawn in the track's own colour."""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Truth, and predictions that are 60 pixels off in one frame and lack the first person of another."""
    for name in NAMES:
        save(tmp_path / "gt" / f"{name}.json", posetrack(name))
        document = posetrack(name, scores=True)
        if name == NAMES[0]:
            document["annotations"] = [_moved(item) for item in document["annotations"]]
        else:
            del document["annotations"][0]
        save(tmp_path / "pred" / f"{name}.json", document)
    return tmp_path / "gt", tmp_path / "pred"


def _moved(item: Json) -> Json:
    frame, number = item["image_id"] - 10_000, item["track_id"]
    return person(frame, number, SHIFT, scores=True) if frame == BAD_FRAME else item


def found(folders: tuple[Path, Path]) -> Evaluation:
    return evaluate(str(folders[0]), str(folders[1]))


def page(folders: tuple[Path, Path], out: Path, videos: Path | None = None) -> Page:
    return Page(write_report(found(folders), out, "gt", "pred", str(videos) if videos else None))


def shown(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"


def test_the_figures_of_the_page_are_those_of_the_result(folders: tuple[Path, Path], tmp_path: Path) -> None:
    result = found(folders)
    metrics = json.loads(json.dumps(result.document()))
    said = page(folders, tmp_path / "page")
    ap, mota, hota = metrics["posetrack_ap"], metrics["posetrack_mota"], metrics["hota_pt21"]["fixed"]
    people, coco = metrics["person_hota"], metrics["coco_ap"]
    assert said.headline == {
        "PoseTrack AP": shown(ap["total"]),
        "MOTA": shown(mota["poseval"]["total"]),
        "keypoint HOTA": shown(hota["combined"]["hota"]),
        "COCO AP": shown(coco["ap"]),
        "HOTA of people": shown(people["oks"]["hota"]),
        "IDF1 of people": shown(people["oks"]["idf1"]),
    }
    assert len(set(said.headline.values())) >= 5, "figures that differ, so that none can stand for another"
    keypoints, sequences = said.table("left_wrist"), said.table("all")
    assert list(keypoints) == [*result.skeleton["keypoints"], "total"]
    for name in result.skeleton["keypoints"]:
        joint = hota["combined"]["per_joint"][name]
        expected = [ap["per_joint"][name], mota["poseval"]["per_joint"][name], mota["all_frames"]["per_joint"][name]]
        assert keypoints[name] == [shown(v) for v in (*expected, joint["hota"], joint["deta"], joint["assa"])]
    for name in NAMES:
        blocks = [metrics["posetrack_ap"], mota["poseval"], mota["all_frames"], hota, coco]
        figures = [b["per_sequence"][name][k] for b, k in zip(blocks, ("total",) * 3 + ("hota", "ap"), strict=True)]
        figures += [people["iou"]["per_sequence"][name]["hota"]]
        figures += [people["oks"]["per_sequence"][name][key] for key in ("hota", "idf1", "id_switches")]
        assert sequences[name] == [shown(figure) for figure in figures]
    assert said.table("everywhere")["everywhere"][:3] == [shown(coco[key]) for key in ("ap", "ap50", "ap75")]
    assert said.table("IoU")["IoU"][:2] == [shown(people["iou"][key]) for key in ("hota", "deta")]
    assert said.table("truth keypoints")["truth keypoints"] == [shown(2 * FRAMES * PEOPLE * 15)]


def test_the_curve_over_alpha_by_hand(folders: tuple[Path, Path]) -> None:
    """A sixth of a head off everywhere: similarity 1 - 0.1667 / 0.5001 = 0.6667, right up to the threshold .65."""
    for name in NAMES:
        save(folders[1] / f"{name}.json", posetrack(name, shift=5.0, scores=True))
    for variant in ("fixed", "verbatim"):
        combined = (found(folders).metrics["hota_pt21"] or {})[variant]["combined"]
        curve = combined["per_alpha"]
        assert curve["alpha"] == pytest.approx([0.05 * i for i in range(1, 20)])
        for name in ("hota", "deta", "assa"):
            assert curve[name] == pytest.approx([100.0] * 13 + [0.0] * 6)
            assert combined[name] == pytest.approx(100 * 13 / 19)


def test_the_worst_frame_comes_first_with_both_sides_in_place(folders: tuple[Path, Path], tmp_path: Path) -> None:
    said = page(folders, tmp_path / "page")
    caption, picture = next(iter(said.pictures.items()))
    oks = found(folders).worst_frames[NAMES[0]][0].mean_oks
    assert caption == f"{NAMES[0]}, frame {BAD_FRAME}: mean OKS {oks:.2f}, 3 people, 3 predictions"
    assert oks < 66
    scale = picture.shape[1] / _reach()[0]
    for number in range(PEOPLE):
        at = place(BAD_FRAME, number)[NECK]
        assert seen(picture, at * scale, WHITE)
        assert seen(picture, np.add(at, (SHIFT, 0)) * scale, track_colour(number))
        assert not seen(picture, np.add(at, (SHIFT / 2, -30)) * scale, track_colour(number))
    assert seen(picture, np.array([10.0, 10.0]), BLANK)


def test_a_missed_person_counts_as_nothing(folders: tuple[Path, Path], tmp_path: Path) -> None:
    said = page(folders, tmp_path / "page")
    assert f"{NAMES[1]}, frame 0: mean OKS 66.67, 3 people, 2 predictions" in said.pictures
    rows = [row for row in said.rows if row[0] == NAMES[1] and row[1] == "0"]
    assert [row[3:] for row in rows] == [["66.67", "3", "2"]]


def test_with_videos_the_people_are_on_their_own_frame(folders: tuple[Path, Path], tmp_path: Path) -> None:
    ground = pictures(tmp_path / "videos" / NAMES[0])
    said = page(folders, tmp_path / "page", tmp_path / "videos")
    first, *others = said.pictures
    picture = said.pictures[first]
    scale = picture.shape[1] / SIZE[0]
    assert picture.shape[:2] == (round(SIZE[1] * scale), 960)
    assert np.abs(picture[-10:, -10:].astype(int) - ground[BAD_FRAME]).max() < 8
    assert seen(picture, np.add(place(BAD_FRAME, 0)[NECK], (SHIFT, 0)) * scale, track_colour(0))
    assert any(caption.startswith(NAMES[1]) and "no video of this name" in caption for caption in others)


def test_two_videos_of_one_name_are_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    for part in ("a", "b"):
        pictures(tmp_path / "videos" / part / NAMES[0])
    with pytest.raises(InputError, match=rf"expected one video named {NAMES[0]}, got .*/a/.*, .*/b/"):
        page(folders, tmp_path / "page", tmp_path / "videos")


def test_no_videos_at_all_are_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(VideoError, match="found no video at"):
        page(folders, tmp_path / "page", tmp_path / "nowhere")


def test_pictures_without_numbers_are_told_by_their_names(tmp_path: Path) -> None:
    dataset = coco_dataset(4)
    numbers = [1, 2, 3, 5]
    for image, number in zip(dataset["images"], numbers, strict=True):
        image["file_name"] = f"street_{number}.jpg"
    gt, pred = save(tmp_path / "gt.json", dataset), save(tmp_path / "pred.json", results(dataset, shift=5.0)[3:])
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(6):
        image = np.full((500 + number, 900 + 10 * number, 3), 40 + 30 * number, np.uint8)
        cv2.imwrite(str(folder / f"street_{number}.jpg"), image)
    result = evaluate(str(gt), str(pred))
    said = Page(write_report(result, tmp_path / "page", "gt", "pred", str(folder))).pictures
    assert len(said) == 4
    for frame, number in enumerate(numbers):
        (picture,) = (image for caption, image in said.items() if caption.startswith(f"gt, frame {frame}:"))
        assert np.abs(picture[-10:, -10:].astype(int) - (40 + 30 * number)).max() < 8


def test_at_most_twelve_frames_are_kept_the_worst_of_all_sequences(tmp_path: Path) -> None:
    """Sequence s is s pixels off from frame 20 on: the last three fill the page, four frames each, 10 apart."""
    frames = range(60)
    for s in range(6):
        name = f"{s:06d}_bonn_test"
        save(tmp_path / "gt" / f"{name}.json", posetrack(name, frames))
        document = posetrack(name, frames, scores=True)
        for item in document["annotations"]:
            frame, number = item["image_id"] - 10_000, item["track_id"]
            item.update(person(frame, number, 4.0 * s if frame >= 20 else 0.0, scores=True))
        save(tmp_path / "pred" / f"{name}.json", document)
    views = evaluate(str(tmp_path / "gt"), str(tmp_path / "pred")).views
    expected = [(f"{s:06d}_bonn_test", frame) for s in (5, 4, 3) for frame in (20, 30, 40, 50)]
    assert [(view.sequence, view.found.frame_index) for view in views] == expected
    for view in views:
        assert set(view.truth.frame_index.tolist()) == set(view.predicted.frame_index.tolist())
        assert set(view.truth.frame_index.tolist()) == {view.found.frame_index}


def test_a_single_sequence_fills_the_room_with_frames_that_look_alike(tmp_path: Path) -> None:
    gt = save(tmp_path / "gt.json", posetrack(NAMES[0], range(15)))
    pred = save(tmp_path / "pred.json", posetrack(NAMES[0], range(15), shift=9.0, scores=True))
    views = evaluate(str(gt), str(pred)).views
    assert len(views) == 12
    assert [view.found.frame_index for view in views if not view.is_spare] == [0, 10]


def test_predictions_less_sure_than_any_that_belongs_to_somebody_are_not_drawn(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    path = folders[1] / f"{NAMES[1]}.json"
    document = json.loads(path.read_text())
    for track_id, score in ((7, 0.1), (8, 0.9)):
        stranger = person(0, 0, 300.0, scores=True) | {"track_id": track_id, "id": track_id}
        document["annotations"].append(stranger | {"scores": [score] * 17})
    save(path, document)
    (view,) = (v for v in found(folders).views if v.sequence == NAMES[1] and v.found.frame_index == 0)
    assert (view.found.predicted, view.predicted.track_id.tolist()) == (4, [1, 2, 8])
    captions = page(folders, tmp_path / "page").pictures
    assert any(caption.endswith("3 people, 4 predictions, the 3 surest shown") for caption in captions)


def test_a_prediction_far_off_does_not_shrink_the_others(folders: tuple[Path, Path], tmp_path: Path) -> None:
    path = folders[1] / f"{NAMES[0]}.json"
    document = json.loads(path.read_text())
    document["annotations"].append(person(BAD_FRAME, 0, 1e6, scores=True) | {"track_id": 9, "id": 5})
    save(path, document)
    said = page(folders, tmp_path / "page")
    picture = next(iter(said.pictures.values()))
    white = np.argwhere((picture.min(axis=2) > 200).any(axis=0))
    assert np.ptp(white) > 0.5 * picture.shape[1]


def test_what_is_missing_is_said_with_its_reason(folders: tuple[Path, Path], tmp_path: Path) -> None:
    save(folders[0] / f"{NAMES[0]}.json", posetrack(NAMES[0], bbox_head=None))
    (folders[1] / f"{NAMES[1]}.json").unlink()
    said = page(folders, tmp_path / "page")
    assert said.headline["PoseTrack AP"] == said.headline["keypoint HOTA"] == "–"
    assert said.headline["COCO AP"] != "–"
    (no_heads,) = (warning for warning in said.warnings if "expected a head box" in warning)
    assert no_heads.startswith(
        "No PoseTrack AP; no PoseTrack MOTA, poseval; no PoseTrack MOTA, all frames; "
        "no keypoint HOTA, fixed; no keypoint HOTA, verbatim: 000001_bonn_test: expected"
    )
    assert any("1 of 2 sequences have no predictions" in warning for warning in said.warnings)
    assert "Keypoints" not in said.headings
    assert any("posetrack_ap" in row[0] and "expected a head box" in row[1] for row in said.rows)


def test_the_page_needs_nothing_else_and_is_the_same_twice(folders: tuple[Path, Path], tmp_path: Path) -> None:
    pages = [page(folders, tmp_path / name) for name in ("a", "b")]
    assert pages[0].foreign() == []
    assert pages[0].html == pages[1].html
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["index.html"]


def pictures(folder: Path) -> list[int]:
    """An image folder whose frames have a grey level each, which is returned."""
    folder.mkdir(parents=True)
    levels = [40 + 20 * frame for frame in range(FRAMES)]
    for frame, level in enumerate(levels):
        cv2.imwrite(str(folder / f"{frame:06d}.jpg"), np.full((SIZE[1], SIZE[0], 3), level, np.uint8))
    return levels


def seen(picture: U8, at: F64, colour: tuple[int, int, int]) -> bool:
    """Whether a colour is within a pixel of a place."""
    x, y = (round(float(v) - 0.5) for v in at)
    patch = picture[y - 1 : y + 2, x - 1 : x + 2].astype(int)
    return bool((np.abs(patch - colour).max(axis=2) < 40).any())


def _reach() -> tuple[int, int]:
    """Size of the empty ground: 8 % beyond what the boxes of the bad frame reach, as `sequences.person` says them."""
    corner = np.add(place(BAD_FRAME, PEOPLE - 1), (SHIFT, 0)).min(axis=0) - 5
    return int((corner[0] + 100) * 1.08), int((corner[1] + 240) * 1.08)
