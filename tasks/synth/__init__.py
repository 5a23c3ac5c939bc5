"""Generated sequences as data sets on disk."""

from poseloom.tasks.synth.layout import Layout
from poseloom.tasks.synth.sequence import write_sequence

__all__ = ["Layout", "write_sequence"]
