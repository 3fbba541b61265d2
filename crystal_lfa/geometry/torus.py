"""Tori: a lattice modulo periods, its points, its frequencies and its wave functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.errors import InvalidArgumentError, TorusError
from crystal_lfa.geometry import fourier
from crystal_lfa.geometry.aliasing import alias_numbers, harmonic_numbers
from crystal_lfa.geometry.characters import Characters, below_one
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.basis import real_points
from crystal_lfa.geometry.exact.integers import (
    IntegerMatrix,
    apply_matrix,
    box_numbers,
    box_points,
    integer_array,
    integer_points,
    reduce_points,
    transpose,
)
from crystal_lfa.geometry.exact.normal_forms import hermite_form, smith_form
from crystal_lfa.geometry.exact.tolerances import FREQUENCY_TOLERANCE
from crystal_lfa.geometry.lattice import Lattice, as_lattice
from crystal_lfa.geometry.periods import seen_from
from crystal_lfa.geometry.twists import Twist, is_real, read_twist, transformed, winding_phases

__all__ = ["Torus"]


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class Torus:
    r"""A lattice modulo its periods, :math:`L(A) / (A N \mathbb{Z}^d)`, with a twist; `Lattice.torus` makes it.

    The columns of the integer matrix N are the periods. Functions on the torus obey
    :math:`f(z + N w) = e^{2\pi i\, t \cdot w} f(z)`; the admissible frequencies are
    :math:`\kappa \in N^{-T}(\mathbb{Z}^d + t) \bmod 1`, in fractional dual coordinates.

    Attributes
    ----------
    lattice : Lattice

    Notes
    -----
    Order of points and frequencies: with the lower triangular Hermite form H = N U and t_H = U^T t mod 1, points
    run through the box of diag H in C order, and frequency number g of the same box is H^-T (g + t_H) mod 1.
    (N, t) and (N U, U^T t mod 1) are the same torus.

    References
    ----------
    Kahl, Kintscher: Automated local Fourier analysis (aLFA), BIT 60 (2020), section 2.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> torus = lfa.lattices.integer(2).torus([[2, 1], [0, 2]])
    >>> torus.order, torus.shape
    (4, (2, 2))
    >>> torus.points.tolist()
    [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> torus.frequencies.tolist()
    [[0.0, 0.0], [0.75, 0.5], [0.5, 0.0], [0.25, 0.5]]
    """

    lattice: Lattice
    period_vectors: IntegerMatrix
    exact_twist: Twist
    characters: Characters
    _transform: IntegerMatrix

    def __init__(self, lattice: Lattice, periods: Any, twist: Any = None) -> None:
        as_lattice(lattice, "lattice")
        if isinstance(periods, Torus):
            if twist is not None:
                message = f"twist: got {twist!r} beside the torus {periods!r}, which has a twist of its own; give one"
                raise TorusError(message)
            exact_twist = periods.exact_twist
            rows = seen_from(lattice, periods)
        else:
            exact_twist = read_twist(0 if twist is None else twist, lattice.dim)
            try:
                rows = lattice.integer_vectors(periods, "periods")
            except (InvalidArgumentError, TypeError) as error:
                raise TorusError(str(error)) from None
        normal = hermite_form(transpose(rows))
        if normal is None:
            raise TorusError(f"periods: got {rows}, which are linearly dependent; the torus would be infinite")
        hermite, transform = normal
        set_field = object.__setattr__
        set_field(self, "lattice", lattice)
        set_field(self, "period_vectors", rows)
        set_field(self, "exact_twist", exact_twist)
        set_field(self, "characters", Characters(hermite, transformed(exact_twist, transform)))
        set_field(self, "_transform", transform)

    @property
    def periods(self) -> NDArray[Any]:
        """The periods as given, one a row, in the lattice's coordinates: shape (d, d), integers, read-only."""
        return integer_array(self.period_vectors)

    @property
    def twist(self) -> NDArray[np.float64]:
        """The twist, one number in [0, 1) a period: shape (d,), read-only."""
        return below_one(np.array([float(entry) for entry in self.exact_twist]))

    @property
    def shape(self) -> tuple[int, ...]:
        """The grid in which points and frequencies come, in C order: the diagonal of the Hermite form."""
        return self.characters.shape

    @property
    def order(self) -> int:
        """The number of points, and of frequencies: abs(det N)."""
        return math.prod(self.shape)

    @property
    def has_real_functions(self) -> bool:
        """Whether every twist is 0 or 1/2, so that -kappa is admissible with kappa and phases are +-1."""
        return is_real(self.exact_twist)

    @property
    def invariant_factors(self) -> tuple[int, ...]:
        """The orders of the cyclic groups that the points form, each dividing the next (Smith form of the periods)."""
        return smith_form(self.characters.hermite)[0]

    @property
    def points(self) -> NDArray[np.int64]:
        """The points, integer coordinates in the lattice: shape (order, d), int64, read-only."""
        points = box_points(self.shape, np.arange(self.order))
        points.flags.writeable = False
        return points

    @property
    def frequencies(self) -> NDArray[np.float64]:
        """The frequencies, fractional dual coordinates in [0, 1): shape (order, d), read-only."""
        return self.frequencies_at(np.arange(self.order))

    @property
    def cartesian_frequencies(self) -> NDArray[np.float64]:
        """The frequencies in Cartesian coordinates, A^-T kappa (no 2 pi): shape (order, d), read-only."""
        cartesian = self.frequencies @ np.linalg.inv(self.lattice.basis)
        cartesian.flags.writeable = False
        return cartesian

    def frequencies_at(self, numbers: ArrayLike) -> NDArray[np.float64]:
        """Return the frequencies with these numbers, shape (..., d), in [0, 1), read-only."""
        return self.characters.frequencies(numbers)

    def frequency_index(self, frequencies: ArrayLike) -> NDArray[Any]:
        """Return the numbers of frequencies given modulo 1: (..., d) fractional dual coordinates -> (...).

        Raises
        ------
        TorusError
            If one is not a frequency of this torus; the nearest that is one is named.
        """
        kappa = real_points(frequencies, self.lattice.dim, "frequencies")
        numbers, errors = self.characters.nearest(kappa)
        if (errors > FREQUENCY_TOLERANCE).any():
            worst = np.unravel_index(errors.argmax(), errors.shape)
            near = self.frequencies_at(numbers[worst]).tolist()
            message = f"frequencies: got {kappa[worst].tolist()}, which is none of {self!r}; the nearest is {near}"
            raise TorusError(message)
        return numbers

    def waves(self, points: ArrayLike, numbers: ArrayLike) -> NDArray[np.complex128]:
        r"""Return wave functions :math:`\varphi_\kappa(z) = e^{2\pi i \kappa \cdot z}` at lattice points.

        Parameters
        ----------
        points : (k, d) integer array_like
            Lattice points z, not reduced to the torus; exponents are exact however large they are.
        numbers : (b,) integer array_like
            The numbers of the frequencies.

        Returns
        -------
        (b, k) complex128
        """
        return self.characters.waves(integer_points(points, self.lattice.dim, "points"), numbers)

    def fourier(self, f: Any) -> Any:
        r"""Return the unitary Fourier transform of functions on the torus.

        .. math:: F(\kappa) = |T|^{-1/2} \sum_z f(z) e^{-2\pi i \kappa \cdot z}

        Parameters
        ----------
        f : (..., order, size) array of any array library
            Points along axis -2 as in `points`; integers count as float64.

        Returns
        -------
        (..., order, size) complex array of the same library and precision
            Frequencies along axis -2 as in `frequencies`. Takes O(order log order) time on every torus.

        Raises
        ------
        InvalidArgumentError
            If axis -2 does not have length `order`.

        References
        ----------
        Kahl, Kintscher: Automated local Fourier analysis (aLFA), BIT 60 (2020), section 2.

        Examples
        --------
        >>> import numpy as np
        >>> import crystal_lfa as lfa
        >>> torus = lfa.lattices.integer(2).torus([[2, 1], [0, 2]])
        >>> wave = torus.waves(torus.points, [1]).reshape(-1, 1)
        >>> np.round(torus.fourier(wave), 12).ravel().tolist()
        [0j, (2+0j), 0j, 0j]
        """
        return fourier.transform(f, self.characters, inverse=False)

    def inverse_fourier(self, F: Any) -> Any:
        r"""Return the function with this Fourier transform, with the plus sign.

        Parameters, result and errors as of `fourier`.
        """
        return fourier.transform(F, self.characters, inverse=True)

    def aliases(self, coarse: Any) -> NDArray[Any]:
        r"""Return which frequency of a sublattice's torus each frequency of this torus aliases to.

        On the sublattice with vectors M, the wave of :math:`\kappa` is that of :math:`M^T \kappa \bmod 1`.

        Parameters
        ----------
        coarse : int, flat sequence of int, list of vectors (rows) or Lattice
            A sublattice that holds the periods, in this lattice's coordinates.

        Returns
        -------
        (order,) integers
            Numbers of ``coarse.torus(self).frequencies``.

        Raises
        ------
        TorusError
            If the sublattice does not hold the periods.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> lfa.lattices.integer(1).torus(8).aliases(2).tolist()
        [0, 1, 2, 3, 0, 1, 2, 3]
        """
        return alias_numbers(self, Torus(self.lattice.sublattice(coarse), self))

    def harmonics(self, coarse: Any) -> NDArray[Any]:
        """Return the numbers of the frequencies that a sublattice's torus cannot tell apart, those of `aliases`.

        Returns
        -------
        (coarse order, index) integers
            Row i: the frequencies that alias to number i there, ascending.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> lfa.lattices.integer(1).torus(8).harmonics(2).tolist()
        [[0, 4], [1, 5], [2, 6], [3, 7]]
        """
        seen = Torus(self.lattice.sublattice(coarse), self)
        return np.sort(harmonic_numbers(self, seen, np.arange(seen.order)), axis=-1)

    def exact_frequency(self, number: int) -> tuple[Fraction, ...]:
        """Return the frequency with this number as exact fractions in [0, 1)."""
        return self.characters.exact_frequency(number)

    def locate(self, points: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return where lattice points lie on the torus, and how often they wind around it.

        Parameters
        ----------
        points : (..., d) integer array_like

        Returns
        -------
        index : (...) integers
            With ``z = T.points[index] + N w``.
        winding : (..., d) integers
            The numbers w, one a period.
        """
        array = integer_points(points, self.lattice.dim, "points")
        box, quotient = reduce_points(array, self.characters.hermite)
        return box_numbers(self.shape, box), apply_matrix(self._transform, quotient)

    def index(self, points: ArrayLike) -> NDArray[Any]:
        """Return the numbers of lattice points on the torus: (..., d) integers -> (...)."""
        return self.locate(points)[0]

    def winding_phases(self, winding: NDArray[Any]) -> NDArray[Any]:
        r"""Return :math:`e^{2\pi i\, t \cdot w}` for windings (..., d): float64 where all are +-1, else complex128."""
        return winding_phases(self.exact_twist, winding)

    def conjugate_frequencies(self, numbers: ArrayLike) -> NDArray[Any]:
        """Return the numbers of the frequencies -kappa, for the numbers of frequencies kappa.

        Raises
        ------
        TorusError
            If a twist is neither 0 nor 1/2: -kappa is then not a frequency of this torus.
        """
        if not self.has_real_functions:
            message = f"the twist {self.twist.tolist()} has no conjugate frequencies; each entry has to be 0 or 1/2"
            raise TorusError(message)
        return self.characters.opposite(numbers)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Torus):
            return NotImplemented
        if self.lattice != other.lattice:
            return False
        seen = other if other.lattice.relation(self.lattice) == rationals.identity(self.lattice.dim) else None
        seen = seen or Torus(self.lattice, other)
        return self.characters == seen.characters

    def __hash__(self) -> int:
        return hash((Torus, self.order))

    def __repr__(self) -> str:
        rows: Sequence[Any] = self.period_vectors
        if all(entry == 0 or i == j for i, row in enumerate(rows) for j, entry in enumerate(row)):
            rows = [row[i] for i, row in enumerate(rows)]
        twist = f", twist={self.twist.tolist()}" if any(self.exact_twist) else ""
        return f"{self.lattice!r}.torus({list(map(list, rows)) if isinstance(rows, tuple) else rows}{twist})"

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw the points, the region they come from and the periods (1 to 3 dimensions); return the artists."""
        from crystal_lfa.geometry.pictures import draw_torus

        return draw_torus(self, ax)

    def plot_frequencies(self, ax: Any = None) -> list[Any]:
        """Draw the frequencies in the first Brillouin zone (1 to 3 dimensions); return the artists."""
        from crystal_lfa.geometry.pictures import draw_frequencies

        return draw_frequencies(self, ax)
