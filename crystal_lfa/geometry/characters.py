r"""The characters of a torus: :math:`z \mapsto e^{2\pi i \kappa \cdot z}` for its frequencies, exact in integers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.integers import (
    IntegerMatrix,
    apply_matrix,
    box_numbers,
    box_points,
    frequency_numbers,
    is_diagonal,
    modular_product,
    product,
    reduce_points,
    scaled_triangular_inverse,
    transpose,
)
from crystal_lfa.geometry.exact.normal_forms import hermite_form
from crystal_lfa.geometry.exact.roots_of_unity import roots_of_unity
from crystal_lfa.geometry.twists import Twist

__all__ = ["Characters", "Exponents", "below_one", "harmonic_shifts"]

_LARGEST_ORDER = 2**31
"""Of roots of unity whose exponents can be added and multiplied in 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Exponents:
    r"""Characters at some points: at frequency number g of a box the root of unity of exponent dual . g + turns.

    Attributes
    ----------
    order : int
        Of the root, :math:`e^{2\pi i / order}`.
    shape : tuple of int
        Of the box, through which numbers run in C order.
    dual : (k, d) int64
    turns : (k,) int64
        What a twist adds.
    """

    order: int
    shape: tuple[int, ...]
    dual: NDArray[np.int64]
    turns: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Characters:
    """The frequencies H^-T (g + t) mod 1 of a torus, g running through the box of diag H in C order.

    Parameters
    ----------
    hermite : the periods H as columns, in lower triangular Hermite form
    twist : one fraction in [0, 1) for each of these periods
    """

    hermite: IntegerMatrix
    twist: Twist

    @property
    def shape(self) -> tuple[int, ...]:
        """The diagonal of H."""
        return tuple(row[i] for i, row in enumerate(self.hermite))

    def lowest(self) -> tuple[Fraction, ...]:
        """Return H^-T t mod 1, the frequency of number zero."""
        if not any(self.twist):
            return (Fraction(0),) * len(self.twist)
        inverse, exponent = scaled_triangular_inverse(self.hermite)
        scale = math.lcm(*(entry.denominator for entry in self.twist))
        turns = [int(entry * scale) for entry in self.twist]
        columns = transpose(inverse)
        sums = (sum(entry * turn for entry, turn in zip(column, turns, strict=True)) for column in columns)
        return tuple(Fraction(total, exponent * scale) % 1 for total in sums)

    def frequencies(self, numbers: ArrayLike) -> NDArray[np.float64]:
        """Return the frequencies with these numbers, shape (..., d), in [0, 1), read-only."""
        inverse, exponent = scaled_triangular_inverse(self.hermite)
        box = box_points(self.shape, frequency_numbers(numbers))
        exact = modular_product(box, inverse, exponent)
        frequencies = exact.astype(np.float64) / float(exponent) + [float(x) for x in self.lowest()]
        return below_one(frequencies % 1.0)

    def number_of(self, dual_points: NDArray[Any]) -> NDArray[Any]:
        """Return the numbers of the frequencies H^-T (g + t), for any integer vectors g, shape (..., d)."""
        if is_diagonal(self.hermite):
            return box_numbers(self.shape, dual_points % np.array(self.shape))
        # Frequencies are equal modulo 1 where g is equal modulo H^T, upper triangular: reversed axes make it lower.
        reversed_transpose = tuple(tuple(reversed(row)) for row in reversed(transpose(self.hermite)))
        reduced = reduce_points(dual_points[..., ::-1], reversed_transpose)[0][..., ::-1]
        return box_numbers(self.shape, reduced)

    def nearest(self, frequencies: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[np.float64]]:
        """Return the numbers of the frequencies nearest along the periods, and how far, in units of their spacing."""
        hermite = np.array([[float(entry) for entry in row] for row in self.hermite])
        # Whole turns, which cost digits, are taken off first.
        turns = (frequencies % 1.0) @ hermite - [float(entry) for entry in self.twist]
        whole = np.rint(turns)
        exact = np.array([int(x) for x in whole.ravel()], dtype=object).reshape(whole.shape)
        # Where a period is so long that floats cannot tell its frequencies apart, none is near.
        blurred = ((frequencies % 1.0) @ np.abs(hermite)).max(axis=-1) * np.finfo(np.float64).eps
        return self.number_of(exact), np.maximum(np.abs(turns - whole).max(axis=-1), blurred)

    def opposite(self, numbers: ArrayLike) -> NDArray[Any]:
        """Return the numbers of the frequencies -kappa, where every twist is 0 or 1/2."""
        box = box_points(self.shape, frequency_numbers(numbers))
        return self.opposite_of(box)

    def opposite_of(self, box: NDArray[np.int64]) -> NDArray[Any]:
        """Return the same of frequencies given by their points g of the box, (..., d)."""
        return self.number_of(-box - np.array([int(2 * entry) for entry in self.twist]))

    def folded(self, coarse: Characters, vectors: IntegerMatrix) -> NDArray[Any]:
        """Return, for every frequency kappa, the number of M^T kappa mod 1 among those of a sublattice's torus.

        Parameters
        ----------
        coarse : the same torus seen from the sublattice
        vectors : the matrix M, the sublattice's vectors as columns
        """
        # Both bases of the periods, M H' and H, differ by a unimodular V = H^-1 M H': g' = V^T (g + t) - t'.
        inverse, exponent = scaled_triangular_inverse(self.hermite)
        scaled = product(inverse, product(vectors, coarse.hermite))
        change = tuple(tuple(entry // exponent for entry in row) for row in scaled)
        shift = [
            sum((v * t for v, t in zip(column, self.twist, strict=True)), Fraction(0)) - there
            for column, there in zip(transpose(change), coarse.twist, strict=True)
        ]
        every = box_points(self.shape, np.arange(np.prod(self.shape, dtype=np.int64)))
        return coarse.number_of(apply_matrix(transpose(change), every) + np.array([int(x) for x in shift]))

    def unfolded(self, fine: Characters, vectors: IntegerMatrix, numbers: NDArray[np.int64]) -> NDArray[Any]:
        """Return the numbers of the frequencies M^-T (kappa + g) of a finer lattice's torus, the harmonics of kappa.

        Parameters
        ----------
        fine : the same torus seen from the finer lattice
        vectors : the matrix M, the vectors of this lattice as columns, in coordinates of the finer one
        numbers : (...) the numbers of the frequencies kappa of this torus

        Returns
        -------
        (..., abs(det M)) integers, g as in `harmonic_shifts`
        """
        # With this torus's periods H', M H' = H V are the same periods: n + H'^T g + t' becomes V^-T of it.
        periods = product(vectors, self.hermite)
        inverse, exponent = scaled_triangular_inverse(fine.hermite)
        change = tuple(tuple(entry // exponent for entry in row) for row in product(inverse, periods))
        # Two bases of the same periods differ by a unimodular matrix.
        inverted = rationals.inverse(rationals.rational_matrix(transpose(change)))
        back = tuple(tuple(int(entry) for entry in row) for row in inverted)
        twist = rationals.apply(rationals.rational_matrix(back), self.twist)
        shift = np.array([int(here - there) for here, there in zip(twist, fine.twist, strict=True)])
        turns = apply_matrix(transpose(self.hermite), harmonic_shifts(vectors))
        box = box_points(self.shape, numbers)[..., None, :] + turns
        return fine.number_of(apply_matrix(back, box) + shift)

    def exact_frequency(self, number: int) -> tuple[Fraction, ...]:
        """Return the frequency of a number as exact fractions in [0, 1)."""
        inverse, exponent = scaled_triangular_inverse(self.hermite)
        (box,) = box_points(self.shape, np.array([number])).tolist()
        turns = [sum(entry * g for entry, g in zip(column, box, strict=True)) for column in transpose(inverse)]
        lowest = self.lowest()
        return tuple((Fraction(turn, exponent) + low) % 1 for turn, low in zip(turns, lowest, strict=True))

    def exponents(self, points: NDArray[np.int64], largest: int) -> Exponents | None:
        """Return the characters at integer points (k, d) as exact exponents, of a root of order up to `largest`.

        None where the order is larger.
        """
        inverse, exponent = scaled_triangular_inverse(self.hermite)
        lowest = self.lowest()
        order = math.lcm(exponent, *(entry.denominator for entry in lowest))
        if order > min(largest, _LARGEST_ORDER):
            return None
        dual = modular_product(points, transpose(inverse), exponent) * (order // exponent)
        numerators = tuple((int(entry * order),) for entry in lowest)
        turns = modular_product(points, numerators, order)[..., 0]
        return Exponents(order, self.shape, dual.astype(np.int64), turns.astype(np.int64))

    def waves(self, points: NDArray[np.int64], numbers: ArrayLike) -> NDArray[np.complex128]:
        """Return the characters with these numbers at integer points (k, d), not reduced: shape (b, k)."""
        inverse, exponent = scaled_triangular_inverse(self.hermite)
        dual = modular_product(points, transpose(inverse), exponent)
        box = box_points(self.shape, frequency_numbers(numbers))
        exponents = modular_product(box, tuple(tuple(row) for row in dual.T.tolist()), exponent)
        lowest = self.lowest()
        if not any(lowest):
            return roots_of_unity(exponents, exponent)
        scale = math.lcm(*(entry.denominator for entry in lowest))
        numerators = tuple((int(entry * scale),) for entry in lowest)
        turns = modular_product(points, numerators, scale)[..., 0]
        common = math.lcm(exponent, scale)
        if common < _LARGEST_ORDER:
            return roots_of_unity((exponents * (common // exponent) + turns * (common // scale)) % common, common)
        return roots_of_unity(exponents, exponent, turns.astype(np.float64) / float(scale))

    def lowest_wave(self) -> NDArray[np.complex128] | None:
        """Return the character of number zero at all points of the torus, shape `shape`; None where it is 1."""
        lowest = self.lowest()
        if not any(lowest):
            return None
        wave = np.ones((), dtype=np.complex128)
        for frequency, extent in zip(lowest, self.shape, strict=True):
            wave = wave[..., None] * _powers(frequency, extent)
        return wave


def harmonic_shifts(vectors: IntegerMatrix) -> NDArray[np.int64]:
    """Return representatives g of Z^d modulo M^T Z^d, (abs(det M), d), the origin first; M has these columns."""
    normal = hermite_form(transpose(vectors))
    if normal is None:
        raise AssertionError("the vectors of a lattice are linearly independent")
    shape = tuple(row[i] for i, row in enumerate(normal[0]))
    return box_points(shape, np.arange(math.prod(shape)))


def _powers(frequency: Fraction, count: int) -> NDArray[np.complex128]:
    """Return exp(2 pi i frequency z) for z = 0 .. count - 1, each from an exact exponent."""
    numerator, denominator = frequency.numerator, frequency.denominator
    if max(numerator * count, 2 * denominator) < 2**62:
        exponents = np.arange(count) * numerator % denominator
        return roots_of_unity(exponents, denominator)
    turns = np.array([numerator * z % denominator / denominator for z in range(count)])
    return roots_of_unity(np.zeros(count, dtype=np.int64), 1, turns)


def below_one(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replace numbers that rounding has lifted to 1 by 0, and make the array read-only."""
    numbers[numbers >= 1.0] = 0.0
    numbers.flags.writeable = False
    return numbers
