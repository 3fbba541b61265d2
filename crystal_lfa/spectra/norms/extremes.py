"""Norms and spectral radii: largest numbers over the frequencies of a torus, or of the infinite lattice."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.frequencies import FrequencyWaves, Progress, RunOptions
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.operators import CrystalOperator, Operator, TorusOperator, WholeSymbols
from crystal_lfa.operators.arrays import quiet_overflow, to_numpy
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.symbolic.expressions import require_numbers
from crystal_lfa.spectra.eigenvalues import as_endomorphism
from crystal_lfa.spectra.norms.certified import certified_norm
from crystal_lfa.spectra.norms.measures import measured_by_kernel, norms_of, radii_of
from crystal_lfa.spectra.norms.refined import Chosen, refined
from crystal_lfa.spectra.norms.suprema import Supremum
from crystal_lfa.spectra.norms.torus_extremes import largest_on_torus
from crystal_lfa.spectra.stacks import finite
from crystal_lfa.spectra.subject import check_operator, on_torus
from crystal_lfa.spectra.symbol_task import Measure

__all__ = ["norm", "read_evaluations", "read_rtol", "spectral_radius", "supremum_of"]

_USUAL_VISITS = 5000
"""Of symbols, by a search that certifies nothing: whether it is a job for kernels is decided before it is made."""


def norm(
    A: Operator | TorusOperator,
    N: Any = None,
    rtol: float = 1e-6,
    *,
    evaluations: int | None = None,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
    dtype: Any = None,
) -> Supremum:
    r"""Return the norm of an operator, the largest singular value of its symbols; on the infinite lattice certified.

    Without `N` the supremum over all frequencies is enclosed: of an operator of finite range by branch and bound, and
    the interval is proven. It bounds the norm on every torus, and of the operator with zero padding on every size.
    Composed operators without finite range are searched on finer and finer grids, and nothing is proven (``certified``
    is False).

    Parameters
    ----------
    A : Operator or TorusOperator
    N : int, flat sequence of int, list of vectors (rows) or Torus, optional
        None: the infinite lattice; a TorusOperator has its own torus.
    rtol : float
        The relative width of the interval at which the search ends.
    evaluations : int, optional
        How many symbols the search may visit; the interval is wider if they do not suffice. Default between 5000, for
        symbols of 75 x 75 and larger, and 200 000, for those of 21 x 21 and smaller; without finite range four times as
        many.
    memory, executor, progress, dtype
        As in `svdvals`.

    Returns
    -------
    Supremum
        On a torus with lower = upper. `value` is a 0-d array of the operator's library, with its gradient.

    Raises
    ------
    SingularSymbolError
        If an inverse in it does not exist at one of the torus's frequencies. Of the infinite lattice such frequencies
        are left out and counted.
    TorusError, MemoryBudgetError, InvalidArgumentError
        As in `svdvals`.

    References
    ----------
    Duffin, Schaeffer: Some inequalities concerning functions of exponential type, Bull. AMS 43 (1937).

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> laplacian = lfa.stencil([-1, 2, -1])
    >>> lfa.norm(laplacian, 6)
    Supremum(4 at kappa = [0.5])
    >>> kernel = lfa.norm(lfa.stencil([2, 7, -1]))
    >>> kernel.certified, round(kernel.lower, 6), kernel.upper - kernel.lower < 1e-5
    (True, 8.007809, True)
    """
    options = RunOptions(memory, executor, progress, dtype)
    width, most = read_rtol(rtol), read_evaluations(evaluations)
    if N is None and isinstance(A, CrystalOperator):
        return _certified(A, width, most, options)
    return supremum_of(A, N, norms_of, width, most, options)


def spectral_radius(
    A: Operator | TorusOperator,
    N: Any = None,
    rtol: float = 1e-6,
    *,
    evaluations: int | None = None,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
    dtype: Any = None,
) -> Supremum:
    """Return the spectral radius of an operator, the largest modulus of its symbols' eigenvalues.

    Without `N` the supremum over all frequencies: of a Hermitian operator of finite range it is the norm, and
    certified; else refined on finer and finer grids until it stops changing.

    Parameters
    ----------
    A : Operator or TorusOperator
        From a crystal to itself.
    N, rtol, evaluations
        As in `norm`; where nothing is certified, a change smaller than `rtol` counts as none.
    memory, executor, progress, dtype
        As in `svdvals`.

    Returns
    -------
    Supremum
        On a torus with lower = upper. Where values grow towards a frequency at which an inverse does not exist, `limit`
        is True.

    Raises
    ------
    CrystalMismatchError
        If the operator's domain and codomain differ.
    SingularSymbolError, TorusError, MemoryBudgetError, InvalidArgumentError
        As in `norm`.

    Examples
    --------
    Jacobi's method with weight 2/3 on a line of 16 points:

    >>> import crystal_lfa as lfa
    >>> line = lfa.lattices.integer(1)
    >>> jacobi = lfa.CrystalOperator(line, line, {-1: 1 / 3, 0: 1 / 3, 1: 1 / 3})
    >>> float(lfa.spectral_radius(jacobi, line.torus(16, twist=0.5)))
    0.987...
    """
    options = RunOptions(memory, executor, progress, dtype)
    width, most = read_rtol(rtol), read_evaluations(evaluations)
    operator: Any = A if isinstance(A, TorusOperator) else as_endomorphism(A)
    if N is None and isinstance(operator, CrystalOperator) and operator.is_hermitian:
        return _certified(operator, width, most, options)
    hermitian = not isinstance(operator, TorusOperator) and operator.is_hermitian
    return supremum_of(operator, N, _hermitian_radii if hermitian else radii_of, width, most, options, square=True)


def supremum_of(
    A: Any,
    N: Any,
    measure: Measure,
    rtol: float,
    evaluations: int | None,
    options: RunOptions,
    *,
    square: bool = False,
    skipping: bool = False,
    even: bool | None = None,
    chosen: Chosen | None = None,
) -> Supremum:
    """Return the largest of what is measured of each symbol, on a torus or refined on the infinite lattice.

    Where `square`, it is measured of an operator from a crystal to itself. Where `skipping`, frequencies of a torus at
    which an inverse does not exist are left out and counted, as those of the infinite lattice always are. `even` tells
    whether opposite frequencies give the same, default whether the operator is real. On the infinite lattice `chosen`
    may tell which frequencies count.
    """
    if N is not None or isinstance(A, TorusOperator):
        operator, torus = on_torus(A, N)
        operator = as_endomorphism(operator) if square else operator
        value, frequency, skipped = largest_on_torus(operator, torus, measure, options, skipping=skipping)
        number = float(to_numpy(value))
        return Supremum(value, number, number, frequency, operator.lattice, skipped=skipped)
    check_operator(A)
    fast = measured_by_kernel(measure, WholeSymbols(Program.of(A), options.dtype), _USUAL_VISITS)
    found = refined(A, fast, rtol, evaluations, options, even=even, chosen=chosen)
    value = np.asarray(found.value) if found.limit else _value_at(A, found.frequency, measure, options)
    lower = float(to_numpy(value))
    about = found.frequency, A.lattice, found.limit, found.skipped, found.evaluations, found.history
    return Supremum(value, lower, math.inf, *about)


def _certified(operator: CrystalOperator, rtol: float, evaluations: int | None, options: RunOptions) -> Supremum:
    require_numbers(operator.multipliers)
    found = certified_norm(operator, rtol, evaluations, options)
    if is_numpy_array(operator.multipliers):
        # The search has the value already, block by block; another library wants its gradient.
        value: Any = np.asarray(found.lower)[()]
    else:
        value = _value_at(operator, found.frequency, norms_of, options)
    lower = float(to_numpy(value))
    upper = max(found.upper, lower)
    return Supremum(value, lower, upper, found.frequency, operator.lattice, evaluations=found.evaluations)


def _value_at(operator: Operator, frequency: Any, measure: Measure, options: RunOptions) -> Any:
    """Return what is measured at one frequency, in the operator's array library, with its gradient."""
    with quiet_overflow():
        symbols = operator.symbols(FrequencyWaves(frequency[None]), options.dtype)
        return finite(measure(finite(symbols)))[0]


def read_rtol(rtol: Any) -> float:
    """Return a relative width.

    Raises
    ------
    InvalidArgumentError
        If it is no number above 0 and below 1.
    """
    number = np.asarray(rtol)
    if number.ndim or number.dtype.kind not in "iuf" or not 0 < number < 1:
        raise InvalidArgumentError(f"rtol: got {rtol!r}; a number between 0 and 1 is needed")
    return float(number)


def read_evaluations(evaluations: Any) -> int | None:
    """Return a number of symbols that may be visited.

    Raises
    ------
    InvalidArgumentError
        If it is no positive integer.
    """
    if evaluations is None:
        return None
    count = as_integer(evaluations, "evaluations")
    if count < 1:
        raise InvalidArgumentError(f"evaluations: got {count}; a positive integer is needed")
    return count


def _hermitian_radii(symbols: Any) -> Any:
    xp = array_namespace(symbols)
    return xp.max(xp.abs(xp.linalg.eigvalsh(symbols)), axis=-1)
