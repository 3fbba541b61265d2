r"""The unitary Fourier transform on any torus, by one fast transform over the cyclic factors of its group.

With unimodular S and T' and diagonal D = S H T', the point z is number S z of the grid of D, and the frequency
H^-T g is number T'^T g of it (both modulo D): kappa . z = sum_i (T'^T g)_i (S z)_i / D_i.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace, device
from numpy.typing import NDArray

from crystal_lfa.geometry.characters import Characters
from crystal_lfa.geometry.exact.integers import IntegerMatrix, diagonal_matrix, transpose
from crystal_lfa.geometry.exact.normal_forms import smith_form
from crystal_lfa.geometry.functions import check_function

__all__ = ["CyclicFactors", "transform"]


@dataclass(frozen=True, slots=True)
class CyclicFactors:
    """The group of a torus as a product of cyclic groups.

    Parameters
    ----------
    orders : the diagonal of D
    points : the matrix S
    frequencies : the matrix T'^T
    """

    orders: tuple[int, ...]
    points: IntegerMatrix
    frequencies: IntegerMatrix

    @classmethod
    def of(cls, hermite: IntegerMatrix) -> CyclicFactors:
        """Split the group of periods in Hermite form; diagonal ones are split already."""
        extents = tuple(row[i] for i, row in enumerate(hermite))
        if hermite == diagonal_matrix(extents):
            unit = diagonal_matrix([1] * len(extents))
            return cls(extents, unit, unit)
        orders, left, right = smith_form(hermite)
        kept = [i for i, order in enumerate(orders) if order > 1]
        dual = transpose(right)
        return cls(tuple(orders[i] for i in kept), tuple(left[i] for i in kept), tuple(dual[i] for i in kept))

    @property
    def is_grid(self) -> bool:
        """Whether points and frequencies come in the order of the factors as they are."""
        return self.points == self.frequencies == diagonal_matrix([1] * len(self.orders))


def transform(f: Any, characters: Characters, *, inverse: bool) -> Any:
    """Transform along axis -2 of (..., order, size), of any array library with the array API's `fft`."""
    check_function(f, math.prod(characters.shape), None, "F" if inverse else "f")
    xp = array_namespace(f)
    if not xp.isdtype(f.dtype, ("real floating", "complex floating")):
        f = xp.astype(f, xp.float64)
    factors = CyclicFactors.of(characters.hermite)
    wave = characters.lowest_wave()
    if inverse:
        return _times(_on_grid(f, xp, factors, characters.shape, inverse=True), wave, xp)
    untwisted = _times(f, None if wave is None else wave.conj(), xp)
    return _on_grid(untwisted, xp, factors, characters.shape, inverse=False)


def _times(f: Any, wave: NDArray[np.complex128] | None, xp: Any) -> Any:
    """Multiply by a wave, one factor a point, without changing the precision."""
    if wave is None:
        return f
    single = f.dtype in (xp.float32, xp.complex64)
    factors = xp.asarray(wave.reshape(-1, 1), device=device(f))
    return f * xp.astype(factors, xp.complex64 if single else xp.complex128)


def _on_grid(f: Any, xp: Any, factors: CyclicFactors, shape: tuple[int, ...], *, inverse: bool) -> Any:
    grid = f
    if not factors.is_grid:
        source = _places(factors.frequencies if inverse else factors.points, shape, factors.orders)
        target = _places(factors.points if inverse else factors.frequencies, shape, factors.orders)
        arrangement = np.empty_like(source)
        arrangement[source] = np.arange(len(source))
        grid = xp.take(f, xp.asarray(arrangement, device=device(f)), axis=-2)
    grid = xp.reshape(grid, (*f.shape[:-2], *factors.orders, f.shape[-1]))
    axes = tuple(range(-len(factors.orders) - 1, -1))
    change = xp.fft.ifftn if inverse else xp.fft.fftn
    result = xp.reshape(change(grid, axes=axes, norm="ortho"), f.shape)
    if factors.is_grid:
        return result
    return xp.take(result, xp.asarray(target, device=device(f)), axis=-2)


def _places(matrix: IntegerMatrix, shape: Sequence[int], orders: Sequence[int]) -> NDArray[np.int64]:
    """Return the number on the grid of `orders` of matrix z mod orders, for the points z of a box in C order."""
    numbers = np.zeros((), dtype=np.int64)
    for row, modulus in zip(matrix, orders, strict=True):
        # A sum over the axes of the box, each from a table: the entries of the matrix may be huge.
        coordinate = np.zeros((), dtype=np.int64)
        for entry, extent in zip(row, shape, strict=True):
            coordinate = (coordinate[..., None] + np.arange(extent) * (entry % modulus) % modulus) % modulus
        numbers = numbers * modulus + coordinate
    return np.asarray(numbers).ravel()
