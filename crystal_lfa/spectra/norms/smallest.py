"""The other ends of spectra: smallest singular values, lowest and highest eigenvalues, condition numbers."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.frequencies import Progress, RunOptions
from crystal_lfa.operators import CrystalOperator, Operator, TorusOperator, identity
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.spectra.decompositions.selection import rounding_of
from crystal_lfa.spectra.eigenvalues import as_endomorphism
from crystal_lfa.spectra.norms.extremes import norm, read_evaluations, read_rtol, supremum_of
from crystal_lfa.spectra.norms.suprema import Infimum, Supremum
from crystal_lfa.spectra.singular_values import svdvals
from crystal_lfa.spectra.stacks import values_of
from crystal_lfa.spectra.subject import on_torus

__all__ = ["condition_number", "extreme_eigenvalues", "smallest_singular_value"]


def smallest_singular_value(
    A: Operator | TorusOperator,
    N: Any = None,
    rtol: float = 1e-6,
    *,
    evaluations: int | None = None,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
    dtype: Any = None,
) -> Infimum:
    """Return the smallest of the min(m, n) singular values of all symbols; without `N` over all frequencies, refined.

    It is the smallest value that finer and finer grids show, until it stops changing, and is not certified. The lowest
    of `extreme_eigenvalues` of A* A, or of A A* where that is smaller, proves a bound of its square.

    Parameters
    ----------
    A, N, rtol, evaluations
        As in `norm`; a change smaller than `rtol` counts as none.
    memory, executor, progress, dtype
        As in `svdvals`.

    Returns
    -------
    Infimum
        On a torus with lower = upper.

    Raises
    ------
    SingularSymbolError, TorusError, MemoryBudgetError, InvalidArgumentError
        As in `norm`.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.smallest_singular_value(lfa.stencil([-1, 3, -1]))
    Infimum(1 attained, no lower bound, at kappa = [0.0])
    """
    options = RunOptions(memory, executor, progress, dtype)
    found = supremum_of(A, N, _negative_smallest, read_rtol(rtol), read_evaluations(evaluations), options)
    return Infimum.opposite_of(found)


def extreme_eigenvalues(
    A: Operator,
    N: Any = None,
    rtol: float = 1e-6,
    *,
    evaluations: int | None = None,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
    dtype: Any = None,
) -> tuple[Infimum, Supremum]:
    """Return the lowest and the highest eigenvalue of a Hermitian operator; on the infinite lattice certified.

    With s at least the norm, the norm of s + A is s plus the highest eigenvalue, that of s - A is s less the lowest.

    Parameters
    ----------
    A : Operator
        Known to be Hermitian.
    N, rtol, evaluations
        As in `norm`; `rtol` is relative to the distance between the two.
    memory, executor, progress, dtype
        As in `svdvals`.

    Returns
    -------
    lowest : Infimum
    highest : Supremum

    Raises
    ------
    InvalidArgumentError
        If the operator is not known to be Hermitian; else as in `norm`.
    CrystalMismatchError, SingularSymbolError, TorusError, MemoryBudgetError
        As in `spectral_radius`.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lowest, highest = lfa.extreme_eigenvalues(-1 * lfa.adjacency(lfa.crystals.honeycomb()))
    >>> round(float(lowest), 4), round(float(highest), 4), lowest.certified, highest.certified
    (-3.0, 3.0, True, True)
    """
    options = RunOptions(memory, executor, progress, dtype)
    width, most = read_rtol(rtol), read_evaluations(evaluations)
    operator = as_endomorphism(A)
    if not operator.is_hermitian:
        raise InvalidArgumentError(f"A: {A!r} is not known to be Hermitian, so its eigenvalues may be complex")
    if N is not None or not isinstance(operator, CrystalOperator):
        highest = supremum_of(operator, N, _highest, width, most, options)
        return Infimum.opposite_of(supremum_of(operator, N, _negative_lowest, width, most, options)), highest
    keywords: dict[str, Any] = {"memory": memory, "executor": executor, "progress": progress, "dtype": dtype}
    # Around the mean of all eigenvalues, so that the shift is no larger than the distance of the two ends.
    unit = identity(operator.domain)
    middle = _mean_eigenvalue(operator)
    centred = operator - middle * unit
    shift = norm(centred, rtol=0.01, evaluations=most, **keywords).upper
    above = norm(shift * unit + centred, rtol=width / 2, evaluations=most, **keywords).shifted(middle - shift)
    below = norm(shift * unit - centred, rtol=width / 2, evaluations=most, **keywords).shifted(-middle - shift)
    return Infimum.opposite_of(below), above


def condition_number(
    A: Operator | TorusOperator,
    N: Any = None,
    *,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
    dtype: Any = None,
) -> float:
    """Return the largest singular value over the smallest one of the min(m, n) of each symbol.

    Parameters
    ----------
    A : Operator or TorusOperator
    N : int, flat sequence of int, list of vectors (rows) or Torus, optional
        None: over all frequencies of the infinite lattice, the smallest value refined as in `smallest_singular_value`.
    memory, executor, progress, dtype
        As in `svdvals`.

    Returns
    -------
    float
        Infinite where the smallest one is zero up to rounding; NaN of a zero operator.

    Raises
    ------
    SingularSymbolError, TorusError, MemoryBudgetError, InvalidArgumentError
        As in `svdvals`.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.condition_number(lfa.stencil([-1, 3, -1]), 8), lfa.condition_number(lfa.stencil([-1, 2, -1]), 8)
    (5.0, inf)
    """
    keywords: dict[str, Any] = {"memory": memory, "executor": executor, "progress": progress, "dtype": dtype}
    if N is None and not isinstance(A, TorusOperator):
        found = norm(A, **keywords)
        values = np.array([float(smallest_singular_value(A, **keywords).value), found.lower])
        return _ratio(values, A)
    return _ratio(to_numpy(svdvals(A, N, **keywords)), on_torus(A, N)[0])


def _mean_eigenvalue(operator: CrystalOperator) -> float:
    """Return the mean over all frequencies of the eigenvalues: the mean of the diagonal at offset 0."""
    own = to_numpy(operator.multipliers)[~operator.offsets.any(axis=1)]
    return float(np.trace(own[0]).real) / operator.shape[0] if len(own) else 0.0


def _ratio(values: Any, operator: Operator) -> float:
    largest, smallest = float(values.max()), float(values.min())
    if largest == 0:
        return math.nan
    return math.inf if smallest <= rounding_of(values, operator) else largest / smallest


def _negative_smallest(symbols: Any) -> Any:
    return -values_of(symbols)[..., -1]


def _highest(symbols: Any) -> Any:
    return array_namespace(symbols).linalg.eigvalsh(symbols)[..., -1]


def _negative_lowest(symbols: Any) -> Any:
    return -array_namespace(symbols).linalg.eigvalsh(symbols)[..., 0]
