"""Norms on the infinite lattice, enclosed by values on a torus that are at hand anyway."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import MemoryBudgetError
from crystal_lfa.geometry import Torus
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.spectra.norms.extremes import norm
from crystal_lfa.spectra.norms.suprema import Supremum

__all__ = ["enclosed_beside_samples", "norm_from_samples"]

_CLOSE = 0.01
"""Relative width of an interval that is tight enough for a report."""

_FLOPS = 2e9
_FEWEST, _MOST = 150, 20_000
"""How many symbols a search may visit: as many as take about a second, or twice those of the torus."""


def norm_from_samples(operator: CrystalOperator, torus: Torus, largest: NDArray[np.floating[Any]]) -> Supremum:
    r"""Enclose the norm on the infinite lattice from the norms of the symbols on a torus.

    :math:`u^H L_\kappa v` is a trigonometric polynomial; along axis i, with offsets in a range of width
    :math:`2 r_i` (in units of their greatest common divisor) sampled at :math:`n_i > 2 r_i` equidistant points, its
    supremum is at most
    :math:`1 / \cos(\pi r_i / n_i)` times the largest sample. So the norm is at most
    :math:`\max_\kappa \|L_\kappa\| \, / \prod_i \cos(\pi r_i / n_i)`, on every torus and, zero-padded, on every size.

    Parameters
    ----------
    operator : CrystalOperator
    torus : Torus
        Of the operator's lattice. With skew periods, or fewer samples than the range needs, nothing is certified.
    largest : (order,) float64 or float32
        The norm of the symbol at every frequency; its precision is that of the certificate.

    References
    ----------
    Ehlich, Zeller: Schwankung von Polynomen zwischen Gitterpunkten, Math. Z. 86 (1964).

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> line = lfa.lattices.integer(1)
    >>> laplacian = lfa.CrystalOperator(line, line, {-1: -1, 0: 2, 1: -1})
    >>> torus = line.torus(9)
    >>> norm = norm_from_samples(laplacian, torus, lfa.svdvals(laplacian, torus)[:, 0])
    >>> norm.lower < 4 < norm.upper
    True
    """
    best = int(np.argmax(largest))
    lower = float(largest[best])
    frequency = torus.frequencies_at([best])[0]
    factor = _sampling_factor(operator, torus)
    rounding = 1 + 10 * max(operator.shape) * float(np.finfo(largest.dtype).eps)
    # Samples that all vanish prove nothing where there are too few of them.
    upper = lower * factor * rounding if math.isfinite(factor) else math.inf
    return Supremum(lower, lower, upper, frequency, operator.lattice)


def enclosed_beside_samples(
    operator: CrystalOperator, torus: Torus, largest: NDArray[np.floating[Any]], **options: Any
) -> Supremum:
    """Enclose the norm on the infinite lattice to about a percent, from values at hand where they are dense enough.

    Else a search helps, which may take about as long as the values did.

    Parameters
    ----------
    operator, torus, largest
        As in `norm_from_samples`.
    **options
        As in `norm`; where the memory does not hold a search, the values alone have to do.
    """
    sampled = norm_from_samples(operator, torus, largest)
    if sampled.upper <= (1 + _CLOSE) * sampled.lower:
        return sampled
    m, n = operator.shape
    evaluations = max(2 * torus.order, int(_FLOPS / (m * n * min(m, n))), _FEWEST)
    try:
        searched = norm(operator, rtol=_CLOSE, evaluations=min(evaluations, _MOST), **options)
    except MemoryBudgetError:
        return sampled
    best = max(sampled, searched, key=lambda found: found.lower)
    return replace(best, upper=max(min(sampled.upper, searched.upper), best.lower))


def _present(operator: CrystalOperator) -> NDArray[np.int64]:
    """Return the offsets of multipliers that are not zero; the origin if there are none."""
    kept = operator.offsets[to_numpy(operator.multipliers).any(axis=(1, 2))]
    return kept if len(kept) else np.zeros((1, operator.lattice.dim), dtype=np.int64)


def _spacing(operator: CrystalOperator) -> NDArray[np.int64]:
    """Return the greatest common divisor of the differences of offsets along each axis, 1 where there are none."""
    kept = _present(operator)
    divisors = np.gcd.reduce(kept - kept[0], axis=0)
    return np.asarray(np.where(divisors == 0, 1, divisors), dtype=np.int64)


def _radii(operator: CrystalOperator) -> NDArray[np.float64]:
    """Return half of the range of the offsets along each axis, in units of their spacing."""
    return np.asarray(np.ptp(_present(operator), axis=0) / (2 * _spacing(operator)), dtype=np.float64)


def _samples(operator: CrystalOperator, torus: Torus) -> NDArray[np.int64]:
    """Return how many different values a torus's frequencies give to the waves along each axis; zeros if skew."""
    periods = np.abs(torus.periods)
    extents = np.diag(periods)
    if np.count_nonzero(periods) > len(extents):
        return np.zeros(len(extents), dtype=np.int64)
    return np.asarray(extents // np.gcd(extents, _spacing(operator)), dtype=np.int64)


def _sampling_factor(operator: CrystalOperator, torus: Torus) -> float:
    """Return the factor by which the norm may exceed its samples, infinite where nothing is known."""
    radii, samples = _radii(operator), _samples(operator, torus)
    if (samples <= 2 * radii).any():
        return math.inf
    return float(np.prod(1 / np.cos(np.pi * radii / samples)))
