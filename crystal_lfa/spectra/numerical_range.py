"""The numerical range of an operator on a torus, by its supporting lines."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.frequencies import Cost, Progress, TorusWaves, make_plan, parse_memory, run_plan
from crystal_lfa.geometry import Torus
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.operators import Operator, TorusOperator, WholeSymbols
from crystal_lfa.operators.arrays import quiet_overflow, to_numpy
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.records import is_table
from crystal_lfa.spectra.eigenvalues import as_endomorphism
from crystal_lfa.spectra.results import Result
from crystal_lfa.spectra.stacks import finite
from crystal_lfa.spectra.subject import on_torus
from crystal_lfa.spectra.symbol_work import SymbolWork

__all__ = ["NumericalRange", "numerical_range"]

_MOST_ANGLES = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class NumericalRange(Result):
    r"""The convex set of all :math:`\langle x, A x \rangle` with x of norm one, between its supporting lines.

    Attributes
    ----------
    operator : Operator
    torus : Torus
    angles : (k,) float64, read-only
        Directions in the complex plane, evenly spaced from 0 to below 2 pi.
    support : (k,) float64, read-only
        How far the set reaches in each: the largest eigenvalue of the Hermitian part of ``exp(-i angle) A``.
    points : (k,) complex128, read-only
        A point of the set where it does; their convex hull lies within the set, the supporting lines around it.
    """

    operator: Operator
    torus: Torus
    angles: NDArray[np.float64]
    support: NDArray[np.float64]
    points: NDArray[np.complex128]

    def fits(self) -> bool:
        """Tell whether every direction has its line and its point."""
        return all(is_table(table, len(self.angles)) for table in (self.angles, self.support, self.points))

    @property
    def radius(self) -> float:
        """The numerical radius as far as the points show it: the largest modulus, at most 1 / cos(pi / k) too small."""
        return float(np.abs(self.points).max())

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw the set in the complex plane; return the artists."""
        from crystal_lfa.drawing.convex_sets import convex_set

        return convex_set(self.points, ax)

    def __repr__(self) -> str:
        return f"NumericalRange({len(self.angles)} angles, radius {self.radius:.6g}, on {self.torus!r})"


def numerical_range(
    A: Operator | TorusOperator,
    N: Any = None,
    angles: int = 72,
    *,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
    dtype: Any = None,
) -> NumericalRange:
    r"""Return the numerical range of an operator on a torus: the convex hull of those of its symbols.

    Parameters
    ----------
    A : Operator or TorusOperator
        From a crystal to itself.
    N : int, flat sequence of int, list of vectors (rows) or Torus
    angles : int
        In how many directions, at least 3.
    memory, executor, progress, dtype
        As in `svdvals`.

    Returns
    -------
    NumericalRange

    Raises
    ------
    InvalidArgumentError
        If `angles` is no integer of at least 3.
    CrystalMismatchError
        If the operator's domain and codomain differ.
    SingularSymbolError, TorusError, MemoryBudgetError
        As in `eigvals`.

    References
    ----------
    Johnson: Numerical determination of the field of values of a general complex matrix, SIAM J. Numer. Anal. 15 (1978).

    Examples
    --------
    A step to the right on many points turns functions by every angle: the unit disc.

    >>> import crystal_lfa as lfa
    >>> line = lfa.lattices.integer(1)
    >>> found = lfa.numerical_range(lfa.CrystalOperator(line, line, {1: 1}), 72)
    >>> round(found.radius, 6), bool(abs(found.support - 1).max() < 1e-12)
    (1.0, True)
    """
    count = as_integer(angles, "angles")
    if not 3 <= count <= _MOST_ANGLES:
        raise InvalidArgumentError(f"angles: got {count}; an integer from 3 to {_MOST_ANGLES} is needed")
    operator, torus = on_torus(A, N)
    operator = as_endomorphism(operator)
    directions = 2 * np.pi * np.arange(count) / count
    task = _SupportTask(torus, WholeSymbols(Program.of(operator), dtype), directions)
    plan = make_plan(torus, task.cost(), parse_memory(memory))
    support = np.full(count, -np.inf)
    points = np.zeros(count, dtype=np.complex128)
    for _, (reach, where) in run_plan(plan, task, executor=executor, progress=progress):
        further = reach > support
        support[further], points[further] = reach[further], where[further]
    for array in (directions, support, points):
        array.flags.writeable = False
    return NumericalRange(operator, torus, directions, support, points)


@dataclass(frozen=True, slots=True, eq=False)
class _SupportTask(SymbolWork):
    """The work at a chunk of frequencies: how far their symbols' numerical ranges reach in each direction."""

    angles: NDArray[np.float64]

    def cost(self) -> Cost:
        """Return the bytes that a frequency takes."""
        _, m, n = self.symbols.shape
        return Cost(self.symbols.working_bytes(16) + 96 * m * n, 0, self.symbols.fixed_bytes(16))

    def __call__(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.complex128]]:
        """Return the furthest reach of all these frequencies, and a point there, for each angle."""
        with quiet_overflow():
            symbols = to_numpy(finite(self.symbols.program(TorusWaves(self.torus, numbers), self.symbols.dtype)))
        support = np.empty(len(self.angles))
        points = np.empty(len(self.angles), dtype=np.complex128)
        for place, angle in enumerate(self.angles):
            turned = np.exp(-1j * angle) * symbols
            values, vectors = np.linalg.eigh((turned + turned.conj().swapaxes(-1, -2)) / 2)
            furthest = int(np.argmax(values[:, -1]))
            x = vectors[furthest, :, -1]
            support[place], points[place] = values[furthest, -1], x.conj() @ symbols[furthest] @ x
        return support, points
