"""Composing operators: eagerly where the result has finite range, else as nodes."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError, SingularSymbolError
from crystal_lfa.geometry import Crystal, Lattice
from crystal_lfa.geometry.exact.integers import as_integer
from crystal_lfa.operators import algebra, inverses, nodes
from crystal_lfa.operators.arrays import is_symbolic, to_numpy
from crystal_lfa.operators.base import Operator
from crystal_lfa.operators.constructors import identity
from crystal_lfa.operators.finite_range import CrystalOperator
from crystal_lfa.operators.meeting import common_lattice, matching_operator, same_basis
from crystal_lfa.operators.reading import read_number
from crystal_lfa.operators.symbolic.expressions import all_vanish

__all__ = [
    "add",
    "adjoint",
    "allclose",
    "between",
    "compose",
    "divide",
    "general_frequencies",
    "invert",
    "is_operator",
    "is_scalar",
    "on_sublattice",
    "power",
    "pseudo_invert",
    "scale",
    "transpose",
]

is_scalar = algebra.is_scalar

_LARGEST_POWER = 10_000


def is_operator(value: object) -> TypeGuard[Operator]:
    """Tell whether a value is an operator."""
    return isinstance(value, Operator)


def on_sublattice(operator: Operator, vectors: Any) -> Operator:
    """Return the same operator with the larger cell of a sublattice."""
    coarse = vectors if isinstance(vectors, Lattice) else operator.lattice.sublattice(vectors)
    if same_basis(operator.lattice, coarse):
        return operator
    if isinstance(operator, CrystalOperator):
        return algebra.on_sublattice(operator, coarse)
    return nodes.OnSublattice(operator, coarse)


def _met(left: Operator, right: Operator) -> tuple[Operator, Operator]:
    """Return two operators described on their common lattice."""
    if left.lattice.dim != right.lattice.dim:
        message = f"the operators {left!r} and {right!r} live in {left.lattice.dim} and {right.lattice.dim} dimensions"
        raise CrystalMismatchError(message)
    lattice = common_lattice(left.lattice, right.lattice)
    return on_sublattice(left, lattice), on_sublattice(right, lattice)


def add(left: Operator, right: Operator) -> Operator:
    """Return the sum, between the left operator's crystals on the common lattice."""
    one, other = _matched(left, right, "a sum")
    if isinstance(one, CrystalOperator) and isinstance(other, CrystalOperator):
        return algebra.add(one, other)
    return nodes.Sum(one, other)


def _matched(left: Operator, right: Operator, what: str) -> tuple[Operator, Operator]:
    """Return two operators on their common lattice, the second between the crystals of the first."""
    one, other = _met(left, right)
    return one, between(other, one.domain, one.codomain, what)


def between(operator: Operator, domain: Crystal, codomain: Crystal, what: str) -> Operator:
    """Return an operator described between crystals that equal its own, on the lattice and in the basis of these.

    Raises
    ------
    CrystalMismatchError
        If they are not equal up to lattice translations and the order of sites.
    """
    columns = matching_operator(operator.domain, domain, f"{what}'s domains")
    rows = matching_operator(operator.codomain, codomain, f"{what}'s codomains")
    if columns is not None:
        operator = _multiplied(operator, columns.H)
    return operator if rows is None else _multiplied(rows, operator)


def compose(left: Operator, right: Operator) -> Operator:
    """Return the product, from the right operator's domain to the left one's codomain, on the common lattice."""
    one, other = _met(left, right)
    between = matching_operator(other.codomain, one.domain, "a product's inner crystals")
    return _multiplied(one, other if between is None else _multiplied(between, other))


def _multiplied(left: Operator, right: Operator) -> Operator:
    if isinstance(left, CrystalOperator) and isinstance(right, CrystalOperator):
        return algebra.compose(left, right)
    return nodes.Product(left, right)


def scale(operator: Operator, factor: Any) -> Operator:
    """Return a number times the operator."""
    return nodes.Scaled(operator, read_number(factor, "factor"))


def divide(operator: Operator, divisor: Any) -> Operator:
    """Return the operator divided by a number."""
    number = read_number(divisor, "divisor")
    if not bool(number):
        raise InvalidArgumentError(f"divisor: got {divisor!r}; a number other than zero is needed")
    return nodes.Scaled(operator, read_number(1 / number, "divisor: its reciprocal"))


