"""Wave functions at a batch of frequencies: what a symbol is summed from.

An operator never sees a frequency, only the values exp(2 pi i kappa . y) of its wave functions at the offsets y.
So the numbers on a torus come from exact integer exponents, and an operator on a sublattice asks for the same
wave functions at the Cartesian points of its own offsets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry import Torus
from crystal_lfa.geometry.exact.roots_of_unity import roots_of_unity

__all__ = ["FrequencyWaves", "TorusWaves", "WaveFunctions"]


class WaveFunctions(Protocol):
    r"""The wave functions :math:`\varphi_\kappa(z) = e^{2\pi i \kappa \cdot z}` of a batch of frequencies."""

    def __call__(self, points: NDArray[Any]) -> NDArray[np.complex128]:
        """Return their values at (k, d) integer lattice points: (..., k), the batch's axes first."""
        ...


@dataclass(frozen=True, slots=True)
class TorusWaves:
    """The wave functions of numbered frequencies of a torus, from exact integer exponents."""

    torus: Torus
    numbers: NDArray[np.int64]

    def __call__(self, points: NDArray[Any]) -> NDArray[np.complex128]:
        """Return their values at (k, d) integer points: (numbers, k)."""
        return self.torus.waves(points, self.numbers)


@dataclass(frozen=True, slots=True)
class FrequencyWaves:
    """The wave functions of any frequencies, given as (..., d) fractional dual coordinates."""

    frequencies: NDArray[np.float64]

    def __call__(self, points: NDArray[Any]) -> NDArray[np.complex128]:
        """Return their values at (k, d) integer points: (..., k)."""
        turns = (self.frequencies % 1.0) @ points.T.astype(np.float64)
        return roots_of_unity(np.zeros(turns.shape, dtype=np.int64), 1, turns % 1.0)
