"""PoseTrack's ids of sequences, images and people."""

import hashlib
import re
from dataclasses import dataclass

_SEQUENCE = re.compile(r"(?P<number>[0-9]{6})_(?P<source>bonn|mpiinew|mpii)(?:_|$)")
_SOURCES = {"mpii": 1, "bonn": 2, "mpiinew": 3}
_NO_SOURCE = 9


@dataclass(frozen=True)
class SequenceIds:
    """Ids for a sequence that brings none.

    ``TSSSSSSFFFF``: source T (1 mpii, 2 bonn, 3 mpiinew), sequence S, frame F (poseval's
    posetrack18_id2fname). A name of another form gets T = 9, which PoseTrack does not use, and S from
    the SHA-256 of the name; more than 10,000 frames widen F to six digits.

    Attributes:
        vid_id: Six digits, as text.
        first_image_id: Image id of frame 0.
        folder: Folder of the pictures.
    """

    vid_id: str
    first_image_id: int
    folder: str

    @classmethod
    def of(cls, name: str, frame_count: int) -> "SequenceIds":
        """Ids for a sequence name and its number of frames."""
        match = _SEQUENCE.match(name)
        if match:
            source, number = _SOURCES[match["source"]], int(match["number"])
        else:
            source, number = _NO_SOURCE, int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % 1_000_000
        width = 10_000 if frame_count <= 10_000 else 1_000_000
        # Official val sequences carry the suffix _test; only their folder says val.
        split = "val" if name.endswith("_test") else "train"
        return cls(f"{number:06d}", (source * 1_000_000 + number) * width, f"images/{split}/{name}")


class PersonIds:
    """Hands out annotation ids ``image_id * 100 + index``, keeping those a file brought.

    Args:
        taken: Ids that the annotations bring, -1 for none; the second use of an id is dropped.
        most_people: Largest number of people in one frame; more than 100 widen the index.
    """

    def __init__(self, taken: list[int], most_people: int) -> None:
        self._taken = set(taken)
        self._used: set[int] = set()
        self._next: dict[int, int] = {}
        self._width = 100
        while self._width < most_people:
            self._width *= 10

    def next(self, own: int, image_id: int) -> int:
        """The person's own id if it has one that nobody used yet, else a free one of its frame."""
        chosen = own
        while chosen < 0 or chosen in self._used or (chosen != own and chosen in self._taken):
            index = self._next.get(image_id, 0)
            self._next[image_id] = index + 1
            chosen = image_id * self._width + index
        self._used.add(chosen)
        return chosen
