"""Where a method runs: a torus, or a box with Dirichlet boundaries; matrices of finite-range operators there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError, SingularSymbolError
from crystal_lfa.geometry import Crystal, Torus, regroup
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.arrays import to_numpy

__all__ = ["Box", "Domain", "Periodic"]

_WALL = 1e-9
"""Of a lattice vector, by which a point may miss the wall."""


class Domain(ABC):
    """Finitely many points, and the matrices that operators have there.

    Parameters
    ----------
    torus : Torus
        Of the finest lattice.
    """

    def __init__(self, torus: Torus) -> None:
        self.torus = torus
        self._moves: dict[tuple[int, int], tuple[Any, Any, Any]] = {}

    @abstractmethod
    def matrix(self, operator: CrystalOperator) -> Any:
        """Return the sparse matrix of an operator, rows and columns as in `Operator.to_sparse`."""

    @abstractmethod
    def solver(self, operator: CrystalOperator) -> Any:
        """Return the function from right-hand sides (n,) to solutions of an operator's equations."""

    def moved(self, f: NDArray[Any], source: Crystal, target: Crystal) -> NDArray[Any]:
        """Return a function (n,), described with another cell."""
        key = (id(source), id(target))
        if key not in self._moves:
            count = source.lattice.torus(self.torus).order
            shape = (count, source.size)
            phases = regroup(np.ones(shape), source, target, self.torus).ravel()
            numbers = regroup(
                np.arange(count * source.size, dtype=np.float64).reshape(shape), source, target, self.torus
            )
            places = np.rint((numbers.ravel() / phases).real).astype(np.int64)
            # The crystals are kept, so that their identities stay theirs.
            self._moves[key] = places, phases if (phases != 1).any() else None, (source, target)
        places, phases, _ = self._moves[key]
        return np.asarray(f[places] if phases is None else f[places] * phases)


class Periodic(Domain):
    """A torus: what leaves on one side enters on the other, times the phase of the twist."""

    def matrix(self, operator: CrystalOperator) -> Any:
        """Return the matrix on the torus."""
        return operator.to_sparse(self.torus)

    def solver(self, operator: CrystalOperator) -> Any:
        """Return a sparse decomposition's solve; of a singular operator the solution without null modes."""
        matrix = self.matrix(operator)
        left, right = self._null_modes(operator)
        size = matrix.shape[0]
        if not right.shape[1]:
            return _factored(matrix, operator)
        from scipy.sparse import block_array

        # With the null modes' parts as unknowns more, and none of them in the solution.
        bordered = block_array([[matrix, left], [right.conj().T, None]], format="csc")
        solve = _factored(bordered, operator)
        return lambda b: solve(np.concatenate([b, np.zeros(right.shape[1])]))[:size]

    def _null_modes(self, operator: CrystalOperator) -> tuple[Any, Any]:
        """Return bases of the operator's left and right null spaces, as columns."""
        torus = operator.lattice.torus(self.torus)
        symbols = to_numpy(operator.symbol(torus.frequencies))
        u, s, vh = np.linalg.svd(symbols)
        scale = operator.magnitude or float(s.max())
        rows, numbers = np.nonzero(s <= 1e-12 * scale)
        size = torus.order * operator.shape[0]
        left, right = (np.empty((size, len(rows)), dtype=np.complex128) for _ in range(2))
        for column, (row, number) in enumerate(zip(rows.tolist(), numbers.tolist(), strict=True)):
            basis = operator.domain.fourier_basis(torus, torus.frequencies[row])
            left[:, column] = basis @ u[row, :, number]
            right[:, column] = basis @ vh[row, number].conj()
        return left, right


class Box(Domain):
    """The points inside a box of the finest lattice, zero on its walls: Dirichlet's boundary condition.

    Unknowns on the walls stay in all vectors, as zeros; couplings that would lead out of the box are left out.

    Raises
    ------
    InvalidArgumentError
        If the torus has skew periods or a twist.
    """

    def __init__(self, torus: Torus) -> None:
        periods = np.asarray(torus.periods, dtype=np.float64)
        if np.count_nonzero(periods) > len(periods) or np.any(torus.twist):
            message = f"N: got {torus!r}; a box with walls needs one number of points a lattice vector, and no twist"
            raise InvalidArgumentError(message)
        super().__init__(torus)
        self.extents = np.abs(np.diag(periods))

    def positions(self, crystal: Crystal) -> NDArray[np.float64]:
        """Return where the unknowns lie, in coordinates of the finest lattice within the box: (n, d)."""
        own = crystal.lattice.torus(self.torus)
        places = self.torus.lattice.coordinates(crystal.positions(own))
        inside = np.repeat(places, crystal.dof, axis=1).reshape(-1, self.torus.lattice.dim)
        return np.asarray((inside + _WALL) % self.extents - _WALL)

    def kept(self, crystal: Crystal) -> NDArray[np.bool_]:
        """Return which unknowns lie inside, not on a wall: (n,)."""
        return np.asarray((self.positions(crystal) > 2 * _WALL).all(axis=1))

    def matrix(self, operator: CrystalOperator) -> Any:
        """Return the matrix of the unknowns inside."""
        from scipy.sparse import coo_array

        torus = operator.lattice.torus(self.torus)
        here, there = self.positions(operator.codomain), self.positions(operator.domain)
        inside, outside = self.kept(operator.codomain), self.kept(operator.domain)
        m, n = operator.shape
        change = self.torus.lattice.coordinates(operator.lattice.vectors)
        own = np.repeat(operator.codomain.sites, operator.codomain.dof, axis=0)
        other = np.repeat(operator.domain.sites, operator.domain.dof, axis=0)
        rows, columns, values = [], [], []
        for offset, matrix in zip(operator.offsets, to_numpy(operator.multipliers), strict=True):
            goals = torus.index(torus.points + offset)
            for a, b in np.argwhere(matrix):
                row, column = np.arange(torus.order) * m + a, goals * n + b
                step = (offset + other[b] - own[a]) @ change
                straight = (np.abs(here[row] + step - there[column]) < 1e-6).all(axis=1)
                chosen = straight & inside[row] & outside[column]
                rows.append(row[chosen])
                columns.append(column[chosen])
                values.append(np.full(int(chosen.sum()), matrix[a, b]))
        shape = (torus.order * m, torus.order * n)
        if not rows:
            return coo_array(shape).tocsr()
        return coo_array((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape).tocsr()

    def solver(self, operator: CrystalOperator) -> Any:
        """Return a sparse decomposition's solve, of the unknowns inside."""
        from scipy.sparse import diags_array

        walls = 1.0 - self.kept(operator.domain).astype(np.float64)
        solve = _factored(self.matrix(operator) + diags_array(walls), operator)
        return lambda b: solve(b * (1 - walls))


def _factored(matrix: Any, operator: CrystalOperator) -> Any:
    from scipy.sparse.linalg import splu

    try:
        decomposition = splu(matrix.tocsc())
    except RuntimeError:
        raise SingularSymbolError(
            f"method: the matrix of {operator!r} is singular here; it has to be inverted"
        ) from None
    real = matrix.dtype.kind == "f"

    def solve(b: NDArray[Any]) -> NDArray[Any]:
        if real and np.iscomplexobj(b):
            return np.asarray(decomposition.solve(b.real.copy()) + 1j * decomposition.solve(b.imag.copy()))
        return np.asarray(decomposition.solve(b.astype(matrix.dtype, copy=False)))

    return solve
