"""Singular values that can be written down: of one row or column, and of bidiagonals of two rows."""

from __future__ import annotations

from typing import Any

from crystal_lfa.spectra.kernels.compiling import inner
from crystal_lfa.spectra.kernels.lanes import fused, root, vector_functions, where_less

__all__ = ["length_of_column", "values_of_two"]

load, store, splat = vector_functions(1)


@inner
def length_of_column(real: Any, imaginary: Any, m: int, lanes: int, length: Any) -> None:
    """Write the length of a single column, flat (m, lanes): all that there is to say of it."""
    square = load(real, 0) - load(real, 0)
    for i in range(0, m * lanes, lanes):
        re, im = load(real, i), load(imaginary, i)
        square = fused(re, re, fused(im, im, square))
    store(length, 0, root(square))


@inner
def values_of_two(diagonal: Any, above: Any, lanes: int, one: Any) -> None:
    r"""Overwrite the diagonals f, h of bidiagonals of two rows, flat (2, lanes), by their singular values, descending.

    With g above the diagonal :math:`\sigma_1 \pm \sigma_2 = \sqrt{(f \pm h)^2 + g^2}`; of the two equations for the
    smaller one :math:`\sigma_1 \sigma_2 = f h` keeps its digits.
    """
    f, h, g = load(diagonal, 0), load(diagonal, lanes), load(above, 0)
    square, nothing = g * g, g - g
    plus, minus = f + h, f - h
    largest = splat(one / (one + one)) * (root(fused(plus, plus, square)) + root(fused(minus, minus, square)))
    store(diagonal, 0, largest)
    store(diagonal, lanes, f * (h / where_less(nothing, largest, largest, splat(one))))
