"""Roots of unity from exact exponents."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["roots_of_unity"]


def roots_of_unity(exponents: NDArray[Any], order: int, offsets: NDArray[np.float64] | None = None) -> NDArray[Any]:
    """Return exp(2 pi i (exponents / order + offsets)), complex128.

    Parameters
    ----------
    exponents : integer array with entries in [0, order)
    order : int
    offsets : float array in [0, 1), optional
        Broadcast against the exponents. Without them the values at multiples of a quarter turn are exact.
    """
    if offsets is None and order < exponents.size:
        # Each root once, wherever it stands.
        every: NDArray[Any] = roots_of_unity(np.arange(order), order)
        chosen: NDArray[Any] = every[exponents]
        return chosen
    # Centred exponents keep the angle, and with it the rounding error, small.
    centred = np.where(2 * exponents > order, exponents - order, exponents)
    turns = centred.astype(np.float64) / float(order)
    if offsets is not None:
        turns = turns + offsets
        turns -= np.round(turns)
    angles = turns * (2 * np.pi)
    roots = np.empty(angles.shape, dtype=np.complex128)
    np.cos(angles, out=roots.real)
    np.sin(angles, out=roots.imag)
    quarters = np.abs(turns)
    roots.imag[quarters == 0.5] = 0.0
    roots.real[quarters == 0.25] = 0.0
    return roots
