"""Sums, products, adjoints and other cells of finite-range operators: again finite-range operators."""

from __future__ import annotations

import numbers
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from array_api_compat import array_namespace, device
from numpy.typing import NDArray

from crystal_lfa.errors import InvalidArgumentError, MultiplierError, SingularSymbolError
from crystal_lfa.geometry import Crystal, Torus
from crystal_lfa.operators.arrays import (
    check_finite,
    common_namespace,
    constant_like,
    in_one_library,
    is_symbolic,
    quiet_overflow,
    to_numpy,
)
from crystal_lfa.operators.reading import LARGEST_OFFSET, read_number
from crystal_lfa.operators.symbolic.expressions import inverse_of_expressions, is_expression

if TYPE_CHECKING:
    from crystal_lfa.operators.finite_range import CrystalOperator

__all__ = [
    "add",
    "adjoint",
    "compose",
    "divide",
    "inverse_of_one_multiplier",
    "is_scalar",
    "on_sublattice",
    "sampled",
    "scale",
    "transpose",
]


def is_scalar(value: Any) -> bool:
    """Tell whether a value is a number, or a zero-dimensional array."""
    return isinstance(value, numbers.Number) or getattr(value, "ndim", None) == 0 or is_expression(value)


def _collect(
    terms: Iterable[tuple[tuple[int, ...], Any]], domain: Crystal, codomain: Crystal, like: Any
) -> CrystalOperator:
    """Add up matrices by offset."""
    from crystal_lfa.operators.finite_range import CrystalOperator

    matrices: dict[tuple[int, ...], Any] = {}
    with quiet_overflow():
        for offset, matrix in terms:
            matrices[offset] = matrices[offset] + matrix if offset in matrices else matrix
    offsets = sorted(matrices)
    xp = array_namespace(like)
    if offsets:
        stack = xp.stack([matrices[offset] for offset in offsets])
    else:
        stack = xp.zeros((0, codomain.size, domain.size), dtype=like.dtype, device=device(like))
    if any(abs(entry) > LARGEST_OFFSET for offset in offsets for entry in offset):
        raise MultiplierError(f"the result's offsets reach {offsets[-1]}; entries have to be at most {LARGEST_OFFSET}")
    check_finite(stack, "the result's multipliers")
    keys = np.array(offsets, dtype=np.int64).reshape(len(offsets), domain.lattice.dim)
    return CrystalOperator.from_arrays(domain, codomain, keys, stack)


def _terms(operator: CrystalOperator, multipliers: Any) -> Iterable[tuple[tuple[int, ...], Any]]:
    for number, offset in enumerate(operator.offsets.tolist()):
        yield tuple(offset), multipliers[number, ...]


def add(left: CrystalOperator, right: CrystalOperator) -> CrystalOperator:
    """Return the sum of two operators between crystals that agree site by site, in one basis."""
    here, there = in_one_library(left.multipliers, right.multipliers)
    return _collect([*_terms(left, here), *_terms(right, there)], left.domain, left.codomain, here)


def scale(operator: CrystalOperator, factor: Any) -> CrystalOperator:
    """Return a number times the operator."""
    number = _read_number(factor, operator, "factor")
    with quiet_overflow():
        return _with_multipliers(operator, operator.multipliers * number)


def divide(operator: CrystalOperator, divisor: Any) -> CrystalOperator:
    """Return the operator divided by a number."""
    number = _read_number(divisor, operator, "divisor")
    if not bool(number):
        raise InvalidArgumentError(f"divisor: got {divisor!r}; a number other than zero is needed")
    with quiet_overflow():
        return _with_multipliers(operator, operator.multipliers / number)


def _read_number(value: Any, operator: CrystalOperator, argument: str) -> Any:
    """Return a number as Python's, or as a zero-dimensional array of the multipliers' library."""
    if not (isinstance(value, numbers.Number) or is_expression(value)):
        common_namespace(value, operator.multipliers)
    return read_number(value, argument)


def _with_multipliers(operator: CrystalOperator, multipliers: Any) -> CrystalOperator:
    from crystal_lfa.operators.finite_range import CrystalOperator

    check_finite(multipliers, "the result's multipliers")
    return CrystalOperator.from_arrays(operator.domain, operator.codomain, operator.offsets, multipliers)


def compose(left: CrystalOperator, right: CrystalOperator) -> CrystalOperator:
    """Return the product, (AB)_y = sum over y' of m^A_y' m^B_(y - y'), of operators in one basis."""
    here, there = in_one_library(left.multipliers, right.multipliers)
    xp = array_namespace(here)
    terms = (
        (tuple(a + b for a, b in zip(y, x, strict=True)), xp.matmul(first, second))
        for y, first in _terms(left, here)
        for x, second in _terms(right, there)
    )
    collected = _collect(terms, right.domain, left.codomain, here)
    return _without_zeros(collected)


