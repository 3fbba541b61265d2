"""Operators of finite range: finitely many multipliers, one an offset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from crystal_lfa.errors import CrystalMismatchError, MultiplierError
from crystal_lfa.frequencies import WaveFunctions
from crystal_lfa.geometry import Crystal, Lattice, as_crystal
from crystal_lfa.operators import algebra
from crystal_lfa.operators.arrays import (
    check_finite,
    common_namespace,
    constant_like,
    in_c_order,
    is_complex,
    is_symbolic,
    read_only,
    to_complex,
    to_numpy,
)
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.reading import read_matrix, read_offset
from crystal_lfa.operators.symbolic.expressions import all_real, settled

__all__ = ["CrystalOperator"]


class CrystalOperator(Operator):
    r"""A finite-range operator :math:`(L f)(z) = \sum_y m_y f(z + y)` between crystals on one lattice.

    Its symbol is :math:`L_\kappa = \sum_y m_y e^{2\pi i \kappa \cdot y}`. Immutable.

    Parameters
    ----------
    domain, codomain : Crystal or Lattice
        Where functions come from and go to.
    multipliers : mapping from offset to matrix
        Offset: d integers y in coordinates of the domain's lattice (in one dimension an int will do). Matrix:
        shape (codomain.size, domain.size), of any array library, all of one; numbers where that is (1, 1).
        Integers become float64.

    Raises
    ------
    MultiplierError
        If an offset has the wrong length or is not integer, or a matrix the wrong shape or entries.
    NotFiniteError
        If an entry is NaN or infinite.
    ArrayLibraryError
        If the matrices come from several array libraries.
    CrystalMismatchError
        If domain and codomain live on different lattices.

    References
    ----------
    van Betteray, Rottmann, Kahl: LFA applied to CNNs (ECAI 2025), equation 2.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> line = lfa.lattices.integer(1)
    >>> laplacian = lfa.CrystalOperator(line, line, {-1: -1, 0: 2, 1: -1})
    >>> laplacian.symbol([0.5])
    array([[4.+0.j]])
    >>> laplacian.is_hermitian
    True
    """

    complete = True
    _offsets: NDArray[np.int64]
    _multipliers: Any

    def __init__(
        self,
        domain: Crystal | Lattice,
        codomain: Crystal | Lattice,
        multipliers: Mapping[Any, Any],
    ) -> None:
        start, goal = as_crystal(domain, "domain"), as_crystal(codomain, "codomain")
        if not isinstance(multipliers, Mapping):
            raise MultiplierError(
                f"multipliers: got {type(multipliers).__name__}; a mapping {{offset: matrix}} is needed"
            )
        matrices: dict[tuple[int, ...], Any] = {}
        for key, value in multipliers.items():
            offset = read_offset(key, start.lattice.dim)
            if offset in matrices:
                raise MultiplierError(f"multipliers: the offset {offset} is given twice; each may come once")
            matrices[offset] = read_matrix(value, (goal.size, start.size), offset)
        offsets = sorted(matrices)
        if offsets:
            xp = common_namespace(*matrices.values())
            stack = xp.stack([matrices[offset] for offset in offsets])
        else:
            stack = np.zeros((0, goal.size, start.size))
        stack = settled(stack) if is_symbolic(stack) else stack
        check_finite(stack, "multipliers")
        self._set(start, goal, np.array(offsets, dtype=np.int64).reshape(len(offsets), start.lattice.dim), stack)

    def _set(self, domain: Crystal, codomain: Crystal, offsets: NDArray[np.int64], multipliers: Any) -> None:
        if domain.lattice != codomain.lattice:
            message = (
                f"codomain: it lives on {codomain.lattice!r}, the domain on {domain.lattice!r}; one lattice is needed "
                "(describe both on a common sublattice with supercell)"
            )
            raise CrystalMismatchError(message)
        goal = codomain.in_basis_of(domain.lattice)
        self._fill(domain=domain, codomain=goal, _offsets=read_only(offsets), _multipliers=read_only(multipliers))

    @classmethod
    def from_arrays(
        cls, domain: Crystal, codomain: Crystal, offsets: NDArray[np.int64], multipliers: Any
    ) -> CrystalOperator:
        """Return the operator with these offsets (k, d), in any order but each once, and multipliers (k, m, n).

        The arrays become the operator's own: they must not be changed afterwards.
        """
        operator = object.__new__(cls)
        order = np.lexsort(offsets.T[::-1])
        if (order != np.arange(len(order))).any():
            offsets = offsets[order]
            multipliers = array_namespace(multipliers).take(multipliers, constant_like(order, multipliers), axis=0)
        operator._set(domain, codomain, offsets, in_c_order(multipliers))
        return operator

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return CrystalOperator.from_arrays, (self.domain, self.codomain, self._offsets, self._multipliers)

    @classmethod
    def from_couplings(
        cls, domain: Crystal | Lattice, codomain: Crystal | Lattice, couplings: Iterable[Any], hermitian: bool = False
    ) -> CrystalOperator:
        """Return the operator with given couplings between sites.

        Parameters
        ----------
        domain, codomain : Crystal or Lattice
        couplings : iterable of (row site, column site, offset, value)
            The value at the row site of point z gets `value` times that at the column site of z + offset; a matrix
            (dof of the row site, dof of the column site) where these are not 1. Repeated ones add up.
        hermitian : bool
            Whether to add, for every coupling but those of a site at offset 0 with itself, the opposite one: its
            conjugate transpose from the column site to the row site at -offset.

        Raises
        ------
        MultiplierError
            If a site does not exist, or an offset or value does not fit.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> honeycomb = lfa.crystals.honeycomb()
        >>> bonds = [(0, 1, (0, 0), -1), (0, 1, (-1, 0), -1), (0, 1, (0, -1), -1)]
        >>> graphene = lfa.CrystalOperator.from_couplings(honeycomb, honeycomb, bonds, hermitian=True)
        >>> bool(abs(graphene.symbol([1 / 3, 2 / 3])).max() < 1e-15)
        True
        """
        from crystal_lfa.operators.constructors import operator_from_couplings

        start, goal = as_crystal(domain, "domain"), as_crystal(codomain, "codomain")
        return operator_from_couplings(start, goal, couplings, hermitian=hermitian)

    @classmethod
    def from_sparse(
        cls, matrix: Any, crystal: Crystal | Lattice, N: Any, periodic: bool = True, rtol: float = 1e-12
    ) -> CrystalOperator:
        """Return the operator whose matrix on a torus, or on a box with boundaries, is given.

        Parameters
        ----------
        matrix : scipy sparse matrix, or (order * size, order * size) array_like
            Rows and columns: lattice points in the order of the torus's, then sites, then channels, as `to_sparse`
            writes them.
        crystal : Crystal or Lattice
        N : int, flat sequence of int, list of vectors (rows) or Torus
            The torus, or the box, whose points the rows belong to.
        periodic : bool
            Whether the matrix is that of a torus; else only rows away from the box's boundary are read.
        rtol : float
            How far rows may differ, relative to the largest entry.

        Raises
        ------
        TranslationInvarianceError
            If the rows differ by more; it says by how much, and where.
        InvalidArgumentError
            If the matrix does not fit, or no row is away from the boundary.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> laplacian = lfa.stencil([-1, 2, -1])
        >>> matrix = laplacian.to_sparse(8)
        >>> lfa.CrystalOperator.from_sparse(matrix, laplacian.lattice, 8).offsets.tolist()
        [[-1], [0], [1]]
        """
        from crystal_lfa.operators.sparse_input import operator_from_sparse

        return operator_from_sparse(matrix, crystal, N, periodic=periodic, rtol=rtol)

    @property
    def offsets(self) -> NDArray[np.int64]:
        """The offsets y in lattice coordinates, lexicographic: shape (k, d), int64, read-only."""
        return self._offsets

    @property
    def multipliers(self) -> Any:
        """The multipliers m_y in the order of `offsets`: shape (k, codomain.size, domain.size)."""
        return self._multipliers

    @property
    def wave_functions(self) -> int:
        """The number of offsets."""
        return len(self._offsets)

    @property
    def is_real(self) -> bool:
        """Whether all multipliers are real."""
        if is_symbolic(self._multipliers):
            return all_real(self._multipliers)
        return not is_complex(self._multipliers) or not to_numpy(self._multipliers).imag.any()

    @property
    def is_hermitian(self) -> bool:
        """Whether ``m_-y = m_y^H`` exactly and the crystals are the same, site by site."""
        if not self.domain.is_same_as(self.codomain):
            return False
        present = (to_numpy(self._multipliers) != 0).any(axis=(1, 2))
        offsets, matrices = self._offsets[present], to_numpy(self._multipliers)[present]
        # Negation reverses the lexicographic order.
        return bool((offsets == -offsets[::-1]).all() and (matrices == matrices[::-1].conj().transpose(0, 2, 1)).all())

    @property
    def magnitude(self) -> float | None:
        """The sum of the multipliers' Frobenius norms, which no symbol's norm exceeds; None with free parameters."""
        if is_symbolic(self._multipliers):
            return None
        largest = float(np.abs(to_numpy(self._multipliers)).max(initial=0.0))
        if largest == 0:
            return 0.0
        return largest * float(np.linalg.norm(to_numpy(self._multipliers) / largest, axis=(1, 2)).sum())

    def symbols(self, waves: WaveFunctions, dtype: Any = None) -> Any:
        """Return sum_y m_y exp(2 pi i kappa . y) for a batch of frequencies: (..., m, n), complex."""
        multipliers = to_complex(self._multipliers, dtype)
        xp = array_namespace(multipliers)
        phases = to_complex(constant_like(waves(self._offsets), multipliers), dtype)
        rows, columns = self.shape
        flat = xp.matmul(phases, xp.reshape(multipliers, (len(self._offsets), rows * columns)))
        return xp.reshape(flat, (*phases.shape[:-1], *self.shape))

    def astype(self, dtype: Any) -> CrystalOperator:
        """Return the operator with its multipliers cast to the complex type of that precision."""
        cast = to_complex(self._multipliers, dtype)
        return CrystalOperator.from_arrays(self.domain, self.codomain, self._offsets, cast)

    @property
    def H(self) -> CrystalOperator:
        """The adjoint: ``(m*)_y = (m_-y)^H``, on the same twist."""
        return algebra.adjoint(self)

    @property
    def T(self) -> CrystalOperator:
        """The transpose: symbol ``L_-kappa^T``; its matrix on twist -t is the transpose of the matrix on twist t."""
        return algebra.transpose(self)

    def __neg__(self) -> CrystalOperator:
        return algebra.scale(self, -1)

    def __mul__(self, factor: Any) -> CrystalOperator:
        return algebra.scale(self, factor) if algebra.is_scalar(factor) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> CrystalOperator:
        return algebra.divide(self, divisor) if algebra.is_scalar(divisor) else NotImplemented

    def diagonal(self) -> CrystalOperator:
        """Return what couples each unknown to itself: offset 0, same site and channel.

        Raises
        ------
        CrystalMismatchError
            If domain and codomain do not have the same sites in the same order.
        """
        from crystal_lfa.operators.orderings import diagonal_part

        return diagonal_part(self)

    def strictly_lower(self, order: Any = None, unknowns: Any = None) -> CrystalOperator:
        """Return what couples each unknown to those that a sweep visits before it, as Gauss-Seidel splits it.

        Parameters
        ----------
        order : (d, d) integers, optional
            Points z are visited lexicographically by ``order @ z``, then by site and channel; default the identity: the
            last coordinate runs fastest.
        unknowns : (size,) integers, optional
            The unknowns of a cell, by number, in the order of the visits.

        Raises
        ------
        CrystalMismatchError
            If domain and codomain do not have the same sites in the same order.
        InvalidArgumentError
            If `order` is no nonsingular integer matrix, or `unknowns` no permutation.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> laplacian = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
        >>> laplacian.strictly_lower().offsets.tolist()
        [[-1, 0], [0, -1]]
        """
        from crystal_lfa.operators.orderings import strictly_lower_part

        return strictly_lower_part(self, order, unknowns)

    def select(self, rows: Any = None, columns: Any = None) -> CrystalOperator:
        """Return what couples chosen unknowns of the cell, with zeros elsewhere; None chooses all.

        Parameters
        ----------
        rows, columns : int or sequence of int, optional
            Numbers of unknowns, below ``codomain.size`` and ``domain.size``.

        Raises
        ------
        InvalidArgumentError
            If one is no number of an unknown.
        """
        from crystal_lfa.operators.orderings import selected

        return selected(self, rows, columns)

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw the couplings as arrows on the crystal (1 to 3 dimensions); return the artists."""
        from crystal_lfa.operators.pictures import draw_operator

        return draw_operator(self, ax)

    def __repr__(self) -> str:
        numbers = f"{len(self._offsets)} multipliers of shape {self.shape}"
        return f"CrystalOperator({self.domain!r} -> {self.codomain!r}, {numbers}, {self._multipliers.dtype})"
