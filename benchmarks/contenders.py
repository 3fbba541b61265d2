"""Who is timed: the paper's algorithm and the FFT method as published, and this library.

Each maps a weight (c_out, c_in, k, k) and an extent n to all singular values on n x n points, (n * n, r).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import crystal_lfa as lfa

Values = NDArray[np.float64]


def paper(weight: Values, n: int) -> Values:
    """Run algorithm 1 of van Betteray, Rottmann, Kahl: symbol by tensor products, transposed, SVD."""
    return np.linalg.svd(paper_symbols(weight, n), compute_uv=False).reshape(n * n, -1)


def paper_symbols(weight: Values, n: int) -> NDArray[np.complex128]:
    """Return the symbols of the paper's algorithm, transposed and not copied, as published: (n, n, c_out, c_in)."""
    centre = (weight.shape[-1] - 1) // 2
    offsets = np.arange(weight.shape[-1]) - centre
    waves = np.exp(2j * np.pi * np.outer(np.arange(n), offsets) / n)
    symbols = np.tensordot(np.tensordot(weight.astype(np.complex128), waves, axes=(2, 1)), waves, axes=(2, 1))
    return symbols.transpose(2, 3, 0, 1)


def fft(weight: Values, n: int) -> Values:
    """Run the method of Sedghi, Gupta, Long: FFT of the padded kernel, SVD."""
    return np.linalg.svd(fft_symbols(weight, n), compute_uv=False).reshape(n * n, -1)


def fft_symbols(weight: Values, n: int) -> NDArray[np.complex128]:
    """Return the symbols of the FFT method: (n, n, c_out, c_in)."""
    return np.fft.fft2(weight, (n, n), axes=(2, 3)).transpose(2, 3, 0, 1)


def library(weight: Values, n: int) -> Values:
    """Return what a user of this library writes."""
    values: Values = lfa.svdvals(lfa.cnn.conv(weight), (n, n))
    return values


CONTENDERS = {"paper": paper, "fft": fft, "crystal_lfa": library}
