"""The real functions of the frequency of which symbols are sums, on a torus: looked up in a table of roots of unity."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types

from crystal_lfa.spectra.kernels.compiling import NUMBERS, Compiled, inner

__all__ = ["waves_kernel"]


@inner
def _find_exponents(number: int, shape: Any, dual: Any, turns: Any, order: int, exponents: Any) -> None:
    """Write the exponents of all offsets at one frequency."""
    for h in range(len(dual)):
        exponents[h] = turns[h]
    rest = number
    for axis in range(len(shape) - 1, -1, -1):
        quotient = rest // shape[axis]
        place = rest - quotient * shape[axis]
        rest = quotient
        for h in range(len(dual)):
            exponents[h] += place * dual[h, axis]
    for h in range(len(dual)):
        exponents[h] %= order


def _define(digest: str) -> Any:
    def wave_functions(numbers: Any, shape: Any, dual: Any, turns: Any, roots: Any, odd: Any, functions: Any) -> None:
        """Write the cosines of all offsets, then the sines of some, at frequencies of a torus.

        Parameters
        ----------
        numbers : (b,) int64
        shape, dual, turns : (d,), (h, d), (h,) int64, see `geometry.characters.Exponents`
        roots : (2, order) float64, cosines and sines
        odd : (s,) int64, the offsets with a sine
        functions : (groups, h + s, lanes), written: in each lane another frequency, in those past the end the last
        """
        _ = digest  # a kernel kept on disk is found again by what it refers to
        count, order, extent = len(dual), roots.shape[1], shape[len(shape) - 1]
        groups, _terms, lanes = functions.shape
        steps = dual[:, len(shape) - 1] % order
        exponents = np.empty(count, np.int64)
        sines = np.full(count, -1)
        for place in range(len(odd)):
            sines[odd[place]] = count + place
        cosine, sine = roots[0], roots[1]
        after = np.int64(-1)
        for group in range(groups):
            start = group * lanes
            first = numbers[start]
            neighbours = first % extent + lanes <= extent and start + lanes <= len(numbers)
            for lane in range(1, lanes):
                neighbours = neighbours and numbers[start + lane] == first + lane
            if neighbours:
                # Along the last axis from one to the next exponents grow by the same.
                if first != after or first % extent == 0:
                    _find_exponents(first, shape, dual, turns, order, exponents)
                after = first + lanes
                for h in range(count):
                    exponent, step, also = exponents[h], steps[h], sines[h]
                    for lane in range(lanes):
                        functions[group, h, lane] = cosine[exponent]
                        if also >= 0:
                            functions[group, also, lane] = sine[exponent]
                        exponent += step
                        exponent -= order if exponent >= order else 0
                    exponents[h] = exponent
            else:
                after = np.int64(-1)
                for lane in range(lanes):
                    number = numbers[min(start + lane, len(numbers) - 1)]
                    _find_exponents(number, shape, dual, turns, order, exponents)
                    for h in range(count):
                        functions[group, h, lane] = cosine[exponents[h]]
                        if sines[h] >= 0:
                            functions[group, sines[h], lane] = sine[exponents[h]]

    return wave_functions


_INTEGERS, _TABLE = types.int64[::1], types.int64[:, ::1]

waves_kernel = Compiled(
    _define,
    {
        name: (_INTEGERS, _INTEGERS, _TABLE, _INTEGERS, types.float64[:, ::1], _INTEGERS, number[:, :, ::1])
        for name, number in NUMBERS.items()
    },
)
