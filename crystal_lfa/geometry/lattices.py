"""Named lattices: functions that return the general type. Lengths are in one unit of the user's."""

from __future__ import annotations

import math

import numpy as np

from crystal_lfa.errors import InvalidArgumentError, LatticeError
from crystal_lfa.geometry.exact.basis import positive_length
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.geometry.inclusion import hasse_diagram
from crystal_lfa.geometry.lattice import Lattice

__all__ = [
    "bcc",
    "cubic",
    "fcc",
    "hasse_diagram",
    "hexagonal",
    "integer",
    "oblique",
    "rectangular",
    "square",
    "tetragonal",
    "triangular",
]


def integer(dimension: int) -> Lattice:
    """Return the lattice of integer vectors Z^d: the pixels of an image (d = 2), the samples of a signal (d = 1).

    Raises
    ------
    LatticeError
        If the dimension is not positive.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.lattices.integer(2)
    Lattice([[1.0, 0.0], [0.0, 1.0]])
    """
    size = as_integer(dimension, "dimension")
    if size < 1:
        raise LatticeError(f"dimension: got {size}; a positive integer is needed")
    return Lattice(np.eye(size))


def square(a: float = 1.0) -> Lattice:
    """Return the square lattice with vectors (a, 0), (0, a)."""
    return Lattice(positive_length(a, "a") * np.eye(2))


def rectangular(a: float, b: float) -> Lattice:
    """Return the rectangular lattice with vectors (a, 0), (0, b)."""
    return Lattice(np.diag([positive_length(a, "a"), positive_length(b, "b")]))


def oblique(a: float, b: float, degrees: float) -> Lattice:
    """Return the plane lattice with a vector of length a along the first axis, and one of length b at an angle to it.

    Raises
    ------
    InvalidArgumentError
        If a length is not positive, or the angle is not between 0 and 180 degrees.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.lattices.oblique(1, 1, 60) == lfa.lattices.triangular()
    True
    """
    angle = math.radians(positive_length(degrees, "degrees"))
    if angle >= math.pi:
        raise InvalidArgumentError(f"degrees: got {degrees!r}; an angle between 0 and 180 is needed")
    length = positive_length(b, "b")
    return Lattice([[positive_length(a, "a"), 0.0], [length * math.cos(angle), length * math.sin(angle)]])


def triangular(a: float = 1.0) -> Lattice:
    """Return the triangular lattice of nearest neighbours at distance a: vectors (a, 0) and, at 60 degrees, the other.

    It is also called hexagonal, after its zone; `hexagonal` is the lattice in three dimensions.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.Crystal(lfa.lattices.triangular()).shells()[0].coordination
    (6,)
    """
    return Lattice(positive_length(a, "a") * np.array([[1.0, 0.0], [0.5, math.sqrt(0.75)]]))


def cubic(a: float = 1.0) -> Lattice:
    """Return the simple cubic lattice with vectors of length a along the axes."""
    return Lattice(positive_length(a, "a") * np.eye(3))


def tetragonal(a: float, c: float) -> Lattice:
    """Return the simple tetragonal lattice with vectors of lengths a, a, c along the axes."""
    return Lattice(np.diag([positive_length(a, "a"), positive_length(a, "a"), positive_length(c, "c")]))


def fcc(a: float = 1.0) -> Lattice:
    """Return the face-centred cubic lattice in a cube of edge a: vectors a/2 (0,1,1), a/2 (1,0,1), a/2 (1,1,0)."""
    return Lattice(positive_length(a, "a") / 2 * np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]))


def bcc(a: float = 1.0) -> Lattice:
    """Return the body-centred cubic lattice in a cube of edge a: vectors a/2 (-1,1,1), a/2 (1,-1,1), a/2 (1,1,-1)."""
    return Lattice(positive_length(a, "a") / 2 * np.array([[-1, 1, 1], [1, -1, 1], [1, 1, -1]]))


def hexagonal(a: float = 1.0, c: float = 1.0) -> Lattice:
    """Return the simple hexagonal lattice: triangular layers of spacing a in the plane, at distance c."""
    width, height = positive_length(a, "a"), positive_length(c, "c")
    return Lattice([[width, 0.0, 0.0], [width / 2, width * math.sqrt(0.75), 0.0], [0.0, 0.0, height]])
