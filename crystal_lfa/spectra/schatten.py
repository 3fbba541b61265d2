"""Norms of all singular values together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.operators import Operator, TorusOperator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.spectra.singular_values import svdvals

__all__ = ["schatten_norm"]


def schatten_norm(A: Operator | TorusOperator, N: Any = None, p: float = 2, **options: Any) -> float:
    r"""Return the Schatten norm of an operator on a torus, :math:`(\sum \sigma^p)^{1/p}` over all singular values.

    Parameters
    ----------
    A : Operator or TorusOperator
    N : int, flat sequence of int, list of vectors (rows) or Torus
    p : float
        At least 1; 1 is the nuclear norm, 2 the Frobenius norm, infinity the largest singular value.
    **options
        As in `svdvals`.

    Raises
    ------
    InvalidArgumentError
        If `p` is smaller than 1; else as in `svdvals`.
    TorusError, NotFiniteError, MemoryBudgetError
        As in `svdvals`.

    References
    ----------
    Horn, Johnson: Matrix Analysis (2013), section 7.4.7.

    Examples
    --------
    >>> import math
    >>> import crystal_lfa as lfa
    >>> laplacian = lfa.stencil([-1, 2, -1])                # on four points: 0, 2, 2, 4
    >>> [round(lfa.schatten_norm(laplacian, 4, p), 6) for p in (1, 2, math.inf)]
    [8.0, 4.898979, 4.0]
    """
    power = np.asarray(p)
    if power.ndim or power.dtype.kind not in "iuf" or not power >= 1:
        raise InvalidArgumentError(f"p: got {p!r}; a number of at least 1, or infinity, is needed")
    values = to_numpy(svdvals(A, N, **options)).astype(np.float64)
    largest = float(values.max())
    if largest == 0 or math.isinf(p):
        return largest
    # Divided by the largest, so that powers neither overflow nor all vanish.
    return largest * float(((values / largest) ** float(p)).sum() ** (1 / float(p)))
