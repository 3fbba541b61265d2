"""Factors of methods as suprema over frequencies, or as maxima over those of a torus, where inverses exist."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crystal_lfa.errors import InvalidArgumentError, SingularSymbolError, TorusError
from crystal_lfa.frequencies import FrequencyWaves, RunOptions
from crystal_lfa.geometry import Lattice, Torus
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.spectra import Supremum
from crystal_lfa.spectra.norms.extremes import read_evaluations, read_rtol, supremum_of
from crystal_lfa.spectra.norms.measures import norms_of, radii_of
from crystal_lfa.spectra.norms.refined import Chosen
from crystal_lfa.spectra.symbol_task import Measure

__all__ = ["SearchOptions", "fitting_torus", "largest_norm", "largest_radius", "read_torus"]

_STIR = 1e-10
_NOISE = 1e-3
_FLOOR = 1e-6
"""Values at frequencies that differ by the stir may differ by that much, relative to them, or to the floor."""


@dataclass(frozen=True, slots=True)
class SearchOptions(RunOptions):
    """The keywords of every factor.

    Attributes
    ----------
    memory, executor, progress, dtype
        As in `svdvals`.
    rtol : float
        A relative change smaller than this counts as none, where grids are refined.
    evaluations : int, optional
        How many symbols may be visited.
    """

    rtol: float
    evaluations: int | None


def read_torus(lattice: Lattice, N: Any, operator: Operator) -> Torus:
    """Return the torus of the finest lattice that periods mean, on which an operator of a coarser one lives too.

    Raises
    ------
    TorusError
        If an operator's lattice does not hold its periods: it is too small for the coarsest grid.
    """
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


def fitting_torus(fine: Lattice, coarsest: Lattice, extent: int, twist: Any) -> Torus:
    """Return a torus of at least so many points along each vector of a lattice, whose periods a coarser one holds."""
    step = fine.torus(fine.integer_vectors(coarsest)).invariant_factors[-1]
    return fine.torus(step * -(-extent // step), twist)


def largest_radius(
    operator: Operator,
    torus: Torus | None,
    options: SearchOptions,
    *,
    even: bool | None = None,
    chosen: Chosen | None = None,
) -> Supremum:
    """Return the largest spectral radius of the symbols, frequencies without an inverse left out."""
    return _largest(operator, torus, radii_of, options, square=True, even=even, chosen=chosen)


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
    chosen: Chosen | None = None,
) -> Supremum:
    found = supremum_of(
        operator,
        torus,
        measure,
        read_rtol(options.rtol),
        read_evaluations(options.evaluations),
        options,
        square=square,
        skipping=True,
        even=even,
        chosen=chosen,
    )
    if torus is not None:
        _check_digits(operator, measure, found)
    return replace(found, lattice=operator.lattice)


def _check_digits(operator: Operator, measure: Measure, found: Supremum) -> None:
    """Refuse a maximum on a torus that is noise: near a frequency without inverse cancellation eats the digits.

    Raises
    ------
    InvalidArgumentError
        If frequencies that differ by next to nothing give other values.
    """
    stirred = found.frequency + _STIR * np.linspace(-1.0, 1.0, 4)[:, None]
    try:
        symbols = operator.symbols(FrequencyWaves(stirred))
    except SingularSymbolError:
        return
    value = float(found.lower)
    noise = float(np.abs(to_numpy(measure(symbols)) - value).max())
    if noise > _NOISE * max(value, _FLOOR):
        place = found.frequency.tolist()
        message = (
            f"N: near kappa = {place} rounding leaves no digits: {value:.3g} within {noise:.3g}; a smaller torus, or "
        )
        raise InvalidArgumentError(f"{message}none (all frequencies, near singular ones extrapolated), is needed")
