"""The models of the estimator ``vitpose`` and the way of pictures through them.

RT-DETR: Zhao et al., CVPR 2024 (v2: Lv et al., 2024). ViTPose: Xu et al., NeurIPS 2022; ViTPose+:
TPAMI 2023. Heat maps are decoded by transformers (DARK with unbiased data processing). Keypoints are
in the convention of the labels a model was trained on, that is COCO's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from transformers import AutoModelForObjectDetection, VitPoseForPoseEstimation
from transformers.models.rt_detr.image_processing_pil_rt_detr import RTDetrImageProcessorPil
from transformers.models.vitpose.image_processing_pil_vitpose import VitPoseImageProcessorPil
from transformers.utils.logging import disable_progress_bar

from poseloom.infra.estimators._people import check_pictures, people_in_picture
from poseloom.schemas.arrays import F64, I32, U8
from poseloom.schemas.errors import EstimatorError
from poseloom.schemas.instances import Instances
from poseloom.schemas.ports import EstimatorInfo

_CROPS_AT_ONCE = 32
_MIN_SIDE_PX = 2.0


@dataclass(frozen=True)
class Settings:
    """How to run the models; see the options of `vitpose`."""

    device: str
    threshold: float
    batch_size: int
    threads: int
    dataset: int


class VitPoseEstimator:
    """Person boxes by RT-DETR, then 17 keypoints in each by ViTPose.

    Raises:
        EstimatorError: The folders do not hold such models, or there is no such device.
    """

    def __init__(self, info: EstimatorInfo, detector: Path, pose: Path, settings: Settings) -> None:
        self.info = info
        self.batch_size = settings.batch_size
        self._settings = settings
        torch.set_num_threads(settings.threads)
        disable_progress_bar()  # type: ignore[no-untyped-call]
        self._device = _device(settings.device)
        self._detector = _load(AutoModelForObjectDetection, detector, ("rt_detr", "rt_detr_v2"), self._device)
        self._pose = _load(VitPoseForPoseEstimation, pose, ("vitpose",), self._device)
        self._detector_pictures = _processor(RTDetrImageProcessorPil, detector)
        self._pose_pictures = _processor(VitPoseImageProcessorPil, pose)
        self._person = _person_label(self._detector.config, detector)
        self._check_pose(pose)

    def estimate(self, images: Sequence[U8], frame_index: I32) -> Instances:
        """People of the pictures; see `poseloom.schemas.ports.Estimator`."""
        check_pictures(images, frame_index)
        parts = [Instances.empty(self.info.skeleton)]
        try:
            for start in range(0, len(images), self.batch_size):
                batch = slice(start, start + self.batch_size)
                parts.extend(self._estimate_batch(images[batch], frame_index[batch]))
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[0]
            raise EstimatorError(f"vitpose failed at frames {frame_index.tolist()}: {reason}") from error
        return Instances.concat(parts)

    def close(self) -> None:
        """Release the models; safe to call twice."""
        self._detector = self._pose = None

    @torch.inference_mode()
    def _estimate_batch(self, images: Sequence[U8], frame_index: I32) -> list[Instances]:
        boxes = self._detect(images)
        keypoints = self._keypoints(images, boxes)
        return [
            people_in_picture(self.info.skeleton, int(frame), box, points, image.shape[:2])
            for frame, box, points, image in zip(frame_index, boxes, keypoints, images, strict=True)
        ]

    def _detect(self, images: Sequence[U8]) -> list[F64]:
        """(N, 4) xywh boxes of the people in each picture, inside the picture, best first."""
        inputs = self._detector_pictures(images=list(images), return_tensors="pt", input_data_format="channels_last")
        outputs = self._detector(pixel_values=inputs["pixel_values"].to(self._device))
        found = self._detector_pictures.post_process_object_detection(
            outputs, threshold=self._settings.threshold, target_sizes=[image.shape[:2] for image in images]
        )
        return [self._boxes(answer, image) for answer, image in zip(found, images, strict=True)]

    def _boxes(self, answer: dict[str, Any], image: U8) -> F64:
        people: F64 = answer["boxes"][answer["labels"] == self._person].cpu().numpy().astype(np.float64)
        low = np.maximum(people[:, :2], 0)
        size = np.minimum(people[:, 2:], (image.shape[1], image.shape[0])) - low
        boxes: F64 = np.concatenate([low, size], axis=1)
        return np.compress((size >= _MIN_SIDE_PX).all(axis=1), boxes, axis=0)

    def _keypoints(self, images: Sequence[U8], boxes: list[F64]) -> list[F64]:
        """(N, 17, 4) keypoints (x, y, visibility, score) for the boxes of each picture."""
        crops = [(image, box) for image, found in zip(images, boxes, strict=True) for box in found]
        done = [self._keypoints_in(crops[i : i + _CROPS_AT_ONCE]) for i in range(0, len(crops), _CROPS_AT_ONCE)]
        points = np.concatenate([np.zeros((0, len(self.info.skeleton), 4)), *done])
        ends = np.cumsum([len(found) for found in boxes])
        return [points[end - len(found) : end] for found, end in zip(boxes, ends, strict=True)]

    def _keypoints_in(self, crops: list[tuple[U8, F64]]) -> F64:
        """(N, 17, 4) keypoints of N crops."""
        boxes = [[box.tolist()] for _, box in crops]
        pictures = [image for image, _ in crops]
        inputs = self._pose_pictures(
            images=pictures, boxes=boxes, return_tensors="pt", input_data_format="channels_last"
        )
        outputs = self._pose(inputs["pixel_values"].to(self._device), dataset_index=self._experts(len(crops)))
        found = self._pose_pictures.post_process_pose_estimation(outputs, boxes=boxes)
        xy = np.stack([person["keypoints"].cpu().numpy() for (person,) in found]).astype(np.float64)
        score = np.stack([person["scores"].cpu().numpy() for (person,) in found]).astype(np.float64)
        seen = np.isfinite(xy).all(axis=-1) & np.isfinite(score)
        points: F64 = np.zeros((*seen.shape, 4))
        points[seen] = np.concatenate([xy, np.full_like(score[..., None], 2.0), score[..., None]], axis=-1)[seen]
        return points

    def _experts(self, count: int) -> torch.Tensor | None:
        if self._pose.config.backbone_config.num_experts == 1:
            return None
        return torch.full((count,), self._settings.dataset, device=self._device)

    def _check_pose(self, folder: Path) -> None:
        keypoints, wanted = self._pose.config.num_labels, len(self.info.skeleton)
        if keypoints != wanted:
            raise EstimatorError(f"expected ViTPose with {wanted} keypoints in {folder}, got {keypoints}")
        experts = self._pose.config.backbone_config.num_experts
        if self._settings.dataset >= experts:
            raise EstimatorError(
                f"expected dataset below {experts}, the experts of {folder}, got {self._settings.dataset}"
            )


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise EstimatorError(f"expected device auto, cpu or cuda, got {name!r}") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise EstimatorError(f"expected a device that is there, got {name!r} with {torch.cuda.device_count()} GPUs")
    return device


def _load(model_class: Any, folder: Path, kinds: tuple[str, ...], device: torch.device) -> Any:
    try:
        model, report = model_class.from_pretrained(
            folder, local_files_only=True, use_safetensors=True, output_loading_info=True, dtype=torch.float32
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise EstimatorError(f"no model loads from {folder}: {str(error).strip().splitlines()[0]}") from error
    if model.config.model_type not in kinds:
        raise EstimatorError(f"expected a model of {', '.join(kinds)} in {folder}, got {model.config.model_type}")
    missing = sorted(report["missing_keys"])
    if missing:
        raise EstimatorError(
            f"expected all weights in {folder}, got none for {missing[0]} and {len(missing) - 1} others"
        )
    return model.eval().to(device)


def _processor(processor_class: Any, folder: Path) -> Any:
    try:
        return processor_class.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise EstimatorError(f"no image processor loads from {folder}: {str(error).strip().splitlines()[0]}") from error


def _person_label(config: Any, folder: Path) -> int:
    labels = {name: index for index, name in config.id2label.items()}
    if "person" not in labels:
        raise EstimatorError(f"expected a detector with the label person in {folder}, got {', '.join(labels)}"[:500])
    return int(labels["person"])
