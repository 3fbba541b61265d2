"""Tori: a lattice modulo periods, its points, its frequencies and its wave functions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.errors import InvalidArgumentError, LatticeError, NotFiniteError, TorusError
from crystal_lfa.geometry import rationals
from crystal_lfa.geometry.integers import (
    IntegerMatrix,
    axes_of,
    box_points,
    hermite_form,
    integer_array,
    integer_points,
    modular_product,
    product,
    reduce_points,
    scaled_triangular_inverse,
    transpose,
)
from crystal_lfa.geometry.lattice import Lattice
from crystal_lfa.geometry.roots import roots_of_unity
from crystal_lfa.geometry.tolerances import TWIST_TOLERANCE

__all__ = ["Torus"]

_LARGEST_ROOT_ORDER = 2**31


def _read_twist(twist: Any, dimension: int) -> tuple[Fraction, ...]:
    """Return one exact fraction in [0, 1) a period."""
    entries = [twist] * dimension if axes_of(twist) == 0 else list(twist)
    if len(entries) != dimension:
        raise TorusError(f"twist: got {len(entries)} numbers; one, or one a period ({dimension}), is needed")
    exact = []
    for entry in entries:
        if isinstance(entry, Fraction):
            exact.append(entry % 1)
            continue
        number = np.asarray(entry)
        if number.ndim or number.dtype.kind not in "iuf":
            raise TorusError(f"twist: got {entry!r}; real numbers are needed")
        if not np.isfinite(number):
            raise NotFiniteError(f"twist: got {entry!r}; finite numbers are needed")
        given = Fraction(number.item())
        simple = rationals.nearest_simple_fraction(given, TWIST_TOLERANCE)
        exact.append((given if simple is None else simple) % 1)
    return tuple(exact)


def _seen_from(lattice: Lattice, torus: Torus) -> IntegerMatrix:
    """Return the periods of a torus of another lattice, as rows of integers in this lattice's coordinates."""
    try:
        relation = lattice.relation(torus.lattice)
    except LatticeError as error:
        message = (
            f"periods: {torus!r} is a torus of another lattice and cannot be seen from {lattice!r}; make it with this "
            f"lattice's own torus(): {error}"
        )
        raise TorusError(message) from None
    columns = rationals.product(relation, rationals.rational_matrix(transpose(torus.period_vectors)))
    integers = rationals.as_integers(columns)
    if integers is None:
        message = (
            f"periods: {torus!r} has periods that do not lie in {lattice!r}: in its coordinates they are "
            f"{[[str(x) for x in row] for row in zip(*columns, strict=True)]}; "
            "each has to be a combination of the primitive vectors (a stride has to divide the input)"
        )
        raise TorusError(message)
    return transpose(integers)


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
    exact_twist: tuple[Fraction, ...]
    _hermite: IntegerMatrix
    _transform: IntegerMatrix
    _hermite_twist: tuple[Fraction, ...]

    def __init__(self, lattice: Lattice, periods: Any, twist: Any = None) -> None:
        if isinstance(periods, Torus):
            if twist is not None:
                message = f"twist: got {twist!r} beside the torus {periods!r}, which has a twist of its own; give one"
                raise TorusError(message)
            exact_twist = periods.exact_twist
            rows = _seen_from(lattice, periods)
        else:
            exact_twist = _read_twist(0 if twist is None else twist, lattice.dim)
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
        set_field(self, "_hermite", hermite)
        set_field(self, "_transform", transform)
        twisted = (sum((u * t for u, t in zip(c, exact_twist, strict=True)), Fraction(0)) for c in transpose(transform))
        set_field(self, "_hermite_twist", tuple(entry % 1 for entry in twisted))

    @property
    def periods(self) -> NDArray[Any]:
        """The periods as given, one a row, in the lattice's coordinates: shape (d, d), integers, read-only."""
        return integer_array(self.period_vectors)

    @property
    def twist(self) -> NDArray[np.float64]:
        """The twist, one number in [0, 1) a period: shape (d,), read-only."""
        return _below_one(np.array([float(entry) for entry in self.exact_twist]))

    @property
    def shape(self) -> tuple[int, ...]:
        """The grid in which points and frequencies come, in C order: the diagonal of the Hermite form."""
        return tuple(row[i] for i, row in enumerate(self._hermite))

    @property
    def order(self) -> int:
        """The number of points, and of frequencies: abs(det N)."""
        return math.prod(self.shape)

    @property
    def has_real_functions(self) -> bool:
        """Whether every twist is 0 or 1/2, so that -kappa is admissible with kappa and phases are +-1."""
        return all((2 * entry).denominator == 1 for entry in self.exact_twist)

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
        inverse, exponent = scaled_triangular_inverse(self._hermite)
        box = box_points(self.shape, np.asarray(numbers, dtype=np.int64))
        exact = modular_product(box, inverse, exponent)
        frequencies = exact.astype(np.float64) / float(exponent) + [float(x) for x in self._frequency_shift()]
        return _below_one(frequencies % 1.0)

    def _frequency_shift(self) -> tuple[Fraction, ...]:
        """Return H^-T t_H mod 1, the frequency of number zero."""
        inverse, exponent = scaled_triangular_inverse(self._hermite)
        entries = rationals.apply(rationals.rational_matrix(transpose(inverse)), self._hermite_twist)
        return tuple(entry / exponent % 1 for entry in entries)

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
        columns = integer_points(points, self.lattice.dim, "points")
        inverse, exponent = scaled_triangular_inverse(self._hermite)
        dual = modular_product(columns, transpose(inverse), exponent)
        box = box_points(self.shape, np.asarray(numbers, dtype=np.int64))
        exponents = modular_product(box, tuple(tuple(row) for row in dual.T.tolist()), exponent)
        shift = self._frequency_shift()
        if not any(shift):
            return roots_of_unity(exponents, exponent)
        turns = [float(sum(s * z for s, z in zip(shift, point, strict=True)) % 1) for point in columns.tolist()]
        return roots_of_unity(exponents, exponent, np.array(turns))

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
        box, quotient = reduce_points(array, self._hermite)
        kind = np.int64 if self.order < 2**62 else object
        index = np.zeros(array.shape[:-1], dtype=kind)
        for axis, extent in enumerate(self.shape):
            index = index * extent + box[..., axis]
        return index, _integer_product(quotient, self._transform)

    def index(self, points: ArrayLike) -> NDArray[Any]:
        """Return the numbers of lattice points on the torus: (..., d) integers -> (...)."""
        return self.locate(points)[0]

    def winding_phases(self, winding: NDArray[Any]) -> NDArray[Any]:
        r"""Return :math:`e^{2\pi i\, t \cdot w}` for windings (..., d): float64 where all are +-1, else complex128."""
        denominator = math.lcm(*(entry.denominator for entry in self.exact_twist))
        if denominator <= _LARGEST_ROOT_ORDER:
            numerators = tuple((int(entry * denominator),) for entry in self.exact_twist)
            phases = roots_of_unity(modular_product(winding, numerators, denominator)[..., 0], denominator)
        else:
            turns = np.zeros(winding.shape[:-1])
            for axis, twist in enumerate(self.exact_twist):
                # Few windings differ, and exact fractions keep their digits however often a point winds.
                numbers, places = np.unique(winding[..., axis], return_inverse=True)
                table = np.array([float(twist * int(number) % 1) for number in numbers])
                turns += table[places].reshape(turns.shape)
            phases = roots_of_unity(np.zeros(turns.shape, dtype=np.int64), 1, turns % 1.0)
        return phases.real.copy() if self.has_real_functions else phases

    def conjugate_frequencies(self, numbers: ArrayLike) -> NDArray[np.int64]:
        """Return the numbers of the frequencies -kappa, for the numbers of frequencies kappa.

        Raises
        ------
        TorusError
            If a twist is neither 0 nor 1/2: -kappa is then not a frequency of this torus.
        """
        if not self.has_real_functions:
            message = f"the twist {self.twist.tolist()} has no conjugate frequencies; each entry has to be 0 or 1/2"
            raise TorusError(message)
        box = box_points(self.shape, np.asarray(numbers, dtype=np.int64))
        opposite = -box - np.array([int(2 * entry) for entry in self._hermite_twist])
        # Frequency numbers are reduced modulo H^T, upper triangular: reversing the axes makes it lower.
        reversed_transpose = tuple(tuple(reversed(row)) for row in reversed(transpose(self._hermite)))
        reduced = reduce_points(opposite[..., ::-1], reversed_transpose)[0][..., ::-1]
        numbers = np.ravel_multi_index(tuple(np.moveaxis(reduced, -1, 0)), self.shape)
        return np.asarray(numbers, dtype=np.int64)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Torus):
            return NotImplemented
        if self.lattice != other.lattice:
            return False
        seen = other if other.lattice.relation(self.lattice) == rationals.identity(self.lattice.dim) else None
        seen = seen or Torus(self.lattice, other)
        return self._hermite == seen._hermite and self._hermite_twist == seen._hermite_twist

    def __hash__(self) -> int:
        return hash((Torus, self.order))

    def __repr__(self) -> str:
        rows: Sequence[Any] = self.period_vectors
        if all(entry == 0 or i == j for i, row in enumerate(rows) for j, entry in enumerate(row)):
            rows = [row[i] for i, row in enumerate(rows)]
        twist = f", twist={self.twist.tolist()}" if any(self.exact_twist) else ""
        return f"{self.lattice!r}.torus({list(map(list, rows)) if isinstance(rows, tuple) else rows}{twist})"


def _below_one(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replace numbers that rounding has lifted to 1 by 0, and make the array read-only."""
    numbers[numbers >= 1.0] = 0.0
    numbers.flags.writeable = False
    return numbers


def _integer_product(quotient: NDArray[Any], transform: IntegerMatrix) -> NDArray[Any]:
    """Return U q for integer vectors q (..., d), exactly."""
    if transform == tuple(tuple(int(i == j) for j in range(len(transform))) for i in range(len(transform))):
        return quotient
    rows = transpose(transform)
    large = max(abs(entry) for row in rows for entry in row) * (int(np.abs(quotient).max(initial=0)) + 1) * len(rows)
    if large < 2**62:
        return np.asarray(quotient.astype(np.int64) @ np.array(rows, dtype=np.int64))
    flat = tuple(tuple(int(x) for x in point) for point in quotient.reshape(-1, len(rows)).tolist())
    return np.array(product(flat, rows), dtype=object).reshape(quotient.shape)
