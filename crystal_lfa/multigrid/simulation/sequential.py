"""Sweeps that really go through the points of a torus, one after the other: no operator of the infinite lattice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.frequencies import WaveFunctions
from crystal_lfa.multigrid.smoothers import SOR, GaussSeidel
from crystal_lfa.multigrid.smoothers.base import composition, finite_range
from crystal_lfa.operators import CrystalOperator, Operator
from crystal_lfa.operators.nodes import Node
from crystal_lfa.operators.orderings import read_order

if TYPE_CHECKING:
    from crystal_lfa.multigrid.simulation.domains import Domain

__all__ = ["SequentialSweep", "sequential"]


class SequentialSweep(Node):
    """One sweep through the points of a torus; it is not translation-invariant and has no symbol.

    Parameters
    ----------
    operand : CrystalOperator
    order : matrix of integers
    backward : bool
    omega : float
    """

    def __init__(self, operand: Operator, order: Any, omega: Any, *, backward: bool) -> None:
        super().__init__((operand,), operand.domain, operand.codomain, (order, backward, omega))

    def combine(self, _waves: WaveFunctions, /, *_symbols: Any) -> Any:
        """Refuse: there is no symbol."""
        raise InvalidArgumentError("method: a sequential sweep on a torus has no symbol; it can be simulated alone")

    def rebuilt(self, operands: tuple[Operator, ...]) -> Operator:
        """Return the same sweep for another operator."""
        order, backward, omega = self.settings
        return SequentialSweep(operands[0], order, omega, backward=backward)

    def prepared(self, domain: Domain, matrix: Any) -> Callable[[NDArray[Any]], NDArray[Any]]:
        """Return the function from errors before to errors after the sweep, for the operator's matrix."""
        from scipy.sparse import csr_array, diags_array, tril
        from scipy.sparse.linalg import spsolve_triangular

        order, backward, omega = self.settings
        torus = self.lattice.torus(domain.torus)
        visits = np.asarray(torus.points, dtype=np.int64) @ np.array(order, dtype=np.int64).T
        points = np.lexsort(visits.T[::-1])
        size = self.domain.size
        turn = (points[:, None] * size + np.arange(size)).ravel()
        turn = turn[::-1] if backward else turn
        permuted = csr_array(matrix)[turn][:, turn]
        lower = csr_array(tril(permuted, k=-1) + diags_array(permuted.diagonal() / omega))

        def swept(error: NDArray[Any]) -> NDArray[Any]:
            correction = np.empty(error.shape, dtype=np.result_type(error, matrix.dtype))
            correction[turn] = spsolve_triangular(lower, (matrix @ error)[turn], lower=True)
            return np.asarray(error - correction)

        return swept


def sequential(smoother: Callable[[Operator], Operator]) -> Callable[[Operator], Operator]:
    """Return the smoother whose sweeps go through the points of a torus; others are the same either way.

    Raises
    ------
    InvalidArgumentError
        If blocks or an order of unknowns are swept: that is not carried out sequentially.
    """
    if isinstance(smoother, GaussSeidel):
        if smoother.blocks is not None or smoother.unknowns is not None:
            message = f"kind: {smoother!r} sweeps blocks; sequential runs are of Gauss-Seidel and SOR by points"
            raise InvalidArgumentError(message)
        directions = [smoother.reverse, not smoother.reverse][: 2 if smoother.symmetric else 1]
        return lambda A: composition([_sweep(A, smoother, smoother.order, 1.0, back) for back in directions[::-1]])
    if isinstance(smoother, SOR):
        return lambda A: _sweep(A, smoother, smoother.order, smoother.omega, smoother.reverse)
    return smoother


def _sweep(A: Operator, smoother: Any, order: Any, omega: Any, backward: bool) -> Operator:
    operator: CrystalOperator = finite_range(A, smoother)
    return SequentialSweep(operator, read_order(order, operator.lattice.dim), omega, backward=backward)
