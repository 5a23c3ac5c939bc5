"""Propagation of corrections through time: pure functions of labels and pictures."""

from poseloom.models.propagation.anchors import anchors
from poseloom.models.propagation.continue_inference import continue_inference
from poseloom.models.propagation.plan import needed_frames, needed_ranges
from poseloom.models.propagation.propagate import propagate
from poseloom.models.propagation.settings import PropagationSettings

__all__ = ["PropagationSettings", "anchors", "continue_inference", "needed_frames", "needed_ranges", "propagate"]
