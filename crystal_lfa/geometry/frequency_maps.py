r"""Linear maps of frequencies, :math:`\kappa \mapsto G^{-T} \kappa`, as permutations of a torus's frequency numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry.characters import Characters
from crystal_lfa.geometry.exact.integers import IntegerMatrix, apply_matrix, scaled_triangular_inverse
from crystal_lfa.geometry.torus import Torus

__all__ = ["FrequencyMap", "Images", "columns_of", "frequency_maps"]

_LARGEST = 2**20
"""Entries of periods and maps up to which products of three of them are exact in 64 bits."""

_LARGEST_TABLE = 2**16
"""Points along an axis up to which images are looked up."""


@dataclass(frozen=True, slots=True, eq=False)
class FrequencyMap:
    r"""A map of the frequencies of a torus to themselves: of g, where :math:`\kappa = H^{-T}(g + t)`, affine.

    Attributes
    ----------
    characters : Characters
    matrix : the integer matrix V
    shift : the integer vector s, the image of g being V g + s modulo H^T
    conjugated : bool
        Whether values at the image are the complex conjugates.
    """

    characters: Characters
    matrix: IntegerMatrix
    shift: tuple[int, ...]
    conjugated: bool

    def __call__(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers of the images of frequencies with these numbers."""
        return self.prepared()(columns_of(self.characters, numbers))

    def prepared(self) -> Images:
        """Return the same map of coordinates, with its tables: for many calls."""
        return Images(self)


class Images:
    """The numbers of images, from the coordinates of frequencies in the box, an array an axis."""

    def __init__(self, of: FrequencyMap) -> None:
        self._map = of
        shape = of.characters.shape
        rows = of.characters.hermite
        diagonal = all(entry == 0 or i == j for i, row in enumerate(rows) for j, entry in enumerate(row))
        self._tables = _tables(of, shape) if diagonal and max(shape) <= _LARGEST_TABLE else None

    def __call__(self, columns: tuple[NDArray[np.int64], ...]) -> NDArray[np.int64]:
        """Return the numbers of the images."""
        if self._tables is not None:
            total = np.zeros_like(columns[0])
            for shares, table in self._tables:
                place = sum(share[columns[axis]] for axis, share in shares)
                total += place if table is None else table[place]
            return total
        box = apply_matrix(self._map.matrix, np.stack(columns, axis=-1)) + np.array(self._map.shift)
        return np.asarray(self._map.characters.number_of(box), dtype=np.int64)


_Tables = list[tuple[list[tuple[int, NDArray[np.int64]]], NDArray[np.int64] | None]]


def _tables(of: FrequencyMap, shape: tuple[int, ...]) -> _Tables:
    """Return, for each axis of the image, which axes it comes from with tables of their shares, and one of the sums."""
    tables: _Tables = []
    for i, (row, shift) in enumerate(zip(of.matrix, of.shift, strict=True)):
        extent, stride = shape[i], math.prod(shape[i + 1 :])
        sources = [axis for axis, entry in enumerate(row) if entry % extent] or [0]
        shares = [
            (axis, (np.arange(shape[axis]) * (row[axis] % extent) + (0 if place else shift)) % extent)
            for place, axis in enumerate(sources)
        ]
        if len(shares) == 1:
            tables.append(([(shares[0][0], shares[0][1] * stride)], None))
        else:
            tables.append((shares, np.arange(len(shares) * extent) % extent * stride))
    return tables


def columns_of(characters: Characters, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """Return the coordinates in the box of frequencies with these numbers, an array an axis."""
    return tuple(np.asarray(column) for column in np.unravel_index(numbers, characters.shape))


def frequency_maps(torus: Torus, matrices: NDArray[np.int64], *, real: bool) -> tuple[FrequencyMap, ...]:
    r"""Return how a group of integer matrices G acts on a torus's frequencies, for those that map it to itself.

    The frequencies :math:`\kappa \in H^{-T}(\mathbb{Z}^d + t)` go to :math:`G^{-T} \kappa`, which are frequencies
    of the torus where :math:`V = H^T G^{-T} H^{-T}` is an integer matrix and V t equals t modulo 1.

    Parameters
    ----------
    torus : Torus
    matrices : (g, d, d) int64
        With each its inverse.
    real : bool
        Whether values at the opposite frequency are the complex conjugates: then -G acts as well.

    Returns
    -------
    tuple of FrequencyMap
        Each map once, without the identity; those that conjugate nothing first.

    Examples
    --------
    The square's symmetries on a torus of 4 x 4 points, of which half carry a twist that differs along the axes:

    >>> import crystal_lfa as lfa
    >>> from crystal_lfa.geometry.isometries import isometries
    >>> square = lfa.lattices.square()
    >>> [len(frequency_maps(square.torus(4, t), isometries(square), real=True)) for t in (0, 0.5, (0.5, 0))]
    [7, 7, 3]
    """
    characters = torus.characters
    inverse, exponent = scaled_triangular_inverse(characters.hermite)
    sizes = [abs(entry) for matrix in (characters.hermite, inverse) for row in matrix for entry in row]
    if not len(matrices) or max(*sizes, int(np.abs(matrices).max())) > _LARGEST:
        return ()
    hermite = np.array(characters.hermite, dtype=np.int64)
    # Of a group G and its inverse run through the same matrices.
    scaled = np.array(inverse, dtype=np.int64) @ matrices @ hermite
    fits = (scaled % exponent == 0).all(axis=(1, 2))
    changes = (scaled[fits] // exponent).transpose(0, 2, 1)
    scale = math.lcm(*(entry.denominator for entry in characters.twist))
    if scale > _LARGEST:
        return ()
    twist = np.array([int(entry * scale) for entry in characters.twist], dtype=np.int64)
    maps: dict[IntegerMatrix, FrequencyMap] = {}
    for sign in (1, -1) if real else (1,):
        shifts = sign * changes @ twist - twist
        kept = (shifts % scale == 0).all(axis=1)
        for change, shift in zip((sign * changes[kept]).tolist(), (shifts[kept] // scale).tolist(), strict=True):
            matrix = tuple(tuple(row) for row in change)
            maps.setdefault(matrix, FrequencyMap(characters, matrix, tuple(shift), sign < 0))
    unit = tuple(tuple(int(i == j) for j in range(len(twist))) for i in range(len(twist)))
    maps.pop(unit, None)
    return tuple(maps.values())
