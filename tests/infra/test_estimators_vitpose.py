"""RT-DETR and ViTPose through transformers, with tiny random models saved to disk."""

import runpy
import shutil
from pathlib import Path

import huggingface_hub
import numpy as np
import pytest
import torch
from transformers import VitPoseForPoseEstimation

from poseloom.infra.estimators import create_estimator, describe_estimator
from poseloom.infra.estimators._vitpose import VitPoseEstimator
from poseloom.schemas.arrays import U8
from poseloom.schemas.errors import EstimatorError

save_tiny_vitpose = runpy.run_path(str(Path(__file__).with_name("tiny_vitpose.py")))["save_tiny_vitpose"]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = save_tiny_vitpose(tmp_path_factory.mktemp("weights"))
    return folder


@pytest.fixture
def editable(weights: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(weights, tmp_path / "weights"))


@pytest.fixture
def pictures(rng: np.random.Generator) -> list[U8]:
    return [rng.integers(0, 255, size, dtype=np.uint8) for size in ((120, 160, 3), (90, 60, 3), (200, 80, 3))]


def vitpose(weights: Path, **options: str) -> VitPoseEstimator:
    estimator = create_estimator("vitpose", {"weights": str(weights), "device": "cpu", "threshold": "0", **options})
    assert isinstance(estimator, VitPoseEstimator)
    return estimator


def point_all_heat_at(pose: Path, row: int, column: int) -> None:
    """Make every heat map peak at one place of the 16 x 12 grid, whatever the picture.

    The head's last layer sees 4 x 3 patches scaled up 4 times by bilinear interpolation, so a patch
    that alone is bright puts the peak at the centre of its 4 x 4 block, between the middle pixels.
    """
    model = VitPoseForPoseEstimation.from_pretrained(pose)
    with torch.no_grad():
        for layer in model.backbone.encoder.layer:
            for weight in layer.parameters():
                weight.zero_()
        model.backbone.embeddings.patch_embeddings.projection.weight.zero_()
        model.backbone.embeddings.patch_embeddings.projection.bias.zero_()
        patches = torch.zeros(1, 13, 16)
        patches[0, 1 + row * 3 + column, 0] = 1.0
        model.backbone.embeddings.position_embeddings.copy_(patches)
        model.backbone.layernorm.weight.fill_(1.0)
        model.backbone.layernorm.bias.zero_()
        model.head.conv.weight.zero_()
        model.head.conv.weight[:, 0, 1, 1] = 0.2
        torch.nn.init.zeros_(model.get_parameter("head.conv.bias"))
    model.save_pretrained(pose)


@pytest.mark.parametrize(("row", "column"), [(1, 1), (2, 1)])
def test_heat_maps_map_back_to_picture_pixels(editable: Path, pictures: list[U8], row: int, column: int) -> None:
    point_all_heat_at(editable / "pose", row, column)
    found = vitpose(editable).estimate(pictures, np.array([0, 1, 2]))
    # The crop is the box, widened to 3:4 and grown by 1.25; grid corners are the crop's corners (11 x 15 steps).
    centre, size = found.bbox_xywh[:, :2] + found.bbox_xywh[:, 2:] / 2, found.bbox_xywh[:, 2:]
    crop = 1.25 * np.stack([np.maximum(size[:, 0], size[:, 1] * 3 / 4), np.maximum(size[:, 1], size[:, 0] * 4 / 3)], 1)
    peak = np.array([4 * column + 1.5, 4 * row + 1.5])
    expected = centre - crop / 2 + crop * peak / (11, 15)
    off = np.abs(found.keypoints_xy - expected[:, None]) / (crop / (11, 15))[:, None]
    seen = found.visibility > 0
    assert seen.sum() > 50
    assert (off[seen] <= 0.51).all()


def test_boxes_lie_inside_the_picture(weights: Path, pictures: list[U8]) -> None:
    found = vitpose(weights).estimate(pictures, np.array([4, 5, 6]))
    assert len(found) > 0
    for frame, picture in zip((4, 5, 6), pictures, strict=True):
        boxes = found.bbox_xywh[found.frame_index == frame]
        assert (boxes[:, :2] >= 0).all()
        assert (boxes[:, :2] + boxes[:, 2:] <= np.array(picture.shape[1::-1]) + 1e-3).all()


def test_only_people_become_instances(editable: Path, pictures: list[U8]) -> None:
    everyone = len(vitpose(editable).estimate(pictures[:1], np.array([0])))
    config = editable / "detector" / "config.json"
    config.write_text(
        config.read_text()
        .replace('"bicycle"', '"spare"')
        .replace('"person"', '"bicycle"')
        .replace('"spare"', '"person"')
    )
    others = len(vitpose(editable).estimate(pictures[:1], np.array([0])))
    assert everyone > 0
    assert everyone + others == 10  # the detector's ten queries


