"""The click benchmark: videos in, clicks of every strategy out."""

from poseloom.tasks.clicks.generated import generated_cases
from poseloom.tasks.clicks.inputs import labelled_cases
from poseloom.tasks.clicks.result import ClickBenchmark
from poseloom.tasks.clicks.run import run_clicks

__all__ = ["ClickBenchmark", "generated_cases", "labelled_cases", "run_clicks"]
