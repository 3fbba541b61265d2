"""Named crystals: functions that return the general type, the lattice constant being a."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from crystal_lfa.geometry import lattices
from crystal_lfa.geometry.crystal import Crystal
from crystal_lfa.geometry.exact.basis import positive_length
from crystal_lfa.geometry.lattice import Lattice

__all__ = ["cscl", "diamond", "edges", "honeycomb", "kagome", "lieb", "nacl", "staggered"]

_HALF, _THIRD, _QUARTER = Fraction(1, 2), Fraction(1, 3), Fraction(1, 4)
_AXES = "xyz"


def honeycomb(a: float = 1.0) -> Crystal:
    """Return the honeycomb crystal (graphene): two sites a cell, 3 neighbours at a / sqrt 3.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.crystals.honeycomb().shells()[0].coordination
    (3, 3)
    """
    return Crystal(lattices.triangular(a), [[_THIRD, _THIRD], [2 * _THIRD, 2 * _THIRD]], labels=["A", "B"])


def kagome(a: float = 1.0) -> Crystal:
    """Return the kagome crystal: the mid-points of the triangular lattice's bonds, 4 neighbours at a / 2."""
    return Crystal(lattices.triangular(a), [[0, 0], [_HALF, 0], [0, _HALF]], labels=["A", "B", "C"])


def lieb(a: float = 1.0) -> Crystal:
    """Return the Lieb crystal: the corners and edge mid-points of squares, with 4 and 2 neighbours at a / 2."""
    return Crystal(lattices.square(a), [[0, 0], [_HALF, 0], [0, _HALF]], labels=["corner", "x", "y"])


def diamond(a: float = 1.0) -> Crystal:
    """Return the diamond crystal in a cube of edge a: two fcc lattices, 4 neighbours at a sqrt(3) / 4."""
    return Crystal(lattices.fcc(a), [[0, 0, 0], [_QUARTER] * 3], labels=["A", "B"])


def cscl(a: float = 1.0) -> Crystal:
    """Return the caesium chloride crystal: corners and centres of cubes of edge a, 8 neighbours at a sqrt(3) / 2."""
    return Crystal(lattices.cubic(a), [[0, 0, 0], [_HALF] * 3], labels=["Cs", "Cl"])


def nacl(a: float = 1.0) -> Crystal:
    """Return the rock salt crystal in a cube of edge a: two fcc lattices, 6 neighbours at a / 2."""
    return Crystal(lattices.fcc(a), [[0, 0, 0], [_HALF] * 3], labels=["Na", "Cl"])


def staggered(dimension: int, h: float = 1.0) -> Crystal:
    """Return the staggered (marker-and-cell) grid of cells of width h: velocities on faces, a pressure in the middle.

    The d velocities come first, component i in the middle of the face orthogonal to axis i at the cell's lower end,
    then the pressure.

    Raises
    ------
    LatticeError
        If the dimension is not positive.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> grid = lfa.crystals.staggered(2)
    >>> grid.labels, grid.sites.tolist()
    (('u', 'v', 'p'), [[0.0, 0.5], [0.5, 0.0], [0.5, 0.5]])
    """
    size = lattices.integer(dimension).dim
    faces = [[0 if i == j else _HALF for j in range(size)] for i in range(size)]
    names = list("uvw"[:size]) if size <= len("uvw") else [f"u{i}" for i in range(size)]
    return Crystal(Lattice(positive_length(h, "h") * np.eye(size)), [*faces, [_HALF] * size], labels=[*names, "p"])


def edges(dimension: int, h: float = 1.0) -> Crystal:
    """Return the edges of a grid of cells of width h: a site in the middle of the edge along each axis.

    They carry the lowest-order edge elements of curl-curl problems.

    Raises
    ------
    LatticeError
        If the dimension is not positive.

    Examples
    --------
    >>> import crystal_lfa as lfa
    >>> lfa.crystals.edges(3).sites.tolist()
    [[0.5, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, 0.0, 0.5]]
    """
    size = lattices.integer(dimension).dim
    sites = [[_HALF if i == j else 0 for j in range(size)] for i in range(size)]
    names = list(_AXES[:size]) if size <= len(_AXES) else [f"x{i}" for i in range(size)]
    return Crystal(Lattice(positive_length(h, "h") * np.eye(size)), sites, labels=names)
