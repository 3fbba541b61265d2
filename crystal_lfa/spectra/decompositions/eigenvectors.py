"""Eigenvalues with their vectors, and functions of Hermitian operators."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.frequencies import Cost, Progress, Reduction, TorusWaves, make_plan, parse_memory, run_into
from crystal_lfa.geometry import Torus
from crystal_lfa.operators import Operator, TorusOperator, WholeSymbols
from crystal_lfa.operators.arrays import (
    constant_like,
    is_complex,
    quiet_overflow,
    read_only,
    to_numpy,
    without_gradient,
)
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.meeting import same_basis
from crystal_lfa.operators.records import is_table
from crystal_lfa.operators.tables import Tables
from crystal_lfa.spectra.decompositions.ordering import read_place
from crystal_lfa.spectra.decompositions.selection import mapped
from crystal_lfa.spectra.decompositions.wave_vectors import pair_of, wave_vector
from crystal_lfa.spectra.eigenvalues import as_endomorphism, by_modulus
from crystal_lfa.spectra.results import Result
from crystal_lfa.spectra.stacks import finite
from crystal_lfa.spectra.subject import on_torus
from crystal_lfa.spectra.symbol_work import SymbolWork

__all__ = ["Eig", "eig"]


@dataclass(frozen=True, slots=True, eq=False)
class Eig(Result):
    r"""The eigenvalues and eigenvectors of every symbol on a torus, :math:`L_\kappa X = X \Lambda`; `eig` makes it.

    Attributes
    ----------
    operator : Operator
    torus : Torus
    values : (order, size) array, read-only
        Row i belongs to ``frequencies[i]``: of a Hermitian operator real, ascending; else complex, by descending
        modulus, equal ones by ascending angle.
    symbol_vectors : (order, size, size) complex array, read-only
        Columns of norm one; of a Hermitian operator orthonormal.
    is_hermitian : bool
    """

    operator: Operator
    torus: Torus
    values: Any
    symbol_vectors: Any
    is_hermitian: bool

    def fits(self) -> bool:
        """Tell whether arrays have the shapes that the class says."""
        order, (m, n) = self.torus.order, self.operator.shape
        same = same_basis(self.operator.lattice, self.torus.lattice)
        return same and m == n and is_table(self.values, order, n) and is_table(self.symbol_vectors, order, n, n)

    @property
    def frequencies(self) -> NDArray[np.float64]:
        """The frequencies of the torus, fractional dual coordinates: (order, d), read-only."""
        return self.torus.frequencies

    @property
    def is_real(self) -> bool:
        """Whether real eigenvectors are handed out: those of a Hermitian, real operator with twists of 0 and 1/2."""
        return self.is_hermitian and self.operator.is_real and self.torus.has_real_functions

    @property
    def sorted_values(self) -> Any:
        """All eigenvalues in one array, ordered as those of a row, ties by frequency."""
        xp = array_namespace(self.values)
        flat = xp.reshape(self.values, (-1,))
        return read_only(xp.take(flat, constant_like(self._order(), flat)))

    def _order(self) -> NDArray[np.int64]:
        flat = to_numpy(self.values).ravel()
        if self.is_hermitian:
            return np.argsort(flat, kind="stable")
        return np.asarray(by_modulus(flat), dtype=np.int64)

    def locate(self, i: int) -> tuple[int, int]:
        """Return (frequency number, place j in its row) of ``sorted_values[i]``.

        Raises
        ------
        InvalidArgumentError
            If there is no such value.
        """
        place = int(self._order()[read_place(i, int(np.prod(self.values.shape)))])
        return place // self.values.shape[1], place % self.values.shape[1]

    def vector(self, i: int) -> Any:
        """Return the eigenvector of ``sorted_values[i]``: (order, size), of norm one; real where `is_real`.

        Raises
        ------
        InvalidArgumentError
            If there is no such value.

        Examples
        --------
        >>> import numpy as np
        >>> import crystal_lfa as lfa
        >>> A = lfa.adjacency(lfa.crystals.honeycomb())
        >>> found = lfa.eig(A, 3)
        >>> x = found.vector(0)
        >>> bool(np.allclose(A.apply(x, 3), found.sorted_values[0] * x))
        True
        """
        number, j = self.locate(i)
        at, _ = pair_of(self.torus, number, real=self.is_real)
        return wave_vector(self.torus, number, self.symbol_vectors[at, :, j], real=self.is_real)

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw the eigenvalues, those of a Hermitian operator sorted, others in the complex plane; return the artists.

        Parameters
        ----------
        ax : plane matplotlib axes, optional
        """
        from crystal_lfa.spectra.decompositions.pictures import draw_eigenvalues

        return draw_eigenvalues(self, ax)

    def plot_vector(self, i: int, ax: Any = None, component: int | None = None) -> list[Any]:
        """Draw the eigenvector of ``sorted_values[i]`` on its crystal; parameters and errors as of `SVD.plot_vector`.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> stems, *_ = lfa.eig(lfa.stencil([-1, 2, -1]), 4).plot_vector(3)
        >>> stems.get_array().round(6).tolist()
        [0.5, -0.5, 0.5, -0.5]
        """
        from crystal_lfa.spectra.decompositions.pictures import draw_eigenvector

        return draw_eigenvector(self, i, ax, component)

    def map(self, f: Callable[[Any], Any]) -> TorusOperator:
        r"""Return the function :math:`f(L) = X f(\Lambda) X^H` of a Hermitian operator, on the torus.

        Parameters
        ----------
        f : callable
            From the array of eigenvalues to an array of real or complex numbers of the same shape.

        Raises
        ------
        InvalidArgumentError
            If the operator is not known to be Hermitian, or `f` returns another shape.
        NotFiniteError
            If `f` returns NaN or infinity.

        References
        ----------
        Higham: Functions of Matrices (2008), chapter 1.

        Examples
        --------
        Heat on a ring of eight points, after a time of 1/2:

        >>> import numpy as np
        >>> import crystal_lfa as lfa
        >>> heat = lfa.eig(lfa.stencil([-1, 2, -1]), 8).map(lambda x: np.exp(-x / 2))
        >>> start = np.eye(8)[:1].T
        >>> heat.apply(start).ravel().round(3).tolist()
        [0.466, 0.208, 0.05, 0.008, 0.002, 0.008, 0.05, 0.208]
        """
        if not self.is_hermitian:
            message = f"f: {self.operator!r} is not known to be Hermitian; functions of its symbols are not stable"
            raise InvalidArgumentError(f"{message} (svd(A, N).map is one of singular values)")
        values = mapped(f, self.values, real=False)
        xp = array_namespace(values)
        x = self.symbol_vectors
        scaled = x * xp.astype(values, x.dtype)[:, None, :]
        symbols = xp.matmul(scaled, xp.conj(xp.matrix_transpose(x)))
        real = self.is_real and not is_complex(values)
        if real:
            host = to_numpy(values)
            real = bool((host == host[self.torus.conjugate_frequencies(np.arange(len(host)))]).all())
        return TorusOperator.of_symbols(self.torus, self.operator.domain, self.operator.codomain, symbols, real)

    def __repr__(self) -> str:
        values = to_numpy(self.values)
        if self.is_hermitian:
            span = f"from {values.min():.6g} to {values.max():.6g}"
        else:
            span = f"of modulus {np.abs(values).min():.6g} to {np.abs(values).max():.6g}"
        return f"Eig({values.size} eigenvalues {span}, on {self.torus!r})"


