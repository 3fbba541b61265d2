"""Harmonics: the frequencies that a coarser lattice cannot tell apart, and which of them is the low one."""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from crystal_lfa.frequencies import FrequencyWaves, WaveFunctions
from crystal_lfa.geometry import Lattice
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import constant_like, to_numpy
from crystal_lfa.operators.composing import between
from crystal_lfa.operators.nodes import Node

__all__ = [
    "Folding",
    "HighFrequencies",
    "HighHarmonics",
    "between_supercells",
    "dominating_harmonic",
    "harmonics",
    "lowest_harmonic",
]

_TIE = 1e-12
"""Relative difference of lengths below which two harmonics are equally low."""


def harmonics(kappa: NDArray[np.float64], fine: Lattice, coarse: Lattice) -> NDArray[np.float64]:
    """Return the frequencies of a finer lattice that are a frequency (..., d) of a coarser one: (..., index, d)."""
    return FrequencyWaves(kappa).harmonics(fine, coarse).frequencies % 1.0


def _frequencies_of(waves: WaveFunctions, dimension: int) -> NDArray[np.float64]:
    """Return the frequencies whose wave functions these are: (..., d) in [0, 1)."""
    turns = np.angle(waves(np.eye(dimension, dtype=np.int64))) / (2 * np.pi)
    return np.asarray(turns % 1.0)


