"""Of stacks of matrices, in any array library: their singular values, and whether numbers have overflowed."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array

from crystal_lfa.errors import NotFiniteError

__all__ = ["finite", "values_of"]


def finite(numbers: Any) -> Any:
    """Return numbers that have not overflowed, or raise."""
    xp = array_namespace(numbers)
    if not bool(xp.all(xp.isfinite(numbers))):
        message = f"A: its numbers overflow {numbers.dtype}; scale it, or compute with dtype='float64'"
        raise NotFiniteError(message)
    return numbers


def values_of(symbols: Any) -> Any:
    """Return the singular values of a stack of matrices, descending on the last axis."""
    xp = array_namespace(symbols)
    if min(symbols.shape[-2:]) > 1:
        if is_numpy_array(symbols):
            return np.linalg.svd(symbols, compute_uv=False)
        return xp.linalg.svdvals(symbols)
    # A row or a column has one singular value, its length; scaled, so that squares neither vanish nor overflow.
    lengths = xp.reshape(xp.abs(symbols), (*symbols.shape[:-2], -1))
    if lengths.shape[-1] == 1:
        return lengths
    largest = xp.max(lengths, axis=-1, keepdims=True)
    scale = xp.where(largest > 0, largest, xp.ones_like(largest))
    return scale * xp.linalg.vector_norm(lengths / scale, axis=-1, keepdims=True)
