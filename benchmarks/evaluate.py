"""All figures of `poseloom evaluate` beside pycocotools alone, and its growth from 20 to 200 sequences.

Ten sequences of people (real labels where ``POSELOOM_TEST_DATA`` has them, else generated ones) with perturbed
predictions: people missed, moved, doubled, identities swapped. pycocotools alone reads the same people from one
COCO file and one results list (`json.load`, `COCO`, `loadRes`, `COCOeval`), in the same process, taking turns.
More sequences are copies under other names; their memory is the resident peak of a fresh process.
"""

import contextlib
import io
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

_REAL = Path(os.environ.get("POSELOOM_TEST_DATA", "../shared/data")) / "bonn_posetrack" / "val" / "posetrack_data"
_REPEATS = 3
_FEW, _MANY = 20, 200
_SLOTS = 17
_UNUSED = (3, 4)


def measure() -> dict[str, float]:
    """Best of several for the times; ratios of whole runs."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        truths = _truths()
        ten = _write(root / "10", truths, 10)
        few, many = (_write(root / str(count), truths, count) for count in (_FEW, _MANY))
        coco = _write_coco(root, ten)
        people = sum(len(document["annotations"]) for document in truths)
        ours, alone = _best(lambda: evaluate_folder(ten), lambda: pycocotools_alone(*coco))
        short, long = (_best(lambda at=at: evaluate_folder(at), repeats=2)[0] for at in (few, many))
        small, large = (_peak_mib(at) for at in (few, many))
    return {
        "all figures, s per 1,000 people": 1000 * ours / people,
        "pycocotools alone, s per 1,000 people": 1000 * alone / people,
        "all figures ÷ pycocotools alone": ours / alone,
        f"time of {_MANY} sequences ÷ {_FEW} sequences": long / short,
        f"peak memory of {_MANY} sequences, MiB": large,
        f"peak memory of {_MANY} sequences ÷ {_FEW} sequences": large / small,
    }


def evaluate_folder(folder: Path) -> None:
    """The whole evaluation, to its JSON file."""
    from poseloom.tasks.evaluate import evaluate

    with (folder / "scores.json").open("w") as file:
        evaluate(str(folder / "gt"), str(folder / "pred")).write(file)


def pycocotools_alone(truth: Path, results: Path) -> None:
    """COCO's ten figures as everybody computes them."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        annotated = COCO(truth)
        run = COCOeval(annotated, annotated.loadRes(json.loads(results.read_text())), "keypoints")
        run.evaluate()
        run.accumulate()
        run.summarize()


def peak_mib(folder: Path) -> float:
    """Peak resident MiB of this process after evaluating; `getrusage` would count the parent's before exec, too."""
    evaluate_folder(folder)
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def _peak_mib(folder: Path) -> float:
    with ProcessPoolExecutor(1, get_context("spawn")) as fresh:
        return fresh.submit(peak_mib, folder).result()


def _best(*work: Callable[[], None], repeats: int = _REPEATS) -> list[float]:
    """Least seconds of each, taking turns."""
    seconds: list[list[float]] = [[] for _ in work]
    for _ in range(repeats):
        for run, mine in zip(work, seconds, strict=True):
            start = time.perf_counter()
            run()
            mine.append(time.perf_counter() - start)
    return [min(mine) for mine in seconds]


def _truths() -> list[dict[str, Any]]:
    files = sorted(_REAL.glob("*.json")) if _REAL.is_dir() else []
    return [json.loads(file.read_text()) for file in files] or [_generated(seed) for seed in range(10)]


