"""The report of a run: what came out, what it cost, what failed."""

from pydantic import BaseModel, ConfigDict, Field


class FailedShard(BaseModel):
    """A shard that was given up.

    Attributes:
        stage: Stage it failed in.
        name: Video and frame range.
        cause: One line.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: str
    name: str
    cause: str


class StageReport(BaseModel):
    """One stage of a run.

    Attributes:
        name: Stage name.
        seconds: Wall seconds.
        shards: Shards of the stage.
        reused: Shards that an earlier run had already computed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    seconds: float
    shards: int = 0
    reused: int = 0


class Report(BaseModel):
    """What a run did.

    Attributes:
        run_key: Content key of inputs, parameters and code; the same run has the same key.
        version: Release published, or the release that already held these labels.
        digest: Release digest.
        location: Where the release lies.
        published: False when an existing release already held exactly these labels.
        videos: Videos in the release.
        frames: Frames of these videos.
        instances: Instances kept by the rules.
        dropped: Instances dropped, by rule (an instance may fall under several).
        dropped_instances: Instances dropped by any rule.
        keypoints: Labelled keypoints of kept instances, by source.
        notes: Things the user should know (conversions with losses, truncated videos).
        stages: Cost of each stage.
        failed: Shards that were given up.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_key: str
    version: str
    digest: str
    location: str
    published: bool
    videos: int
    frames: int
    instances: int
    dropped: dict[str, int] = Field(default_factory=dict)
    dropped_instances: int = 0
    keypoints: dict[str, int] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    stages: tuple[StageReport, ...] = ()
    failed: tuple[FailedShard, ...] = ()
