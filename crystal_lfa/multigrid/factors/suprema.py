"""Factors of methods as suprema over frequencies, or as maxima over those of a torus, where inverses exist."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

from crystal_lfa.errors import TorusError
from crystal_lfa.frequencies import Progress, RunOptions
from crystal_lfa.geometry import Lattice, Torus
from crystal_lfa.operators import Operator
from crystal_lfa.spectra import Supremum
from crystal_lfa.spectra.norms.extremes import norms_of, radii_of, read_evaluations, read_rtol, supremum_of
from crystal_lfa.spectra.symbol_task import Measure

__all__ = ["SearchOptions", "largest_norm", "largest_radius", "read_torus"]


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """The keywords of every factor.

    Attributes
    ----------
    rtol : float
        A relative change smaller than this counts as none, where grids are refined.
    evaluations : int, optional
        How many symbols may be visited.
    memory, executor, progress, dtype
        As in `svdvals`.
    """

    rtol: float = 1e-6
    evaluations: int | None = None
    memory: str | float = "1GB"
    executor: Executor | None = None
    progress: Progress = False
    dtype: Any = None


def read_torus(lattice: Lattice, N: Any, operator: Operator) -> Torus | None:
    """Return the torus of the finest lattice, None for the infinite lattice.

    Raises
    ------
    TorusError
        If an operator's lattice does not hold its periods: it is too small for the coarsest grid.
    """
    if N is None:
        return None
    torus = lattice.torus(N)
    try:
        operator.lattice.torus(torus)
    except TorusError:
        index = operator.lattice.index_in(lattice)
        vectors = [list(vector) for vector in lattice.integer_vectors(operator.lattice)]
        message = (
            f"N: the periods {torus.periods.tolist()} do not lie in the coarsest lattice, of index {index}; integer "
        )
        raise TorusError(f"{message}combinations of the vectors {vectors} are needed") from None
    return torus


def largest_radius(
    operator: Operator, torus: Torus | None, options: SearchOptions, *, even: bool | None = None
) -> Supremum:
    """Return the largest spectral radius of the symbols, frequencies without an inverse left out."""
    return _largest(operator, torus, radii_of, options, square=True, even=even)


def largest_norm(operator: Operator, torus: Torus | None, options: SearchOptions) -> Supremum:
    """Return the largest norm of the symbols, frequencies without an inverse left out."""
    return _largest(operator, torus, norms_of, options, square=False)


def _largest(
    operator: Operator,
    torus: Torus | None,
    measure: Measure,
    options: SearchOptions,
    *,
    square: bool,
    even: bool | None = None,
) -> Supremum:
    run = RunOptions(options.memory, options.executor, options.progress, options.dtype)
    found = supremum_of(
        operator,
        torus,
        measure,
        read_rtol(options.rtol),
        read_evaluations(options.evaluations),
        run,
        square=square,
        skipping=True,
        even=even,
    )
    return replace(found, lattice=operator.lattice)
