"""Where the vectors of all lanes go: their values in descending order, each matrix to its place in the result."""

from __future__ import annotations

from typing import Any

from crystal_lfa.spectra.kernels.compiling import inner
from crystal_lfa.spectra.kernels.lanes import store_pairs, vector_functions

__all__ = ["in_order", "order_values", "write"]

load, store, splat = vector_functions(1)

_LINE_BYTES = 64
"""Of a line in the cache."""


@inner
def order_values(diagonal: Any, n: int, lanes: int, start: int, values: Any, ranks: Any, signs: Any) -> None:
    """Write the moduli of each lane in descending order, and each one's place and sign."""
    for lane in range(lanes):
        row = min(start + lane, len(values) - 1)
        for k in range(n):
            value = diagonal[k * lanes + lane]
            rank = 0
            for j in range(n):
                other = abs(diagonal[j * lanes + lane])
                rank += other > abs(value) or (other == abs(value) and j < k)
            values[row, rank] = abs(value)
            ranks[k, lane] = rank
            signs[k, lane] = -1 if value < 0 else 1


@inner
def in_order(known: Any, n: int, lanes: int, start: int, values: Any, ranks: Any, signs: Any) -> None:
    """Write values that are in descending order already, their places and signs."""
    for lane in range(lanes):
        row = min(start + lane, len(values) - 1)
        for k in range(n):
            values[row, k], ranks[k, lane], signs[k, lane] = known[k, lane], k, 1


@inner
def _find_places(places: Any, rows: Any, start: int, lanes: int, ranks: Any, size: int, stride: int) -> None:
    """Write where each vector of each lane begins, (n, lanes): its matrix stands at the place that `rows` says."""
    for k in range(len(ranks)):
        for lane in range(lanes):
            # Lanes past the end have what the last matrix has.
            row = rows[min(start + lane, len(rows) - 1)]
            places[k * lanes + lane] = row * size + ranks[k, lane] * stride


@inner
def write(
    x_r: Any,
    x_i: Any,
    length: int,
    n: int,
    lanes: int,
    start: int,
    ranks: Any,
    signs: Any,
    conjugated: bool,
    in_rows: bool,
    flat: Any,
    rows: Any,
    opposite: Any,
    places: Any,
) -> None:
    """Write vectors of all lanes, times signs, into matrices, and their conjugates into others.

    Parameters
    ----------
    x_r, x_i : flat (n, length, lanes): vector, component
    start : which matrix the first lane has
    ranks, signs : (n, lanes)
    conjugated : whether the conjugates are written, and the vectors into the others
    in_rows : whether vectors are the rows of the matrices; else they are the columns
    flat : all matrices, real and imaginary parts last
    rows, opposite : where each matrix goes, and where its conjugate; no `opposite` if none are written
    places : (2, flat (n, lanes)) int64, overwritten
    """
    step, apart, both = 2 if in_rows else 2 * n, 2 * length if in_rows else 2, len(opposite) > 0
    _find_places(places[0], rows, start, lanes, ranks, 2 * length * n, apart)
    if both:
        _find_places(places[1], opposite, start, lanes, ranks, 2 * length * n, apart)
    # Along what lies side by side in the matrices: far more goes there than the cache holds.
    together = length if in_rows else _LINE_BYTES // (lanes * flat.itemsize)
    for tile in range(0, length, together):
        for k in range(n):
            sign = load(signs[k], 0)
            sign_i = -sign if conjugated else sign
            for i in range(tile, min(tile + together, length)):
                at = (k * length + i) * lanes
                x, y = load(x_r, at) * sign, load(x_i, at) * sign_i
                store_pairs(flat, places[0], k * lanes, i * step, x, y)
                if both:
                    store_pairs(flat, places[1], k * lanes, i * step, x, -y)
