"""High-symmetry points of the common lattices, whatever basis, orientation and scale a lattice is given in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry.exact import rationals
from crystal_lfa.geometry.exact.tolerances import DISTANCE_TOLERANCE, LARGEST_RELATION, NEARLY_SYMMETRIC
from crystal_lfa.geometry.lattice import Lattice

__all__ = ["SymmetryPoints", "nearly", "symmetry_points"]

Point = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class SymmetryPoints:
    """The kind of a lattice, its high-symmetry points, and the usual path through them.

    Attributes
    ----------
    kind : str
    points : mapping from letters to exact fractional coordinates of the lattice's dual basis
    path : tuple of str, as `Lattice.path` takes them
    """

    kind: str
    points: Mapping[str, Point]
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What primitive vectors of a kind of lattice look like, and its points in the basis dual to them.

    Attributes
    ----------
    equal : which vector each has the length of
    cosines : of the angles between vectors 1 2, 1 3, 2 3
    """

    name: str
    equal: tuple[int, ...]
    cosines: tuple[float, ...]
    points: str
    path: str

    def cosine(self, i: int, j: int) -> float:
        return self.cosines[i + j - 1]

    def coordinates(self) -> Iterator[tuple[str, Point]]:
        """Yield letters and points."""
        for item in self.points.split(";"):
            letter, *numbers = item.split()
            yield letter, tuple(Fraction(number) for number in numbers)


# The more symmetric kinds first. Points and paths in space as in W. Setyawan and S. Curtarolo, High-throughput
# electronic band structure calculations, Computational Materials Science 49 (2010), tables 2 to 21, there for a
# hexagonal basis of 120 degrees.
_KINDS = (
    _Kind("one-dimensional", (0,), (), "G 0; X 1/2", "G X"),
    _Kind("square", (0, 0), (0,), "G 0 0; X 1/2 0; M 1/2 1/2", "G X M G"),
    _Kind("triangular", (0, 0), (0.5,), "G 0 0; M 1/2 1/2; K 2/3 1/3", "G M K G"),
    _Kind("rectangular", (0, 1), (0,), "G 0 0; X 1/2 0; Y 0 1/2; S 1/2 1/2", "G X S Y G S"),
    _Kind("cubic", (0, 0, 0), (0, 0, 0), "G 0 0 0; X 0 1/2 0; M 1/2 1/2 0; R 1/2 1/2 1/2", "G X M G R X|M R"),
    _Kind(
        "face-centred cubic",
        (0, 0, 0),
        (0.5, 0.5, 0.5),
        "G 0 0 0; X 1/2 0 1/2; W 1/2 1/4 3/4; K 3/8 3/8 3/4; L 1/2 1/2 1/2; U 5/8 1/4 5/8",
        "G X W K G L U W L K|U X",
    ),
    _Kind(
        "body-centred cubic",
        (0, 0, 0),
        (-1 / 3, -1 / 3, -1 / 3),
        "G 0 0 0; H 1/2 -1/2 1/2; P 1/4 1/4 1/4; N 0 0 1/2",
        "G H N G P H|P N",
    ),
    _Kind(
        "hexagonal",
        (0, 0, 2),
        (0.5, 0, 0),
        "G 0 0 0; M 1/2 1/2 0; K 2/3 1/3 0; A 0 0 1/2; L 1/2 1/2 1/2; H 2/3 1/3 1/2",
        "G M K G A L H A|L M|K H",
    ),
    _Kind(
        "tetragonal",
        (0, 0, 2),
        (0, 0, 0),
        "G 0 0 0; X 0 1/2 0; M 1/2 1/2 0; Z 0 0 1/2; R 0 1/2 1/2; A 1/2 1/2 1/2",
        "G X M G Z R A Z|X R|M A",
    ),
    _Kind(
        "orthorhombic",
        (0, 1, 2),
        (0, 0, 0),
        "G 0 0 0; X 1/2 0 0; Y 0 1/2 0; S 1/2 1/2 0; Z 0 0 1/2; U 1/2 0 1/2; T 0 1/2 1/2; R 1/2 1/2 1/2",
        "G X S Y G Z U R T Z|Y T|U X|S R",
    ),
)


def nearly(lattice: Lattice) -> str | None:
    """Return the kind that a lattice of unknown kind would have but for rounded coordinates, None if there is none."""
    found = None if symmetry_points(lattice) else symmetry_points(lattice, NEARLY_SYMMETRIC)
    return found.kind if found else None


def symmetry_points(lattice: Lattice, tolerance: float = DISTANCE_TOLERANCE) -> SymmetryPoints | None:
    """Return the high-symmetry points of a lattice, or None if it is of none of the kinds known here.

    Lengths and cosines of angles may differ by `tolerance`.

    Where a lattice's own vectors look like those of its kind, letters have the coordinates of the tables; else the
    points are transformed from vectors of the lattice that do.
    """
    candidates = _short_vectors(lattice)
    if candidates is None:
        return None
    for kind in _KINDS:
        if len(kind.equal) != lattice.dim:
            continue
        vectors = next(_matching(kind, lattice, candidates, tolerance), None)
        if vectors is not None:
            # A basis A U has the dual A^-T U^-T.
            change = rationals.inverse(rationals.rational_matrix(vectors))
            points = {letter: rationals.apply(change, point) for letter, point in kind.coordinates()}
            return SymmetryPoints(kind.name, points, tuple(kind.path.split()))
    return None


def _short_vectors(lattice: Lattice) -> NDArray[np.int64] | None:
    """Return integer coordinates of the lattice's own vectors, then of all short ones in a fixed order.

    None where floats do not hold them: the lattice's own vectors are very skew.
    """
    short_rows = lattice.shortened()[1]
    if max(abs(entry) for row in short_rows for entry in row) > LARGEST_RELATION:
        return None
    rows = np.array(short_rows, dtype=np.int64)
    axes = [np.arange(-2, 3)] * lattice.dim
    short = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, lattice.dim) @ rows
    ordered = sorted(short.tolist(), key=lambda z: (sum(abs(x) for x in z), [-x for x in z]))
    own = np.eye(lattice.dim, dtype=np.int64).tolist()
    return np.array([*own, *(z for z in ordered if any(z) and z not in own)])


def _matching(
    kind: _Kind, lattice: Lattice, candidates: NDArray[np.int64], tolerance: float, chosen: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[int, ...], ...]]:
    """Yield the bases (rows) from among the candidates that look like the kind, extending those chosen."""
    if len(chosen) == lattice.dim:
        vectors = tuple(tuple(row) for row in candidates[list(chosen)].tolist())
        if abs(rationals.determinant(rationals.rational_matrix(vectors))) == 1:
            yield vectors
        return
    cartesian = lattice.cartesian(candidates)
    lengths = np.linalg.norm(cartesian, axis=1)
    i = len(chosen)
    fits = np.ones(len(candidates), dtype=bool)
    for j, k in enumerate(chosen):
        cosines = cartesian @ cartesian[k] / (lengths * lengths[k])
        fits &= np.abs(cosines - kind.cosine(i, j)) <= tolerance
    if kind.equal[i] < i:
        wanted = lengths[chosen[kind.equal[i]]]
        fits &= np.abs(lengths - wanted) <= tolerance * wanted
    for number in np.flatnonzero(fits).tolist():
        yield from _matching(kind, lattice, candidates, tolerance, (*chosen, number))
