"""Operators on one torus, given by their symbols there: what functions of an operator are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array
from numpy.typing import ArrayLike

from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError, MemoryBudgetError, TorusError
from crystal_lfa.frequencies import readable_bytes
from crystal_lfa.geometry import Crystal, Torus, as_crystal
from crystal_lfa.geometry.exact.integers import integer_points
from crystal_lfa.geometry.functions import check_function
from crystal_lfa.operators.algebra import is_scalar
from crystal_lfa.operators.arrays import (
    as_array,
    check_finite,
    common_namespace,
    constant_like,
    in_one_library,
    read_only,
    to_complex,
    to_numpy,
)
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.finite_range import CrystalOperator
from crystal_lfa.operators.meeting import matching_operator, same_basis
from crystal_lfa.operators.reading import LARGEST_OFFSET, is_imaginary, read_number
from crystal_lfa.operators.records import Record
from crystal_lfa.operators.tables import looks_real, symbol_table

__all__ = ["TorusOperator"]

_LARGEST_MATRIX = 4_000_000_000
"""Bytes of a matrix without zeros that may be asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class TorusOperator(Record):
    r"""A translation-invariant operator on one torus, a symbol :math:`L_\kappa` for each of its frequencies.

    Functions of an operator, such as its pseudo-inverse or what is left when small singular values are dropped, couple
    all points of the torus: they have no multipliers worth storing, and live on this torus only.

    Parameters
    ----------
    torus : Torus
    domain, codomain : Crystal
        On the torus's lattice.
    symbols : (order, codomain.size, domain.size) array of any array library
        Row i belongs to ``torus.frequencies[i]``. Kept, and not copied: it should not be changed afterwards.
    is_real : bool
        Whether it maps real functions to real ones, ``L_-kappa = conj(L_kappa)``.

    Raises
    ------
    InvalidArgumentError
        If the symbols have another shape.
    NotFiniteError
        If they hold NaN or infinity.
    CrystalMismatchError
        If a crystal lives on another lattice.

    References
    ----------
    van Betteray, Rottmann, Kahl: LFA applied to CNNs (ECAI 2025), section III.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> laplacian = lfa.stencil([-1, 2, -1])
    >>> halved = lfa.svd(laplacian, 4).clip(0, 2).to_operator()
    >>> halved.symbols.real.ravel().tolist()
    [0.0, 2.0, 2.0, 2.0]
    >>> (halved @ halved).to_sparse().shape
    (4, 4)
    """

    torus: Torus
    domain: Crystal
    codomain: Crystal
    symbols: Any
    is_real: bool = False

    # An array times an operator is then a TypeError, not an array of operators.
    __array_ufunc__ = None

    def __post_init__(self) -> None:
        if not isinstance(self.torus, Torus):
            raise InvalidArgumentError(f"torus: got {type(self.torus).__name__}; a Torus is needed")
        for name in ("domain", "codomain"):
            crystal = as_crystal(getattr(self, name), name)
            object.__setattr__(self, name, crystal)
            if not same_basis(crystal.lattice, self.torus.lattice):
                message = f"{name}: it lives on {crystal.lattice!r}, the torus on {self.torus.lattice!r}; one is needed"
                raise CrystalMismatchError(message)
        object.__setattr__(self, "symbols", as_array(self.symbols, "symbols"))
        wanted = (self.torus.order, self.codomain.size, self.domain.size)
        if tuple(self.symbols.shape) != wanted:
            raise InvalidArgumentError(f"symbols: got shape {tuple(self.symbols.shape)}; {wanted} is needed")
        check_finite(self.symbols, "symbols")
        symbols = to_complex(self.symbols, self.symbols.dtype)
        if self.is_real and not looks_real(self.symbols, self.torus):
            message = "is_real: got True; for that twists of 0 or 1/2 and L_-kappa = conj(L_kappa) are needed"
            raise InvalidArgumentError(message)
        # A view: the array that was handed in stays as it is.
        object.__setattr__(self, "symbols", read_only(symbols.view()) if is_numpy_array(symbols) else symbols)

    @classmethod
    def of_symbols(cls, torus: Torus, domain: Crystal, codomain: Crystal, symbols: Any, is_real: bool) -> TorusOperator:
        """Return the operator with these symbols, of which it is known whether it is real: rounding may hide it."""
        operator = cls(torus, domain, codomain, symbols)
        object.__setattr__(operator, "is_real", is_real)
        return operator

    @classmethod
    def of(cls, A: Operator, N: Any, memory: str | float = "4GB") -> TorusOperator:
        """Return an operator on a torus: all its symbols there, computed once.

        Parameters
        ----------
        A : Operator
        N : int, flat sequence of int, list of vectors (rows) or Torus
        memory : str or number
            Limit of what is allocated.

        Raises
        ------
        MemoryBudgetError
            If the symbols do not fit.
        """
        if not isinstance(A, Operator):
            raise InvalidArgumentError(f"A: got {type(A).__name__}; an Operator is needed")
        torus = A.lattice.torus(N)
        real = A.is_real and torus.has_real_functions
        return cls.of_symbols(torus, A.domain, A.codomain, symbol_table(A, torus, memory), real)

    @property
    def shape(self) -> tuple[int, int]:
        """The shape (order * codomain.size, order * domain.size) of the matrix."""
        return self.torus.order * self.codomain.size, self.torus.order * self.domain.size

    def apply(self, f: Any) -> Any:
        """Return L f for functions on the torus, between two fast Fourier transforms.

        Parameters
        ----------
        f : (..., order, domain.size) array of the symbols' library

        Returns
        -------
        (..., order, codomain.size) array, real where operator and function are
        """
        check_function(f, self.torus.order, self.domain.size, "f")
        xp = common_namespace(f, self.symbols)
        # (..., order, n) as columns of the symbols
        waves = xp.expand_dims(to_complex(self.torus.fourier(f)), axis=-1)
        image = self.torus.inverse_fourier(xp.matmul(to_complex(self.symbols), waves)[..., 0])
        was_real = xp.isdtype(f.dtype, ("real floating", "integral"))
        return xp.real(image) if self.is_real and was_real else image

    def to_linear_operator(self) -> Any:
        """Return a `scipy.sparse.linalg.LinearOperator` on vectors of order * size numbers, with its adjoint."""
        from scipy.sparse.linalg import LinearOperator

        adjoint = self.H

        def act(operator: TorusOperator, vector: Any) -> Any:
            return operator.apply(np.asarray(vector).reshape(self.torus.order, -1)).ravel()

        host = replace(self, symbols=to_numpy(self.symbols))
        adjoint = host.H
        return LinearOperator(
            shape=self.shape,
            matvec=lambda x: act(host, x),
            rmatvec=lambda y: act(adjoint, y),
            dtype=np.dtype(np.float64 if self.is_real else np.complex128),
        )

    def to_sparse(self) -> Any:
        """Return the matrix as a scipy CSR array: rows and columns by point, then site, then channel.

        Raises
        ------
        MemoryBudgetError
            If the matrix, in which every point is coupled with every other, is larger than 4 GB.
        """
        return self._with_all_offsets().to_sparse(self.torus)

    def _with_all_offsets(self) -> CrystalOperator:
        """Return the operator with all points of the torus as offsets.

        From the symbols, m_-z is their inverse Fourier transform over sqrt(order).
        """
        order = self.torus.order
        m, n = self.codomain.size, self.domain.size
        size = 16 * order**2 * m * n
        if size > _LARGEST_MATRIX:
            message = f"torus: the matrix of an operator without finite range couples all {order} points and takes "
            raise MemoryBudgetError(f"{message}{readable_bytes(size)}; use apply() or to_linear_operator()")
        table = self.torus.inverse_fourier(to_numpy(self.symbols).reshape(order, m * n)) / np.sqrt(order)
        multipliers = table.reshape(order, m, n)
        if self.is_real:
            multipliers = multipliers.real.copy()
        return CrystalOperator.from_arrays(self.domain, self.codomain, -self.torus.points, multipliers)

    def nearest_stencil(self, offsets: ArrayLike) -> CrystalOperator:
        r"""Return the operator with given offsets that is the nearest in the Frobenius norm on this torus.

        The wave functions of different points are orthogonal, so
        :math:`m_y = |T|^{-1} \sum_\kappa L_\kappa e^{-2\pi i \kappa \cdot y}`; offsets that meet on the torus share
        equally (the smallest multipliers of those that are equally near).

        Parameters
        ----------
        offsets : (k, d) integer array_like
            Such as ``A.offsets`` of the operator that this one was made from.

        Raises
        ------
        InvalidArgumentError
            If they are not k different integer vectors of the lattice's dimension.

        References
        ----------
        Sedghi, Gupta, Long: The singular values of convolutional layers (ICLR 2019), section 2.1.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> A = lfa.stencil([1.0, 2.0, 0.5])
        >>> projected = lfa.svd(A, 8).to_operator().nearest_stencil(A.offsets)
        >>> projected.allclose(A)
        True
        """
        points = integer_points(offsets, self.torus.lattice.dim, "offsets")
        if max(map(abs, points.ravel().tolist()), default=0) > LARGEST_OFFSET:
            message = f"offsets: got {points.tolist()}; entries of at most {LARGEST_OFFSET} are needed"
            raise InvalidArgumentError(message)
        if points.ndim != 2 or len(np.unique(points, axis=0)) != len(points):
            raise InvalidArgumentError(f"offsets: got {points.tolist()}; different vectors, one a row, are needed")
        place, winding = self.torus.locate(points)
        phases = self.torus.winding_phases(winding)
        own, meeting = np.unique(place, return_inverse=True)
        waves = self.torus.waves(self.torus.points[own], np.arange(self.torus.order)).conj() / self.torus.order
        xp = array_namespace(self.symbols)
        flat = xp.reshape(self.symbols, (self.torus.order, -1))
        conjugates = xp.astype(constant_like(waves.T.copy(), flat), flat.dtype, copy=False)
        table = xp.matmul(conjugates, flat)
        shares = np.conj(phases) / np.bincount(meeting)[meeting]
        chosen = xp.take(table, constant_like(meeting, flat), axis=0)
        chosen = chosen * xp.astype(constant_like(shares[:, None].copy(), flat), flat.dtype, copy=False)
        multipliers = xp.reshape(chosen, (len(points), self.codomain.size, self.domain.size))
        if self.is_real:
            multipliers = xp.real(multipliers)
        return CrystalOperator.from_arrays(self.domain, self.codomain, points, multipliers)

    @property
    def H(self) -> TorusOperator:
        """The adjoint: conjugate transposes of the symbols."""
        xp = array_namespace(self.symbols)
        symbols = xp.conj(xp.matrix_transpose(self.symbols))
        return TorusOperator.of_symbols(self.torus, self.codomain, self.domain, symbols, self.is_real)

    def __matmul__(self, other: object) -> TorusOperator:
        return self._with(other, lambda right: _product(self, right))

    def __rmatmul__(self, other: object) -> TorusOperator:
        return self._with(other, lambda left: _product(left, self))

    def __add__(self, other: object) -> TorusOperator:
        return self._with(other, lambda right: _sum(self, right, 1))

    def __radd__(self, other: object) -> TorusOperator:
        return self._with(other, lambda left: _sum(left, self, 1))

    def __sub__(self, other: object) -> TorusOperator:
        return self._with(other, lambda right: _sum(self, right, -1))

    def __rsub__(self, other: object) -> TorusOperator:
        return self._with(other, lambda left: _sum(left, self, -1))

    def __neg__(self) -> TorusOperator:
        return self.__mul__(-1)

    def __mul__(self, factor: Any) -> TorusOperator:
        if not is_scalar(factor):
            return NotImplemented
        number = read_number(factor, "factor")
        return replace(self, symbols=number * self.symbols, is_real=self.is_real and not is_imaginary(number))

    __rmul__ = __mul__

    def __truediv__(self, divisor: Any) -> TorusOperator:
        if not is_scalar(divisor):
            return NotImplemented
        number = read_number(divisor, "divisor")
        if not bool(number):
            raise InvalidArgumentError(f"divisor: got {divisor!r}; a number other than zero is needed")
        return self.__mul__(1 / number)

    def _with(self, other: object, combine: Callable[[TorusOperator], TorusOperator]) -> TorusOperator:
        """Combine with another operator, put onto this torus where it is one of the infinite lattice."""
        if isinstance(other, Operator):
            return combine(TorusOperator.of(other, self.torus))
        return combine(other) if isinstance(other, TorusOperator) else NotImplemented

    def __repr__(self) -> str:
        kind = "real" if self.is_real else "complex"
        return f"TorusOperator({self.domain!r} -> {self.codomain!r}, {kind}, on {self.torus!r})"


