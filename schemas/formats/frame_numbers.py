"""0-based frame indices from picture names."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

_SIX_DIGITS = re.compile(r"[0-9]{6}")


def frame_numbers(file_names: Sequence[str], frame_count: int | None = None) -> list[int]:
    """Frame index of each picture of one video.

    Six-digit stems are frame numbers (PoseTrack's ``000123.jpg``), 0-based; when the video's
    `frame_count` is itself a stem and 0 is not, they are 1-based. Other pictures are numbered by
    their place: in natural order of their names, so that ``frame_10`` follows ``frame_9``.
    """
    if is_numbered(file_names):
        numbers = [int(PurePosixPath(name).stem) for name in file_names]
        one_based = bool(numbers) and max(numbers) == frame_count and min(numbers) > 0
        return [number - one_based for number in numbers]
    order = sorted(range(len(file_names)), key=lambda i: (_natural(file_names[i]), i))
    return [rank for _, rank in sorted(zip(order, range(len(order)), strict=True))]


def is_numbered(file_names: Sequence[str]) -> bool:
    """Whether the pictures are named by six-digit frame numbers."""
    return all(_SIX_DIGITS.fullmatch(PurePosixPath(name).stem) for name in file_names)


def folder_of(file_name: str) -> str:
    """Folder of a picture name, ``""`` for none; both kinds of slashes separate."""
    return str(PurePosixPath(file_name.replace("\\", "/")).parent).removeprefix(".")


def _natural(name: str) -> list[tuple[int, str]]:
    parts = re.split(r"([0-9]+)", name)
    return [(len(part.lstrip("0")), part.lstrip("0")) if i % 2 else (-1, part) for i, part in enumerate(parts)]