def test_default_batch_makes_pictures_independent(weights: Path, pictures: list[U8]) -> None:
    estimator = vitpose(weights)
    together = estimator.estimate(pictures, np.array([0, 1, 2]))
    for frame in (2, 0, 1):
        alone = estimator.estimate([pictures[frame]], np.array([frame]))
        assert np.array_equal(alone.keypoints_xy, together.in_frames(frame, frame + 1).keypoints_xy)


def test_larger_batch_finds_the_same_people(weights: Path, rng: np.random.Generator) -> None:
    pictures = [rng.integers(0, 255, (90, 120, 3), dtype=np.uint8) for _ in range(3)]
    frames = np.array([0, 1, 2])
    one, three = (vitpose(weights, batch=batch).estimate(pictures, frames) for batch in ("1", "3"))
    assert one.frame_index.tolist() == three.frame_index.tolist()
    np.testing.assert_allclose(one.bbox_xywh, three.bbox_xywh, atol=1e-2)


def test_nobody_above_the_threshold_gives_no_instances(weights: Path, pictures: list[U8]) -> None:
    assert len(vitpose(weights, threshold="1").estimate(pictures, np.array([0, 1, 2]))) == 0


def test_mixture_of_experts_depends_on_the_dataset(tmp_path: Path, pictures: list[U8]) -> None:
    folder = save_tiny_vitpose(tmp_path, experts=6)
    first, last = (vitpose(folder, dataset=d).estimate(pictures, np.array([0, 1, 2])) for d in ("0", "5"))
    assert np.array_equal(first.bbox_xywh, last.bbox_xywh)
    assert not np.array_equal(first.score, last.score)


def test_dataset_without_an_expert_is_an_error(weights: Path) -> None:
    with pytest.raises(EstimatorError, match="expected dataset below 1"):
        vitpose(weights, dataset="1")


def test_digest_follows_weights_and_options(editable: Path) -> None:
    def digest(**options: str) -> str:
        return describe_estimator("vitpose", {"weights": str(editable), **options}).digest

    before = digest()
    assert digest() == before
    assert digest(threshold="0.4") != before
    file = editable / "pose" / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    assert digest() != before


def test_model_of_other_keypoints_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EstimatorError, match=r"expected ViTPose with 17 keypoints in .*pose, got 133"):
        vitpose(save_tiny_vitpose(tmp_path, keypoints=133))


def test_exchanged_folders_are_refused(weights: Path) -> None:
    swapped = {"detector": str(weights / "pose"), "pose": str(weights / "detector")}
    with pytest.raises(EstimatorError, match="pose"):
        create_estimator("vitpose", swapped)


def test_damaged_weights_are_an_error(editable: Path) -> None:
    (editable / "pose" / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(EstimatorError, match=r"no model loads from .*pose"):
        vitpose(editable)


def test_missing_weights_are_an_error(editable: Path) -> None:
    (editable / "pose" / "model.safetensors").unlink()
    with pytest.raises(EstimatorError, match=r"expected config.json and \*.safetensors in .*got config.json"):
        vitpose(editable)


def test_pickled_weights_are_not_read(editable: Path) -> None:
    file = editable / "pose" / "model.safetensors"
    torch.save({}, file.with_name("pytorch_model.bin"))
    file.unlink()
    with pytest.raises(EstimatorError, match=r"expected config.json and \*.safetensors"):
        vitpose(editable)


def test_model_that_was_not_downloaded_is_an_error_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(EstimatorError, match="hf download nobody/nothing-of-that-name"):
        describe_estimator("vitpose", {"detector": "nobody/nothing-of-that-name"})


def test_model_in_the_cache_of_the_hub_is_used_by_its_id(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    for part in ("detector", "pose"):
        model = tmp_path / f"models--team--{part}"
        shutil.copytree(weights / part, model / "snapshots" / "0123abc")
        (model / "refs").mkdir()
        (model / "refs" / "main").write_text("0123abc")
    by_id = describe_estimator("vitpose", {"detector": "team/detector", "pose": "team/pose"})
    assert by_id == describe_estimator("vitpose", {"weights": str(weights)})


@pytest.mark.parametrize("device", ["cuda:77", "toaster"])
def test_device_that_is_not_there_is_an_error(weights: Path, device: str) -> None:
    with pytest.raises(EstimatorError, match=r"expected a device|expected device"):
        vitpose(weights, device=device)
