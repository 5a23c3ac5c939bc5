"""The robustness benchmark: how long one correction holds with every strategy."""

from poseloom.tasks.robustness.result import RobustnessBenchmark
from poseloom.tasks.robustness.run import run_robustness

__all__ = ["RobustnessBenchmark", "run_robustness"]
