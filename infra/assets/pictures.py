"""Textures, decoded when somebody asks for them."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from poseloom.schemas.arrays import U8
from poseloom.schemas.errors import InputError

_LIMIT_SIDE = 4096
_KEPT = 48


class Pictures(Mapping[str, U8]):
    """Square RGBA pictures of a pack by name (the file's name without its ending).

    The last 48 asked for are kept decoded.

    Args:
        files: Where each picture is.
    """

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = dict(files)
        self._read = lru_cache(maxsize=_KEPT)(_read)

    def __getitem__(self, name: str) -> U8:
        """The (S, S, 4) uint8 picture, read-only, S the power of two nearest to its longer side.

        Raises:
            KeyError: No such picture.
            InputError: The file is no picture or one larger than 4096 pixels.
        """
        return self._read(self._files[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _read(path: Path) -> U8:
    try:
        with Image.open(path) as image:
            if max(image.size) > _LIMIT_SIDE:
                raise InputError(f"expected a picture of at most {_LIMIT_SIDE} pixels a side, got {image.size}: {path}")
            side = 1 << round(float(np.log2(max(image.size))))
            rgba = image.convert("RGBA")
            pixels = np.array(rgba if rgba.size == (side, side) else rgba.resize((side, side)), dtype=np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(f"expected a picture, got {error}: {path}") from None
    pixels.flags.writeable = False
    return pixels
