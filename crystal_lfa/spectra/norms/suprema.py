"""Suprema over all frequencies, with what is known about them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry import Lattice
from crystal_lfa.operators.arrays import read_only
from crystal_lfa.spectra.results import Result

__all__ = ["Infimum", "Supremum"]


@dataclass(frozen=True, slots=True, eq=False)
class Supremum(Result):
    """A supremum over the frequencies of the infinite lattice, enclosed, or a maximum over those of a torus.

    Attributes
    ----------
    value : float or 0-d array
        The best value attained; where `limit`, what values tend to, extrapolated.
    lower, upper : float
        The supremum lies between them; `upper` is infinite if nothing is certified, `lower` is then as good as `value`.
    frequency : (d,) float64
        Where `value` is attained, in fractional coordinates of the dual of `lattice`.
    lattice : Lattice
    limit : bool
        Whether the supremum is approached and not attained.
    skipped : int
        The number of frequencies left out, since an inverse does not exist there.
    evaluations : int
        The number of symbols by which the interval was found, where it was searched for.
    history : tuple of (points along an axis, largest value so far)
        Of a search on finer and finer grids.

    Notes
    -----
    ``float()`` gives `upper` where certified, else `lower`; so does a format such as ``f"{found:.4f}"``.
    """

    value: Any
    lower: float
    upper: float
    frequency: NDArray[np.float64]
    lattice: Lattice
    limit: bool = False
    skipped: int = 0
    evaluations: int = 0
    history: tuple[tuple[int, float], ...] = ()

    def __post_init__(self) -> None:
        read_only(self.frequency)

    @property
    def certified(self) -> bool:
        """Whether the supremum is proven not to exceed `upper`."""
        return math.isfinite(self.upper)

    def shifted(self, by: float) -> Supremum:
        """Return the supremum of the same numbers, each plus a constant."""
        return replace(self, value=self.value + by, lower=self.lower + by, upper=self.upper + by)

    def __float__(self) -> float:
        return self.upper if self.certified else self.lower

    def __format__(self, spec: str) -> str:
        return format(float(self), spec) if spec else repr(self)

    def __repr__(self) -> str:
        upper = f"{self.upper:.6g} certified" if self.certified else "no upper bound"
        if self.lower == math.inf:
            return f"Supremum(inf: values grow without bound {_place(self).replace('at', 'near', 1)})"
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

    def __post_init__(self) -> None:
        read_only(self.frequency)

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

    def __format__(self, spec: str) -> str:
        return format(float(self), spec) if spec else repr(self)

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
