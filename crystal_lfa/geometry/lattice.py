"""Lattices: all integer combinations of primitive vectors, with exact relations between lattices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.errors import InvalidArgumentError, LatticeError
from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.basis import Basis, independent_vectors, real_points
from crystal_lfa.geometry.exact.integers import IntegerMatrix, transpose, vector_list
from crystal_lfa.geometry.exact.rationals import RationalMatrix

if TYPE_CHECKING:
    from crystal_lfa.geometry.torus import Torus
    from crystal_lfa.geometry.zones import BrillouinZone, Path

__all__ = ["Lattice"]


@dataclass(frozen=True, slots=True, init=False, eq=False, repr=False)
class Lattice:
    r"""A lattice :math:`L(A) = \{A z : z \in \mathbb{Z}^d\}`, the columns of A being primitive vectors.

    Parameters
    ----------
    vectors : array_like, shape (d, d), real
        The primitive vectors, one a row, in Cartesian coordinates.

    Raises
    ------
    LatticeError
        If the vectors are linearly dependent, not real, not d of d coordinates, or of absurd lengths.
    NotFiniteError
        If a coordinate is NaN or infinite.

    Notes
    -----
    A lattice keeps the basis it was given; ``==`` compares the sets of points. Lattices derived from one another
    (by `sublattice` and the like) are related exactly; of two lattices given independently the rational
    relation is recovered once, with the tolerance of ``crystal_lfa.geometry.exact.tolerances``.

    References
    ----------
    van Betteray, Rottmann, Kahl: LFA applied to CNNs (ECAI 2025), section III.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> triangular = lfa.Lattice([[1, 0], [0.5, 0.75**0.5]])
    >>> triangular == lfa.Lattice([[1, 0], [1.5, 0.75**0.5]])
    True
    >>> triangular.cell_volume
    0.866...
    """

    _basis: Basis

    def __init__(self, vectors: ArrayLike) -> None:
        object.__setattr__(self, "_basis", Basis.read(vectors))

    @classmethod
    def _with(cls, basis: Basis) -> Lattice:
        lattice = object.__new__(cls)
        object.__setattr__(lattice, "_basis", basis)
        return lattice

    def derived(self, matrix: RationalMatrix) -> Lattice:
        """Return the lattice whose basis is this lattice's basis times a rational matrix, related to it exactly."""
        return Lattice._with(self._basis.times(matrix))

    @property
    def exact_matrix(self) -> RationalMatrix:
        """The rational matrix X for which the basis is that of the lattice which the user gave, times X."""
        return self._basis.matrix

    @property
    def dim(self) -> int:
        """The dimension d."""
        return len(self.root)

    @property
    def root(self) -> tuple[tuple[float, ...], ...]:
        """The basis of the lattice which the user gave, as columns."""
        return self._basis.root

    @property
    def basis(self) -> NDArray[np.float64]:
        """The primitive vectors as columns, the matrix A of the formulas: shape (d, d), read-only."""
        basis = self._basis.array()
        basis.flags.writeable = False
        return basis

    @property
    def vectors(self) -> NDArray[np.float64]:
        """The primitive vectors as rows: shape (d, d), read-only; ``Lattice(L.vectors) == L``."""
        vectors: NDArray[np.float64] = self.basis.T
        return vectors

    @property
    def cell_volume(self) -> float:
        """The volume of a unit cell, abs(det A)."""
        return self._basis.volume()

    @property
    def dual(self) -> Lattice:
        """The dual lattice, basis A^-T: no factor 2 pi. Duals of lattices related exactly are related exactly."""
        return Lattice._with(self._basis.dual())

    def relation(self, other: Lattice) -> RationalMatrix:
        """Return the exact rational matrix X with ``other.basis = self.basis @ X``.

        Raises
        ------
        LatticeError
            If the dimensions differ, or the lattices are incommensurate up to the stated tolerance.
        """
        as_lattice(other, "other")
        if self.dim != other.dim:
            message = f"lattices of dimension {self.dim} and {other.dim}: they have to live in the same space"
            raise LatticeError(message)
        try:
            return self._basis.relation(other._basis)
        except LatticeError as error:
            names = [str(x.vectors.tolist()) if repr(self) == repr(other) else repr(x) for x in (self, other)]
            raise LatticeError(f"the lattices {' and '.join(names)} are incommensurate: {error}") from None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Lattice):
            return NotImplemented
        try:
            relation = None if self._basis == other._basis else self.relation(other)
        except LatticeError:
            return False
        integral = relation is None or rationals.as_integers(relation) is not None
        return integral and (relation is None or abs(rationals.determinant(relation)) == 1)

    def __hash__(self) -> int:
        # Equality of independently given bases has a tolerance, so nothing real may enter the hash.
        return hash((Lattice, self.dim))

    def __repr__(self) -> str:
        return f"Lattice({[[float(f'{x:.6g}') for x in row] for row in self.vectors.tolist()]})"

    def integer_vectors(self, vectors: Any, argument: str = "vectors") -> IntegerMatrix:
        """Read a coarser lattice or periods, as `sublattice` takes them, as integer vectors (rows) in this lattice."""
        if not isinstance(vectors, Lattice):
            return vector_list(vectors, self.dim, argument)
        if (columns := rationals.as_integers(self.relation(vectors))) is None:
            raise LatticeError(f"{argument}: {vectors!r} is not a sublattice of {self!r}")
        return transpose(columns)

    def sublattice(self, vectors: Any) -> Lattice:
        """Return the lattice of the given integer vectors, in this lattice's coordinates.

        Parameters
        ----------
        vectors : int, flat sequence of int, list of vectors (rows) or Lattice
            An int n means n times this lattice, a flat sequence one factor an axis.

        Raises
        ------
        LatticeError
            If the vectors are linearly dependent, or a lattice given is no sublattice.
        InvalidArgumentError
            If the entries are not integers.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> quincunx = lfa.lattices.integer(2).sublattice([[1, 1], [1, -1]])
        >>> quincunx.cell_volume
        2.0
        """
        return self.derived(independent_vectors(self.integer_vectors(vectors), "vectors"))

    def refined(self, factors: Any) -> Lattice:
        """Return the finer lattice whose sublattice by `factors` (as in `sublattice`) is this one."""
        rows = vector_list(factors, self.dim, "factors")
        return self.derived(rationals.inverse(independent_vectors(rows, "factors")))

    def intersection(self, other: Lattice) -> Lattice:
        """Return the lattice of the points that both lattices have (their least common multiple).

        Raises
        ------
        LatticeError
            If the lattices are incommensurate: their intersection then has fewer than d directions.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> line = lfa.lattices.integer(1)
        >>> line.sublattice(4).intersection(line.sublattice(6)) == line.sublattice(12)
        True
        """
        return self.derived(rationals.common_sublattice(rationals.identity(self.dim), self.relation(other)))

    def sum(self, other: Lattice) -> Lattice:
        """Return the smallest lattice that holds both lattices (their greatest common divisor).

        Raises
        ------
        LatticeError
            If the lattices are incommensurate: their sums then come arbitrarily close to one another.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> line = lfa.lattices.integer(1)
        >>> line.sublattice(4).sum(line.sublattice(6)) == line.sublattice(2)
        True
        """
        return self.derived(rationals.common_superlattice(rationals.identity(self.dim), self.relation(other)))

    def index_in(self, other: Lattice) -> int:
        """Return the index of this lattice as a sublattice of `other`: how many of its cosets `other` consists of.

        Raises
        ------
        LatticeError
            If this lattice is no sublattice of `other`.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> square = lfa.lattices.square()
        >>> square.sublattice([[2, 1], [-1, 2]]).index_in(square)
        5
        """
        relation = other.relation(self)
        if rationals.as_integers(relation) is None:
            raise LatticeError(f"other: {self!r} is not a sublattice of {other!r}, which has to contain its vectors")
        return int(abs(rationals.determinant(relation)))

    def contains(self, other: Any) -> Any:
        """Tell whether a lattice (a bool), or each of the Cartesian points (..., d), lies in this lattice.

        Integer points of a lattice whose vectors are integer are decided exactly, coordinates of other points
        within 1e-9, and the roundings of large ones, of integers.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> quincunx = lfa.lattices.square().sublattice([[1, 1], [1, -1]])
        >>> quincunx.contains(quincunx.sublattice(3)), quincunx.contains([[2, 0], [1, 0]]).tolist()
        (True, [True, False])
        """
        from crystal_lfa.geometry.membership import contains_lattice, contains_points

        return contains_lattice(self, other) if isinstance(other, Lattice) else contains_points(self._basis, other)

    def reduced(self) -> Lattice:
        """Return this lattice with short primitive vectors, for display: which ones may depend on the machine."""
        return self.shortened()[0]

    def shortened(self) -> tuple[Lattice, IntegerMatrix]:
        """Return `reduced` with the integer coordinates of its vectors in this lattice (rows)."""
        basis, rows = self._basis.shortened()
        return Lattice._with(basis), rows

    def brillouin_zone(self) -> BrillouinZone:
        """Return the first Brillouin zone: the points closer to 0 than to any other point of the dual lattice.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> zone = lfa.lattices.triangular().brillouin_zone()
        >>> len(zone.vertices), zone.volume
        (6, 1.1547...)
        """
        from crystal_lfa.geometry.zones import BrillouinZone

        return BrillouinZone(self)

    def path(self, corners: Any = None) -> Path:
        """Return a path of straight lines through the dual space, usually through high-symmetry points of the zone.

        Parameters
        ----------
        corners : sequence, optional
            Letters of high-symmetry points (``L.brillouin_zone().points``), ``"U|K"`` for a jump, or fractional
            coordinates of the dual basis; default the usual path of this kind of lattice. See `Path`.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> lfa.lattices.triangular().path(["G", "M", "K", "G"]).length
        1.577...
        """
        from crystal_lfa.geometry.zones import Path

        return Path(self, corners)

    def coordinates(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the lattice coordinates A^-1 x of Cartesian points x, shape (..., d)."""
        columns = real_points(points, self.dim, "points")[..., None]
        return np.asarray(np.linalg.solve(self.basis, columns)[..., 0], dtype=np.float64)

    def cartesian(self, coordinates: ArrayLike) -> NDArray[np.float64]:
        """Return the Cartesian points A z of lattice coordinates z, shape (..., d)."""
        return real_points(coordinates, self.dim, "coordinates") @ self.vectors

    def torus(self, periods: Any, twist: Any = None) -> Torus:
        r"""Return this lattice modulo periods: :math:`L(A) / (A N \mathbb{Z}^d)`.

        Parameters
        ----------
        periods : int, flat sequence of int, list of vectors (rows) or Torus
            In this lattice's coordinates. A `Torus` of any lattice whose periods lie in this one is seen from
            this lattice: same Cartesian periods, same twist.
        twist : number or sequence of d numbers, default 0
            Going once along period i multiplies by exp(2 pi i twist_i); reduced modulo 1.

        Returns
        -------
        Torus

        Raises
        ------
        TorusError
            If the periods are singular, not integer or (of a `Torus`) do not lie in this lattice, or if a
            twist is given beside a `Torus`, which has its own.

        Examples
        --------
        >>> import crystal_lfa as lfa
        >>> pixels = lfa.lattices.integer(2).torus((6, 4))
        >>> lfa.lattices.integer(2).sublattice(2).torus(pixels).shape
        (3, 2)
        """
        from crystal_lfa.geometry.torus import Torus

        return Torus(self, periods, twist)

    def plot(self, ax: Any = None) -> list[Any]:
        """Draw points, primitive vectors and their cell (1 to 3 dimensions); return the artists."""
        from crystal_lfa.geometry.pictures import draw_lattice

        return draw_lattice(self, ax)


def as_lattice(value: Any, argument: str) -> Lattice:
    """Return a lattice; anything else is refused."""
    if not isinstance(value, Lattice):
        raise InvalidArgumentError(f"{argument}: got {value!r} of type {type(value).__name__}; a Lattice is needed")
    return value
