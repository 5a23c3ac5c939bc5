"""Tiny RT-DETR v2 and ViTPose models with random weights, saved as real ones are."""

from pathlib import Path

import torch
from transformers import (
    RTDetrResNetConfig,
    RTDetrV2Config,
    RTDetrV2ForObjectDetection,
    VitPoseBackboneConfig,
    VitPoseConfig,
    VitPoseForPoseEstimation,
)
from transformers.models.rt_detr.image_processing_pil_rt_detr import RTDetrImageProcessorPil
from transformers.models.vitpose.image_processing_pil_vitpose import VitPoseImageProcessorPil


def save_tiny_vitpose(folder: Path, experts: int = 1, keypoints: int = 17) -> Path:
    """Write ``detector/`` and ``pose/`` into the folder; returns the folder."""
    with torch.random.fork_rng():
        torch.manual_seed(20261120)
        detector = RTDetrV2ForObjectDetection(_detector_config())
        pose = VitPoseForPoseEstimation(_pose_config(experts, keypoints))
    detector.save_pretrained(folder / "detector")
    RTDetrImageProcessorPil(size={"height": 64, "width": 64}).save_pretrained(folder / "detector")
    pose.save_pretrained(folder / "pose")
    VitPoseImageProcessorPil(size={"height": 64, "width": 48}).save_pretrained(folder / "pose")
    return folder


def _detector_config() -> RTDetrV2Config:
    backbone = RTDetrResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 8, 8, 8],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],  # type: ignore[call-arg]  # taken as a keyword, not declared
    )
    return RTDetrV2Config(
        backbone_config=backbone,
        num_queries=10,
        d_model=16,
        encoder_hidden_dim=16,
        encoder_ffn_dim=16,
        encoder_in_channels=[8, 8, 8],
        decoder_in_channels=[16, 16, 16],
        decoder_layers=2,
        decoder_ffn_dim=16,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        decoder_n_points=2,
        hidden_expansion=0.5,
        anchor_image_size=None,
        num_denoising=0,
        id2label={0: "bicycle", 1: "person"},
        label2id={"bicycle": 0, "person": 1},
    )


def _pose_config(experts: int, keypoints: int) -> VitPoseConfig:
    backbone = VitPoseBackboneConfig(
        image_size=[64, 48],
        patch_size=[16, 16],
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        out_indices=[1],  # type: ignore[call-arg]  # taken as a keyword, not declared
        num_experts=experts,
        part_features=4,
    )
    return VitPoseConfig(backbone_config=backbone, num_labels=keypoints)  # type: ignore[call-arg]  # as above
