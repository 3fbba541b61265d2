"""What laws speak of: an operator on a torus, random functions there, and how many roundings explain an error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crystal_lfa.geometry import Torus
from crystal_lfa.operators import Operator
from crystal_lfa.operators.arrays import constant_like
from crystal_lfa.testing.comparison import Namer, compare, tolerance

__all__ = [
    "Case",
    "agree",
    "allowed_error",
    "frequency_name",
    "like_its_numbers",
    "random_functions",
    "seen",
    "terms",
    "turns",
]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """An operator on a torus, and what its matrix has to be.

    Attributes
    ----------
    operator : Operator
    torus : Torus
        Of any lattice whose periods lie in the operator's.
    dense : (order * m, order * n) array or None
        The matrix from the definition, rows and columns in the order of `to_sparse`; None where nothing is known.
    """

    operator: Operator
    torus: Torus
    dense: NDArray[Any] | None = None


def seen(case: Case) -> Torus:
    """Return the torus in the coordinates of the operator's lattice."""
    return case.operator.lattice.torus(case.torus)


def agree(case: Case, statement: str, actual: Any, expected: Any, allowed: float, place: Namer) -> None:
    """Raise unless two arrays agree, saying for which case."""
    compare(actual, expected, allowed, statement, place, f"{case.operator!r} on {case.torus!r}")


def frequency_name(torus: Torus, number: int) -> str:
    """Return the name of a frequency of a torus."""
    return f"frequency {number}, kappa = {torus.frequencies[number].tolist()}"


def random_functions(rng: Generator, case: Case, size: int, count: int) -> Any:
    """Draw complex functions of unit norm, in the array library of the operator."""
    shape = (count, seen(case).order, size)
    functions = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    functions /= np.linalg.norm(functions, axis=(1, 2), keepdims=True)
    return like_its_numbers(functions, case.operator)


def like_its_numbers(values: NDArray[Any], operator: Operator) -> Any:
    """Return values in the array library of an operator's multipliers; of composed operators that of the first part."""
    while operator.operands:
        operator = operator.operands[0]
    return constant_like(values, getattr(operator, "multipliers", values))


def _leaves(operator: Operator) -> Iterator[Operator]:
    if not operator.operands:
        yield operator
    for operand in operator.operands:
        yield from _leaves(operand)


def terms(case: Case) -> int:
    """Return a bound on how many numbers one entry of L f is the sum of."""
    parts = (len(getattr(leaf, "offsets", ())) * max(leaf.shape) for leaf in _leaves(case.operator))
    dense = seen(case).order * max(case.operator.shape) if case.operator.operands else 0
    return 16 + sum(parts) + dense


def turns(case: Case) -> int:
    """Return how often wave functions turn up to the furthest point needed: frequencies are rounded to floats."""
    reaches = (np.abs(getattr(leaf, "offsets", np.zeros((0, 1)))).sum(axis=1) for leaf in _leaves(case.operator))
    furthest = max(int(reach.max(initial=0)) for reach in reaches)
    return furthest * (8 if case.operator.operands else 1) + int(seen(case).points.sum(axis=1).max())


def allowed_error(case: Case, roundings: int) -> float:
    """Return the error that so many roundings explain."""
    return tolerance(case.operator, roundings, seen(case))
