"""The smoothing factor: how much a smoother leaves of the harmonics that the coarse lattice does not carry."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from crystal_lfa.errors import InvalidArgumentError, LatticeError
from crystal_lfa.frequencies import Progress
from crystal_lfa.geometry import Lattice
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.multigrid.cycles.levels import apply_smoother
from crystal_lfa.multigrid.factors.harmonics import (
    Folding,
    HighFrequencies,
    HighHarmonics,
    between_supercells,
    dominating_harmonic,
)
from crystal_lfa.multigrid.factors.suprema import SearchOptions, largest_radius, read_torus
from crystal_lfa.multigrid.smoothers.base import composition
from crystal_lfa.multigrid.transfers.coarsening import read_coarser
from crystal_lfa.operators import Operator
from crystal_lfa.operators.meeting import common_lattice, same_basis
from crystal_lfa.spectra import Supremum
from crystal_lfa.spectra.subject import check_operator

__all__ = ["smoothing_factor", "smoothing_operator"]

_LOST = 1e-12
"""What is left of high harmonics, beside low ones of size 1, of which rounding leaves few digits."""

_LARGEST_INDEX = 1024
"""Of a coarse lattice: as many harmonics as a symbol couples."""


def smoothing_factor(
    A: Operator,
    smoother: Callable[[Operator], Operator],
    coarse: Any = 2,
    sweeps: int = 1,
    N: Any = None,
    *,
    rtol: float = 1e-6,
    evaluations: int | None = None,
    memory: str | float = "1GB",
    executor: Executor | None = None,
    progress: Progress = False,
    dtype: Any = None,
) -> Supremum:
    r"""Return the smoothing factor of a smoother.

    .. math:: \mu = \sup_\kappa \rho(Q_\kappa S_\kappa^\nu)^{1/\nu}

    S is the error propagator and Q the projector onto the harmonics that the coarse lattice does not carry: of all
    frequencies that are one on the coarse lattice, those other than the lowest, in Cartesian coordinates. The supremum
    is that over the closed set of high frequencies.

    Parameters
    ----------
    A : CrystalOperator
    smoother : callable
        From an operator to its error propagator, such as `Jacobi`.
    coarse : int, flat sequence of int, list of vectors (rows) or Lattice
        The coarser lattice, in coordinates of A's.
    sweeps : int
        The number of smoothing steps :math:`\nu`.
    N : int, flat sequence of int, list of vectors (rows) or Torus, optional
        A torus of A's lattice on whose frequencies alone the maximum is taken; default all frequencies, on grids that
        are refined until the value stops changing.
    rtol : float
        A relative change smaller than this counts as none.
    evaluations : int, optional
        How many symbols may be visited.
    memory, executor, progress, dtype
        As in `svdvals`.

    Returns
    -------
    Supremum
        `frequency` is the high harmonic, in the dual of A's lattice, that the slowest mode is made of most.

    Raises
    ------
    LatticeError
        If the coarser lattice is no sublattice, or the same one.
    SingularSymbolError
        If the smoother inverts what is singular at every frequency.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), sections 4.3 and 4.5.3.

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> A = mg.poisson(2)
    >>> mg.smoothing_factor(A, mg.Jacobi(0.8))
    Supremum(0.6 attained, no upper bound, at kappa = [...])
    >>> round(float(mg.smoothing_factor(A, mg.RedBlack())), 6)
    0.25
    """
    options = SearchOptions(memory, executor, progress, dtype, rtol, evaluations)
    count = as_integer(sweeps, "sweeps")
    if count < 1:
        raise InvalidArgumentError(f"sweeps: got {count}; a positive number is needed")
    check_operator(A)
    lattice = _read_small_cell(A.lattice, coarse)
    propagator = apply_smoother(smoother, A)
    if N is None and same_basis(propagator.lattice, A.lattice):
        # No harmonics are coupled: Q and S commute, and sweeps change nothing.
        found = largest_radius(propagator, None, options, chosen=HighFrequencies(A.lattice, lattice))
        return replace(found, frequency=Folding(A.lattice).coordinates(found.frequency), lattice=A.lattice)
    high = _high_part(A, propagator, lattice, count)
    torus = None if N is None else read_torus(A.lattice, N, high)
    # Of equally low opposite harmonics one or the other is kept at opposite frequencies: the closed set has both.
    found = largest_radius(high, torus, options, even=propagator.is_real)
    if found.lower < _LOST and count > 1:
        message = (
            f"sweeps: got {count}, after which rounding hides what is left of the high harmonics ({found.lower:.1e}); "
        )
        raise InvalidArgumentError(f"{message}fewer are needed")
    return replace(
        found,
        value=found.value ** (1 / count),
        lower=found.lower ** (1 / count),
        upper=found.upper ** (1 / count),
        history=tuple((points, value ** (1 / count)) for points, value in found.history),
        frequency=dominating_harmonic(high, A.lattice, found.frequency),
        lattice=A.lattice,
    )


def smoothing_operator(
    A: Operator, smoother: Callable[[Operator], Operator], coarse: Any = 2, sweeps: int = 1
) -> Operator:
    r"""Return :math:`Q S^\nu`, whose spectral radius tells how a smoother smooths.

    Parameters
    ----------
    A, smoother, coarse, sweeps : as of `smoothing_factor`
    """
    check_operator(A)
    return _high_part(A, apply_smoother(smoother, A), _read_small_cell(A.lattice, coarse), sweeps)


def _high_part(A: Operator, propagator: Operator, coarse: Lattice, sweeps: int) -> HighHarmonics:
    where = common_lattice(coarse, propagator.lattice)
    once = between_supercells(propagator, A, where)
    # Not multiplied out: rounding would be that of the largest harmonic.
    return HighHarmonics(composition([once] * sweeps), A.lattice, coarse)


def _read_small_cell(fine: Lattice, coarse: Any) -> Lattice:
    lattice = read_coarser(fine, coarse)
    index = lattice.index_in(fine)
    if index > _LARGEST_INDEX:
        message = (
            f"coarse: got {coarse!r}, of index {index}; a coarse lattice of index up to {_LARGEST_INDEX} is needed"
        )
        raise LatticeError(f"{message} (a torus to sample is given as N={coarse!r})")
    return lattice
