"""Compilation of the loops over triangles and pixels."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")


def compiled(loop: Callable[_Params, _Result]) -> Callable[_Params, _Result]:
    """The function as machine code, kept on disk between runs where there is a place for it."""
    try:
        machine_code = numba.njit(cache=True, fastmath=True, error_model="numpy")(loop)
    except RuntimeError:  # neither the installation nor the user's cache directory is writable
        machine_code = numba.njit(fastmath=True, error_model="numpy")(loop)
    return cast(Callable[_Params, _Result], machine_code)
