"""Checking arrays of numbers that stand for functions on a torus, of any array library."""

from __future__ import annotations

from typing import Any

from array_api_compat import is_array_api_obj, is_numpy_array

from crystal_lfa.errors import ArrayLibraryError, InvalidArgumentError

__all__ = ["check_function"]


def check_function(f: Any, order: int, size: int | None, argument: str) -> None:
    """Refuse what is no array with last axes (order, size); any size where that is None.

    Raises
    ------
    ArrayLibraryError
        If it is no array.
    InvalidArgumentError
        If its shape is another.
    """
    if not is_array_api_obj(f):
        raise ArrayLibraryError(f"{argument}: got {type(f).__name__}; an array is needed")
    if is_numpy_array(f) and f.dtype.kind not in "biufc":
        raise InvalidArgumentError(f"{argument}: got entries of type {f.dtype}; real or complex numbers are needed")
    shape = tuple(f.shape)
    if len(shape) < 2 or shape[-2] != order or size not in (None, shape[-1]):
        wanted = f"({order}, size)" if size is None else f"({order}, {size})"
        raise InvalidArgumentError(f"{argument}: got shape {shape}; its last axes have to be (order, size) = {wanted}")