def _without_zeros(operator: CrystalOperator) -> CrystalOperator:
    """Drop multipliers that are zero: a product's range is often smaller than the sum of the ranges."""
    from crystal_lfa.operators.finite_range import CrystalOperator

    if getattr(operator.multipliers, "requires_grad", False):
        return operator  # a zero may have a gradient
    present = np.flatnonzero((to_numpy(operator.multipliers) != 0).any(axis=(1, 2)))
    if len(present) == len(operator.offsets):
        return operator
    xp = array_namespace(operator.multipliers)
    kept = xp.take(operator.multipliers, constant_like(present, operator.multipliers), axis=0)
    return CrystalOperator.from_arrays(operator.domain, operator.codomain, operator.offsets[present], kept)


def inverse_of_one_multiplier(operator: CrystalOperator, number: int) -> CrystalOperator:
    """Return the inverse of an operator whose multipliers vanish but for one: the inverse matrix, shifted back."""
    from crystal_lfa.operators.finite_range import CrystalOperator

    matrix = operator.multipliers[number, ...]
    xp = array_namespace(matrix)
    inverse = inverse_of_expressions(matrix) if is_symbolic(matrix) else _inverse(matrix)
    if inverse is None:
        raise SingularSymbolError(f"inv: the symbol of {operator!r} is singular at every frequency; pinv() is not")
    offsets = -operator.offsets[number : number + 1]
    return CrystalOperator.from_arrays(operator.codomain, operator.domain, offsets, xp.expand_dims(inverse, axis=0))


def _inverse(matrix: Any) -> Any:
    """Return the inverse of a matrix of numbers, None if it is singular up to rounding."""
    xp = array_namespace(matrix)
    return None if int(xp.linalg.matrix_rank(matrix)) < matrix.shape[-1] else xp.linalg.inv(matrix)


def adjoint(operator: CrystalOperator) -> CrystalOperator:
    """Return the adjoint: conjugate transposes at the opposite offsets."""
    flipped = transpose(operator)
    from crystal_lfa.operators.finite_range import CrystalOperator

    xp = array_namespace(flipped.multipliers)
    conjugate = xp.conj(flipped.multipliers)
    # torch conjugates lazily; the multipliers are kept as plain numbers.
    resolved = conjugate.resolve_conj() if hasattr(conjugate, "resolve_conj") else conjugate
    return CrystalOperator.from_arrays(flipped.domain, flipped.codomain, flipped.offsets, resolved)


def transpose(operator: CrystalOperator) -> CrystalOperator:
    """Return the transpose: transposed multipliers at the opposite offsets."""
    from crystal_lfa.operators.finite_range import CrystalOperator

    xp = array_namespace(operator.multipliers)
    return CrystalOperator.from_arrays(
        operator.codomain, operator.domain, -operator.offsets, xp.permute_dims(operator.multipliers, (0, 2, 1))
    )


def on_sublattice(operator: CrystalOperator, vectors: Any) -> CrystalOperator:
    """Return the same operator with the larger cell of a sublattice, all rows kept."""
    codomain = operator.codomain.supercell(vectors)
    cosets = operator.lattice.torus(operator.lattice.integer_vectors(vectors))
    return _regrouped(operator, cosets, cosets.points, codomain)


def sampled(operator: CrystalOperator, vectors: Any) -> CrystalOperator:
    """Return the operator followed by injection: its values at the points of a sublattice only.

    A convolution with a stride is a convolution, sampled.
    """
    rows = operator.lattice.integer_vectors(vectors)
    coarse = operator.lattice.sublattice(rows)
    cosets = operator.lattice.torus(rows)
    kept = operator.codomain.supercell(coarse)
    sites = len(operator.codomain.dof)
    codomain = Crystal(coarse, kept.exact_sites[:sites], operator.codomain.dof, operator.codomain.labels)
    return _regrouped(operator, cosets, cosets.points[:1], codomain)


def _regrouped(
    operator: CrystalOperator, cosets: Torus, row_cosets: NDArray[np.int64], codomain: Crystal
) -> CrystalOperator:
    """Place multipliers by c_i + y = M y' + c_j: m'_y'[i, j] = m_y, for the rows i of some cosets."""
    from crystal_lfa.operators.finite_range import CrystalOperator

    column, coarse_offset = cosets.locate(row_cosets[:, None, :] + operator.offsets)
    offsets, numbers = np.unique(coarse_offset.reshape(-1, cosets.lattice.dim), axis=0, return_inverse=True)
    m, n = operator.shape
    domain = operator.domain.supercell(codomain.lattice)
    xp = array_namespace(operator.multipliers)
    blocks = xp.zeros(
        (len(offsets), codomain.size, domain.size),
        dtype=operator.multipliers.dtype,
        device=device(operator.multipliers),
    )
    for (i, y), number in np.ndenumerate(numbers.reshape(column.shape)):
        j = int(column[i, y])
        blocks[int(number), i * m : (i + 1) * m, j * n : (j + 1) * n] = operator.multipliers[y, ...]
    return CrystalOperator.from_arrays(domain, codomain, offsets.astype(np.int64), blocks)
