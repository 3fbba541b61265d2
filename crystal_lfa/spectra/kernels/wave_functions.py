"""The real functions of the frequency of which symbols are sums, on a torus: looked up in a table of roots of unity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from crystal_lfa.spectra.kernels.compiling import NUMBERS, Compiled

__all__ = ["waves_kernel"]


def _define(digest: str) -> Any:
    def wave_functions(numbers: Any, shape: Any, dual: Any, turns: Any, roots: Any, odd: Any, functions: Any) -> None:
        """Write the cosines of all offsets, then the sines of some, at frequencies of a torus.

        Parameters
        ----------
        numbers : (b,) int64
        shape, dual, turns : (d,), (h, d), (h,) int64, see `geometry.characters.Exponents`
        roots : (order, 2) float64, cosine and sine
        odd : (s,) int64, the offsets with a sine, ascending
        functions : (b, h + s), written
        """
        _ = digest  # a kernel kept on disk is found again by what it refers to
        count, d = dual.shape
        order = len(roots)
        box = np.empty(d, np.int64)
        for row in range(len(numbers)):
            rest = numbers[row]
            for axis in range(d - 1, -1, -1):
                quotient = rest // shape[axis]
                box[axis] = rest - quotient * shape[axis]
                rest = quotient
            sine = 0
            for h in range(count):
                exponent = turns[h]
                for axis in range(d):
                    exponent += box[axis] * dual[h, axis]
                exponent %= order
                functions[row, h] = roots[exponent, 0]
                if sine < len(odd) and odd[sine] == h:
                    functions[row, count + sine] = roots[exponent, 1]
                    sine += 1

    return wave_functions


_INTEGERS, _TABLE = types.int64[::1], types.int64[:, ::1]

waves_kernel = Compiled(
    _define,
    {
        name: (_INTEGERS, _INTEGERS, _TABLE, _INTEGERS, types.float64[:, ::1], _INTEGERS, number[:, ::1])
        for name, number in NUMBERS.items()
    },
)
