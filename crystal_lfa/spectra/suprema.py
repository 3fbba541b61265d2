"""Suprema over all frequencies, with what is known about them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry import Lattice, Torus
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.arrays import to_numpy

__all__ = ["Supremum", "certifying_torus", "norm_from_samples"]

SAMPLES_PER_RADIUS = 8
"""Samples an axis for each unit of the offsets' radius r: 1 / cos(pi / 8) = 1.082 an axis at worst."""


@dataclass(frozen=True, slots=True, eq=False)
class Supremum:
    """A supremum over the frequencies of the infinite lattice, enclosed.

    Attributes
    ----------
    value : float or 0-d array
        The best value attained.
    lower, upper : float
        The supremum lies between them; `upper` is infinite if nothing is certified.
    frequency : (d,) float64
        Where `value` is attained, in fractional coordinates of the dual of `lattice`.
    lattice : Lattice
    limit : bool
        Whether the supremum is approached and not attained.
    skipped : int
        The number of frequencies left out.

    Notes
    -----
    ``float()`` gives `upper` where certified, else `lower`.
    """

    value: Any
    lower: float
    upper: float
    frequency: NDArray[np.float64]
    lattice: Lattice
    limit: bool = False
    skipped: int = 0

    @property
    def certified(self) -> bool:
        """Whether the supremum is proven not to exceed `upper`."""
        return math.isfinite(self.upper)

    def __float__(self) -> float:
        return self.upper if self.certified else self.lower

    def __repr__(self) -> str:
        upper = f"{self.upper:.6g} certified" if self.certified else "no upper bound"
        return f"Supremum({self.lower:.6g} <= sup, {upper}, at kappa = {self.frequency.round(6).tolist()})"


def norm_from_samples(operator: CrystalOperator, torus: Torus, largest: NDArray[np.float64]) -> Supremum:
    r"""Enclose the norm on the infinite lattice from the norms of the symbols on a torus.

    :math:`u^H L_\kappa v` is a trigonometric polynomial; along axis i, with offsets in a range of width
    :math:`2 r_i` sampled at :math:`n_i > 2 r_i` equidistant points, its supremum is at most
    :math:`1 / \cos(\pi r_i / n_i)` times the largest sample. So the norm is at most
    :math:`\max_\kappa \|L_\kappa\| \, / \prod_i \cos(\pi r_i / n_i)`, on every torus and, zero-padded, on every size.

    Parameters
    ----------
    operator : CrystalOperator
    torus : Torus
        Of the operator's lattice. With skew periods, or fewer samples than the range needs, nothing is certified.
    largest : (order,) float64
        The norm of the symbol at every frequency.

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
    rounding = 1 + 10 * max(operator.shape) * float(np.finfo(np.float64).eps)
    # Samples that all vanish prove nothing where there are too few of them.
    upper = lower * factor * rounding if math.isfinite(factor) else math.inf
    return Supremum(lower, lower, upper, frequency, operator.lattice)


def certifying_torus(operator: CrystalOperator, torus: Torus) -> Torus:
    """Return a torus whose samples enclose the norm well: the given one, or a finer one along its coarse axes."""
    samples = np.abs(torus.periods)
    if np.count_nonzero(samples) > len(samples):
        samples = np.zeros_like(samples)
    needed = np.maximum(np.ceil(SAMPLES_PER_RADIUS * _widths(operator) / 2), 1).astype(np.int64)
    extents = np.diag(samples)
    return torus if (extents >= needed).all() else operator.lattice.torus(np.maximum(extents, needed).tolist())


def _widths(operator: CrystalOperator) -> NDArray[np.int64]:
    """Return the largest minus the smallest offset along each axis, of multipliers that are not zero."""
    present = to_numpy(operator.multipliers).any(axis=(1, 2))
    if not present.any():
        return np.zeros(operator.lattice.dim, dtype=np.int64)
    kept = operator.offsets[present]
    return np.asarray(kept.max(axis=0) - kept.min(axis=0), dtype=np.int64)


def _sampling_factor(operator: CrystalOperator, torus: Torus) -> float:
    """Return the factor by which the norm may exceed its samples, infinite where nothing is known."""
    widths = _widths(operator)
    periods = np.abs(torus.periods)
    samples = np.diag(periods)
    if np.count_nonzero(periods) > len(samples) or (samples <= widths).any():
        return math.inf
    return float(np.prod(1 / np.cos(np.pi * (widths / 2) / samples)))
