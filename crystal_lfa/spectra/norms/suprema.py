"""Suprema over all frequencies, with what is known about them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry import Lattice, Torus
from crystal_lfa.operators import CrystalOperator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.spectra.results import Result

__all__ = ["Infimum", "Supremum", "enclose_norm", "norm_from_samples"]

SAMPLES_PER_RADIUS = 8
"""Samples an axis for each unit of the offsets' radius r: 1 / cos(pi / 8) = 1.082 an axis at worst."""


@dataclass(frozen=True, slots=True, eq=False)
class Supremum(Result):
    """A supremum over the frequencies of the infinite lattice, enclosed, or a maximum over those of a torus.

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
        The number of frequencies left out, since an inverse does not exist there.
    evaluations : int
        The number of symbols by which the interval was found, where it was searched for.

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
    evaluations: int = 0

    @property
    def certified(self) -> bool:
        """Whether the supremum is proven not to exceed `upper`."""
        return math.isfinite(self.upper)

    def shifted(self, by: float) -> Supremum:
        """Return the supremum of the same numbers, each plus a constant."""
        return replace(self, value=self.value + by, lower=self.lower + by, upper=self.upper + by)

    def __float__(self) -> float:
        return self.upper if self.certified else self.lower

    def __repr__(self) -> str:
        upper = f"{self.upper:.6g} certified" if self.certified else "no upper bound"
        if self.lower == self.upper:
            return f"Supremum({self.lower:.6g} {_place(self)})"
        approached = "approached" if self.limit else "attained"
        return f"Supremum({self.lower:.6g} {approached}, {upper}, {_place(self)})"


@dataclass(frozen=True, slots=True, eq=False)
class Infimum(Result):
    """An infimum over the frequencies of the infinite lattice, or a minimum over those of a torus.

    Attributes
    ----------
    value, frequency, lattice, limit, skipped, evaluations
        As of `Supremum`, for the smallest value.
    lower, upper : float
        The infimum lies between them; `lower` is minus infinity if nothing is certified.

    Notes
    -----
    ``float()`` gives `lower` where certified, else `upper`.
    """

    value: Any
    lower: float
    upper: float
    frequency: NDArray[np.float64]
    lattice: Lattice
    limit: bool = False
    skipped: int = 0
    evaluations: int = 0

    @classmethod
    def opposite_of(cls, found: Supremum) -> Infimum:
        """Return the infimum of numbers from the supremum of their negatives."""
        # Zero without a sign.
        ends = 0.0 - found.value, 0.0 - found.upper, 0.0 - found.lower
        return cls(*ends, found.frequency, found.lattice, found.limit, found.skipped, found.evaluations)

    @property
    def certified(self) -> bool:
        """Whether the infimum is proven not to lie below `lower`."""
        return math.isfinite(self.lower)

    def __float__(self) -> float:
        return self.lower if self.certified else self.upper

    def __repr__(self) -> str:
        if self.lower == self.upper:
            return f"Infimum({self.lower:.6g} {_place(self)})"
        lower = f"{self.lower:.6g} certified" if self.certified else "no lower bound"
        approached = "approached" if self.limit else "attained"
        return f"Infimum({self.upper:.6g} {approached}, {lower}, {_place(self)})"


def _place(found: Supremum | Infimum) -> str:
    """Return where a supremum is attained, and what was left out, as text."""
    left_out = f", {found.skipped} frequencies left out" if found.skipped else ""
    return f"at kappa = {found.frequency.round(6).tolist()}{left_out}"


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


def enclose_norm(
    operator: CrystalOperator,
    torus: Torus,
    largest: NDArray[np.floating[Any]],
    norms: Callable[[CrystalOperator, Torus], NDArray[np.floating[Any]] | None],
) -> Supremum:
    """Enclose the norm on the infinite lattice, with more samples than a small torus has.

    Parameters
    ----------
    operator, torus, largest
        As in `norm_from_samples`.
    norms : callable(operator, torus)
        Returns the norms of the symbols of an operator on a torus, or None where that is too large; called where
        `largest` holds too few samples.
    """
    if (_samples(operator, torus) >= _samples_wanted(operator)).all():
        return norm_from_samples(operator, torus, largest)
    # Neither shifting nor spreading the offsets changes the norm: a dilated kernel needs no more samples than a dense.
    spacing = _spacing(operator)
    kept = to_numpy(operator.multipliers).any(axis=(1, 2))
    offsets = (operator.offsets[kept] - _present(operator)[0]) // spacing
    dense = CrystalOperator.from_arrays(operator.domain, operator.codomain, offsets, operator.multipliers[kept])
    finer = operator.lattice.torus(_samples_wanted(operator).tolist())
    found = norms(dense, finer)
    if found is None:
        return norm_from_samples(operator, torus, largest)
    norm = norm_from_samples(dense, finer, found)
    if float(np.max(largest)) <= norm.lower:
        return replace(norm, frequency=norm.frequency / spacing)
    best = norm_from_samples(operator, torus, largest)
    return replace(best, upper=max(norm.upper, best.lower))


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


def _samples_wanted(operator: CrystalOperator) -> NDArray[np.int64]:
    return np.maximum(np.ceil(SAMPLES_PER_RADIUS * _radii(operator)), 1).astype(np.int64)


def _sampling_factor(operator: CrystalOperator, torus: Torus) -> float:
    """Return the factor by which the norm may exceed its samples, infinite where nothing is known."""
    radii, samples = _radii(operator), _samples(operator, torus)
    if (samples <= 2 * radii).any():
        return math.inf
    return float(np.prod(1 / np.cos(np.pi * radii / samples)))
