"""Evaluation: predictions against a truth, with every figure as the field's own kits count it."""

from poseloom.tasks.evaluate.comparing import Area
from poseloom.tasks.evaluate.results import Evaluation
from poseloom.tasks.evaluate.run import evaluate
from poseloom.tasks.evaluate.worst import WorstFrame, ranked_frames

__all__ = ["Area", "Evaluation", "WorstFrame", "evaluate", "ranked_frames"]