def power(operator: Operator, exponent: object) -> Operator:
    """Return a power by repeated squaring; a negative one is a power of the inverse."""
    times = as_integer(exponent, "exponent")
    if abs(times) > _LARGEST_POWER:
        raise InvalidArgumentError(f"exponent: got {times}; at most {_LARGEST_POWER} is possible")
    _check_square(operator, "a power")
    if times < 0:
        return power(invert(operator), -times)
    result: Operator | None = None
    square = operator
    while times:
        if times % 2:
            result = square if result is None else compose(result, square)
        times //= 2
        square = compose(square, square) if times else square
    return identity(operator.domain) if result is None else result


def _check_square(operator: Operator, what: str) -> None:
    if operator.domain != operator.codomain:
        message = f"{what}: it needs an operator from a crystal to itself; got {operator.domain!r} -> "
        raise CrystalMismatchError(f"{message}{operator.codomain!r}")


def adjoint(operator: Operator) -> Operator:
    """Return the adjoint."""
    return operator.operands[0] if isinstance(operator, nodes.Adjoint) else nodes.Adjoint(operator)


def transpose(operator: Operator) -> Operator:
    """Return the transpose."""
    return operator.operands[0] if isinstance(operator, nodes.Transpose) else nodes.Transpose(operator)


def invert(operator: Operator) -> Operator:
    """Return the inverse: of finite range where all multipliers but one vanish."""
    rows, columns = operator.shape
    if rows != columns:
        message = f"inv: got symbols of shape {operator.shape}; square ones are needed, or pinv()"
        raise CrystalMismatchError(message)
    if isinstance(operator, inverses.Inverse):
        return operator.operands[0]
    if not isinstance(operator, CrystalOperator):
        return inverses.Inverse(operator)
    present = np.flatnonzero((to_numpy(operator.multipliers) != 0).any(axis=(1, 2)))
    if len(present) == 0:
        raise SingularSymbolError(f"inv: {operator!r} is zero; pinv() is as well")
    if len(present) > 1:
        return inverses.Inverse(operator)
    return algebra.inverse_of_one_multiplier(operator, int(present[0]))


def pseudo_invert(operator: Operator, rtol: float | None) -> Operator:
    """Return the Moore-Penrose inverse."""
    if rtol is None:
        return inverses.PseudoInverse(operator)
    number = np.asarray(rtol)
    if number.ndim or number.dtype.kind not in "iuf" or not 0 <= number < 1:
        raise InvalidArgumentError(f"rtol: got {rtol!r}; a number from 0 to below 1 is needed")
    return inverses.PseudoInverse(operator, float(number))


def allclose(left: Operator, right: Operator, rtol: float, atol: float) -> bool:
    """Tell whether two operators agree up to rounding."""
    for value, name in ((rtol, "rtol"), (atol, "atol")):
        number = np.asarray(value)
        if number.ndim or number.dtype.kind not in "iuf" or not number >= 0:
            raise InvalidArgumentError(f"{name}: got {value!r}; a number that is not negative is needed")
    if not is_operator(right):
        raise InvalidArgumentError(f"other: got {right!r} of type {type(right).__name__}; an operator is needed")
    one, other = _matched(left, right, "a comparison")
    if isinstance(one, CrystalOperator) and isinstance(other, CrystalOperator):
        difference = algebra.add(one, algebra.scale(other, -1)).multipliers
        if is_symbolic(difference):
            return all_vanish(difference)
        sides = [to_numpy(side.multipliers) for side in (one, other)]
    else:
        frequencies = general_frequencies(one.lattice.dim, 32)
        symbols = [to_numpy(side.symbol(frequencies)) for side in (one, other)]
        difference, sides = symbols[0] - symbols[1], symbols
    largest = max(float(np.abs(side).max(initial=0.0)) for side in sides)
    return bool(np.abs(to_numpy(difference)).max(initial=0.0) <= atol + rtol * largest)


def general_frequencies(dimension: int, count: int) -> NDArray[np.float64]:
    """Return frequencies in no special position: multiples of powers of a root of e, (count, d)."""
    return np.outer(np.arange(1, count + 1), np.exp(np.arange(1, dimension + 1) / 7)) % 1.0
