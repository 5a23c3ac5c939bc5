"""What a run computes, and how it is carried out."""

from pydantic import BaseModel, ConfigDict, Field

from poseloom.models.linker import LinkerSettings
from poseloom.models.propagation import PropagationSettings
from poseloom.schemas.rules import RuleSet

PICTURE_BUDGET_BYTES = 256 * 2**20
"""Grey pictures one shard may hold; larger pictures make shorter shards."""


class Parameters(BaseModel):
    """Everything apart from the inputs that decides the labels; hashed into the content keys.

    Attributes:
        name: Name of the data set, for its card.
        estimator: Registry name; ``"imported"`` adds nothing to the labels given.
        estimator_options: Its options.
        tracker: Point tracker of the propagation.
        tracker_options: Its options.
        linker: Settings of the identity linker.
        propagation: Settings of the propagation.
        rules: The annotation rules.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = "poses"
    estimator: str = "imported"
    estimator_options: dict[str, str] = Field(default_factory=dict)
    tracker: str = "lucas_kanade"
    tracker_options: dict[str, str] = Field(default_factory=dict)
    linker: LinkerSettings = LinkerSettings()
    propagation: PropagationSettings = PropagationSettings()
    rules: RuleSet = RuleSet()


class Execution(BaseModel):
    """How a run is carried out; none of it changes a label.

    Attributes:
        workers: Ray actors.
        gpus_per_worker: GPU fraction each claims.
        ray_address: An existing Ray cluster; None starts a private one.
        frames_per_shard: Upper bound of a shard's length.
        max_failed_shards: Failed shards that still allow a release (their frames are missing from it).
        max_attempts: Tries per shard.
        stall_s: Seconds without progress after which busy workers are restarted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    workers: int = Field(default=2, ge=1)
    gpus_per_worker: float = Field(default=0.0, ge=0)
    ray_address: str | None = None
    frames_per_shard: int = Field(default=64, ge=1)
    max_failed_shards: int = Field(default=0, ge=0)
    max_attempts: int = Field(default=3, ge=1)
    stall_s: float = Field(default=900.0, gt=0)

    def shard_frames(self, width: int, height: int) -> int:
        """Frames per shard for pictures of that size."""
        return max(1, min(self.frames_per_shard, PICTURE_BUDGET_BYTES // (width * height)))
