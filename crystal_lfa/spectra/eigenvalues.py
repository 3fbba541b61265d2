"""Eigenvalues: of every symbol, so of the operator on a torus."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from array_api_compat import array_namespace, is_numpy_array

from crystal_lfa.errors import CrystalMismatchError
from crystal_lfa.frequencies import Progress, parse_memory, run_into
from crystal_lfa.operators import Operator, TorusOperator
from crystal_lfa.operators.arrays import read_only
from crystal_lfa.operators.meeting import matching_operator
from crystal_lfa.operators.point_symmetries import naming_others, symmetric_plan
from crystal_lfa.operators.tables import Tables
from crystal_lfa.spectra.kernels.job import suits_kernel
from crystal_lfa.spectra.kernels.matrices import kernel_eigenvalues
from crystal_lfa.spectra.subject import check_operator, on_torus
from crystal_lfa.spectra.symbol_task import SymbolTask

__all__ = ["as_endomorphism", "by_modulus", "eigenvalues_of", "eigvals"]

_SAME_MODULUS = 1e-10
"""Moduli that differ by less, relative to the largest of a symbol, are ordered by angle."""


def eigvals(
    A: Operator | TorusOperator,
    N: Any = None,
    *,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
    dtype: Any = None,
) -> Any:
    r"""Return all eigenvalues of an operator on a torus: those of its symbols :math:`L_\kappa`.

    Parameters
    ----------
    A : Operator or TorusOperator
        From a crystal to itself.
    N : int, flat sequence of int, list of vectors (rows) or Torus
        Periods in coordinates of ``A.lattice``, or the torus of any lattice whose periods lie in it.
    memory, executor, progress, dtype
        As in `svdvals`.

    Returns
    -------
    (order, size) array
        Row i belongs to ``A.lattice.torus(N).frequencies[i]``. Of an operator known to be Hermitian real, ascending;
        else complex, by descending modulus, equal ones by ascending angle.

    Raises
    ------
    CrystalMismatchError
        If the operator's domain and codomain differ.
    SingularSymbolError
        If an inverse in it does not exist at one of the frequencies.
    TorusError, MemoryBudgetError, InvalidArgumentError
        As in `svdvals`.

    References
    ----------
    Kahl, Kintscher: Automated local Fourier analysis (aLFA), BIT 60 (2020), section 3.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> line = lfa.lattices.integer(1)
    >>> laplacian = lfa.CrystalOperator(line, line, {-1: -1, 0: 2, 1: -1})
    >>> lfa.eigvals(laplacian, 4).ravel().tolist()
    [0.0, 2.0, 4.0, 2.0]
    """
    operator, torus = on_torus(A, N)
    operator = as_endomorphism(operator)
    hermitian = operator.is_hermitian
    measure = partial(eigenvalues_of, hermitian=hermitian)
    task = SymbolTask.of(operator, torus, measure, 16 * operator.shape[0], dtype)
    plan = symmetric_plan(operator, torus, task.cost(), parse_memory(memory))
    if not hermitian and operator.shape[0] > 1 and suits_kernel("eigenvalues", task.symbols, plan.visits):
        task = replace(task, measure=partial(measure, batched=True))
    # Where kappa and -kappa are one frequency, rounding alone tells conjugates apart: what was computed there stays.
    tables = Tables(plan, lambda parts: tuple(_mirrored(part) for part in parts))
    with naming_others(plan):
        run_into(plan, task, tables.one, executor=executor, progress=progress)
    return read_only(tables.arrays[0])


def as_endomorphism(A: Operator) -> Operator:
    """Return an operator with the sites of its codomain described as those of its domain.

    Raises
    ------
    CrystalMismatchError
        If the crystals differ.
    """
    check_operator(A)
    try:
        change = matching_operator(A.codomain, A.domain, "A")
    except CrystalMismatchError as error:
        message = f"A: eigenvalues belong to an operator from a crystal to itself; {str(error).removeprefix('A: ')}"
        raise CrystalMismatchError(message) from None
    return A if change is None else change @ A


def eigenvalues_of(symbols: Any, *, hermitian: bool, batched: bool = False) -> Any:
    """Return the eigenvalues of a stack of matrices on the last axis: ascending if Hermitian, else as in `eigvals`.

    Where `batched`, a kernel finds those of general matrices (b, n, n); else LAPACK.
    """
    xp = array_namespace(symbols)
    if symbols.shape[-1] == 1:
        values = symbols[..., 0]
        return xp.real(values) if hermitian else values
    if hermitian:
        return xp.linalg.eigvalsh(symbols)
    if batched:
        return _ordered(kernel_eigenvalues(symbols))
    values = np.linalg.eigvals(symbols) if is_numpy_array(symbols) else xp.linalg.eigvals(symbols)
    return _ordered(values)


def _mirrored(values: Any) -> Any:
    """Return the eigenvalues at -kappa of a real operator, in their own order."""
    xp = array_namespace(values)
    return _ordered(xp.conj(values)) if xp.isdtype(values.dtype, "complex floating") else values


def _ordered(values: Any) -> Any:
    return array_namespace(values).take_along_axis(values, by_modulus(values), axis=-1)


def by_modulus(values: Any) -> Any:
    """Return the order of eigenvalues on the last axis: by descending modulus, then by ascending angle."""
    xp = array_namespace(values)
    moduli = xp.abs(values)
    largest = xp.max(moduli, axis=-1, keepdims=True)
    steps = xp.round(moduli / xp.where(largest > 0, largest, xp.ones_like(largest)) / _SAME_MODULUS)
    angles = xp.atan2(xp.imag(values), xp.real(values))
    # Two stable sorts, the less important key first.
    order = xp.argsort(angles, axis=-1)
    places = xp.argsort(xp.take_along_axis(-steps, order, axis=-1), axis=-1, stable=True)
    return xp.take_along_axis(order, places, axis=-1)
