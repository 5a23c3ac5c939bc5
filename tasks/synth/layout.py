"""What a generated sequence is called and where its files lie."""

from dataclasses import dataclass
from pathlib import Path

from poseloom.models.synthetic.presets import BENCHMARK_SEEDS
from poseloom.schemas.errors import InputError

SEED_LIMIT = 100_000
"""Sequence numbers have six digits; the first tells the preset."""


@dataclass(frozen=True)
class Layout:
    """Files of one sequence in PoseTrack21's layout.

    Attributes:
        root: The data set's folder.
        split: ``val`` for benchmark seeds, ``train`` for training seeds.
        name: Sequence name that PoseTrack's kits accept; val sequences end in ``_test`` there.
    """

    root: Path
    split: str
    name: str

    @classmethod
    def of(cls, root: Path, preset: int, seed: int) -> "Layout":
        """The layout of a seed's clip of the preset of that number; 0 for none.

        Raises:
            InputError: The seed has more digits than a sequence name.
        """
        if seed >= SEED_LIMIT:
            raise InputError(f"expected seeds below {SEED_LIMIT:,}, as PoseTrack's names have room for, got {seed:,}")
        split, suffix = ("val", "test") if seed in BENCHMARK_SEEDS else ("train", "train")
        return cls(root, split, f"{preset}{seed:05d}_mpii_{suffix}")

    @property
    def number(self) -> int:
        """The sequence's number."""
        return int(self.name[:6])

    @property
    def images(self) -> Path:
        """Folder of the pictures."""
        return self.root / "images" / self.split / self.name

    @property
    def posetrack(self) -> Path:
        """PoseTrack's 15 keypoints, head boxes, ids and ignore regions."""
        return self.root / "posetrack_data" / self.split / f"{self.name}.json"

    @property
    def coco(self) -> Path:
        """COCO's 17 keypoints, with visibility 1 where something hides them."""
        return self.root / "coco" / self.split / f"{self.name}.json"

    @property
    def sheet(self) -> Path:
        """A picture to look at."""
        return self.root / "sheets" / f"{self.name}.jpg"

    @property
    def video(self) -> Path:
        """The pictures as a video file."""
        return self.root / "videos" / f"{self.name}.mp4"

    @property
    def origin(self) -> Path:
        """What the sequence was generated from, and whether it is complete."""
        return self.root / "origins" / self.split / f"{self.name}.json"
