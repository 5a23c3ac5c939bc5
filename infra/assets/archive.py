"""Checked reading of NumPy archives that somebody else made."""

import zipfile
import zlib
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from poseloom.schemas.errors import InputError

_LIMIT_BYTES = 512 << 20

_Scalar = TypeVar("_Scalar", bound=np.generic)


class Archive:
    """The arrays of one ``.npz`` file, each checked as it is asked for.

    Args:
        path: The file.

    Raises:
        InputError: No such file, no archive, more than 512 MiB unpacked, or an array of Python objects.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(path) as file:
                size = sum(member.file_size for member in file.infolist())
            if size > _LIMIT_BYTES:
                raise InputError(f"expected at most {_LIMIT_BYTES} bytes in an archive, got {size}: {path}")
            with np.load(path, allow_pickle=False) as arrays:
                self._arrays = {name: _load(arrays, name, path) for name in arrays.files}
        except FileNotFoundError:
            raise InputError(f"expected a file of the asset pack, found none: {path}") from None
        except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise InputError(f"expected a NumPy archive, got {error}: {path}") from None

    def array(
        self, field: str, dtype: type[_Scalar], shape: tuple[int | None, ...], below: int | None = None
    ) -> npt.NDArray[_Scalar]:
        """A numeric field, read-only.

        Args:
            field: Its name.
            dtype: What it is converted to; integers are never made of fractions.
            shape: Its shape; None where any length will do.
            below: For indices: all must be at least 0 and less than this.

        Raises:
            InputError: It is missing, of another kind or shape, not finite, or out of range.
        """
        values = self._field(field)
        wanted = "iu" if issubclass(dtype, np.integer) else "iuf"
        if values.dtype.kind not in wanted:
            raise self._error(field, f"numbers of kind {dtype.__name__}", f"{values.dtype}")
        if len(values.shape) != len(shape) or any(n not in (None, m) for n, m in zip(shape, values.shape, strict=True)):
            raise self._error(field, f"shape {shape}", f"{values.shape}")
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise self._error(field, "finite numbers", "NaN or infinity")
        if below is not None and values.size and (values.min() < 0 or values.max() >= below):
            raise self._error(field, f"indices in [0, {below})", f"{values.min()} to {values.max()}")
        converted = np.asarray(values, dtype=dtype, order="C")
        converted.flags.writeable = False
        return converted

    def texts(self, field: str) -> tuple[str, ...]:
        """A field of texts in one dimension.

        Raises:
            InputError: It is missing or no list of texts.
        """
        values = self._field(field)
        if values.dtype.kind != "U" or values.ndim != 1:
            raise self._error(field, "a list of texts", f"{values.dtype} of shape {values.shape}")
        return tuple(str(value) for value in values)

    def text(self, field: str) -> str:
        """A single text.

        Raises:
            InputError: It is missing or no text.
        """
        values = self._field(field)
        if values.dtype.kind != "U" or values.ndim != 0:
            raise self._error(field, "a text", f"{values.dtype} of shape {values.shape}")
        return str(values)

    def _field(self, field: str) -> npt.NDArray[np.generic]:
        if field not in self._arrays:
            raise self._error(field, "an array", "nothing")
        return self._arrays[field]

    def _error(self, field: str, expected: str, got: str) -> InputError:
        return InputError(f"expected {expected}, got {got}: field {field!r} of {self.path}")


def _load(arrays: "np.lib.npyio.NpzFile", name: str, path: Path) -> npt.NDArray[np.generic]:
    try:
        array: npt.NDArray[np.generic] = arrays[name]
    except ValueError as error:
        raise InputError(f"expected an array of numbers or texts, got {error}: field {name!r} of {path}") from None
    return array
