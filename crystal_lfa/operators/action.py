"""A finite-range operator on a torus: as a sparse matrix, and applied to a function by shifts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from array_api_compat import device
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.geometry import Torus
from crystal_lfa.operators.arrays import common_namespace, constant_like, to_numpy

if TYPE_CHECKING:
    from crystal_lfa.operators.finite_range import CrystalOperator

__all__ = ["shift_and_add", "sparse_matrix"]


def _shifted(torus: Torus, offset: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Return where z + y lies for every point z, and the phase that f(z + y) takes there."""
    index, winding = torus.locate(torus.points + offset)
    return index, torus.winding_phases(winding)


def sparse_matrix(operator: CrystalOperator, torus: Torus) -> Any:
    """Return the matrix on a torus as CSR: one block m_y, times a phase, for every point and offset."""
    from scipy.sparse import coo_array

    m, n = operator.shape
    multipliers = to_numpy(operator.multipliers)
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


def shift_and_add(operator: CrystalOperator, f: Any, torus: Torus) -> Any:
    """Return sum over y of m_y f(z + y) for a function of shape (..., order, domain.size)."""
    xp = common_namespace(f, operator.multipliers)
    expected = (torus.order, operator.domain.size)
    if tuple(f.shape[-2:]) != expected:
        message = f"f: got shape {tuple(f.shape)}; its last axes have to be (order, domain.size) = {expected}"
        raise InvalidArgumentError(message)
    multipliers = operator.multipliers
    row = xp.zeros(operator.codomain.size, dtype=multipliers.dtype, device=device(multipliers))
    total = xp.zeros_like(f[..., :1]) * row
    for number, offset in enumerate(operator.offsets):
        index, phases = _shifted(torus, offset)
        values = xp.take(f, constant_like(index, f), axis=-2)
        if (phases != 1).any():
            values = values * constant_like(phases[:, None], f)
        total = total + xp.matmul(values, xp.permute_dims(multipliers[number, ...], (1, 0)))
    return total
