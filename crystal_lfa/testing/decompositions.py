"""The laws of singular value decompositions on a torus, against the dense matrix."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from crystal_lfa.errors import RankDeficiencyWarning
from crystal_lfa.operators.arrays import to_numpy
from crystal_lfa.spectra import SVD, eig, svd
from crystal_lfa.testing.cases import (
    Case,
    agree,
    allowed_error,
    frequency_name,
    like_its_numbers,
    random_functions,
    seen,
    terms,
    turns,
)
from crystal_lfa.testing.comparison import name_value

__all__ = ["decomposition_laws"]

_SEVERAL = 8
"""Vectors that are looked at one by one, of each end of the spectrum and of the middle."""


def _dense(case: Case) -> NDArray[Any]:
    return np.asarray(case.operator.to_sparse(case.torus).toarray())


def _allowed(case: Case, dense: NDArray[Any]) -> float:
    return allowed_error(case, 4 * terms(case) + turns(case) + 4 * max(dense.shape))


def _entry(at: tuple[int, ...]) -> str:
    return f"entry {at}"


def _spread(count: int) -> list[int]:
    """Return numbers of values: the largest, the smallest, and some in between."""
    return sorted({*range(min(_SEVERAL, count)), *np.linspace(0, count - 1, _SEVERAL).astype(int).tolist()})


def the_factors_rebuild_the_matrix(case: Case, _rng: Generator) -> None:
    """U S V^H is the matrix, whether factors are kept or computed again; U and V have orthonormal columns."""
    dense, torus = _dense(case), seen(case)
    allowed = _allowed(case, dense)
    for keep in (True, False):
        found = svd(case.operator, torus, keep)
        matrix = found.to_operator().to_sparse().toarray()
        agree(case, f"U S V^H, keep={keep}", matrix, dense, allowed, _entry)
        for name, vectors in (("U", found.U), ("V", found.V)):
            columns = vectors @ np.eye(vectors.shape[1])
            gram = columns.conj().T @ columns
            unit = 8 * float(np.finfo(np.float64).eps) * (16 + max(gram.shape))
            agree(case, f"{name}^H {name} = 1", gram, np.eye(len(gram)), unit, _entry)
            again = vectors.H @ columns
            agree(case, f"{name}.H", again, gram, unit, _entry)
        together = found.U @ (to_numpy(found.sorted_values)[:, None] * (found.V.H @ np.eye(dense.shape[1])))
        agree(case, "U S V^H as linear operators", together, dense, allowed, _entry)


def singular_vectors_are_those_of_the_matrix(case: Case, _rng: Generator) -> None:
    """Compare: A v = sigma u and A^H u = sigma v, of norm one; real where the matrix is real."""
    dense, torus = _dense(case), seen(case)
    found = svd(case.operator, torus)
    values, table = to_numpy(found.sorted_values), to_numpy(found.values)
    allowed = _allowed(case, dense)
    for i in _spread(len(values)):
        left, right = to_numpy(found.left(i)), to_numpy(found.right(i))
        number, place = found.locate(i)
        agree(case, "locate", table[number, place], values[i], 0.0, _entry)
        if found.is_real and (np.iscomplexobj(left) or np.iscomplexobj(right)):
            raise AssertionError(f"vector {i} of a real operator is complex, for {case.operator!r} on {torus!r}")
        for name, matrix, start, end in (("A v", dense, right, left), ("A^H u", dense.conj().T, left, right)):
            image = (matrix @ start.ravel()).reshape(1, *end.shape)
            where = f"{name} = sigma w, number {i} at {frequency_name(torus, number)}"
            agree(case, where, image, (values[i] * end)[None], allowed, name_value(torus))
            agree(case, "norm of a vector", np.linalg.norm(start), np.asarray(1.0), 1e-13, _entry)


def functions_of_a_decomposition(case: Case, rng: Generator) -> None:
    """Compare: truncated, clipped, mapped, polar, with what the same does to the dense matrix."""
    dense, torus = _dense(case), seen(case)
    u, s, vh = np.linalg.svd(dense, full_matrices=False)
    found = svd(case.operator, torus)
    allowed = _allowed(case, dense)
    rank = int(rng.integers(1, len(s) + 1))
    truncated = _matrix(found.truncate(rank=rank))
    # The approximation is unique where the values have a gap; its error always is.
    error = np.linalg.svd(dense - truncated, compute_uv=False)[:1]
    agree(case, f"error of rank {rank}", error, np.append(s, 0.0)[rank : rank + 1], allowed, _entry)
    agree(case, "its rank", np.asarray(found.truncate(rank=rank).rank), np.asarray(min(rank, found.rank)), 0.0, _entry)
    bound = float(s.max(initial=0.0)) / 2
    clipped = (u * np.minimum(s, bound)) @ vh
    agree(case, "clipped", _matrix(found.clip(0, bound)), clipped, allowed * max(1.0, _spreading(s)), _entry)
    squared = (u * s**3) @ vh
    size = max(1.0, float(s.max(initial=0.0)) ** 2)
    agree(case, "A A^H A", _matrix(found.map(lambda x: x**3)), squared, 4 * size * allowed, _entry)
    isometry, positive = found.polar()
    product = (isometry @ positive).to_sparse().toarray()
    agree(case, "polar factors", product, dense, allowed, _entry)


def _spreading(s: NDArray[Any]) -> float:
    """Return by how much more than its argument a clipped matrix may change: slowly, the logarithm of the size."""
    return 4 + 4 * math.log(1 + len(s))


def _matrix(found: SVD) -> NDArray[Any]:
    return np.asarray(found.to_operator().to_sparse().toarray())


def pseudo_inverses_obey_penrose(case: Case, rng: Generator) -> None:
    """Compare: the conditions of Penrose, and least squares, with a gap around what counts as zero."""
    dense, torus = _dense(case), seen(case)
    found = svd(case.operator, torus)
    values = to_numpy(found.sorted_values)
    largest = float(values[0]) or 1.0
    cut = _gap(values / largest)
    kept = values[values > cut * largest]
    condition = largest / float(kept[-1]) if kept.size else 1.0
    allowed = _allowed(case, dense) / largest
    # With a gap above the cut, the dense matrix without its small part is what the conditions hold for.
    low = _matrix(found.truncate(tol=cut)) if kept.size else np.zeros_like(dense)
    inverse = found.pinv(cut)
    plus = _matrix(inverse)
    for name, left, right, size in (
        ("A A+ A = A", low @ plus @ low, low, largest),
        ("A+ A A+ = A+", plus @ low @ plus, plus, condition / largest),
        ("(A A+)^H = A A+", (low @ plus).conj().T, low @ plus, 1.0),
        ("(A+ A)^H = A+ A", (plus @ low).conj().T, plus @ low, 1.0),
    ):
        agree(case, name, left, right, 8 * allowed * condition * size, _entry)
    (b,) = random_functions(rng, case, case.operator.codomain.size, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RankDeficiencyWarning)
        solution = to_numpy(found.solve(b, cut))
    expected = np.linalg.lstsq(dense, to_numpy(b).ravel(), rcond=cut)[0]
    place = name_value(torus)
    allowed_here = 8 * allowed * condition**2 / largest
    agree(case, "least squares", solution[None], expected.reshape(1, *solution.shape), allowed_here, place)
    applied = found.apply(like_its_numbers(solution, case.operator))
    direct = case.operator.apply(like_its_numbers(solution, case.operator), torus)
    size = max(1.0, float(np.linalg.norm(solution)))
    agree(case, "apply", to_numpy(applied)[None], to_numpy(direct)[None], allowed * largest * size, place)


def _gap(values: NDArray[Any]) -> float:
    """Return a cut-off in the widest gap, as a ratio, of descending values from 1; between 1e-8 and 1."""
    borders = np.concatenate([values[values > 1e-8], [1e-9]])
    if len(borders) == 1:
        return 0.5
    ratios = borders[:-1] / borders[1:]
    place = int(np.argmax(ratios))
    return float(np.sqrt(borders[place] * borders[place + 1]))


def eigenvectors_are_those_of_the_matrix(case: Case, _rng: Generator) -> None:
    """Compare: A x = lambda x for A* A; where that is Hermitian to the last bit, X lambda X^H is the matrix."""
    product = case.operator.H @ case.operator
    square = Case((product + product.H) / 2, case.torus)
    dense, torus = _dense(square), seen(square)
    found = eig(square.operator, torus)
    allowed = _allowed(square, dense)
    values = to_numpy(found.sorted_values)
    for i in _spread(values.size):
        vector = to_numpy(found.vector(i))
        image = (dense @ vector.ravel()).reshape(1, *vector.shape)
        agree(square, "A x = lambda x", image, (values[i] * vector)[None], allowed, name_value(torus))
        agree(square, "norm of an eigenvector", np.linalg.norm(vector), np.asarray(1.0), 1e-13, _entry)
    if found.is_hermitian:
        rebuilt = found.map(lambda x: x).to_sparse().toarray()
        agree(square, "X lambda X^H", rebuilt, dense, allowed, _entry)


decomposition_laws = (
    the_factors_rebuild_the_matrix,
    singular_vectors_are_those_of_the_matrix,
    functions_of_a_decomposition,
    pseudo_inverses_obey_penrose,
    eigenvectors_are_those_of_the_matrix,
)
