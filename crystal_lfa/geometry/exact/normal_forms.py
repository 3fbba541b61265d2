"""Normal forms of integer matrices: Hermite, Smith, and short bases. The only module that knows SymPy's."""

from __future__ import annotations

from typing import Any

from crystal_lfa.geometry.exact.integers import IntegerMatrix, diagonal_matrix

__all__ = ["hermite_form", "is_hermite_form", "shortening", "smith_form"]


def is_hermite_form(matrix: IntegerMatrix) -> bool:
    """Tell whether a square matrix is lower triangular, with each row reduced by its positive diagonal."""
    return all(
        row[i] > 0 and not any(row[i + 1 :]) and all(0 <= entry < row[i] for entry in row[:i])
        for i, row in enumerate(matrix)
    )


def hermite_form(matrix: IntegerMatrix) -> tuple[IntegerMatrix, IntegerMatrix] | None:
    """Return (H, U) with H = matrix U lower triangular and U unimodular, or None for a singular matrix.

    The columns of H generate the same lattice as the columns of `matrix`; H is unique: its diagonal is
    positive and the entries left of the diagonal lie between 0 and the diagonal of their row.
    A matrix of more columns than rows is allowed where H alone is wanted; U is then empty.
    """
    size = len(matrix)
    square = size == len(matrix[0])
    if square and is_hermite_form(matrix):
        return matrix, diagonal_matrix([1] * size)
    from sympy.polys.matrices.normalforms import hermite_normal_form

    # SymPy's form is upper triangular: flipping rows before, rows and columns after, makes it lower.
    upper = hermite_normal_form(_domain_matrix(tuple(reversed(matrix))))
    if upper.shape != (size, size):
        return None
    lower = tuple(tuple(reversed(row)) for row in reversed(_as_tuples(upper)))
    if not square:
        return lower, ()
    transform = _domain_matrix(matrix).to_field().inv() * _domain_matrix(lower).to_field()
    return lower, _as_tuples(transform)


def smith_form(matrix: IntegerMatrix) -> tuple[tuple[int, ...], IntegerMatrix, IntegerMatrix]:
    """Return (d, S, T) with diag(d) = S matrix T, for a nonsingular square matrix.

    The invariant factors d are positive and each divides the next; S and T are unimodular, and not unique: which
    ones come depends on the build of SymPy, so nothing canonical may hang on them.
    """
    from sympy.polys.matrices.normalforms import smith_normal_decomp

    diagonal, left, right = (_as_tuples(x) for x in smith_normal_decomp(_domain_matrix(matrix)))
    signs = [-1 if row[i] < 0 else 1 for i, row in enumerate(diagonal)]
    factors = tuple(abs(row[i]) for i, row in enumerate(diagonal))
    return factors, tuple(tuple(s * x for x in row) for s, row in zip(signs, left, strict=True)), right


def shortening(rows: IntegerMatrix) -> IntegerMatrix:
    """Return a unimodular T for which the rows of T rows are short (LLL); not unique, for display and searches only."""
    from sympy import QQ

    _, transform = _domain_matrix(rows).lll_transform(delta=QQ(99, 100))
    return _as_tuples(transform)


def _domain_matrix(matrix: IntegerMatrix) -> Any:
    from sympy import ZZ
    from sympy.polys.matrices import DomainMatrix

    return DomainMatrix([[ZZ(entry) for entry in row] for row in matrix], (len(matrix), len(matrix[0])), ZZ)


def _as_tuples(matrix: Any) -> IntegerMatrix:
    return tuple(tuple(int(entry) for entry in row) for row in matrix.to_dense().to_list())