def _check_one_torus(left: TorusOperator, right: TorusOperator) -> None:
    if not same_basis(left.torus.lattice, right.torus.lattice) or left.torus != right.torus:
        message = f"torus: the operators live on {left.torus!r} and on {right.torus!r}; one torus is needed"
        raise TorusError(message)


def _product(left: TorusOperator, right: TorusOperator) -> TorusOperator:
    """Return the product, the right one acting first."""
    _check_one_torus(left, right)
    between = matching_operator(right.codomain, left.domain, "a product's inner crystals")
    if between is not None:
        right = _product(TorusOperator.of(between, right.torus), right)
    here, there = in_one_library(left.symbols, right.symbols)
    symbols = array_namespace(here).matmul(here, there)
    return TorusOperator.of_symbols(left.torus, right.domain, left.codomain, symbols, left.is_real and right.is_real)


def _sum(left: TorusOperator, right: TorusOperator, sign: int) -> TorusOperator:
    """Return the sum or the difference, between the crystals of the left one."""
    _check_one_torus(left, right)
    columns = matching_operator(right.domain, left.domain, "a sum's domains")
    rows = matching_operator(right.codomain, left.codomain, "a sum's codomains")
    if columns is not None:
        right = _product(right, TorusOperator.of(columns.H, right.torus))
    if rows is not None:
        right = _product(TorusOperator.of(rows, right.torus), right)
    here, there = in_one_library(left.symbols, right.symbols)
    return replace(left, symbols=here + sign * there, is_real=left.is_real and right.is_real)
