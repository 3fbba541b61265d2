"""Lattices: all integer combinations of primitive vectors, with exact relations between lattices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystal_lfa.errors import LatticeError, NotFiniteError
from crystal_lfa.geometry import rationals
from crystal_lfa.geometry.integers import IntegerMatrix, as_integer, hermite_form, transpose, vector_list
from crystal_lfa.geometry.rationals import RationalMatrix

if TYPE_CHECKING:
    from crystal_lfa.geometry.torus import Torus

__all__ = ["Lattice"]


def _real_basis(vectors: ArrayLike) -> NDArray[np.float64]:
    """Check primitive vectors given as rows; return them as columns."""
    try:
        array = np.asarray(vectors)
    except ValueError:
        raise LatticeError(f"vectors: got {vectors!r}; d primitive vectors with d coordinates are needed") from None
    if array.dtype.kind not in "iuf":
        raise LatticeError(f"vectors: got numbers of type {array.dtype}; real primitive vectors are needed")
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.shape[0] == 0:
        message = f"vectors: got shape {array.shape}; d primitive vectors with d coordinates each are needed"
        raise LatticeError(message)
    rows = array.astype(np.float64)
    if not np.isfinite(rows).all():
        raise NotFiniteError(f"vectors: got {rows.tolist()}; primitive vectors have to be finite")
    lengths = np.linalg.norm(rows, axis=1)
    if not lengths.all() or abs(np.linalg.det(rows / lengths[:, None])) < 1e-12:
        raise LatticeError(f"vectors: got {rows.tolist()}, which are linearly dependent; a basis is needed")
    return np.ascontiguousarray(rows.T)


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
        If the vectors are linearly dependent, not real or not d of d coordinates.
    NotFiniteError
        If a coordinate is NaN or infinite.

    Notes
    -----
    A lattice keeps the basis it was given; ``==`` compares the sets of points. Lattices derived from one another
    (by `sublattice` and the like) are related exactly; of two lattices given independently the rational
    relation is recovered once, with the tolerance of ``crystal_lfa.geometry.tolerances``.

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

    # basis = root @ matrix: the real root as the user gave it, the rational matrix exact.
    _root: tuple[tuple[float, ...], ...]
    _matrix: RationalMatrix

    def __init__(self, vectors: ArrayLike) -> None:
        basis = _real_basis(vectors)
        object.__setattr__(self, "_root", tuple(tuple(row) for row in basis.tolist()))
        object.__setattr__(self, "_matrix", rationals.identity(len(basis)))

    def _derived(self, matrix: RationalMatrix) -> Lattice:
        """Return the lattice whose basis is this lattice's basis times a rational matrix."""
        lattice = object.__new__(Lattice)
        object.__setattr__(lattice, "_root", self._root)
        object.__setattr__(lattice, "_matrix", rationals.product(self._matrix, matrix))
        return lattice

    @property
    def dim(self) -> int:
        """The dimension d."""
        return len(self._root)

    @property
    def basis(self) -> NDArray[np.float64]:
        """The primitive vectors as columns, the matrix A of the formulas: shape (d, d), read-only."""
        matrix = np.array([[float(entry) for entry in row] for row in self._matrix])
        basis: NDArray[np.float64] = np.array(self._root) @ matrix
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
        return float(abs(np.linalg.det(np.array(self._root))) * abs(rationals.determinant(self._matrix)))

    @property
    def dual(self) -> Lattice:
        """The dual lattice, basis A^-T: no factor 2 pi."""
        return Lattice(np.linalg.inv(self.basis))

    def relation(self, other: Lattice) -> RationalMatrix:
        """Return the exact rational matrix X with ``other.basis = self.basis @ X``.

        Raises
        ------
        LatticeError
            If the dimensions differ, or the lattices are incommensurate up to the stated tolerance.
        """
        if self.dim != other.dim:
            message = f"lattices of dimension {self.dim} and {other.dim}: they have to live in the same space"
            raise LatticeError(message)
        between = rationals.inverse(self._matrix)
        if self._root != other._root:
            coordinates = np.linalg.solve(np.array(self._root), np.array(other._root))
            recovered, error = rationals.nearest_rational_matrix(coordinates)
            if recovered is None:
                message = (
                    f"the lattices {self!r} and {other!r} are incommensurate: coordinates of one in the other, "
                    f"{coordinates.tolist()}, miss fractions by {error:.3g}, too much for their denominators"
                )
                raise LatticeError(message)
            between = rationals.product(between, recovered)
        return rationals.product(between, other._matrix)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Lattice):
            return NotImplemented
        try:
            relation = self.relation(other)
        except LatticeError:
            return False
        return rationals.as_integers(relation) is not None and abs(rationals.determinant(relation)) == 1

    def __hash__(self) -> int:
        # Equality of independently given bases has a tolerance, so nothing real may enter the hash.
        return hash((Lattice, self.dim))

    def __repr__(self) -> str:
        return f"Lattice({[[float(f'{x:.6g}') for x in row] for row in self.vectors.tolist()]})"

    def integer_vectors(self, vectors: Any, argument: str = "vectors") -> IntegerMatrix:
        """Read a coarser lattice or periods as integer vectors (rows) in this lattice's coordinates.

        Parameters
        ----------
        vectors : int, flat sequence of int, list of vectors or Lattice
            An int n means n times this lattice, a flat sequence one factor an axis.
        argument : str
            What to call it in error messages.
        """
        if not isinstance(vectors, Lattice):
            return vector_list(vectors, self.dim, argument)
        columns = rationals.as_integers(self.relation(vectors))
        if columns is None:
            raise LatticeError(f"{argument}: {vectors!r} is not a sublattice of {self!r}")
        return transpose(columns)

    def sublattice(self, vectors: Any) -> Lattice:
        """Return the lattice of the given integer vectors, in this lattice's coordinates.

        Parameters
        ----------
        vectors : int, flat sequence of int, list of vectors (rows) or Lattice

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
        rows = self.integer_vectors(vectors)
        matrix = rationals.rational_matrix(transpose(rows))
        if rationals.determinant(matrix) == 0:
            raise LatticeError(f"vectors: got {rows}, which are linearly dependent; a basis is needed")
        return self._derived(matrix)

    def refined(self, factors: Any) -> Lattice:
        """Return the finer lattice whose sublattice by `factors` (as in `sublattice`) is this one."""
        rows = vector_list(factors, self.dim, "factors")
        matrix = rationals.rational_matrix(transpose(rows))
        if rationals.determinant(matrix) == 0:
            raise LatticeError(f"factors: got {rows}, which are linearly dependent; a basis is needed")
        return self._derived(rationals.inverse(matrix))

    def aligned(self) -> Lattice | None:
        """Return this lattice with vectors along the axes of its root, or None if it is no grid along them.

        The root is the lattice that the user gave, from which this one was derived.
        """
        form = rationals.column_hermite(self._matrix)
        if any(entry != 0 for i, row in enumerate(form) for j, entry in enumerate(row) if i != j):
            return None
        return self._derived(rationals.product(rationals.inverse(self._matrix), form))

    def generated(self, vectors: Any) -> Lattice:
        """Return the lattice that integer vectors (rows, d or more of them) generate.

        Raises
        ------
        LatticeError
            If the vectors do not span the space.
        """
        rows = tuple(tuple(as_integer(x, "vectors") for x in row) for row in vectors)
        if any(len(row) != self.dim for row in rows):
            raise LatticeError(f"vectors: got {rows}; each needs {self.dim} coordinates")
        form = hermite_form(transpose(rows)) if len(rows) >= self.dim else None
        if form is None:
            raise LatticeError(f"vectors: got {rows}, which do not span the space")
        return self._derived(rationals.rational_matrix(form[0]))

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
        own = rationals.identity(self.dim)
        return self._derived(rationals.common_sublattice(own, self.relation(other)))

    def coordinates(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return the lattice coordinates A^-1 x of Cartesian points x, shape (..., d)."""
        columns = np.asarray(points, dtype=np.float64)[..., None]
        return np.asarray(np.linalg.solve(self.basis, columns)[..., 0], dtype=np.float64)

    def cartesian(self, coordinates: ArrayLike) -> NDArray[np.float64]:
        """Return the Cartesian points A z of lattice coordinates z, shape (..., d)."""
        return np.asarray(coordinates, dtype=np.float64) @ self.vectors

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
