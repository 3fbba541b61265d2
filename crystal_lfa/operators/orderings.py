"""Parts of a finite-range operator: its diagonal, what comes first in an ordering, chosen unknowns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError
from crystal_lfa.geometry.exact.integers import IntegerMatrix, apply_matrix, as_integer, axes_of, vector_list
from crystal_lfa.geometry.exact.rationals import determinant, rational_matrix
from crystal_lfa.operators.arrays import constant_like
from crystal_lfa.operators.finite_range import CrystalOperator

__all__ = ["diagonal_part", "masked", "read_order", "selected", "strictly_lower_part", "visited_before"]


def _check_sites(operator: CrystalOperator, what: str) -> None:
    if not operator.domain.is_same_as(operator.codomain):
        message = f"{what}: it needs domain and codomain with the same sites in the same order; got "
        raise CrystalMismatchError(f"{message}{operator.domain!r} -> {operator.codomain!r}")


def masked(operator: CrystalOperator, mask: NDArray[np.bool_]) -> CrystalOperator:
    """Return the operator with zeros where a mask (k, m, n) does not hold, without offsets that then vanish."""
    kept = np.flatnonzero(mask.any(axis=(1, 2)))
    factors = constant_like(mask[kept].astype(np.float64), operator.multipliers)
    multipliers = operator.multipliers[constant_like(kept, operator.multipliers), ...] * factors
    return CrystalOperator.from_arrays(operator.domain, operator.codomain, operator.offsets[kept], multipliers)


def diagonal_part(operator: CrystalOperator) -> CrystalOperator:
    """Return what couples an unknown to itself: offset 0, same site and channel."""
    _check_sites(operator, "diagonal")
    own = np.asarray(operator.offsets.any(axis=1) == 0)
    return masked(operator, own[:, None, None] & np.eye(operator.shape[0], dtype=np.bool_))


def read_order(order: Any, dimension: int) -> IntegerMatrix:
    """Return the matrix M of a total order: points z are visited lexicographically by M z; None is the identity.

    Raises
    ------
    InvalidArgumentError
        If it is no nonsingular integer matrix: some points would be visited at one time.
    """
    if order is not None and axes_of(order) == 1 and dimension > 1:
        message = f"order: got {order!r}; a {dimension} x {dimension} integer matrix is needed, such as the identity "
        raise InvalidArgumentError(f"{message}(the last coordinate runs fastest) or [[0, 1], [1, 0]] (the first one)")
    matrix = vector_list(1 if order is None else order, dimension, "order")
    if determinant(rational_matrix(matrix)) == 0:
        raise InvalidArgumentError(f"order: got {matrix}, which is singular; points would be visited at one time")
    return matrix


def visited_before(offsets: NDArray[np.int64], order: IntegerMatrix) -> NDArray[np.int64]:
    """Return, of offsets (k, d), -1 where z + y is visited before z, 1 where after, 0 for y = 0: (k,)."""
    visits = np.sign(apply_matrix(order, offsets)).astype(np.int64)
    if not len(visits):
        return np.zeros(0, dtype=np.int64)
    # The sign of the first coordinate that is not zero decides.
    return np.asarray(visits[np.arange(len(visits)), (visits != 0).argmax(axis=1)], dtype=np.int64)


def strictly_lower_part(operator: CrystalOperator, order: Any = None, unknowns: Any = None) -> CrystalOperator:
    """Return what couples an unknown to those visited before it."""
    _check_sites(operator, "strictly_lower")
    first = visited_before(operator.offsets, read_order(order, operator.lattice.dim))
    ranks = _ranks(unknowns, operator.shape[0])
    within = ranks[:, None] > ranks
    return masked(operator, (first < 0)[:, None, None] | ((first == 0)[:, None, None] & within))


def _ranks(unknowns: Any, size: int) -> NDArray[np.int64]:
    """Return when each unknown of a cell is visited, from their numbers in the order of the visits."""
    if unknowns is None:
        return np.arange(size)
    entries = [unknowns] if axes_of(unknowns) == 0 else list(unknowns)
    visited = [as_integer(entry, "unknowns") for entry in entries]
    if sorted(visited) != list(range(size)):
        message = f"unknowns: got {visited}; each of the numbers 0 to {size - 1}, in the order of visits, is needed"
        raise InvalidArgumentError(message)
    return np.argsort(visited)


def selected(operator: CrystalOperator, rows: Any, columns: Any) -> CrystalOperator:
    """Return what couples chosen unknowns, zeros elsewhere."""
    m, n = operator.shape
    keep_rows, keep_columns = _chosen(rows, m, "rows"), _chosen(columns, n, "columns")
    mask = np.broadcast_to(keep_rows[:, None] & keep_columns, (len(operator.offsets), m, n))
    return masked(operator, mask)


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
