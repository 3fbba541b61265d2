"""Largest numbers over all frequencies of a torus: norms and spectral radii."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array

from crystal_lfa.frequencies import Progress, make_plan, parse_memory, run_plan
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.spectra.eigenvalues import as_endomorphism
from crystal_lfa.spectra.singular_values import values_of
from crystal_lfa.spectra.subject import check_operator
from crystal_lfa.spectra.suprema import Supremum
from crystal_lfa.spectra.symbol_task import Measure, SymbolTask

__all__ = ["norm", "spectral_radius"]


def norm(
    A: Operator,
    N: Any,
    *,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
    dtype: Any = None,
) -> Supremum:
    """Return the norm of an operator on a torus, the largest singular value of its symbols.

    Parameters
    ----------
    A : Operator
    N : int, flat sequence of int, list of vectors (rows) or Torus
    memory, executor, progress, dtype
        As in `svdvals`.

    Returns
    -------
    Supremum
        With lower = upper, and the frequency where it is attained.

    Raises
    ------
    SingularSymbolError
        If an inverse in it does not exist at one of the frequencies.
    TorusError, MemoryBudgetError, InvalidArgumentError
        As in `svdvals`.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> line = lfa.lattices.integer(1)
    >>> laplacian = lfa.CrystalOperator(line, line, {-1: -1, 0: 2, 1: -1})
    >>> lfa.norm(laplacian, 6)
    Supremum(4 at kappa = [0.5])
    """
    check_operator(A)
    options = {"memory": memory, "executor": executor, "progress": progress, "dtype": dtype}
    return _largest(A, N, _norms, options)


def spectral_radius(
    A: Operator,
    N: Any,
    *,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
    dtype: Any = None,
) -> Supremum:
    """Return the spectral radius of an operator on a torus, the largest modulus of its symbols' eigenvalues.

    Parameters
    ----------
    A : Operator
        From a crystal to itself.
    N : int, flat sequence of int, list of vectors (rows) or Torus
    memory, executor, progress, dtype
        As in `svdvals`.

    Returns
    -------
    Supremum
        With lower = upper, and the frequency where it is attained.

    Raises
    ------
    CrystalMismatchError
        If the operator's domain and codomain differ.
    SingularSymbolError
        If an inverse in it does not exist at one of the frequencies.
    TorusError, MemoryBudgetError, InvalidArgumentError
        As in `svdvals`.

    Examples
    --------
    Jacobi's method with weight 2/3 on a line of 16 points:

    >>> import crystal_lfa as lfa
    >>> line = lfa.lattices.integer(1)
    >>> jacobi = lfa.CrystalOperator(line, line, {-1: 1 / 3, 0: 1 / 3, 1: 1 / 3})
    >>> float(lfa.spectral_radius(jacobi, line.torus(16, twist=0.5)))
    0.987...
    """
    operator = as_endomorphism(A)
    options = {"memory": memory, "executor": executor, "progress": progress, "dtype": dtype}
    return _largest(operator, N, _hermitian_radii if operator.is_hermitian else _radii, options)


def _norms(symbols: Any) -> Any:
    """Return the largest singular value of each matrix."""
    return values_of(symbols)[..., 0]


def _radii(symbols: Any) -> Any:
    """Return the largest modulus of the eigenvalues of each matrix."""
    xp = array_namespace(symbols)
    if symbols.shape[-1] == 1:
        return xp.abs(symbols[..., 0, 0])
    values = np.linalg.eigvals(symbols) if is_numpy_array(symbols) else xp.linalg.eigvals(symbols)
    return xp.max(xp.abs(values), axis=-1)


def _hermitian_radii(symbols: Any) -> Any:
    xp = array_namespace(symbols)
    return xp.max(xp.abs(xp.linalg.eigvalsh(symbols)), axis=-1)


def _place_of_largest(numbers: Any) -> int:
    return int(np.argmax(to_numpy(numbers)))


def _largest(operator: Operator, N: Any, measure: Measure, options: dict[str, Any]) -> Supremum:
    torus = operator.lattice.torus(N)
    task = SymbolTask.of(operator, torus, measure, 0, options["dtype"])
    halved = operator.is_real and torus.has_real_functions
    plan = make_plan(torus, task.cost(), parse_memory(options["memory"]), halved=halved)
    run = run_plan(plan, task, executor=options["executor"], progress=options["progress"])
    # Of equal ones the lowest number, in whatever order the chunks are done.
    bests = ((found[best], int(numbers[best])) for numbers, found in run for best in [_place_of_largest(found)])
    value, number = max(bests, key=lambda best: (float(best[0]), -best[1]))
    (frequency,) = torus.frequencies_at([number])
    return Supremum(value, float(value), float(value), frequency, operator.lattice)