def eig(
    A: Operator | TorusOperator,
    N: Any = None,
    *,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
    dtype: Any = None,
) -> Eig:
    r"""Return all eigenvalues and eigenvectors of an operator on a torus.

    An eigenvector x of the symbol :math:`L_\kappa` gives that of the operator, :math:`|T|^{-1/2} \varphi_\kappa(z) x`.

    Parameters
    ----------
    A : Operator or TorusOperator
        From a crystal to itself.
    N : int, flat sequence of int, list of vectors (rows) or Torus
    memory, executor, progress, dtype
        As in `svdvals`.

    Returns
    -------
    Eig

    Raises
    ------
    CrystalMismatchError
        If the operator's domain and codomain differ.
    MemoryBudgetError
        If `memory` cannot hold all eigenvectors of symbols.
    SingularSymbolError, TorusError, InvalidArgumentError
        As in `eigvals`.

    References
    ----------
    Kahl, Kintscher: Automated local Fourier analysis (aLFA), BIT 60 (2020), section 3.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.eig(lfa.stencil([-1, 2, -1]), 4).sorted_values.tolist()
    [0.0, 2.0, 2.0, 4.0]
    """
    operator, torus = on_torus(A, N)
    operator = as_endomorphism(operator)
    real = operator.is_real and torus.has_real_functions
    task = _EigenTask(torus, WholeSymbols(Program.of(operator), dtype), operator.is_hermitian, real)
    plan = make_plan(torus, task.cost(), parse_memory(memory), Reduction(torus, real))
    tables = Tables(plan, _conjugated)
    run_into(plan, task, tables, executor=executor, progress=progress)
    values, vectors = (read_only(table) for table in tables.arrays)
    return Eig(operator, torus, values, vectors, operator.is_hermitian)


@dataclass(frozen=True, slots=True, eq=False)
class _EigenTask(SymbolWork):
    """The work at a chunk of frequencies: the eigenvalues and eigenvectors of symbols."""

    hermitian: bool
    real: bool

    def cost(self) -> Cost:
        """Return the bytes that a frequency takes."""
        _, _, n = self.symbols.shape
        working = self.symbols.working_bytes(16) + 96 * n * n + 64 * n
        return Cost(working, 16 * n * (n + 1), self.symbols.fixed_bytes(16))

    def __call__(self, numbers: NDArray[np.int64]) -> tuple[Any, Any]:
        """Return eigenvalues (b, n) and eigenvectors as columns (b, n, n)."""
        with quiet_overflow():
            symbols = without_gradient(self.symbols.program(TorusWaves(self.torus, numbers), self.symbols.dtype))
            finite(symbols)
        xp = array_namespace(symbols)
        if not self.hermitian:
            return _ordered(*(np if is_numpy_array(symbols) else xp).linalg.eig(symbols))
        values, vectors = xp.linalg.eigh(symbols)
        if self.real:
            own = np.flatnonzero(self.torus.conjugate_frequencies(numbers) == numbers)
            if own.size:
                places = constant_like(own, symbols)
                exact, real = xp.linalg.eigh(xp.real(symbols[places, ...]))
                values[places, ...] = exact
                vectors[places, ...] = xp.astype(real, vectors.dtype)
        return values, vectors


def _ordered(values: Any, vectors: Any) -> tuple[Any, Any]:
    """Put eigenvalues, and their vectors with them, into the order of `Eig.values`."""
    xp = array_namespace(values)
    order = by_modulus(values)
    columns = xp.broadcast_to(order[..., None, :], tuple(vectors.shape))
    return xp.take_along_axis(values, order, axis=-1), xp.take_along_axis(vectors, columns, axis=-1)


def _conjugated(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what a real operator has at -kappa, from what it has at kappa: eigenvalues and eigenvectors."""
    values, vectors = parts
    xp = array_namespace(values)
    if not is_complex(values):
        return values, xp.conj(vectors)
    return _ordered(xp.conj(values), xp.conj(vectors))
