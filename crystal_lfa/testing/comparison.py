"""Comparing arrays: one policy of tolerance, and failures that name the frequency, the block and the entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from crystal_lfa.geometry import Torus
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.operators.inverses import Inverse, PseudoInverse
from crystal_lfa.operators.nodes import Product, Scaled, Sum
from crystal_lfa.spectra import svdvals

__all__ = ["Namer", "compare", "name_block", "name_value", "tolerance"]

Namer = Callable[[tuple[int, ...]], str]
"""Says what an entry of an array is, from its indices."""


def tolerance(operator: Operator, terms: int, torus: Torus) -> float:
    """Return the error that rounding explains: the one policy of all laws.

    Eight units in the last place of the multipliers' type, for each of `terms` roundings that add up, times the size of
    what is rounded: of finite range the sum of the multipliers' Frobenius norms, which no entry, no symbol and no
    singular value exceeds; of composed operators what these errors grow to, by the norms of inverses on the torus.
    """
    return 8 * _precision(operator) * terms * _sizes(operator, torus)[1]


def _precision(operator: Operator) -> float:
    if operator.operands:
        return max(_precision(operand) for operand in operator.operands)
    multipliers = getattr(operator, "multipliers", np.zeros(0))
    return float(np.finfo(to_numpy(multipliers).dtype).eps)


def _sizes(operator: Operator, torus: Torus) -> tuple[float, float]:
    """Return a bound of an operator's norm, and the size of its rounding errors."""
    if not operator.operands:
        size = operator.magnitude
        if size is None:
            size = float(np.linalg.norm(to_numpy(operator.symbol(_of(operator, torus).frequencies)), axis=(1, 2)).max())
        return size, size
    parts = [_sizes(operand, torus) for operand in operator.operands]
    norm, error = parts[0]
    match operator:
        case Sum():
            return sum(part[0] for part in parts), sum(part[1] for part in parts)
        case Product():
            other, its_error = parts[1]
            return norm * other, norm * its_error + error * other + norm * other
        case Scaled():
            factor = abs(complex(operator.factor))
            return factor * norm, factor * error
        case Inverse() | PseudoInverse():
            values = to_numpy(svdvals(operator, _of(operator, torus)))
            largest = float(values.max(initial=0.0))
            return largest, 3 * largest**2 * error + max(operator.shape) * largest
    return norm, error


def _of(operator: Operator, torus: Torus) -> Torus:
    return operator.lattice.torus(torus)


def compare(actual: Any, expected: Any, allowed: float, statement: str, name: Namer, about: object) -> None:
    """Raise unless two arrays agree.

    Parameters
    ----------
    actual, expected : arrays of one shape
    allowed : float
        The error that rounding explains.
    statement : str
        What does not hold if they differ.
    name : callable
        Names the worst entry.
    about : object
        What the statement is about, printed at the end.
    """
    found, wanted = to_numpy(actual), np.asarray(expected)
    if found.shape != wanted.shape:
        raise AssertionError(f"{statement}: got shape {found.shape} instead of {wanted.shape}, for {about}")
    error = np.abs(found - wanted)
    # Written so that NaN counts as an error.
    wrong = ~(error <= allowed)
    if not wrong.any():
        return
    worst = np.unravel_index(int(np.argmax(np.where(wrong, np.nan_to_num(error, nan=np.inf), -1))), error.shape)
    at = tuple(int(index) for index in worst)
    raise AssertionError(
        f"{statement}: at {name(at)} got {found[at]} instead of {wanted[at]}, an error of {error[at]:.3g} where "
        f"rounding explains {allowed:.3g}; {np.count_nonzero(wrong)} of {wrong.size} entries are wrong, for {about}"
    )


def name_block(torus: Torus, rows: int, columns: int) -> Namer:
    """Name an entry of a matrix on a torus."""

    def name(at: tuple[int, ...]) -> str:
        (z, i), (w, j) = divmod(at[0], rows), divmod(at[1], columns)
        points = torus.points.tolist()
        return f"block (point {points[z]}, point {points[w]}), entry ({i}, {j})"

    return name


def name_value(torus: Torus) -> Namer:
    """Name an entry of a function on a torus, axes before the last two counting functions."""

    def name(at: tuple[int, ...]) -> str:
        function = f"function {', '.join(map(str, at[:-2]))}, " if at[:-2] else ""
        return f"{function}point {torus.points[at[-2]].tolist()}, unknown {at[-1]}"

    return name
