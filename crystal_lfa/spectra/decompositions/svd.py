"""Taking an operator on a torus apart: every singular value and vector."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError, MemoryBudgetError
from crystal_lfa.frequencies import Plan, Progress, Reduction, make_plan, parse_memory, run_into, run_plan
from crystal_lfa.operators import Operator, TorusOperator, WholeSymbols
from crystal_lfa.operators.arrays import read_only, to_complex
from crystal_lfa.operators.evaluation import Program
from crystal_lfa.operators.tables import Tables
from crystal_lfa.spectra.decompositions.decomposition import SVD
from crystal_lfa.spectra.decompositions.symbol_factors import FactorsInPlace, FactorTask, SymbolFactors
from crystal_lfa.spectra.subject import on_torus

__all__ = ["svd"]


def svd(
    A: Operator | TorusOperator,
    N: Any = None,
    keep: bool | None = None,
    *,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
    dtype: Any = None,
) -> SVD:
    r"""Return the singular value decomposition of an operator on a torus.

    Of every symbol :math:`L_\kappa = U S V^H`; the operator's singular vectors are
    :math:`|T|^{-1/2} \varphi_\kappa(z) u_j` and :math:`|T|^{-1/2} \varphi_\kappa(z) v_j`.

    Parameters
    ----------
    A : Operator or TorusOperator
    N : int, flat sequence of int, list of vectors (rows) or Torus
        As in `svdvals`.
    keep : bool, optional
        Whether the symbols' factors are kept. Default: if `memory` holds them; else they are computed again, chunk by
        chunk, whenever they are needed.
    memory, executor, progress, dtype
        As in `svdvals`.

    Returns
    -------
    SVD

    Raises
    ------
    MemoryBudgetError
        If the factors are to be kept and `memory` does not hold them, or not even the values.
    TorusError, NotFiniteError, InvalidArgumentError
        As in `svdvals`.
    SingularSymbolError
        If an inverse in the operator does not exist at one of the frequencies.

    References
    ----------
    van Betteray, Rottmann, Kahl: LFA applied to CNNs (ECAI 2025), section III.

    Examples
    --------
    >>> import numpy as np
    >>> import crystal_lfa as lfa
    >>> A = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    >>> found = lfa.svd(A, (8, 8))
    >>> sigma, u, v = found.sorted_values[0], found.left(0), found.right(0)
    >>> float(sigma), bool(np.allclose(A.apply(v, (8, 8)), sigma * u))
    (8.0, True)
    """
    if not (keep is None or isinstance(keep, bool | np.bool_)):
        raise InvalidArgumentError(f"keep: got {keep!r}; True, False or None (as memory allows) is needed")
    operator, torus = on_torus(A, N)
    real = operator.is_real and torus.has_real_functions
    task = FactorTask(torus, WholeSymbols(Program.of(operator), dtype), real).decided()
    number = to_complex(_numbers_of(operator)[:0], dtype).itemsize
    limit = parse_memory(memory)
    sums = None if executor is not None else task.sums

    def planned(*, kept: bool) -> Plan:
        return make_plan(torus, task.cost(number, keep=kept), limit, Reduction(torus, real))

    kept = keep is not False
    try:
        plan = planned(kept=kept)
    except MemoryBudgetError as error:
        if keep:
            message = f"keep: the factors are to be kept: {error}; keep=None computes them when needed"
            raise MemoryBudgetError(message) from None
        kept = False
        plan = planned(kept=False)
    if kept and sums is not None:
        filled = FactorsInPlace.of(task, sums)
        for _ in run_plan(plan, filled, progress=progress):
            pass
        values, u, vh = (read_only(table) for table in (filled.values, filled.u, filled.vh))
    else:
        values, u, vh = _filled(task, plan, kept=kept, executor=executor, progress=progress)
    return SVD(operator, torus, values, SymbolFactors(task, plan, u, vh), real)


def _filled(task: FactorTask, plan: Plan, *, kept: bool, **options: Any) -> tuple[Any, Any, Any]:
    """Return the values, and the factors where they are kept, at all frequencies."""
    tables = Tables(plan, lambda parts: tuple(_conjugate(part) for part in parts))

    def put(numbers: NDArray[np.int64], factors: tuple[Any, Any, Any]) -> None:
        # In order: U, S, V^H; of factors that are not kept, nothing.
        tables(numbers, factors if kept else factors[1:2])

    run_into(plan, task, put, **options)
    for table in tables.arrays:
        read_only(table)
    return (tables.arrays[1], tables.arrays[0], tables.arrays[2]) if kept else (tables.arrays[0], None, None)


def _conjugate(part: Any) -> Any:
    xp = array_namespace(part)
    return xp.conj(part) if xp.isdtype(part.dtype, "complex floating") else part


def _numbers_of(operator: Operator) -> Any:
    """Return some numbers of the operator's array library, of the first part where it is composed."""
    while operator.operands:
        operator = operator.operands[0]
    multipliers = getattr(operator, "multipliers", None)
    return np.zeros(0) if multipliers is None else multipliers
