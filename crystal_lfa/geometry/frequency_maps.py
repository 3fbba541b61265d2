r"""Linear maps of frequencies, :math:`\kappa \mapsto G^{-T} \kappa`, as permutations of a torus's frequency numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.geometry.characters import Characters
from crystal_lfa.geometry.exact.integers import IntegerMatrix, apply_matrix, is_diagonal, scaled_triangular_inverse
from crystal_lfa.geometry.torus import Torus

__all__ = ["FrequencyMap", "Images", "columns_of", "frequency_maps", "prepared"]

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
        return prepared([self])[0](columns_of(self.characters, numbers))


Images = Callable[[tuple[NDArray[np.int64], ...]], NDArray[np.int64]]
"""From the coordinates of frequencies in the box, an array an axis, to the numbers of their images."""


def prepared(maps: Sequence[FrequencyMap]) -> list[Images]:
    """Return maps of one torus with tables in which they look up images: for many calls."""
    if not maps:
        return []
    shape = maps[0].characters.shape
    if not is_diagonal(maps[0].characters.hermite) or max(shape) > _LARGEST_TABLE:
        return [partial(_computed, one) for one in maps]
    tables = _Tables(shape)
    return [partial(_looked_up, [tables.of_axis(one, i) for i in range(len(shape))]) for one in maps]


def _computed(of: FrequencyMap, columns: tuple[NDArray[np.int64], ...]) -> NDArray[np.int64]:
    box = apply_matrix(of.matrix, np.stack(columns, axis=-1)) + np.array(of.shift)
    return np.asarray(of.characters.number_of(box), dtype=np.int64)


_Axis = tuple[list[tuple[int, NDArray[np.int64]]], NDArray[np.int64] | None]
"""Which axes one axis of an image comes from, with tables of their shares; and one of the sums, if they are several."""


def _looked_up(axes: list[_Axis], columns: tuple[NDArray[np.int64], ...]) -> NDArray[np.int64]:
    contributions = []
    for shares, table in axes:
        place = _sum([share[columns[axis]] for axis, share in shares])
        contributions.append(place if table is None else table[place])
    return _sum(contributions)


def _sum(terms: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the sum of arrays, in the place of the first."""
    total, *others = terms
    for other in others:
        total += other
    return total


class _Tables:
    """Tables of the multiples of entries modulo the extents of a box: many maps have the same."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._shape = shape
        self._known: dict[tuple[int, ...], NDArray[np.int64]] = {}

    def _multiples(self, axis: int, entry: int, shift: int, goal: int, stride: int) -> NDArray[np.int64]:
        key = (axis, entry, shift, goal, stride)
        if key not in self._known:
            extent = self._shape[goal]
            self._known[key] = (np.arange(self._shape[axis]) * entry + shift) % extent * stride
        return self._known[key]

    def of_axis(self, of: FrequencyMap, goal: int) -> _Axis:
        """Return the tables of one axis of the image; their entries add up to what it contributes to the number."""
        extent, stride = self._shape[goal], math.prod(self._shape[goal + 1 :])
        row, shift = of.matrix[goal], of.shift[goal] % extent
        sources = [axis for axis, entry in enumerate(row) if entry % extent] or [0]
        if len(sources) == 1:
            axis = sources[0]
            return [(axis, self._multiples(axis, row[axis] % extent, shift, goal, stride))], None
        # The shift once, with the first.
        shares = [
            (axis, self._multiples(axis, row[axis] % extent, 0 if place else shift, goal, 1))
            for place, axis in enumerate(sources)
        ]
        return shares, np.arange(len(shares) * extent) % extent * stride


def columns_of(characters: Characters, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], ...]:
    """Return the coordinates in the box of frequencies with these numbers, an array an axis."""
    columns = []
    rest = numbers
    # By scalars numpy divides in vector registers; `unravel_index` does not.
    for extent in reversed(characters.shape[1:]):
        above = rest // extent
        columns.append(rest - above * extent)
        rest = above
    return rest, *reversed(columns)


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
