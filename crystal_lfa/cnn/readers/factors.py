"""By how much poolings and matrices can stretch what goes through them."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["matrix_norm", "pooling_factor"]

_LARGEST = 4096
"""Rows or columns of a matrix whose norm is computed rather than bounded by its row and column sums."""


def matrix_norm(matrix: Any) -> float:
    r"""Return an upper bound of a matrix's spectral norm: itself, or :math:`\sqrt{\|A\|_1 \|A\|_\infty}` if large.

    Examples
    --------
    >>> import numpy as np
    >>> round(matrix_norm(np.diag([3.0, 4.0])), 12)
    4.0
    """
    values = np.asarray(matrix, dtype=np.float64)
    if not values.size:
        return 0.0
    if min(values.shape) <= _LARGEST:
        from scipy.linalg import eigvalsh

        small = values @ values.T if values.shape[0] <= values.shape[1] else values.T @ values
        last = len(small) - 1
        top = float(eigvalsh(small, subset_by_index=[last, last])[0])
        return float(math.sqrt(max(top, 0.0)) * (1 + 10 * max(values.shape) * sys.float_info.epsilon))
    sizes = np.abs(values)
    return float(np.sqrt(sizes.sum(axis=0).max() * sizes.sum(axis=1).max()))


def pooling_factor(kernel: Sequence[int], stride: Sequence[int], *, mean: bool, dilated: bool = False) -> float:
    r"""Return a bound of a pooling: each pixel lies in at most :math:`\prod_i \lceil k_i / s_i \rceil` windows.

    Of dilated windows in at most :math:`\prod_i k_i`, since all of a stride's places may fall on one.

    A maximum is one of a window's pixels, so its square is at most the sum of theirs. Of means (Schur's test) it is
    less by :math:`\sqrt{\prod_i k_i}`; not where windows stand over the border, with fewer pixels to the mean.

    Examples
    --------
    >>> pooling_factor([2, 2], [2, 2], mean=True), pooling_factor([3], [2], mean=False) ** 2
    (0.5, 2.0000000000000004)
    """
    windows = math.prod(k if dilated else -(-k // s) for k, s in zip(kernel, stride, strict=True))
    return math.sqrt(windows / math.prod(kernel) if mean else windows)