class Folding:
    """Frequencies of a lattice moved into its first Brillouin zone; what that takes is computed once.

    Parameters
    ----------
    lattice : Lattice
    """

    def __init__(self, lattice: Lattice) -> None:
        self._zone = lattice.brillouin_zone()
        self._to_coordinates = np.linalg.inv(lattice.dual.vectors)
        self._scale = float(np.abs(lattice.dual.vectors).max())

    def __call__(self, kappa: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return frequencies (..., d) in the zone, Cartesian."""
        return self._zone.reduce(kappa)

    def coordinates(self, kappa: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return frequencies (..., d) in the zone, in coordinates of the dual vectors; 0.0 without a sign."""
        return np.asarray(self(kappa) @ self._to_coordinates + 0.0)

    def low_ones(self, kappa: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return which of the harmonics (..., h, d) of one coarse frequency is the low one: (...).

        It is the one nearest to 0, in Cartesian coordinates and modulo the dual lattice: the one in the Voronoi cell of
        the coarse dual lattice. Of equally near ones that with the smallest coordinates; on a grid [-1/4, 1/4).
        """
        near = self(kappa)
        lengths = np.linalg.norm(near, axis=-1)
        shortest = lengths.min(axis=-1, keepdims=True)
        candidates = lengths <= shortest + _TIE * self._scale
        if (candidates.sum(axis=-1) > 1).any():
            # Lexicographically, coordinate by coordinate, in units of the dual vectors.
            coordinates = near @ self._to_coordinates
            for axis in range(kappa.shape[-1]):
                here = np.where(candidates, coordinates[..., axis], np.inf)
                candidates &= here <= here.min(axis=-1, keepdims=True) + _TIE
        return np.asarray(candidates.argmax(axis=-1), dtype=np.int64)


class HighFrequencies:
    """The closed set of the frequencies that a coarse lattice does not carry: outside of its zone, or on the border.

    Where the coarse zone reaches as far as the fine one, as with semi-coarsening, that is no border.

    Parameters
    ----------
    fine, coarse : Lattice
    """

    def __init__(self, fine: Lattice, coarse: Lattice) -> None:
        self._folding = Folding(fine)
        normals = coarse.brillouin_zone().normals
        # A face between a frequency and one that equals it on the fine lattice is no border: nothing lies behind it.
        self._normals = normals[~fine.dual.contains(normals)]

    def __call__(self, kappa: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which frequencies (..., d) are high."""
        passed = self._folding(kappa) @ self._normals.T / (self._normals**2).sum(axis=1)
        return np.asarray(passed.max(axis=-1) >= 0.5 - _TIE)


def lowest_harmonic(kappa: NDArray[np.float64], fine: Lattice, coarse: Lattice) -> NDArray[np.float64]:
    """Return the lowest of the frequencies of a finer lattice that are a frequency (d,) of a coarser one: (d,).

    Within the Brillouin zone, in coordinates of the dual vectors.
    """
    found, folding = harmonics(kappa, fine, coarse), Folding(fine)
    return folding.coordinates(found[int(folding.low_ones(found))])


class HighHarmonics(Node):
    r"""An operator followed by the projector onto the harmonics that a coarse lattice does not carry, :math:`Q S`.

    .. math:: Q = I - \sum_{\text{low } h} w_h w_h^H \otimes I, \quad
              w_h[i] = |X|^{-1/2} e^{2\pi i \kappa_h \cdot c_i},

    the sum over the low harmonics of the frequencies of the operator's lattice X, one of each frequency of the coarse
    lattice.

    Parameters
    ----------
    operand : Operator
        S, on a sublattice of the coarse lattice, between supercells of crystals of the finest one.
    fine, coarse : Lattice
    """

    def __init__(self, operand: Operator, fine: Lattice, coarse: Lattice) -> None:
        bases = tuple((lattice.exact_matrix, lattice.vectors.tobytes()) for lattice in (fine, coarse))
        super().__init__((operand,), operand.domain, operand.codomain, bases)
        cosets = fine.torus(fine.integer_vectors(operand.lattice)).points
        groups = _groups(fine, coarse, operand.lattice)
        self._fill(fine=fine, coarse=coarse, cosets=cosets, groups=groups, folding=Folding(fine))

    fine: Lattice
    coarse: Lattice
    folding: Folding
    cosets: NDArray[np.int64]
    groups: NDArray[np.int64]
    """Numbers of harmonics, a row for each frequency of the coarse lattice."""

    def _known_real(self) -> bool:
        """Of two equally low opposite harmonics one is chosen, so that nothing is known."""
        return False

    def _bound(self) -> float | None:
        """Return the operand's bound: a projector has norm 1."""
        return self.operands[0].magnitude

    def combine(self, waves: WaveFunctions, /, *symbols: Any) -> Any:
        """Return Q times the symbols."""
        (symbol,) = symbols
        xp = array_namespace(symbol)
        phases = self.low_waves(_frequencies_of(waves, self.lattice.dim))
        count, low = len(self.cosets), phases.shape[-2]
        size = symbol.shape[-2] // count
        batch, columns = symbol.shape[:-2], symbol.shape[-1]
        outward = xp.astype(constant_like(phases / count, symbol), symbol.dtype, copy=False)
        inward = xp.astype(constant_like(phases.conj(), symbol), symbol.dtype, copy=False)
        flat = xp.reshape(symbol, (*batch, count, size * columns))
        parts = xp.reshape(xp.matmul(inward, flat), (*batch, low, size * columns))
        removed = xp.matmul(xp.matrix_transpose(outward), parts)
        return symbol - xp.reshape(removed, (*batch, count * size, columns))

    def low_waves(self, kappa: NDArray[np.float64]) -> NDArray[np.complex128]:
        """Return the values of the low harmonics at the cosets: (..., low harmonics, cosets)."""
        fine = harmonics(kappa, self.fine, self.lattice)
        chosen = self.folding.low_ones(fine[..., self.groups, :])
        members = np.take_along_axis(
            np.broadcast_to(self.groups, (*chosen.shape, self.groups.shape[1])), chosen[..., None], -1
        )
        low = np.take_along_axis(fine, members, axis=-2)
        return FrequencyWaves(low)(self.cosets)

    def rebuilt(self, operands: tuple[Operator, ...]) -> Operator:
        """Return the same projector after another operand."""
        return HighHarmonics(operands[0], self.fine, self.coarse)


def _groups(fine: Lattice, coarse: Lattice, coarsest: Lattice) -> NDArray[np.int64]:
    """Return the numbers of the harmonics on the fine lattice, those of one frequency of `coarse` in a row."""
    # Which harmonics belong together does not depend on the frequency: seen at one in general position.
    start = np.full(fine.dim, 0.123)
    members = harmonics(start, fine, coarsest)
    vectors = np.array(fine.integer_vectors(coarse), dtype=np.float64)
    on_coarse = members @ vectors.T
    apart = np.abs((on_coarse[:, None] - on_coarse + 0.5) % 1.0 - 0.5).max(axis=-1) < 1e-7
    rows = sorted({tuple(np.flatnonzero(row).tolist()) for row in apart})
    return np.array(rows, dtype=np.int64)


def dominating_harmonic(operator: Operator, fine: Lattice, kappa: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the harmonic that the leading eigenvector of an operator's symbol is made of most: (d,).

    Parameters
    ----------
    operator : Operator
        From a supercell of a crystal of `fine` to itself.
    """
    found = harmonics(kappa, fine, operator.lattice)
    symbol = to_numpy(operator.symbols(FrequencyWaves(kappa[None])))[0]
    values, vectors = np.linalg.eig(symbol)
    leading = vectors[:, int(np.abs(values).argmax())]
    cosets = fine.torus(fine.integer_vectors(operator.lattice)).points
    parts = FrequencyWaves(found)(cosets).conj() @ leading.reshape(len(cosets), -1)
    return Folding(fine).coordinates(found[int(np.linalg.norm(parts, axis=1).argmax())])


def between_supercells(operator: Operator, A: Operator, coarse: Lattice) -> Operator:
    """Return an operator described on a sublattice, between the supercells of the crystal of A, in their order."""
    crystal = A.domain.supercell(coarse)
    return between(operator.on(coarse), crystal, crystal, "a propagator")