def _generated(seed: int) -> dict[str, Any]:
    """Sixty frames of five people, each a cloud of keypoints that walks."""
    rng = np.random.default_rng(seed)
    bodies = rng.uniform(0, 1, (5, _SLOTS, 2)) * (80, 240)
    starts = rng.uniform((0, 0), (1800, 600), (5, 2))
    images, people = [], []
    for frame in range(60):
        image = frame + 1
        images.append({"id": image, "frame_id": image, "file_name": f"{frame:06d}.jpg", "is_labeled": True})
        for track, (body, start) in enumerate(zip(bodies, starts, strict=True)):
            xy = body + start + (3.0 * frame, 0) + rng.normal(0, 2, body.shape)
            flat = np.concatenate([xy, np.ones((_SLOTS, 1))], axis=1)
            flat[list(_UNUSED)] = 0
            box = [*start.tolist(), 80.0, 240.0]
            people.append(
                {
                    "id": 100 * image + track,
                    "image_id": image,
                    "track_id": track,
                    "category_id": 1,
                    "keypoints": flat.ravel().tolist(),
                    "bbox": box,
                    "bbox_head": [box[0], box[1], 30.0, 40.0],
                }
            )
    return {"images": images, "annotations": people}


def _predicted(truth: dict[str, Any], seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    people: list[dict[str, Any]] = []
    for person in truth["annotations"]:
        for _ in range(rng.choice([0, 1, 1, 1, 1, 1, 1, 1, 1, 2])):
            triples = np.array(person["keypoints"]).reshape(-1, 3)
            there = triples.any(axis=1)
            scale = rng.choice([0.01, 0.03, 0.1]) * max(person["bbox"][2:])
            triples[there] = np.c_[triples[there][:, :2] + rng.normal(0, scale, (there.sum(), 2)), np.ones(there.sum())]
            track = person["track_id"] + 50 * len([p for p in people if p["image_id"] == person["image_id"]])
            people.append(
                {
                    "id": len(people) + 1,
                    "image_id": person["image_id"],
                    "track_id": int(track % 400),
                    "category_id": 1,
                    "keypoints": triples.ravel().tolist(),
                    "scores": (rng.random(_SLOTS) * there).tolist(),
                    "bbox": (np.array(person["bbox"]) + rng.normal(0, scale, 4)).clip(1).tolist(),
                }
            )
    return {"images": truth["images"], "annotations": _unique_tracks(people)}


def _unique_tracks(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen: set[tuple[int, int]] = set()
    for person in people:
        while (person["image_id"], person["track_id"]) in seen:
            person["track_id"] += 400
        seen.add((person["image_id"], person["track_id"]))
    return people


def _write(folder: Path, truths: list[dict[str, Any]], count: int) -> Path:
    for side in ("gt", "pred"):
        (folder / side).mkdir(parents=True)
    for number in range(count):
        truth = truths[number % len(truths)]
        name = f"{number:06d}_bonn_test.json"
        (folder / "gt" / name).write_text(json.dumps(truth))
        (folder / "pred" / name).write_text(json.dumps(_predicted(truth, number)))
    return folder


def _write_coco(root: Path, folder: Path) -> tuple[Path, Path]:
    """The people of a folder as one COCO dataset and one results list."""
    images, people, results = [], [], []
    for number, file in enumerate(sorted((folder / "gt").glob("*.json"))):
        truth, found = (json.loads((folder / side / file.name).read_text()) for side in ("gt", "pred"))
        image_of = {image["id"]: 100_000 * number + i for i, image in enumerate(truth["images"])}
        images += [{"id": i, "file_name": f"{i}.jpg"} for i in image_of.values()]
        for person in truth["annotations"]:
            labelled = sum(v > 0 for v in person["keypoints"][2::3])
            area = 0.53 * person["bbox"][2] * person["bbox"][3]
            own = {"id": len(people) + 1, "image_id": image_of[person["image_id"]], "iscrowd": 0}
            people.append(person | own | {"num_keypoints": labelled, "area": area})
        for person in found["annotations"]:
            score = sum(person["scores"]) / max(1, sum(s > 0 for s in person["scores"]))
            fields = ("category_id", "keypoints", "bbox")
            result = {name: person[name] for name in fields}
            results.append(result | {"image_id": image_of[person["image_id"]], "score": score})
    truth_file, results_file = root / "coco.json", root / "results.json"
    categories = [{"id": 1, "name": "person"}]
    truth_file.write_text(json.dumps({"images": images, "annotations": people, "categories": categories}))
    results_file.write_text(json.dumps(results))
    return truth_file, results_file
