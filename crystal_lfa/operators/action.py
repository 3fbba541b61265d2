"""An operator on a torus: as a sparse matrix, as a linear operator, and applied to functions.

Finite range goes by shifts, everything else by its symbols, between two fast Fourier transforms.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import device
from numpy.typing import NDArray

from crystal_lfa.geometry import Torus
from crystal_lfa.geometry.functions import check_function
from crystal_lfa.operators.arrays import common_namespace, constant_like, is_symbolic, to_numpy
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.finite_range import CrystalOperator
from crystal_lfa.operators.symbolic.expressions import require_numbers
from crystal_lfa.operators.torus_operator import TorusOperator

__all__ = ["apply", "to_linear_operator", "to_sparse"]


def _shifted(torus: Torus, offset: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return where z + y lies for every point z, and the phase that f(z + y) takes there."""
    index, winding = torus.locate(torus.points + offset)
    return index, torus.winding_phases(winding)


def to_sparse(operator: Operator, torus: Torus) -> Any:
    """Return the matrix on a torus as CSR: one block m_y, times a phase, for every point and offset."""
    from scipy.sparse import coo_array

    if not isinstance(operator, CrystalOperator):
        return TorusOperator.of(operator, torus).to_sparse()
    m, n = operator.shape
    multipliers = to_numpy(operator.multipliers)
    require_numbers(multipliers)
    points = np.arange(torus.order)[:, None]
    shape = (torus.order * m, torus.order * n)
    matrix = coo_array(shape, dtype=np.result_type(multipliers.dtype, np.float64)).tocsr()
    for offset, multiplier in zip(operator.offsets, multipliers, strict=True):
        index, phases = _shifted(torus, offset)
        row, column = np.nonzero(multiplier)
        values = phases[:, None] * multiplier[row, column]
        rows, columns = points * m + row, index[:, None] * n + column
        entries = (values.ravel(), (rows.ravel(), columns.ravel()))
        matrix = matrix + coo_array(entries, shape=shape).tocsr()
    return matrix


def apply(operator: Operator, f: Any, torus: Torus) -> Any:
    """Return L f for functions on a torus, shape (..., order, domain.size)."""
    check_function(f, torus.order, operator.domain.size, "f")
    if isinstance(operator, CrystalOperator):
        return _shift_and_add(operator, f, torus)
    return TorusOperator.of(operator, torus).apply(f)


def to_linear_operator(operator: Operator, torus: Torus) -> Any:
    """Return scipy's linear operator on vectors of order * size numbers."""
    from scipy.sparse.linalg import aslinearoperator

    if isinstance(operator, CrystalOperator):
        return aslinearoperator(to_sparse(operator, torus))
    return TorusOperator.of(operator, torus).to_linear_operator()


def _shift_and_add(operator: CrystalOperator, f: Any, torus: Torus) -> Any:
    """Return sum over y of m_y f(z + y) for a function of shape (..., order, domain.size)."""
    xp = common_namespace(f, operator.multipliers)
    multipliers = operator.multipliers
    if is_symbolic(multipliers):
        require_numbers(multipliers)
    row = xp.zeros(operator.codomain.size, dtype=multipliers.dtype, device=device(multipliers))
    total = xp.zeros_like(f[..., :1]) * row
    for number, offset in enumerate(operator.offsets):
        index, phases = _shifted(torus, offset)
        values = xp.take(f, constant_like(index, f), axis=-2)
        if (phases != 1).any():
            values = values * constant_like(phases[:, None], f)
        total = total + xp.matmul(values, xp.permute_dims(multipliers[number, ...], (1, 0)))
    return total
