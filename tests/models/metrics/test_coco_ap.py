"""COCO AP beside pycocotools run whole, and cases to do by hand."""

import contextlib
import io
import json
import math
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from poseloom.infra.labels import read_label_sets
from poseloom.models.metrics.coco_ap import Regions, coco_ap, coco_evidence
from poseloom.models.oks import box_area
from poseloom.schemas.comparison import Comparison
from poseloom.schemas.formats.as_given import as_given
from poseloom.schemas.instances import Instances
from poseloom.schemas.labels import FrameLabel
from poseloom.schemas.provenance import Source
from poseloom.schemas.skeleton import COCO17
from tests.fixtures.comparisons import Person, compare, frame_labels, oracle_comparisons

K = len(COCO17)
VARIANTS: tuple[Regions, ...] = ("raw", "ign")


def plain_pycocotools(dataset: dict[str, Any], results: list[dict[str, Any]]) -> list[float]:
    """The ten figures in percent points, NaN for its -1, by the package's own objects on its own documents."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = dataset
        truth.createIndex()
        run = COCOeval(truth, truth.loadRes(json.loads(json.dumps(results))), "keypoints")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return [math.nan if value == -1 else 100 * float(value) for value in run.stats]


def random_case(seed: int, images: int, crowd: bool = True, boxes: bool = False) -> tuple[dict[str, Any], list[Any]]:
    """A COCO dataset and a results list: empty pictures, unlabelled keypoints, crowds, more than 20 predictions."""
    rng = np.random.default_rng(seed)
    people: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for image in range(images):
        for _ in range(rng.integers(0, 6)):
            size = rng.uniform(10, 300)
            xy = rng.uniform(0, 600, 2) + rng.uniform(0, size, (K, 2))
            v = rng.choice([0, 1, 2], K) * (rng.random() > 0.1)
            triples = np.concatenate([np.where(v[:, None] > 0, xy, 0), v[:, None]], axis=1)
            people.append(
                {
                    "id": len(people) + 1,
                    "image_id": image,
                    "category_id": 1,
                    "keypoints": triples.ravel().tolist(),
                    "num_keypoints": int((v > 0).sum()),
                    "bbox": [*xy.min(axis=0).tolist(), *np.ptp(xy, axis=0).tolist()],
                    "area": float(size * size * 0.6),
                    "iscrowd": int(crowd and rng.random() < 0.1),
                }
            )
            for _ in range(rng.integers(0, 12)):
                found = xy + rng.normal(0, size * rng.choice([0.01, 0.05, 0.3]), (K, 2))
                confidence = np.round(rng.random(K), 3) * (rng.random(K) > 0.1)
                person = {
                    "image_id": image,
                    "category_id": 1,
                    "keypoints": np.concatenate([found, confidence[:, None]], axis=1).ravel().tolist(),
                    "score": float(np.round(rng.random(), 2)),
                }
                results.append(person | ({"bbox": [0.0, 0.0, float(size), float(size)]} if boxes else {}))
    dataset = {
        "images": [{"id": image, "file_name": f"street/{image:06d}.jpg"} for image in range(images)],
        "annotations": people,
        "categories": [{"id": 1, "name": "person", "keypoints": list(COCO17.keypoints), "skeleton": []}],
    }
    return dataset, results


def read_case(folder: Path, dataset: dict[str, Any], results: list[Any]) -> Comparison:
    """The case through label files; images lie in one folder."""
    (folder / "truth.json").write_text(json.dumps(dataset))
    (folder / "found.json").write_text(json.dumps(results))
    (truth,) = read_label_sets(str(folder / "truth.json"))
    (found,) = read_label_sets(str(folder / "found.json"))
    given_truth, given_found = as_given(truth), as_given(found)
    frame_of = {frame.image_id: frame.frame_index for frame in truth.frames}
    index = [frame_of[frame.image_id] for frame in found.frames]
    people = found.instances
    return Comparison(
        name=truth.name,
        frames=truth.frames,
        truth=truth.instances,
        predicted=people.replace(frame_index=np.array(index, np.int32)[people.frame_index]),
        predicted_xy=given_found.xy,
        keypoint_scores=given_found.keypoint_scores,
        instance_scores=given_found.instance_scores,
        areas=given_truth.areas,
        crowd=given_truth.crowd,
    )


# --- parity ----------------------------------------------------------------------------------------------------------


def test_real_coco_labels_get_the_recorded_figures(real_data: Path, tmp_path: Path) -> None:
    folder = real_data / "coco_keypoints"
    expected = json.loads((folder / "expected_scores.json").read_text())["recomputed_here"]["values"]
    case = [json.loads((folder / f"example_coco_{name}.json").read_text()) for name in ("val", "preds")]
    figures = coco_ap([coco_evidence(read_case(tmp_path, *case))])
    assert astuple(figures) == pytest.approx([100 * value for value in expected], abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_random_cases_equal_pycocotools_run_whole(seed: int, tmp_path: Path) -> None:
    dataset, results = random_case(seed, images=12, boxes=seed % 2 == 1)
    counts = np.bincount([person["image_id"] for person in results])
    assert counts.max() > 20
    figures = coco_ap([coco_evidence(read_case(tmp_path, dataset, results))])
    np.testing.assert_array_equal(astuple(figures), plain_pycocotools(dataset, results))


def test_sequences_apart_equal_pycocotools_on_all_of_them_at_once(tmp_path: Path) -> None:
    dataset, results = random_case(11, images=30)
    parts = []
    for start in (20, 0, 10):
        mine = range(start, start + 10)
        part = dataset | {
            "images": [image for image in dataset["images"] if image["id"] in mine],
            "annotations": [person for person in dataset["annotations"] if person["image_id"] in mine],
        }
        found = [person for person in results if person["image_id"] in mine]
        parts.append(coco_evidence(read_case(tmp_path, part, found)))
    np.testing.assert_array_equal(astuple(coco_ap(parts)), plain_pycocotools(dataset, results))


# --- by hand ---------------------------------------------------------------------------------------------------------


def test_perfect_predictions_get_100() -> None:
    people = [Person(t, g, (100.0, 300.0 * g)) for t in range(3) for g in range(4)]
    figures = coco_ap([coco_evidence(compare(people, people))])
    assert (figures.ap, figures.ar, figures.ap_l) == pytest.approx((100, 100, 100))


def test_the_real_truth_against_itself_gets_100(real_data: Path) -> None:
    figures = coco_ap([coco_evidence(c) for c in oracle_comparisons(real_data, "perfect")])
    assert (figures.ap, figures.ar) == pytest.approx((100, 100), abs=1e-6)


def test_no_predictions_find_nobody() -> None:
    figures = coco_ap([coco_evidence(compare([Person(0, 0)], []))])
    assert (figures.ap, figures.ar, figures.ap_l) == (0, 0, 0)


def test_without_truth_there_is_no_figure() -> None:
    figures = coco_ap([coco_evidence(compare([], [Person(0, 0)])), coco_evidence(compare([], []))])
    assert all(math.isnan(value) for value in astuple(figures))


def test_of_two_people_one_is_found_so_half_is_recalled() -> None:
    truth = [Person(0, 0), Person(0, 1, (100.0, 900.0))]
    figures = coco_ap([coco_evidence(compare(truth, truth[:1]))])
    assert figures.ar == pytest.approx(50)
    assert figures.ap == pytest.approx(100 * 51 / 101)  # recall points 0, .01, ... .50 of 101


def test_predictions_without_a_score_rank_as_1() -> None:
    wrong = Person(0, 1, (100.0, 5000.0), score=0.9)
    right = Person(0, 0, score=None)
    assert coco_ap([coco_evidence(compare([Person(0, 0)], [wrong, right]))]).ap == pytest.approx(100)


def test_unlabelled_frames_do_not_take_part() -> None:
    truth, found = [Person(0, 0), Person(1, 0)], [Person(0, 0), Person(1, 0), Person(1, 1, (100.0, 900.0), score=0.9)]
    figures = coco_ap([coco_evidence(compare(truth, found, frame_labels(2, unlabelled=[1])))])
    assert figures.ap == pytest.approx(100)


def test_box_only_people_are_neither_found_nor_missed() -> None:
    boxed = Person(0, 1, (100.0, 900.0), missing=tuple(COCO17.keypoints))
    case = compare(
        [Person(0, 0), boxed], [Person(0, 0, score=0.5), Person(0, 1, (100.0, 900.0), score=0.9)], skeleton=COCO17
    )
    assert coco_ap([coco_evidence(case)]).ap == pytest.approx(100)


def test_the_21st_prediction_of_a_picture_is_cut_off() -> None:
    wrong = [Person(0, i, (100.0, 1000.0 + 300 * i), score=0.9) for i in range(20)]
    evidence = coco_evidence(compare([Person(0, 50)], [*wrong, Person(0, 50, score=0.5)]))
    assert (coco_ap([evidence]).ap, evidence.truncated) == (0, 1)
    assert coco_ap([coco_evidence(compare([Person(0, 50)], [*wrong[1:], Person(0, 50, score=0.5)]))]).ap > 0


# --- ignore regions --------------------------------------------------------------------------------------------------

REGION = ((-50.0, 850.0), (5000.0, 850.0), (5000.0, 950.0), (-50.0, 950.0))


def test_raw_figures_know_no_ignore_regions_and_ign_drops_what_lies_inside() -> None:
    found = [Person(0, 0, score=0.5), Person(0, 1, (100.0, 900.0), score=0.9)]
    case = compare([Person(0, 0)], found, frame_labels(1, regions={0: (REGION,)}))
    assert coco_ap([coco_evidence(case, "raw")]).ap == pytest.approx(50)
    assert coco_ap([coco_evidence(case, "ign")]).ap == pytest.approx(100)


def test_truth_inside_an_ignore_region_need_not_be_found() -> None:
    case = compare(
        [Person(0, 0), Person(0, 1, (100.0, 900.0))], [Person(0, 0)], frame_labels(1, regions={0: (REGION,)})
    )
    assert coco_ap([coco_evidence(case, "raw")]).ar == pytest.approx(50)
    assert coco_ap([coco_evidence(case, "ign")]).ar == pytest.approx(100)


def test_a_keypoint_on_the_border_of_a_region_is_outside() -> None:
    case = compare([Person(0, 0, (100.0, 850.0))], [], frame_labels(1, regions={0: (REGION,)}))
    assert coco_ap([coco_evidence(case, "ign")]).ar == 0


def test_without_regions_both_variants_agree() -> None:
    rng = np.random.default_rng(1)
    truth = [Person(t, g, (100.0, 300.0 * g)) for t in range(3) for g in range(3)]
    found = [Person(p.frame, p.track, (p.at[0] + rng.normal(0, 30), p.at[1]), score=rng.random()) for p in truth]
    case = compare(truth, found)
    raw, ign = (astuple(coco_ap([coco_evidence(case, regions)])) for regions in VARIANTS)
    np.testing.assert_array_equal(raw, ign)


# --- properties ------------------------------------------------------------------------------------------------------


def noisy_people(seed: int) -> tuple[list[Person], list[Person]]:
    rng = np.random.default_rng(seed)
    truth = [Person(t, g, (100.0, 250.0 * g)) for t in range(4) for g in range(3) if rng.random() > 0.2]
    found = [
        Person(p.frame, p.track, (p.at[0] + rng.normal(0, 60), p.at[1] + rng.normal(0, 20)), score=float(rng.random()))
        for p in truth
        if rng.random() > 0.2
    ]
    false = [Person(t, 9, (5000.0, 5000.0), score=float(rng.random())) for t in range(4) if rng.random() > 0.5]
    return truth, found + false


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1 << 20), st.randoms(use_true_random=False))
def test_the_order_of_people_changes_nothing(seed: int, shuffler: Any) -> None:
    truth, found = noisy_people(seed)
    frames = frame_labels(4)
    before = coco_ap([coco_evidence(compare(truth, found, frames))])
    shuffler.shuffle(truth)
    shuffler.shuffle(found)
    after = coco_ap([coco_evidence(compare(truth, found, frames))])
    np.testing.assert_array_equal(astuple(after), astuple(before))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(0, 1 << 20), min_size=2, max_size=4, unique=True), st.randoms(use_true_random=False))
def test_the_order_of_sequences_changes_nothing_even_with_equal_scores(seeds: list[int], shuffler: Any) -> None:
    def evidence(seed: int) -> Any:
        truth, found = noisy_people(seed)
        tied = [Person(p.frame, p.track, p.at, score=round(p.score or 0, 1)) for p in found]
        return coco_evidence(compare(truth, tied, frame_labels(4), name=f"seq{seed}"))

    parts = [evidence(seed) for seed in seeds]
    before = coco_ap(parts)
    shuffler.shuffle(parts)
    np.testing.assert_array_equal(astuple(coco_ap(parts)), astuple(before))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1 << 20))
def test_removing_a_false_positive_never_lowers_ap(seed: int) -> None:
    truth, found = noisy_people(seed)
    frames = frame_labels(4)
    false = [p for p in found if p.track == 9]
    figures = [coco_ap([coco_evidence(compare(truth, found, frames))]).ap]
    for person in false:
        found = [p for p in found if p is not person]
        figures.append(coco_ap([coco_evidence(compare(truth, found, frames))]).ap)
    if truth:
        assert figures == sorted(figures)


def test_evidence_is_small() -> None:
    """30 bytes a prediction, whatever pycocotools needs on the way."""
    people = [Person(t, g, (100.0, 300.0 * g)) for t in range(20) for g in range(5)]
    evidence = coco_evidence(compare(people, people))
    size = sum(value.nbytes for value in vars(evidence).values() if isinstance(value, np.ndarray))
    assert size < 30 * len(people)


def test_a_picture_with_id_0_and_people_of_other_skeletons_keep_their_sigmas() -> None:
    """One keypoint of COCO-17 one sigma away: OKS exp(-d² / (2 · area · (2σ)²))."""
    area, away = 53.0 * 53.0, 10.0
    xy = np.zeros((1, K, 2)) + 100.0
    visibility = np.zeros((1, K), np.uint8)
    visibility[0, 5] = 2
    truth = Instances.build(COCO17, [0], xy, visibility, Source.IMPORTED, bbox_xywh=[[80, 80, 100, 53]])
    moved = Instances.build(COCO17, [0], np.add(xy, (away, 0)), visibility, Source.IMPORTED)
    oks = math.exp(-(away**2) / (2 * area * (2 * 0.079) ** 2))
    assert box_area(truth.bbox_xywh)[0] == area
    case = Comparison(
        "one", (FrameLabel(0, 0, ""),), truth, moved, np.add(xy, (away, 0)), np.full((1, K), 0.5), np.full(1, 0.5),
        np.array([area]), np.zeros(1, bool),
    )  # fmt: skip
    thresholds = np.linspace(0.5, 0.95, 10)
    assert coco_ap([coco_evidence(case)]).ar == pytest.approx(100 * float(np.mean(oks >= thresholds)))
