r"""Vectors on a torus from vectors of symbols: :math:`|T|^{-1/2} \varphi_\kappa(z) v`, in real problems real ones.

For a pair of opposite frequencies the real ones are sqrt 2 Re and sqrt 2 Im of the vector at the lower
number; where kappa and -kappa are one frequency, the wave function and the symbol's vectors are real already.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from numpy.typing import NDArray

from crystal_lfa.geometry import Torus
from crystal_lfa.operators.arrays import constant_like

__all__ = ["complex_coefficients", "pair_of", "real_coefficients", "wave_vector"]


def pair_of(torus: Torus, number: int, *, real: bool) -> tuple[int, int]:
    """Return the frequency at which a vector is made, and that of its partner: in real problems the lower of a pair."""
    other = int(torus.conjugate_frequencies([number])[0]) if real else number
    return min(number, other), other


def wave_vector(torus: Torus, number: int, vector: Any, *, real: bool) -> Any:
    """Return the vector on a torus, (order, size), that belongs to a vector (size,) of the symbol at `pair_of`'s first.

    Parameters
    ----------
    torus : Torus
    number : int
        The frequency; where that is the higher of a pair, the imaginary part is taken.
    vector : (size,) complex array
    real : bool
        Whether the problem is real.
    """
    at, other = pair_of(torus, number, real=real)
    xp = array_namespace(vector)
    wave = torus.waves(torus.points, [at])[0] / math.sqrt(torus.order)
    complex_vector = xp.astype(constant_like(wave, vector), vector.dtype)[:, None] * vector[None, :]
    if not real:
        return complex_vector
    if other == number:
        return xp.real(complex_vector)
    return math.sqrt(2) * (xp.real(complex_vector) if number == at else xp.imag(complex_vector))


def complex_coefficients(torus: Torus, table: NDArray[Any]) -> NDArray[np.complex128]:
    """Return coefficients of complex waves from real vectors', (order, r, ...): (a -+ i b) / sqrt 2 for a pair."""
    result = table.astype(np.complex128)
    low, high = _pairs(torus)
    first, second = result[low], result[high]
    result[low], result[high] = (first - 1j * second) / math.sqrt(2), (first + 1j * second) / math.sqrt(2)
    return result


def real_coefficients(torus: Torus, table: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Return coefficients of real vectors from those of complex waves, (order, r, ...): the inverse."""
    result = table.copy()
    low, high = _pairs(torus)
    first, second = table[low], table[high]
    result[low], result[high] = (first + second) / math.sqrt(2), 1j * (first - second) / math.sqrt(2)
    return result


def _pairs(torus: Torus) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    numbers = np.arange(torus.order)
    others = torus.conjugate_frequencies(numbers)
    low = np.flatnonzero(numbers < others)
    return low, others[low]
