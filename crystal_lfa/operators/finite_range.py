"""Operators of finite range: finitely many multipliers, one an offset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError, MultiplierError
from crystal_lfa.frequencies import WaveFunctions
from crystal_lfa.geometry import Crystal, Lattice, as_crystal
from crystal_lfa.geometry.exact.integers import as_integer, axes_of
from crystal_lfa.operators import action, algebra
from crystal_lfa.operators.arrays import (
    as_array,
    check_finite,
    common_namespace,
    constant_like,
    is_complex,
    read_only,
    to_complex,
    to_numpy,
)
from crystal_lfa.operators.base import Operator

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

    __slots__ = ("_multipliers", "_offsets", "codomain", "domain")

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
            offset = _read_offset(key, start.lattice.dim)
            if offset in matrices:
                raise MultiplierError(f"multipliers: the offset {offset} is given twice; each may come once")
            matrices[offset] = _read_matrix(value, (goal.size, start.size), offset)
        offsets = sorted(matrices)
        if offsets:
            xp = common_namespace(*matrices.values())
            stack = xp.stack([matrices[offset] for offset in offsets])
        else:
            stack = np.zeros((0, goal.size, start.size))
        check_finite(stack, "multipliers")
        keys = np.array(offsets, dtype=np.int64).reshape(len(offsets), start.lattice.dim)
        self._set(start, goal, keys, stack)

    def _set(self, domain: Crystal, codomain: Crystal, offsets: NDArray[np.int64], multipliers: Any) -> None:
        if domain.lattice != codomain.lattice:
            message = (
                f"codomain: it lives on {codomain.lattice!r}, the domain on {domain.lattice!r}; one lattice is needed "
                "(describe both on a common sublattice with supercell)"
            )
            raise CrystalMismatchError(message)
        values = (domain, codomain.in_basis_of(domain.lattice), read_only(offsets), read_only(multipliers))
        for name, value in zip(("domain", "codomain", "_offsets", "_multipliers"), values, strict=True):
            object.__setattr__(self, name, value)

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
            xp = array_namespace(multipliers)
            offsets = offsets[order]
            multipliers = xp.take(multipliers, constant_like(order, multipliers), axis=0)
        operator._set(domain, codomain, offsets, multipliers)
        return operator

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{name}: a CrystalOperator is immutable; build a new one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name}: a CrystalOperator is immutable; build a new one")

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return CrystalOperator.from_arrays, (self.domain, self.codomain, self._offsets, self._multipliers)

    @property
    def offsets(self) -> NDArray[np.int64]:
        """The offsets y in lattice coordinates, lexicographic: shape (k, d), int64, read-only."""
        return self._offsets

    @property
    def multipliers(self) -> Any:
        """The multipliers m_y in the order of `offsets`: shape (k, codomain.size, domain.size)."""
        return self._multipliers

    @property
    def is_real(self) -> bool:
        """Whether all multipliers are real."""
        if not is_complex(self._multipliers):
            return True
        return not bool(to_numpy(self._multipliers).imag.any())

    @property
    def is_hermitian(self) -> bool:
        """Whether ``m_-y = m_y^H`` exactly and the crystals are the same, site by site."""
        if not self.domain.is_same_as(self.codomain):
            return False
        present = (to_numpy(self._multipliers) != 0).any(axis=(1, 2))
        offsets, matrices = self._offsets[present], to_numpy(self._multipliers)[present]
        # Negation reverses the lexicographic order.
        return bool((offsets == -offsets[::-1]).all() and (matrices == matrices[::-1].conj().transpose(0, 2, 1)).all())

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
        return CrystalOperator.from_arrays(
            self.domain, self.codomain, self._offsets, to_complex(self._multipliers, dtype)
        )

    @property
    def H(self) -> CrystalOperator:
        """The adjoint: ``(m*)_y = (m_-y)^H``, on the same twist."""
        return algebra.adjoint(self)

    @property
    def T(self) -> CrystalOperator:
        """The transpose: symbol ``L_-kappa^T``; its matrix on twist -t is the transpose of the matrix on twist t."""
        return algebra.transpose(self)

    def __add__(self, other: object) -> CrystalOperator:
        return algebra.add(self, other) if isinstance(other, CrystalOperator) else NotImplemented

    def __sub__(self, other: object) -> CrystalOperator:
        return algebra.add(self, -other) if isinstance(other, CrystalOperator) else NotImplemented

    def __neg__(self) -> CrystalOperator:
        return algebra.scale(self, -1)

    def __mul__(self, factor: Any) -> CrystalOperator:
        return algebra.scale(self, factor) if algebra.is_scalar(factor) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> CrystalOperator:
        return algebra.divide(self, divisor) if algebra.is_scalar(divisor) else NotImplemented

    def __matmul__(self, other: object) -> CrystalOperator:
        return algebra.compose(self, other) if isinstance(other, CrystalOperator) else NotImplemented

    def on(self, vectors: Any) -> CrystalOperator:
        """Return the same operator described with the larger cell of a sublattice.

        Its crystals are ``domain.supercell(vectors)`` and ``codomain.supercell(vectors)``.

        Parameters
        ----------
        vectors : int, flat sequence of int, list of vectors (rows) or Lattice

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> line = lfa.lattices.integer(1)
        >>> lfa.CrystalOperator(line, line, {1: 1}).on(2).multipliers.tolist()
        [[[0.0, 1.0], [0.0, 0.0]], [[0.0, 0.0], [1.0, 0.0]]]
        """
        return algebra.on_sublattice(self, vectors)

    def to_sparse(self, torus: Any) -> Any:
        """Return the operator's matrix on a torus as a scipy CSR array.

        Rows and columns run through the points of ``lattice.torus(torus)``, then sites, then channels. Offsets
        that meet on a small torus add, each with the phase exp(2 pi i t . w) of its winding w.

        Parameters
        ----------
        torus : int, flat sequence of int, list of vectors or Torus

        Returns
        -------
        scipy.sparse.csr_array, shape (order * codomain.size, order * domain.size)
            Real where multipliers and phases are.
        """
        return action.sparse_matrix(self, self.lattice.torus(torus))

    def apply(self, f: Any, torus: Any) -> Any:
        """Return L f for a function on a torus.

        Parameters
        ----------
        f : (..., order, domain.size) array of the multipliers' library
        torus : int, flat sequence of int, list of vectors or Torus

        Returns
        -------
        (..., order, codomain.size) array
        """
        return action.shift_and_add(self, f, self.lattice.torus(torus))

    def __repr__(self) -> str:
        numbers = f"{len(self._offsets)} multipliers of shape {self.shape}"
        return f"CrystalOperator({self.domain!r} -> {self.codomain!r}, {numbers}, {self._multipliers.dtype})"


def _read_offset(key: Any, dimension: int) -> tuple[int, ...]:
    entries = (key,) if axes_of(key) == 0 else tuple(key)
    try:
        offset = tuple(as_integer(entry, "multipliers") for entry in entries)
    except InvalidArgumentError:
        raise MultiplierError(f"multipliers: got the offset {key!r}; {dimension} integers are needed") from None
    if len(offset) != dimension:
        raise MultiplierError(f"multipliers: got the offset {key!r}; {dimension} integers are needed")
    if max(abs(entry) for entry in offset) > algebra.LARGEST_OFFSET:
        message = f"multipliers: got the offset {key!r}; its entries have to be at most {algebra.LARGEST_OFFSET}"
        raise MultiplierError(message)
    return offset


def _read_matrix(value: Any, shape: tuple[int, int], offset: tuple[int, ...]) -> Any:
    matrix = as_array(value, f"multipliers[{offset}]")
    if matrix.ndim == 0 and shape == (1, 1):
        matrix = matrix.reshape((1, 1))
    if tuple(matrix.shape) != shape:
        message = (
            f"multipliers[{offset}]: got shape {tuple(matrix.shape)}; (codomain.size, domain.size) = {shape} is needed"
        )
        raise MultiplierError(message)
    return matrix
