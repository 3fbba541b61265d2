"""Measure of h-ellipticity: whether any smoother that couples few unknowns can work."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError
from crystal_lfa.frequencies import FrequencyWaves
from crystal_lfa.frequencies.refinement import refined_supremum
from crystal_lfa.geometry import Lattice
from crystal_lfa.multigrid.factors.harmonics import HighFrequencies
from crystal_lfa.multigrid.transfers.coarsening import read_coarser
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.spectra import Infimum
from crystal_lfa.spectra.eigenvalues import as_endomorphism

__all__ = ["h_ellipticity"]

_RTOL = 1e-9
_MOST = 400_000


def h_ellipticity(A: Operator, coarse: Any = 2) -> Infimum:
    r"""Return the measure of h-ellipticity of an operator.

    .. math:: E_h(A) = \frac{\min_{\kappa \text{ high}} |\det A_\kappa|}{\max_\kappa |\det A_\kappa|}

    High are the frequencies outside of the Voronoi cell of the coarse dual lattice, its boundary included. Where it is
    far from 0, a smoother with few couplings exists; where it is close to 0, none does.

    Parameters
    ----------
    A : Operator
        From a crystal to itself.
    coarse : int, flat sequence of int, list of vectors (rows) or Lattice

    Returns
    -------
    Infimum
        ``float()`` gives the measure; `frequency` is the high one of the minimum.

    Raises
    ------
    CrystalMismatchError
        If A does not map a crystal to itself.
    LatticeError
        If the coarser lattice is no sublattice, or the same one.
    InvalidArgumentError
        If A is singular at all frequencies.

    References
    ----------
    Trottenberg, Oosterlee, Schueller: Multigrid (2001), sections 4.7 and 8.3.2.

    Examples
    --------
    >>> from crystal_lfa import multigrid as mg
    >>> round(float(mg.h_ellipticity(mg.poisson(2))), 9)
    0.25
    """
    operator = as_endomorphism(A)
    lattice = read_coarser(operator.lattice, coarse)
    dimension, even = operator.lattice.dim, operator.is_real
    largest = refined_supremum(_Determinants(operator), dimension, _RTOL, _MOST, even=even, poles=False)
    if not largest.value > 0:
        raise InvalidArgumentError(f"A: {operator!r} is singular at every frequency; it has no h-ellipticity")
    least = refined_supremum(_Determinants(operator, lattice), dimension, _RTOL, _MOST, even=even, poles=False)
    value = 0.0 - least.value / largest.value
    return Infimum(value, -np.inf, value, least.frequency, operator.lattice, evaluations=least.evaluations)


class _Determinants:
    """The moduli of the symbols' determinants; with a coarse lattice their negatives, at high frequencies alone."""

    def __init__(self, operator: Operator, coarse: Lattice | None = None) -> None:
        self.operator = operator
        self.high = None if coarse is None else HighFrequencies(operator.lattice, coarse)

    def __call__(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the numbers at frequencies (b, d)."""
        symbols = to_numpy(self.operator.symbols(FrequencyWaves(points)))
        moduli = np.abs(np.linalg.det(symbols))
        return np.asarray(moduli) if self.high is None else np.where(self.high(points), -moduli, -np.inf)
