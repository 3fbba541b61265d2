"""Operators read from matrices: what `to_sparse` writes, and what other libraries assemble."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
import scipy.sparse
import skfem
from hypothesis import given
from hypothesis import strategies as st
from pyamg.gallery import linear_elasticity, poisson, stencil_grid
from pyamg.gallery.diffusion import diffusion_stencil_2d
from scipy.sparse.linalg import aslinearoperator
from skfem.models.elasticity import lame_parameters
from skfem.models.elasticity import linear_elasticity as elastic_form
from skfem.models.poisson import laplace, mass

import crystal_lfa as lfa
from crystal_lfa.errors import (
    CrystalError,
    InvalidArgumentError,
    MultiplierError,
    NotFiniteError,
    TorusError,
    TranslationInvarianceError,
)
from crystal_lfa.geometry.representatives import shortest_representatives
from crystal_lfa.operators.sparse_input import operator_from_sparse
from crystal_lfa.testing.draws import RandomOperator, random_crystal, random_lattice, random_torus, random_twist

seeds = st.integers(0, 2**32 - 1)

LINE, PLANE, SPACE = (lfa.lattices.integer(d) for d in (1, 2, 3))
PAIR = lfa.Crystal(LINE, [0, 0.5], dof=[1, 2])
LAPLACIAN = lfa.CrystalOperator(LINE, LINE, {-1: -1, 0: 2, 1: -1})
FIVE_POINTS = {(0, 0): 4, (1, 0): -1, (-1, 0): -1, (0, 1): -1, (0, -1): -1}

Table = dict[tuple[int, ...], Any]


def table(operator: lfa.CrystalOperator, digits: int | None = None) -> Table:
    """Return {offset: multiplier}, numbers for 1 x 1 matrices; rounded, offsets that become zero left out."""
    values = operator.multipliers if digits is None else np.round(operator.multipliers, digits) + 0.0
    entries = zip(map(tuple, operator.offsets.tolist()), values, strict=True)
    return {y: m.item() if m.shape == (1, 1) else m.tolist() for y, m in entries if m.any()}


def worst(left: Any, right: Any) -> float:
    """Return the largest difference of two matrices, relative to the largest entry."""
    difference, right = scipy.sparse.csr_array(left - right), scipy.sparse.csr_array(right)
    return float(abs(difference).max() / max(abs(right).max(), 1e-300))


# What to_sparse writes ------------------------------------------------------------------------------------------


@given(seeds)
def test_a_matrix_on_a_torus_is_the_matrix_of_the_operator_read_from_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lattice = random_lattice(rng)
    crystal = random_crystal(rng, lattice)
    drawn = RandomOperator.between(rng, crystal, crystal, imaginary=rng.random() < 0.3)
    torus = random_torus(rng, lattice, largest=30)
    matrix = drawn.operator.to_sparse(torus)
    operator = operator_from_sparse(matrix, crystal, torus)
    assert worst(operator.to_sparse(torus), matrix) <= 1e-12
    assert operator.domain == operator.codomain == crystal
    assert worst(matrix, drawn.dense(torus)) <= 1e-12


@given(seeds)
def test_an_operator_is_found_again_on_a_torus_wider_than_its_range(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lattice = (LINE, PLANE, SPACE)[rng.integers(3)]
    crystal = random_crystal(rng, lattice)
    drawn = RandomOperator.between(rng, crystal, crystal, imaginary=rng.random() < 0.5).operator
    torus = lattice.torus(5, random_twist(rng, lattice.dim))
    operator = operator_from_sparse(drawn.to_sparse(torus), crystal, torus)
    assert operator.offsets.tolist() == drawn.offsets.tolist()
    np.testing.assert_allclose(operator.multipliers, drawn.multipliers, rtol=0, atol=1e-13)
    if not torus.exact_twist[0] or torus.has_real_functions:
        assert operator.is_real == drawn.is_real
    if not any(torus.exact_twist):
        assert (operator.multipliers == drawn.multipliers).all()
        assert operator.multipliers.dtype == drawn.multipliers.dtype


@pytest.mark.parametrize("twist", [0, 0.5, 1 / 3, 0.123])
def test_real_multipliers_come_back_real_from_every_twist(twist: float) -> None:
    torus = PLANE.torus([[5, 1], [-1, 4]], twist)
    drawn = lfa.CrystalOperator(PLANE, PLANE, {(0, 0): 4, (1, 0): -1, (-1, 0): -1.5})
    operator = operator_from_sparse(drawn.to_sparse(torus), PLANE, torus)
    assert operator.multipliers.dtype == np.float64
    assert table(operator, 14) == {(0, 0): 4, (1, 0): -1, (-1, 0): -1.5}


def test_imaginary_parts_beyond_rounding_stay() -> None:
    torus = LINE.torus(5, 0.123)
    drawn = lfa.CrystalOperator(LINE, LINE, {0: 1, 1: 1e-10j})
    assert not operator_from_sparse(drawn.to_sparse(torus), LINE, torus).is_real


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "bsr", "dia", "dok", "lil", "dense", "matrix", "list"])
def test_every_format_is_read(form: str) -> None:
    matrix = LAPLACIAN.to_sparse(6)
    given_as: dict[str, Callable[[], Any]] = {
        "dense": matrix.toarray,
        "matrix": lambda: scipy.sparse.csr_matrix(matrix),
        "list": matrix.toarray().tolist,
    }
    read = operator_from_sparse(given_as.get(form, lambda: matrix.asformat(form))(), LINE, 6)
    assert table(read) == table(LAPLACIAN)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, np.float32, np.longdouble, np.complex64])
def test_every_type_of_number_becomes_double(dtype: Any) -> None:
    matrix = scipy.sparse.eye_array(4, dtype=dtype, format="csr")
    read = operator_from_sparse(matrix, LINE, 4)
    assert table(read) == {(0,): 1}
    assert read.multipliers.dtype == (np.complex128 if dtype is np.complex64 else np.float64)


def test_duplicates_add_and_explicit_zeros_are_none() -> None:
    here, ahead = np.arange(4), (np.arange(4) + 1) % 4
    rows, columns = np.tile(here, 4), np.concatenate([here, here, ahead, (here + 2) % 4])
    values = np.repeat([1.0, 2.0, 5.0, 0.0], 4)
    matrix = scipy.sparse.coo_array((values, (rows, columns)), shape=(4, 4))
    assert table(operator_from_sparse(matrix, LINE, 4)) == {(0,): 3, (1,): 5}
    unsummed = scipy.sparse.csr_array((np.ones(4), np.zeros(4, dtype=int), [0, 4]), shape=(1, 1))
    assert table(operator_from_sparse(unsummed, LINE, 1)) == {(0,): 4}
    assert unsummed.nnz == 4


def test_a_zero_matrix_is_the_zero_operator() -> None:
    for periodic in (True, False):
        operator = operator_from_sparse(scipy.sparse.csr_array((12, 12)), PAIR, 4, periodic=periodic)
        assert operator.multipliers.shape == (0, 3, 3)
    assert not operator_from_sparse(np.zeros((2, 2)), LINE, 2, rtol=float("inf")).offsets.size


def test_the_mean_of_equal_values_is_exactly_that_value() -> None:
    values = {(0, 0): 0.1, (1, 0): 0.7, (0, -1): 1 / 3}
    drawn = lfa.CrystalOperator(PLANE, PLANE, values)
    assert table(operator_from_sparse(drawn.to_sparse((90, 70)), PLANE, (90, 70))) == values


@pytest.mark.parametrize("scale", [1e-310, 1e-300, 1e300, 1.7e308])
def test_extreme_numbers_neither_overflow_nor_vanish(scale: float) -> None:
    drawn = lfa.CrystalOperator(LINE, LINE, {0: scale, 1: -scale, 2: scale * 1j})
    assert table(operator_from_sparse(drawn.to_sparse(7), LINE, 7)) == table(drawn)
    matrix = LAPLACIAN.to_sparse(6) * (scale / 2)
    matrix[2, 3] = 0.4 * scale
    with pytest.raises(TranslationInvarianceError):
        operator_from_sparse(matrix, LINE, 6)


def test_nothing_small_is_taken_for_zero() -> None:
    drawn = lfa.CrystalOperator(LINE, LINE, {0: 1, 1: 1e-200, 2: 1e-20})
    assert table(operator_from_sparse(drawn.to_sparse(7), LINE, 7)) == table(drawn)


def test_a_torus_of_another_lattice_serves_as_well() -> None:
    pair = lfa.Crystal(LINE.sublattice(2), [0, 0.5])
    read = operator_from_sparse(LAPLACIAN.on(2).to_sparse(LINE.torus(12)), pair, LINE.torus(12))
    assert table(read) == table(LAPLACIAN.on(2))


# Offsets on small tori ------------------------------------------------------------------------------------------


def test_offsets_equal_to_their_negative_are_counted_once() -> None:
    two = operator_from_sparse(LAPLACIAN.to_sparse(2), LINE, 2)
    assert table(two) == {(0,): 2, (1,): -2}
    square = lfa.CrystalOperator(PLANE, PLANE, FIVE_POINTS)
    assert table(operator_from_sparse(square.to_sparse((2, 3)), PLANE, (2, 3))) == {
        (0, 0): 4, (1, 0): -2, (0, 1): -1, (0, -1): -1
    }  # fmt: skip
    assert table(operator_from_sparse(square.to_sparse(3), PLANE, 3)) == FIVE_POINTS


def test_the_shortest_offset_is_the_cartesian_one() -> None:
    # Neighbours of the triangular lattice, with the skew vectors a and b - a of the angle 120 degrees, or worse.
    a, b = np.array([1, 0]), np.array([0.5, 0.75**0.5])
    for vectors in ([a, b], [a, b - a], [a, b + 3 * a]):
        lattice = lfa.Lattice(vectors)
        around = {tuple(bond[2]): 1.0 for bond in lfa.Crystal(lattice).shells(1)[0].bonds}
        operator = lfa.CrystalOperator(lattice, lattice, around)
        torus = lattice.torus(4)
        assert table(operator_from_sparse(operator.to_sparse(torus), lattice, torus)) == around


@given(seeds)
def test_shortest_representatives_are_as_short_as_all_shifts_allow(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lattice = random_lattice(rng)
    torus = random_torus(rng, lattice, largest=12)
    points = torus.points
    found = shortest_representatives(torus, points)
    assert torus.index(found).tolist() == list(range(torus.order))
    # |z + N w| <= |z| leaves coordinates w of at most 2 |z| |n_i*|, n_i* dual to the periods.
    periods = lfa.Lattice(lattice.cartesian(torus.periods))
    radius = 2 * np.linalg.norm(lattice.cartesian(points), axis=1).max()
    limits = np.floor(radius * np.linalg.norm(periods.dual.vectors, axis=1)).astype(int) + 1
    shifts = np.array(list(product(*(range(-limit, limit + 1) for limit in limits)))) @ torus.periods
    everywhere = np.linalg.norm(lattice.cartesian(points[:, None] + shifts), axis=-1)
    lengths = np.linalg.norm(lattice.cartesian(found), axis=-1)
    np.testing.assert_allclose(lengths, everywhere.min(axis=1), rtol=1e-8, atol=1e-12)
    # Equal points have one representative; opposite ones opposite ones, unless they are equal themselves.
    moved = points + rng.integers(-9, 10, size=points.shape) @ torus.periods
    assert shortest_representatives(torus, moved).tolist() == found.tolist()
    distinct = torus.index(-points) != torus.index(points)
    assert shortest_representatives(torus, -points)[distinct].tolist() == (-found[distinct]).tolist()


# Boxes: what other libraries assemble ---------------------------------------------------------------------------


@pytest.mark.parametrize("grid", [(7,), (3,), (5, 8), (3, 3), (4, 5, 3)])
@pytest.mark.parametrize("form", ["csr", "dia"])
def test_poisson_of_pyamg(grid: tuple[int, ...], form: str) -> None:
    d = len(grid)
    expected = {tuple(step): -1.0 for step in [*np.eye(d, dtype=int).tolist(), *(-np.eye(d, dtype=int)).tolist()]}
    expected[(0,) * d] = 2.0 * d
    read = operator_from_sparse(poisson(grid, format=form), lfa.lattices.integer(d), grid, periodic=False)
    assert table(read) == expected


def as_table(stencil: Any) -> Table:
    """Return an array of odd extents as {offset: entry}."""
    centre = np.array(np.shape(stencil)) // 2
    return {tuple((np.array(i) - centre).tolist()): x for i, x in np.ndenumerate(stencil) if x}


@given(seeds)
def test_any_stencil_grid_of_pyamg(seed: int) -> None:
    rng = np.random.default_rng(seed)
    extents = tuple((2 * rng.integers(0, 3, size=rng.integers(1, 4)) + 1).tolist())
    stencil = rng.standard_normal(extents) * (rng.random(extents) < 0.7)
    grid = tuple(n + int(k) for n, k in zip(extents, rng.integers(0, 4, size=len(extents)), strict=True))
    matrix = stencil_grid(stencil, grid, format="csr")
    read = operator_from_sparse(matrix, lfa.lattices.integer(len(grid)), grid, periodic=False)
    assert table(read) == as_table(stencil)


@pytest.mark.parametrize("kind", ["FE", "FD"])
def test_rotated_diffusion_of_pyamg(kind: str) -> None:
    stencil = diffusion_stencil_2d(epsilon=0.01, theta=0.6, type=kind)
    matrix = stencil_grid(stencil, (6, 9), format="csr")
    assert table(operator_from_sparse(matrix, PLANE, (6, 9), periodic=False)) == as_table(stencil)


def test_rows_at_the_boundary_are_not_looked_at() -> None:
    matrix = poisson((6, 6), format="lil")
    matrix[0, 0], matrix[5, 4], matrix[30, 30] = 100.0, 7.0, 0.0
    assert table(operator_from_sparse(matrix, PLANE, 6, periodic=False)) == FIVE_POINTS
    matrix[7, 7] = 100.0
    with pytest.raises(TranslationInvarianceError, match=r"row 7 \(lattice point \(1, 1\), site 0\)"):
        operator_from_sparse(matrix, PLANE, 6, periodic=False)


def test_a_box_with_blocks_and_one_sided_couplings() -> None:
    drawn = lfa.CrystalOperator(PAIR, PAIR, {0: np.arange(9).reshape(3, 3) + 1.0, 2: np.eye(3)})
    whole = drawn.to_sparse(12).toarray()
    whole[30:, :6] = 0
    read = operator_from_sparse(whole, PAIR, 12, periodic=False)
    assert table(read) == table(drawn)


def test_a_diagonal_matrix_has_no_boundary() -> None:
    read = operator_from_sparse(3 * scipy.sparse.eye_array(8), PLANE, (2, 4), periodic=False)
    assert table(read) == {(0, 0): 3}


# Finite elements ------------------------------------------------------------------------------------------------


def tensor_mesh(kind: Any, cells: int) -> Any:
    axis = np.linspace(0, 1, cells + 1)
    return kind.init_tensor(axis, axis)


def folded(form: Any, basis: Any, numbers: Any) -> Any:
    """Assemble, and identify the unknowns that have the same number."""
    fold = scipy.sparse.coo_array((np.ones(basis.N), (np.arange(basis.N), numbers)))
    return (fold.T @ form.assemble(basis) @ fold).tocsr()


def point_numbers(places: Any, cells: int, per_cell: int = 1) -> tuple[Any, Any]:
    """Return the torus point of positions in the unit square, and the place inside its cell in C order."""
    steps = np.rint(places * cells * per_cell).astype(int) % (cells * per_cell)
    cell, inside = steps // per_cell, steps % per_cell
    return cell[0] * cells + cell[1], inside[0] * per_cell + inside[1]


def linear_elements(form: Any, cells: int) -> lfa.CrystalOperator:
    basis = skfem.Basis(tensor_mesh(skfem.MeshTri, cells), skfem.ElementTriP1())
    return operator_from_sparse(folded(form, basis, point_numbers(basis.doflocs, cells)[0]), PLANE, cells)


def test_linear_elements_on_a_periodic_mesh() -> None:
    stiffness = linear_elements(laplace, 6)
    assert table(stiffness, 12) == FIVE_POINTS
    weights = table(linear_elements(mass, 6) * 36 * 12, 12)
    # One of the two diagonals is an edge of the mesh.
    diagonal = next(iter({(1, 1), (1, -1)} & set(weights)))
    neighbours = [(1, 0), (0, 1), diagonal]
    assert weights == {(0, 0): 6} | {(s * x, s * y): 1 for x, y in neighbours for s in (-1, 1)}


def test_linear_elements_in_a_box() -> None:
    cells = 5
    basis = skfem.Basis(tensor_mesh(skfem.MeshTri, cells), skfem.ElementTriP1())
    order = np.lexsort(np.rint(basis.doflocs * cells)[::-1])
    matrix = laplace.assemble(basis)[order][:, order]
    assert table(operator_from_sparse(matrix, PLANE, cells + 1, periodic=False), 12) == FIVE_POINTS
    with pytest.raises(TranslationInvarianceError, match="a box with boundaries needs periodic=False"):
        operator_from_sparse(matrix, PLANE, cells + 1)


def quadratic_elements(form: Any, cells: int) -> lfa.CrystalOperator:
    """Vertices and midpoints of edges: four sites, in C order."""
    crystal = lfa.Crystal(PLANE, [[0, 0], [0, 0.5], [0.5, 0], [0.5, 0.5]])
    basis = skfem.Basis(tensor_mesh(skfem.MeshTri, cells), skfem.ElementTriP2())
    cell, site = point_numbers(basis.doflocs, cells, per_cell=2)
    matrix = folded(form, basis, cell * 4 + site)
    operator = operator_from_sparse(matrix, crystal, cells)
    assert worst(operator.to_sparse(cells), matrix) < 1e-12
    return operator


def test_quadratic_elements_on_a_periodic_mesh() -> None:
    stiffness = quadratic_elements(laplace, 5)
    assert table(stiffness, 11) == table(quadratic_elements(laplace, 4), 11)
    vertex_rows = {y: np.array(m)[0] for y, m in table(stiffness, 11).items()}
    # From a vertex: 4, -4/3 to the midpoints of the four edges along the axes, 1/3 to the vertices behind them.
    assert vertex_rows[0, 0] == pytest.approx([4, -4 / 3, -4 / 3, 0], abs=1e-10)
    assert vertex_rows[1, 0] == pytest.approx([1 / 3, 0, 0, 0], abs=1e-10)
    assert vertex_rows[-1, 0] == pytest.approx([1 / 3, 0, -4 / 3, 0], abs=1e-10)
    np.testing.assert_allclose(stiffness.symbol([0, 0]) @ np.ones(4), 0, atol=1e-12)
    weights = quadratic_elements(mass, 5)
    assert weights.symbol([0, 0]).sum() == pytest.approx(1 / 25)


def test_elasticity_of_pyamg_is_that_of_scikit_fem() -> None:
    # pyamg numbers points with x running fastest: x is the second axis, and the first unknown points along it.
    crystal = lfa.Crystal(PLANE, dof=2)
    read = operator_from_sparse(linear_elasticity((6, 6))[0], crystal, 6, periodic=False)
    assert table(read, 6) == table(
        operator_from_sparse(linear_elasticity((4, 4), format="csr")[0], crystal, 4, periodic=False), 6
    )
    cells = 6
    mesh = tensor_mesh(skfem.MeshQuad, cells)
    basis = skfem.Basis(mesh, skfem.ElementVector(skfem.ElementQuad1()))
    component = np.zeros(basis.N, dtype=int)
    component[basis.nodal_dofs[1]] = 1
    point, _ = point_numbers(basis.doflocs[::-1], cells)
    matrix = folded(elastic_form(*lame_parameters(1e5, 0.3)), basis, 2 * point + component)
    periodic = operator_from_sparse(matrix, crystal, cells)
    assert read.offsets.tolist() == periodic.offsets.tolist()
    np.testing.assert_allclose(read.multipliers, periodic.multipliers, rtol=0, atol=1e-6)
    np.testing.assert_allclose(read.symbol([0, 0]), 0, atol=1e-8)


# What is refused ------------------------------------------------------------------------------------------------


def perturbed(change: float, place: tuple[int, int] = (3, 4)) -> Any:
    matrix = LAPLACIAN.to_sparse(8).tolil()
    matrix[place] += change
    return matrix


def test_one_wrong_entry_is_named_with_its_size() -> None:
    with pytest.raises(TranslationInvarianceError) as caught:
        operator_from_sparse(perturbed(0.004), LINE, 8)
    assert str(caught.value) == (
        "matrix: got rows that deviate from their mean by up to 0.00175 of the largest entry; at most rtol = 1e-12 is "
        "needed for one operator: worst is row 3 (lattice point (3,), site 0), coupled to the offset (1,), site 0, "
        "-0.996 where the mean is -0.9995; a matrix of a box with boundaries needs periodic=False"
    )
    assert table(operator_from_sparse(perturbed(0.004), LINE, 8, rtol=0.0018)) == pytest.approx(
        {(-1,): -1, (0,): 2, (1,): -0.9995}
    )
    with pytest.raises(TranslationInvarianceError):
        operator_from_sparse(perturbed(0.004), LINE, 8, rtol=0.0017)


def test_a_missing_and_a_superfluous_entry_are_named() -> None:
    with pytest.raises(TranslationInvarianceError, match=r"0\.438 of .* row 3 .* offset \(1,\), .* 0 where .* -0\.875"):
        operator_from_sparse(perturbed(1.0), LINE, 8)
    with pytest.raises(TranslationInvarianceError, match=r"row 0 .* offset \(-3,\), site 0, 5 where the mean is 0\.6"):
        operator_from_sparse(perturbed(5.0, (0, 5)), LINE, 8)


def test_the_unknown_of_a_wrong_row_is_named() -> None:
    matrix = scipy.sparse.eye_array(12, format="lil") * (2 + 1j)
    matrix[8, 10] = 1j
    with pytest.raises(
        TranslationInvarianceError,
        match=r"row 8 \(lattice point \(2,\), site 1, channel 1\), coupled to the offset \(1,\), site 1, channel 0, "
        r"0\+1j where the mean is 0\+0\.25j;",
    ):
        operator_from_sparse(matrix, PAIR, 4)


def test_the_wrong_twist_is_found_out() -> None:
    matrix = LAPLACIAN.to_sparse(LINE.torus(8, 0.5))
    with pytest.raises(TranslationInvarianceError):
        operator_from_sparse(matrix, LINE, 8)
    assert table(operator_from_sparse(matrix, LINE, LINE.torus(8, 0.5))) == table(LAPLACIAN)
    # Inside a box no coupling goes around, so no twist matters.
    assert table(operator_from_sparse(poisson((8,)), LINE, LINE.torus(8, 0.5), periodic=False)) == table(LAPLACIAN)


NAN = float("nan")
EYE = np.eye(4)


@pytest.mark.parametrize(
    ("error", "message", "call"),
    [
        (
            InvalidArgumentError,
            r"matrix: got shape \(3, 3\); \(12, 12\) is needed, for 4 lattice points \(of the torus N\) with 3 unk",
            lambda: operator_from_sparse(np.eye(3), PAIR, 4),
        ),
        (InvalidArgumentError, r"matrix: got shape \(4,\); \(4, 4\)", lambda: operator_from_sparse([1] * 4, LINE, 4)),
        (
            InvalidArgumentError,
            r"matrix: got shape \(2, 2, 2\); \(2, 2\)",
            lambda: operator_from_sparse(scipy.sparse.coo_array(np.ones((2, 2, 2))), LINE, 2),
        ),
        (
            InvalidArgumentError,
            r"matrix: got MatrixLinearOperator; a scipy sparse matrix or a numpy array is needed",
            lambda: operator_from_sparse(aslinearoperator(EYE), LINE, 4),
        ),
        (InvalidArgumentError, r"matrix: got NoneType; a", lambda: operator_from_sparse(None, LINE, 4)),
        (MultiplierError, r"matrix: got entries of type <U1", lambda: operator_from_sparse([["a"]], LINE, 1)),
        (MultiplierError, r"matrix: got rows of different", lambda: operator_from_sparse([[1, 2], [3]], LINE, 2)),
        (
            NotFiniteError,
            r"matrix: 2 entries are NaN or infinite, the first at \(1, 0\); finite numbers are",
            lambda: operator_from_sparse([[1, 2], [NAN, -float("inf")]], LINE, 2),
        ),
        (InvalidArgumentError, r"rtol: got -1; a number", lambda: operator_from_sparse(EYE, LINE, 4, rtol=-1)),
        (InvalidArgumentError, r"rtol: got nan; a number", lambda: operator_from_sparse(EYE, LINE, 4, rtol=NAN)),
        (InvalidArgumentError, r"rtol: got '1'; a number", lambda: operator_from_sparse(EYE, LINE, 4, rtol="1")),
        (InvalidArgumentError, r"rtol: got True; a number", lambda: operator_from_sparse(EYE, LINE, 4, rtol=True)),
        (
            InvalidArgumentError,
            r"periodic: got \(True,\); True or False is needed",
            lambda: operator_from_sparse(EYE, LINE, 4, periodic=(True,)),
        ),
        (InvalidArgumentError, r"crystal: got 3 of type", lambda: operator_from_sparse(EYE, 3, 4)),
        (TorusError, r"periods: got \(\(0,\),\)", lambda: operator_from_sparse(EYE, LINE, 0)),
        (
            InvalidArgumentError,
            r"N: got the periods \[\[2, 1\], \[0, 2\]\]; with periodic=False a diagonal N, a box, is needed",
            lambda: operator_from_sparse(EYE, PLANE, [[2, 1], [0, 2]], periodic=False),
        ),
        (
            InvalidArgumentError,
            (
                r"N: got a box of \(2, 9\) points whose rows reach as far as \(1, 1\) along the axes, so that all are "
                r"at the boundary; with that reach a box of at least \(3, 9\) is needed \(the row of the point \(0, 0\)"
                r" reaches the offset \(1, 0\); couplings that go around a torus need periodic=True\)"
            ),
            lambda: operator_from_sparse(poisson((2, 9)), PLANE, (2, 9), periodic=False),
        ),
        (
            InvalidArgumentError,
            r"N: got a box of \(8,\) .* as far as \(7,\) .* at least \(15,\) .* need periodic=True",
            lambda: operator_from_sparse(LAPLACIAN.to_sparse(8), LINE, 8, periodic=False),
        ),
    ],
)
def test_bad_input_is_refused(error: type[CrystalError], message: str, call: Callable[[], object]) -> None:
    with pytest.raises(error, match=message) as caught:
        call()
    assert type(caught.value) is error


def test_a_skew_description_of_a_box_is_one() -> None:
    periods = [[4, 4], [0, 4]]
    assert table(operator_from_sparse(poisson((4, 4)), PLANE, periods, periodic=False)) == FIVE_POINTS
