"""The ends of the spectrum of a matrix that is too large for all of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["largest_singular_value", "smallest_singular_value"]

_SEED = 1
"""Of the vectors from which iterations start, so that they always end the same."""


def largest_singular_value(matrix: Any) -> float:
    """Return the largest singular value of a sparse matrix, by Lanczos iterations with it and its adjoint.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array, at least 2 x 2

    Raises
    ------
    scipy.sparse.linalg.ArpackNoConvergence
        If the iterations do not converge.
    """
    scale = _size(matrix)
    return scale * _by_lanczos(matrix / scale) if scale else 0.0


def smallest_singular_value(matrix: Any) -> float:
    """Return the smallest singular value of a square matrix: one over the largest of its inverse, else NaN.

    The inverse acts through the factors of the matrix itself, so that no digits are lost to its square. NaN stands
    where the matrix is not square or singular, the factors do not fit into memory, or the iterations do not converge.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array, at least 2 x 2
    """
    from scipy.sparse.linalg import ArpackError, LinearOperator, splu

    if matrix.shape[0] != matrix.shape[1]:
        return math.nan
    scale = _size(matrix)
    if not scale:
        return 0.0
    try:
        factors: Any = splu((matrix / scale).tocsc())
        inverse: Any = LinearOperator(
            matrix.shape, factors.solve, rmatvec=lambda x: factors.solve(x, "H"), dtype=matrix.dtype
        )
        return scale / _by_lanczos(inverse)
    except (ArpackError, RuntimeError, MemoryError):
        # SuperLU raises a RuntimeError where a matrix is singular.
        return math.nan


def _size(matrix: Any) -> float:
    """Return the largest entry: divided by it, no matrix is so small that its square vanishes."""
    return float(abs(matrix).max())


def _by_lanczos(operator: Any) -> float:
    from scipy.sparse.linalg import svds

    start = np.random.default_rng(_SEED).standard_normal(min(operator.shape))
    return float(svds(operator, k=1, v0=start, return_singular_vectors=False)[0])
