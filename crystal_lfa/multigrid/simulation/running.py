"""An expression of operators carried out on vectors: sparse products and solves, part by part."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.multigrid.simulation.domains import Domain
from crystal_lfa.multigrid.simulation.sequential import SequentialSweep
from crystal_lfa.operators import CrystalOperator, Operator
from crystal_lfa.operators.inverses import Inverse
from crystal_lfa.operators.nodes import OnSublattice, Product, Scaled, Sum

__all__ = ["Running"]


class Running:
    """A composed operator on a domain.

    Matrices and decompositions are made once, when they are first needed, and live as long as this does.
    """

    def __init__(self, operator: Operator, domain: Domain) -> None:
        self.operator = operator
        self.domain = domain
        self._matrices: dict[int, Any] = {}
        self._solvers: dict[int, Any] = {}
        self._known: dict[tuple[int, int], tuple[Any, Any]] = {}

    def __call__(self, vector: NDArray[Any]) -> NDArray[Any]:
        """Return the operator applied to a vector (n,)."""
        self._known = {}
        return self._apply(self.operator, vector)

    def _apply(self, operator: Operator, vector: NDArray[Any]) -> NDArray[Any]:
        # What is shared by several parts is computed once: recurrences would double at every step else.
        key = (id(operator), id(vector))
        if key not in self._known:
            self._known[key] = self._applied(operator, vector), vector
        return np.asarray(self._known[key][0])

    def _applied(self, operator: Operator, vector: NDArray[Any]) -> NDArray[Any]:
        if isinstance(operator, CrystalOperator):
            return np.asarray(self._matrix(operator) @ vector)
        if isinstance(operator, Sum):
            left, right = operator.operands
            return np.asarray(self._apply(left, vector) + self._apply(right, vector))
        if isinstance(operator, Product):
            left, right = operator.operands
            return self._apply(left, self._apply(right, vector))
        return self._by_one_operand(operator, vector)

    def _by_one_operand(self, operator: Operator, vector: NDArray[Any]) -> NDArray[Any]:
        match operator:
            case Scaled():
                return np.asarray(operator.factor * self._apply(operator.operands[0], vector))
            case OnSublattice():
                return self._on_finer(operator, vector)
            case Inverse() if isinstance(operator.operands[0], CrystalOperator):
                return np.asarray(self._solver(operator.operands[0])(vector))
            case SequentialSweep():
                return np.asarray(self._sweep(operator)(vector))
            case _:
                message = f"method: {operator!r} cannot be run as sparse matrices; sums, products and inverses of "
                raise InvalidArgumentError(f"{message}operators of finite range can")

    def _on_finer(self, operator: OnSublattice, vector: NDArray[Any]) -> NDArray[Any]:
        (inner,) = operator.operands
        fine = self.domain.moved(vector, operator.domain, inner.domain)
        return self.domain.moved(self._apply(inner, fine), inner.codomain, operator.codomain)

    def _matrix(self, operator: Any) -> Any:
        if id(operator) not in self._matrices:
            self._matrices[id(operator)] = self.domain.matrix(operator)
        return self._matrices[id(operator)]

    def _solver(self, operator: CrystalOperator) -> Any:
        if id(operator) not in self._solvers:
            self._solvers[id(operator)] = self.domain.solver(operator)
        return self._solvers[id(operator)]

    def _sweep(self, operator: SequentialSweep) -> Any:
        if id(operator) not in self._solvers:
            matrix = self._matrix(operator.operands[0])
            self._solvers[id(operator)] = operator.prepared(self.domain, matrix)
        return self._solvers[id(operator)]
