"""Wave functions at a batch of frequencies: what a symbol is summed from.

An operator never sees a frequency, only the values exp(2 pi i kappa . y) of its wave functions at the offsets y.
So the numbers on a torus come from exact integer exponents. An operator described on a sublattice asks for the wave
functions of the finer lattice at the harmonics of its frequencies: those that the sublattice cannot tell apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry import Lattice, Torus
from crystal_lfa.geometry.aliasing import harmonic_numbers
from crystal_lfa.geometry.characters import harmonic_shifts
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.integers import transpose
from crystal_lfa.geometry.exact.roots_of_unity import roots_of_unity

__all__ = ["FrequencyWaves", "OppositeWaves", "TorusWaves", "WaveFunctions"]


class WaveFunctions(Protocol):
    r"""The wave functions :math:`\varphi_\kappa(z) = e^{2\pi i \kappa \cdot z}` of a batch of frequencies."""

    def __call__(self, points: NDArray[Any]) -> NDArray[np.complex128]:
        """Return their values at (k, d) integer lattice points: (..., k), the batch's axes first."""
        ...

    def harmonics(self, fine: Lattice, coarse: Lattice) -> WaveFunctions:
        """Return the waves of a finer lattice that are these on the points of `coarse`: the batch's axes, then them."""
        ...

    def describe(self, index: tuple[int, ...]) -> str:
        """Return the frequency at a place of the batch as text, exact where it is known; only last axes count."""
        ...


@dataclass(frozen=True, slots=True)
class TorusWaves:
    """The wave functions of numbered frequencies of a torus, from exact integer exponents."""

    torus: Torus
    numbers: NDArray[np.int64]

    def __call__(self, points: NDArray[Any]) -> NDArray[np.complex128]:
        """Return their values at (k, d) integer points: (..., k)."""
        values = self.torus.waves(points, self.numbers.ravel())
        return values.reshape(*self.numbers.shape, len(points))

    def harmonics(self, fine: Lattice, coarse: Lattice) -> TorusWaves:
        """Return the waves of a finer lattice that are these on the points of `coarse`."""
        seen = fine.torus(self.torus)
        return TorusWaves(seen, harmonic_numbers(seen, coarse.torus(self.torus), self.numbers))

    def describe(self, index: tuple[int, ...]) -> str:
        """Return a frequency as fractions."""
        number = self.numbers[index[len(index) - self.numbers.ndim :]]
        return f"({', '.join(str(x) for x in self.torus.exact_frequency(int(number)))})"


@dataclass(frozen=True, slots=True)
class FrequencyWaves:
    """The wave functions of any frequencies, given as (..., d) fractional dual coordinates."""

    frequencies: NDArray[np.float64]

    def __call__(self, points: NDArray[Any]) -> NDArray[np.complex128]:
        """Return their values at (k, d) integer points: (..., k)."""
        turns = (self.frequencies % 1.0) @ points.T.astype(np.float64)
        return roots_of_unity(np.zeros(turns.shape, dtype=np.int64), 1, turns % 1.0)

    def harmonics(self, fine: Lattice, coarse: Lattice) -> FrequencyWaves:
        """Return the waves of a finer lattice that are these on the points of `coarse`."""
        vectors = transpose(fine.integer_vectors(coarse))
        inverse = rationals.as_floats(rationals.inverse(rationals.rational_matrix(vectors)))
        shifted = (self.frequencies % 1.0)[..., None, :] + harmonic_shifts(vectors)
        return FrequencyWaves(shifted @ inverse)

    def describe(self, index: tuple[int, ...]) -> str:
        """Return a frequency in decimals."""
        frequency = self.frequencies[index[len(index) + 1 - self.frequencies.ndim :]]
        return f"({', '.join(f'{x:.12g}' for x in frequency.tolist())})"


@dataclass(frozen=True, slots=True)
class OppositeWaves:
    """The wave functions of the frequencies -kappa."""

    waves: WaveFunctions

    def __call__(self, points: NDArray[Any]) -> NDArray[np.complex128]:
        """Return their values at (k, d) integer points: (..., k)."""
        return self.waves(points).conj()

    def harmonics(self, fine: Lattice, coarse: Lattice) -> OppositeWaves:
        """Return the waves of a finer lattice that are these on the points of `coarse`."""
        return OppositeWaves(self.waves.harmonics(fine, coarse))

    def describe(self, index: tuple[int, ...]) -> str:
        """Return a frequency as text."""
        return f"-{self.waves.describe(index)}"
