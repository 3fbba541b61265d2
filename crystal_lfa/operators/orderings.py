"""Parts of a finite-range operator: its diagonal, what comes first in an ordering, chosen unknowns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError
from crystal_lfa.geometry.exact.integers import apply_matrix, as_integer, axes_of, vector_list
from crystal_lfa.geometry.exact.rationals import determinant, rational_matrix
from crystal_lfa.operators.arrays import constant_like
from crystal_lfa.operators.finite_range import CrystalOperator

__all__ = ["diagonal_part", "selected", "strictly_lower_part"]


def _check_sites(operator: CrystalOperator, what: str) -> None:
    if not operator.domain.is_same_as(operator.codomain):
        message = f"{what}: it needs domain and codomain with the same sites in the same order; got "
        raise CrystalMismatchError(f"{message}{operator.domain!r} -> {operator.codomain!r}")


def _masked(operator: CrystalOperator, mask: NDArray[np.bool_]) -> CrystalOperator:
    """Return the operator with zeros where a mask (k, m, n) does not hold, without offsets that then vanish."""
    kept = np.flatnonzero(mask.any(axis=(1, 2)))
    factors = constant_like(mask[kept].astype(np.float64), operator.multipliers)
    multipliers = operator.multipliers[constant_like(kept, operator.multipliers), ...] * factors
    return CrystalOperator.from_arrays(operator.domain, operator.codomain, operator.offsets[kept], multipliers)


def diagonal_part(operator: CrystalOperator) -> CrystalOperator:
    """Return what couples an unknown to itself: offset 0, same site and channel."""
    _check_sites(operator, "diagonal")
    own = np.asarray(operator.offsets.any(axis=1) == 0)
    return _masked(operator, own[:, None, None] & np.eye(operator.shape[0], dtype=np.bool_))


def strictly_lower_part(operator: CrystalOperator, order: Any = None) -> CrystalOperator:
    """Return what couples an unknown to those visited before it."""
    _check_sites(operator, "strictly_lower")
    dimension = operator.lattice.dim
    if order is not None and axes_of(order) == 1 and dimension > 1:
        message = f"order: got {order!r}; a {dimension} x {dimension} integer matrix is needed, such as the identity "
        raise InvalidArgumentError(f"{message}(the last coordinate runs fastest) or [[0, 1], [1, 0]] (the first one)")
    matrix = vector_list(1 if order is None else order, dimension, "order")
    if determinant(rational_matrix(matrix)) == 0:
        raise InvalidArgumentError(f"order: got {matrix}, which is singular; points would be visited at one time")
    visits = np.sign(apply_matrix(matrix, operator.offsets)).astype(np.int64)
    # The sign of the first coordinate that is not zero decides.
    first = visits[np.arange(len(visits)), (visits != 0).argmax(axis=1)] if len(visits) else np.zeros(0)
    size = operator.shape[0]
    within = np.tri(size, k=-1, dtype=np.bool_)
    return _masked(operator, (first < 0)[:, None, None] | ((first == 0)[:, None, None] & within))


def selected(operator: CrystalOperator, rows: Any, columns: Any) -> CrystalOperator:
    """Return what couples chosen unknowns, zeros elsewhere."""
    m, n = operator.shape
    keep_rows, keep_columns = _chosen(rows, m, "rows"), _chosen(columns, n, "columns")
    mask = np.broadcast_to(keep_rows[:, None] & keep_columns, (len(operator.offsets), m, n))
    return _masked(operator, mask)


def _chosen(indices: Any, size: int, argument: str) -> NDArray[np.bool_]:
    chosen = np.zeros(size, dtype=np.bool_)
    if indices is None:
        return ~chosen
    entries: Iterable[Any] = [indices] if axes_of(indices) == 0 else indices
    for entry in entries:
        number = as_integer(entry, argument)
        if not 0 <= number < size:
            raise InvalidArgumentError(f"{argument}: got {number}; unknowns of the cell are 0 to {size - 1}")
        chosen[number] = True
    return chosen
