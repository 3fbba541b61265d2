"""Formulas made of operators: known products, two-grid methods, what meets and how, evaluated once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy

import crystal_lfa as lfa
from crystal_lfa.errors import CrystalMismatchError, InvalidArgumentError, NotFiniteError, SingularSymbolError
from crystal_lfa.frequencies import WaveFunctions
from crystal_lfa.operators.nodes import Adjoint, OnSublattice, Product

PLANE = lfa.lattices.square()
LAPLACIAN = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
UNIT = lfa.identity(LAPLACIAN.domain)
P = lfa.interpolation(LAPLACIAN.domain, 2)
R = P.H / 4
JACOBI = UNIT - 0.8 * LAPLACIAN.diagonal().inv() @ LAPLACIAN
SHIFTED = LAPLACIAN + UNIT


def rediscretised(coarse: Any = 2) -> lfa.CrystalOperator:
    return lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], PLANE.sublattice(coarse)) / 4


# Two-grid methods ------------------------------------------------------------------------------------------------


def test_the_galerkin_operator_of_the_laplacian_is_the_nine_point_stencil() -> None:
    """Shows 2: (12, -2, -1) / 16 with bilinear interpolation and full weighting."""
    galerkin = R @ LAPLACIAN @ P
    assert isinstance(galerkin, lfa.CrystalOperator)
    expected = {(0, 0): 12, **dict.fromkeys([(0, 1), (1, 0), (-1, 0), (0, -1)], -2)}
    expected |= dict.fromkeys([(1, 1), (1, -1), (-1, 1), (-1, -1)], -1)
    found = dict(zip(map(tuple, galerkin.offsets.tolist()), galerkin.multipliers[:, 0, 0].tolist(), strict=True))
    assert {key: 16 * value for key, value in found.items()} == pytest.approx(expected)
    assert galerkin.domain.lattice == PLANE.sublattice(2)


@pytest.mark.parametrize(("steps", "rho"), [((1, 0), 0.599036364616), ((1, 1), 0.358844566690)])
def test_two_grid_factors_with_jacobi(steps: tuple[int, int], rho: float) -> None:
    correction = UNIT - P @ rediscretised().inv() @ R @ LAPLACIAN
    method = JACOBI ** steps[1] @ correction @ JACOBI ** steps[0]
    found = lfa.spectral_radius(method, PLANE.torus(64, twist=0.5))
    assert float(found) == pytest.approx(rho, abs=1e-11)
    assert found.lower == found.upper == float(found.value)


def test_the_norm_of_a_two_grid_method() -> None:
    correction = UNIT - P @ rediscretised().inv() @ R @ LAPLACIAN
    found = lfa.norm(JACOBI @ correction @ JACOBI, PLANE.torus(64, twist=0.5))
    assert float(found) == pytest.approx(0.359084161267, abs=1e-11)


def gauss_seidel() -> lfa.Operator:
    lower = LAPLACIAN.diagonal() + LAPLACIAN.strictly_lower()
    return UNIT - lower.inv() @ LAPLACIAN


@pytest.mark.parametrize(("sweeps", "rho"), [(1, 0.399320174951), (2, 0.192415146816)])
def test_two_grid_factors_with_gauss_seidel(sweeps: int, rho: float) -> None:
    correction = UNIT - P @ rediscretised().inv() @ R @ LAPLACIAN
    found = lfa.spectral_radius(correction @ gauss_seidel() ** sweeps, PLANE.torus(64, twist=0.5))
    assert float(found) == pytest.approx(rho, abs=1e-11)


def red_black() -> lfa.CrystalOperator:
    """Return half sweeps over the points with even, then odd coordinate sum: two sites of the quincunx lattice."""
    A = LAPLACIAN.on([[1, 1], [1, -1]])
    unit = lfa.identity(A.domain)
    red, black = (unit - (A.diagonal().inv() @ A).select(rows=site) for site in (0, 1))
    return black @ red


@pytest.mark.parametrize(("sweeps", "rho"), [(1, 0.248799080025), (2, 0.073847411800)])
def test_two_grid_factors_with_red_black(sweeps: int, rho: float) -> None:
    correction = UNIT - P @ rediscretised().inv() @ R @ LAPLACIAN
    found = lfa.spectral_radius(correction @ red_black() ** sweeps, PLANE.torus(64, twist=0.5))
    assert float(found) == pytest.approx(rho, abs=1e-11)


def test_a_two_grid_method_on_two_lattices_is_the_product_of_matrices() -> None:
    """Shows 3: red-black on the lattice of index 2, standard coarsening of index 4, 16 x 16 points, twist 1/2."""
    torus = PLANE.torus(16, twist=0.5)
    galerkin = R @ LAPLACIAN @ P
    method = red_black() @ (UNIT - P @ galerkin.inv() @ R @ LAPLACIAN) @ red_black()
    assert method.lattice == PLANE.sublattice(2)

    a = LAPLACIAN.to_sparse(torus).toarray()
    points = torus.points
    unit = np.eye(len(points))
    even = np.diag((points.sum(axis=1) % 2 == 0).astype(float))
    smoother = (unit - (unit - even) @ a / 4) @ (unit - even @ a / 4)
    # Interpolation from its definition: hat functions, images around the torus with their sign.
    coarse = [z for z in points.tolist() if z[0] % 2 == z[1] % 2 == 0]
    p = np.zeros((len(points), len(coarse)))
    for column, point in enumerate(coarse):
        for shift in np.ndindex(3, 3):
            winding = np.array(shift) - 1
            distance = np.abs(points - point - 16 * winding)
            p[:, column] += (-1.0) ** winding.sum() * np.prod(np.maximum(0, 1 - distance / 2), axis=1)
    correction = unit - p @ np.linalg.inv(p.T @ a @ p) @ p.T @ a
    expected = np.abs(np.linalg.eigvals(smoother @ correction @ smoother)).max()
    assert float(lfa.spectral_radius(method, torus)) == pytest.approx(expected, abs=1e-10)


def test_three_grids() -> None:
    """REFERENCE: three-grid V(1,1), Jacobi 0.8, n = 32, twist 1/2."""

    def level(A: lfa.CrystalOperator, error: lfa.Operator | None) -> lfa.Operator:
        unit = lfa.identity(A.domain)
        prolongation = lfa.interpolation(A.domain, 2)
        coarse = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], A.lattice.sublattice(2)) * (
            A.diagonal().multipliers.item() / 16
        )
        solve = coarse.inv() if error is None else (lfa.identity(coarse.domain) - error) @ coarse.inv()
        smoother = unit - 0.8 * A.diagonal().inv() @ A
        return smoother @ (unit - prolongation @ solve @ (prolongation.H / 4) @ A) @ smoother

    middle = level(rediscretised(), None)
    found = lfa.spectral_radius(level(LAPLACIAN, middle), PLANE.torus(32, twist=0.5))
    assert float(found) == pytest.approx(0.356981083898, abs=1e-10)


# Meeting ---------------------------------------------------------------------------------------------------------


def test_operators_meet_on_the_lattice_of_the_contract() -> None:
    three, two = LAPLACIAN.on(3), LAPLACIAN.on([[1, 1], [1, -1]])
    assert (LAPLACIAN @ three).lattice.vectors.tolist() == three.lattice.vectors.tolist()
    assert (three @ LAPLACIAN).lattice.vectors.tolist() == three.lattice.vectors.tolist()
    both = three + two
    assert both.lattice == three.lattice.intersection(two.lattice)
    assert both.lattice.vectors.tolist() == three.lattice.intersection(two.lattice).vectors.tolist()
    assert both.allclose(2 * LAPLACIAN.on(both.lattice))
    assert both.domain.is_same_as(three.domain.supercell(both.lattice))
    other_basis = LAPLACIAN.on([[1, 5], [0, 1]])
    assert (LAPLACIAN + other_basis).lattice.vectors.tolist() == [[1, 0], [0, 1]]
    assert (LAPLACIAN + other_basis).allclose(2 * LAPLACIAN)


def test_crystals_equal_up_to_order_and_translation_are_matched() -> None:
    line = lfa.lattices.integer(1)
    pair, moved = lfa.Crystal(line, [0, 0.5]), lfa.Crystal(line, [2.5, -1])
    forth = lfa.CrystalOperator(pair, pair, {0: [[1, 2], [3, 4]]})
    back = lfa.CrystalOperator(moved, moved, {0: [[10, 0], [0, 100]]})
    assert (forth + back).multipliers.tolist() == [[[101, 2], [3, 14]]]
    assert (forth @ back).domain == moved
    assert (forth @ back).allclose(forth @ lfa.diagonal([100, 10], pair))
    with pytest.raises(CrystalMismatchError, match=r"differ; shifting the second by \['1/4'\] would make them equal"):
        forth + lfa.identity(pair.shifted([-0.25]))


def test_powers() -> None:
    assert (SHIFTED**0).allclose(UNIT)
    assert (SHIFTED**3).allclose(SHIFTED @ SHIFTED @ SHIFTED)
    assert isinstance(SHIFTED**3, lfa.CrystalOperator)
    assert (SHIFTED**-2).allclose(SHIFTED.inv() @ SHIFTED.inv())
    assert (SHIFTED.inv() ** 5 @ SHIFTED**5).allclose(UNIT)


def test_what_has_finite_range_stays_such() -> None:
    for operator in (
        LAPLACIAN.diagonal().inv(), lfa.stencil([0, 0, 2]).inv(), JACOBI @ JACOBI, R @ LAPLACIAN @ P, red_black(),
        LAPLACIAN.inv().inv(),
    ):  # fmt: skip
        assert isinstance(operator, lfa.CrystalOperator)
    shift = lfa.CrystalOperator(LAPLACIAN.domain, LAPLACIAN.domain, {(1, 2): 4})
    assert (shift @ shift.inv()).allclose(UNIT)
    assert SHIFTED.inv().H.H is not None
    assert SHIFTED.inv().T.T.allclose(SHIFTED.inv())


def test_structure_is_carried_only_where_it_holds() -> None:
    inverse = SHIFTED.inv()
    assert inverse.is_real
    assert inverse.is_hermitian
    assert (inverse + LAPLACIAN).is_hermitian
    assert not (inverse @ LAPLACIAN).is_hermitian
    assert not (1j * inverse).is_real
    assert not (1j * inverse).is_hermitian
    assert (2 * inverse).is_hermitian
    assert not (inverse + 1j * UNIT).is_real
    assert inverse.on(2).is_hermitian
    assert inverse.H.is_hermitian
    assert inverse.T.is_real


def test_pseudo_inverse_of_a_singular_operator() -> None:
    torus = PLANE.torus(6)
    dense = np.linalg.pinv(LAPLACIAN.to_sparse(torus).toarray(), rcond=1e-10)
    np.testing.assert_allclose(LAPLACIAN.pinv().to_sparse(torus).toarray(), dense, atol=1e-13)
    np.testing.assert_allclose(LAPLACIAN.on(2).pinv().to_sparse(torus).toarray().shape, (36, 36))
    coarse = (R @ LAPLACIAN @ P).pinv()
    assert np.abs(coarse.symbol([0, 0])).max() == 0
    tall = lfa.CrystalOperator(UNIT.domain, lfa.Crystal(PLANE, dof=2), {(0, 0): [[3], [4]]})
    assert (tall.pinv() @ tall).allclose(UNIT)
    assert (lfa.stencil([1e-3, 1.0, 0]).pinv(rtol=0.9999)).symbol([0.5]).item() == 0


# Evaluation ------------------------------------------------------------------------------------------------------


class Counted(lfa.Operator):
    """The identity on a line, which counts how often its symbols are asked for."""

    is_real = True
    is_hermitian = True

    def __init__(self) -> None:
        self._fill(domain=lfa.Crystal(lfa.lattices.integer(1)), codomain=lfa.Crystal(lfa.lattices.integer(1)), calls=[])

    def symbols(self, waves: WaveFunctions, _dtype: Any = None) -> Any:
        phases = waves(np.zeros((1, 1), dtype=np.int64))
        self.calls.append(phases.shape)
        return phases[..., None]


def test_every_subexpression_is_evaluated_once() -> None:
    counted = Counted()
    inverse = (2 * counted).inv()
    method = inverse @ counted + (2 * counted).inv() @ inverse.H
    for _ in range(5):
        method = method @ method + counted
    assert len(counted.calls) == 0
    lfa.eigvals(method, 8, memory="1GB")
    assert len(counted.calls) == 1
    graph = method.expression_graph()
    assert [graph.nodes[n]["label"] for n in graph].count("Inverse") == 1
    assert max(graph) == len(graph) - 1


def test_an_operator_of_ones_own_has_the_whole_algebra() -> None:
    mine = Counted()
    assert (mine + mine).symbol([0.3]).item() == 2
    assert mine.on(2).allclose(lfa.identity(mine.domain).on(2))
    assert mine.T.allclose(mine)
    assert lfa.svdvals(mine.on(3), 6).shape == (6, 3)
    np.testing.assert_allclose(mine.to_sparse(4).toarray(), np.eye(4), atol=1e-15)
    lfa.testing.check(mine, mine.lattice.torus(5, twist=0.3))


def test_lazy_cells_of_lazy_cells() -> None:
    inverse = SHIFTED.inv()
    twice = inverse.on([[1, 1], [1, -1]]).on([[2, 0], [0, 1]])
    assert isinstance(twice, OnSublattice)
    assert twice.allclose(SHIFTED.on([[1, 1], [1, -1]]).on([[2, 0], [0, 1]]).inv())


def test_acting_by_transforms(rng: np.random.Generator) -> None:
    torus = PLANE.torus([[4, 1], [0, 5]], twist=[0.3, 0])
    inverse = SHIFTED.inv()
    f = rng.standard_normal((3, 20, 1))
    np.testing.assert_allclose(SHIFTED.apply(inverse.apply(f, torus), torus), f, atol=1e-14)
    matrix = inverse.to_sparse(torus)
    linear = inverse.to_linear_operator(torus)
    np.testing.assert_allclose(linear @ f[0].ravel(), matrix @ f[0].ravel(), atol=1e-14)
    np.testing.assert_allclose(linear.H @ f[0].ravel(), matrix.conj().T @ f[0].ravel(), atol=1e-14)
    finite = SHIFTED.to_linear_operator(torus)
    np.testing.assert_allclose(finite @ f[0].ravel(), SHIFTED.apply(f[0], torus).ravel(), atol=1e-14)
    np.testing.assert_allclose(finite.H @ f[0].ravel(), SHIFTED.H.apply(f[0], torus).ravel(), atol=1e-14)


def test_real_stays_real(rng: np.random.Generator) -> None:
    f = rng.standard_normal((36, 1))
    for twist in (0, 0.5):
        torus = PLANE.torus(6, twist)
        assert SHIFTED.inv().apply(f, torus).dtype == np.float64
        assert SHIFTED.inv().to_sparse(torus).dtype == np.float64
        assert (SHIFTED.inv().to_linear_operator(torus) @ f.ravel()).dtype == np.float64
    assert SHIFTED.inv().apply(f, PLANE.torus(6, 0.25)).dtype == np.complex128
    assert SHIFTED.inv().apply(1j * f, PLANE.torus(6)).dtype == np.complex128


def test_eigenvalues_are_those_of_the_matrix() -> None:
    torus = PLANE.torus([[4, 2], [0, 4]], twist=[0.5, 0])
    method = gauss_seidel().on(2)
    found = lfa.eigvals(method, torus)
    assert found.shape == (4, 4)
    assert (np.diff(np.abs(found), axis=1) <= 1e-9).all()
    dense = np.linalg.eigvals(method.to_sparse(torus).toarray())
    order = lambda values: np.sort_complex(np.round(values.ravel(), 9))  # noqa: E731 - used twice, here
    np.testing.assert_allclose(order(found), order(dense), atol=1e-8)
    rows = np.abs(np.linalg.eigvals(method.symbol(method.lattice.torus(torus).frequencies)))
    np.testing.assert_allclose(np.sort(rows, axis=1), np.sort(np.abs(found), axis=1), atol=1e-12)


def test_hermitian_eigenvalues_are_real_and_ascending() -> None:
    values = lfa.eigvals(SHIFTED.inv().on(2), 6)
    assert values.dtype == np.float64
    assert (np.diff(values, axis=1) >= 0).all()


# Parts -----------------------------------------------------------------------------------------------------------


def test_orders_of_a_sweep() -> None:
    full = lfa.stencil(np.arange(1.0, 10).reshape(3, 3))
    by_rows = {(-1, -1), (-1, 0), (-1, 1), (0, -1)}
    assert set(map(tuple, full.strictly_lower().offsets.tolist())) == by_rows
    by_columns = {(-1, -1), (0, -1), (1, -1), (-1, 0)}
    assert set(map(tuple, full.strictly_lower([[0, 1], [1, 0]]).offsets.tolist())) == by_columns
    backwards = full.strictly_lower(-1)
    assert (full.strictly_lower() + full.diagonal() + backwards).allclose(full)
    two = lfa.CrystalOperator(lfa.Crystal(PLANE, dof=2), lfa.Crystal(PLANE, dof=2), {(0, 0): [[1, 2], [3, 4]]})
    assert two.strictly_lower().multipliers.tolist() == [[[0, 0], [3, 0]]]
    assert two.diagonal().multipliers.tolist() == [[[1, 0], [0, 4]]]
    assert two.select(0, [1]).multipliers.tolist() == [[[0, 2], [0, 0]]]
    assert two.select().allclose(two)


def test_transfers_by_any_coarsening() -> None:
    triangular = lfa.Crystal(lfa.lattices.triangular(), [[0, 0], [1 / 3, 1 / 3]], dof=[1, 2])
    for coarse in (2, (2, 1), [[2, 1], [-1, 3]]):
        operator = lfa.interpolation(triangular, coarse)
        index = triangular.lattice.sublattice(coarse).index_in(triangular.lattice)
        assert operator.codomain.is_same_as(triangular.supercell(coarse))
        assert operator.domain.dof == (1, 2)
        assert operator.domain.labels == ("0", "1")
        # Constants stay constant, and injection takes back what interpolation gave.
        np.testing.assert_allclose(operator.symbol([0, 0]).real, np.tile(np.eye(3), (index, 1)), atol=1e-14)
        assert (lfa.injection(triangular, coarse) @ operator).allclose(lfa.identity(operator.domain))
        np.testing.assert_allclose(
            lfa.averaging(triangular, coarse).symbol([0, 0]).real @ np.tile(np.eye(3), (index, 1)),
            np.eye(3),
            atol=1e-14,
        )
    assert lfa.injection(PLANE, PLANE.sublattice(3)).domain == lfa.Crystal(PLANE).supercell(3)


def test_blocks_of_a_staggered_system() -> None:
    """Stokes on a staggered grid: velocities on edges, pressure in cells."""
    cells = lfa.Crystal(PLANE, [[0.5, 0.5]])
    faces = [lfa.Crystal(PLANE, [[0, 0.5]]), lfa.Crystal(PLANE, [[0.5, 0]])]
    gradient = [
        lfa.CrystalOperator(cells, face, {(0, 0): 1, tuple(-int(x) for x in step): -1})
        for face, step in zip(faces, np.eye(2, dtype=int), strict=True)
    ]
    terms = dict(zip(map(tuple, LAPLACIAN.offsets.tolist()), LAPLACIAN.multipliers, strict=True))
    laplace = [lfa.CrystalOperator(face, face, terms) for face in faces]
    stokes = lfa.block(
        [
            [laplace[0], 0, gradient[0]],
            [0, laplace[1], gradient[1]],
            [gradient[0].H, gradient[1].H, 0],
        ]
    )
    assert stokes.is_hermitian
    assert stokes.domain.sites.tolist() == [[0, 0.5], [0.5, 0], [0.5, 0.5]]
    theta = 2 * np.pi * np.array([0.1, 0.3])
    lengths = 4 * np.sin(theta / 2) ** 2
    determinant = np.linalg.det(stokes.symbol([0.1, 0.3]))
    assert determinant == pytest.approx(-(lengths.sum() ** 2))
    # Two fields on one position share a site.
    system = lfa.block([[LAPLACIAN, UNIT], [UNIT, LAPLACIAN.inv()]])
    assert system.domain.dof == (2,)
    np.testing.assert_allclose(system.symbol([0.5, 0.5]).real, [[8, 1], [1, 1 / 8]])


def test_bare_arrays_are_refused() -> None:
    for operation in (
        lambda: np.ones(3) * LAPLACIAN,
        lambda: LAPLACIAN @ np.ones(3),
        lambda: 3 + SHIFTED.inv(),
        lambda: SHIFTED.inv() - None,
    ):
        with pytest.raises(TypeError):
            operation()
    assert isinstance(Product(LAPLACIAN, UNIT).H, Adjoint)
    with pytest.raises(AttributeError, match="a Product is immutable"):
        Product(LAPLACIAN, UNIT).domain = None


# What an attack found -----------------------------------------------------------------------------------------------

LINE = lfa.Crystal(lfa.lattices.integer(1))
CHAIN = lfa.stencil([-1, 3, -1])


def test_operators_with_equal_numbers_on_other_crystals_stay_apart(tmp_path: Any) -> None:
    a = sympy.Symbol("a", real=True)
    one, other = (lfa.Crystal(LINE.lattice, sites) for sites in ([0, 0.5], [0.5, 0]))
    numbers = {0: [[2, 0], [0, 3]], 1: [[0, 0], [0.5, 0]]}
    first, second = (lfa.CrystalOperator(c, c, numbers).inv() for c in (one, other))
    expected = (first + second).symbol([0.0])
    np.testing.assert_allclose(expected, [[5 / 6, -1 / 12], [-1 / 12, 5 / 6]], atol=1e-14)
    np.testing.assert_allclose((first + a * second).subs({a: 1}).symbol([0.0]), expected, atol=1e-14)
    np.testing.assert_allclose((first + a * second).lambdify()([0.0], 1), expected, atol=1e-14)
    shifted = LINE.shifted([0.5])
    down, up = (lfa.CrystalOperator(*crystals, {0: 3, 1: 1}) for crystals in ((LINE, shifted), (shifted, LINE)))
    product = down.inv() @ up.inv()
    product.save(tmp_path / "product.npz")
    assert lfa.load(tmp_path / "product.npz").domain.is_same_as(product.domain)
    assert ((a * up.inv()) @ down.inv()).subs({a: 2}).allclose(2 * up.inv() @ down.inv())


def test_factors_with_parameters_inside_larger_cells() -> None:
    a = sympy.Symbol("a", real=True)
    method = (a * CHAIN.inv()).on(2) @ lfa.CrystalOperator(LINE, LINE, {0: a}).on(2)
    kappa = np.array([[0.1], [0.2], [0.3]])
    for values in ([1.0, 2.0, 3.0], [0.5]):
        found = method.lambdify()(kappa, values)
        for value, symbols in zip(values, found, strict=True):
            np.testing.assert_allclose(symbols, method.subs({"a": value}).symbol(kappa), atol=1e-13)
    assert (a * CHAIN.inv()).on(2).lambdify()(kappa, [1.0, 2.0, 3.0]).shape == (3, 3, 2, 2)


def test_cancellation_before_an_inverse_is_noticed() -> None:
    unit = lfa.identity(LINE)
    laplacian = lfa.stencil([-1.1, 2.2, -1.1])
    for singular in (
        unit - 0.3 * (0.1 * laplacian + 0.3 * unit).inv(),
        CHAIN.inv() @ lfa.stencil([0.1, 0.2, -0.3], centre=0),
        (unit - 0.3 * (0.1 * laplacian + 0.3 * unit).inv()).on(2).H,
    ):
        with pytest.raises(SingularSymbolError, match=r"singular at kappa = \(0\)"):
            lfa.norm(singular.inv(), 6)
        assert float(lfa.norm(singular.pinv(), 6)) < 100
    assert float(lfa.norm((CHAIN.inv() + unit).inv() @ CHAIN.inv(), 6)) < 1


def test_precision_of_pseudo_inverses() -> None:
    honeycomb = lfa.crystals.honeycomb()
    operator = 3.3 * lfa.identity(honeycomb) - 1.1 * lfa.adjacency(honeycomb)
    double, single = (float(lfa.norm(operator.pinv(), 6, dtype=kind)) for kind in ("float64", "float32"))
    assert single == pytest.approx(double, rel=1e-4)


@pytest.mark.parametrize("size", [1e-200, 1e-30, 1e200])
def test_sizes_do_not_matter(size: float) -> None:
    assert float(lfa.norm(lfa.stencil([size]), 4)) == pytest.approx(size)
    operator = size * lfa.stencil([1, 3, 1])
    np.testing.assert_allclose(operator.inv().symbol([0.3]) * size, lfa.stencil([1, 3, 1]).inv().symbol([0.3]))
    row = lfa.CrystalOperator(lfa.Crystal(LINE.lattice, dof=2), LINE, {0: [[3e-170, 4e-170]]})
    assert float(lfa.norm(row, 2)) == pytest.approx(5e-170)


def test_overflow_is_refused() -> None:
    huge = lfa.stencil([1e308] * 3)
    for call in (lfa.spectral_radius, lfa.norm, lfa.eigvals):
        with pytest.raises(NotFiniteError, match="its numbers overflow"):
            call(huge, 4)
    with pytest.raises(NotFiniteError, match="the symbols: 1 entries are NaN or infinite"):
        huge.symbol([0.0])
    with pytest.raises(NotFiniteError, match="divisor: its reciprocal: got inf"):
        (CHAIN.inv() / 1e-320).symbol([0.3])
    for value in (10**400, np.array(np.nan)):
        with pytest.raises(NotFiniteError, match="a finite number is needed"):
            CHAIN.inv() * value


def test_scalars_are_read_once() -> None:
    number = np.array(2.0)
    scaled = CHAIN.inv() * number
    number[...] = 7
    assert scaled.allclose(2 * CHAIN.inv())
    assert scaled.content_hash() == (2 * CHAIN.inv()).content_hash()
    assert (CHAIN.inv() * np.float32(2)).allclose(scaled)
    for wrong in (np.array("a"), sympy.Matrix([1])):
        with pytest.raises((TypeError, InvalidArgumentError)):
            CHAIN * wrong


def test_long_expressions_are_walked_once() -> None:
    total = CHAIN.inv()
    for i in range(1100):
        total = total + (CHAIN + i * lfa.identity(LINE)).inv()
    assert total.is_real
    assert total.is_hermitian
    assert lfa.svdvals(total, 4).shape == (4, 1)
    doubled = CHAIN.inv()
    for _ in range(60):
        doubled = 0.25 * (doubled @ doubled) + 0.1 * doubled
    assert doubled.is_real
    assert np.isfinite(doubled.symbol([0.2])).all()


def test_reality_of_expressions() -> None:
    a = sympy.Symbol("a", real=True)
    assert not lfa.CrystalOperator(LINE, LINE, {0: a, 1: 1j}).is_real
    assert lfa.CrystalOperator(LINE, LINE, {0: a, 1: 1.5}).is_real


def test_names_of_parameters_are_not_confused() -> None:
    real, free = sympy.Symbol("x", real=True), sympy.Symbol("x")
    with pytest.raises(InvalidArgumentError, match="several parameters are called x"):
        lfa.CrystalOperator(LINE, LINE, {0: real, 1: free}).subs({real: 1})
    angle = sympy.Symbol("theta1", real=True)
    operator = lfa.CrystalOperator(LINE, LINE, {0: angle, 1: 1, -1: 1})
    with pytest.raises(InvalidArgumentError, match="symbols: theta1 is a parameter of the operator; other angles"):
        operator.to_sympy()
    phi = sympy.Symbol("phi", real=True)
    assert operator.to_sympy([phi])[0] == angle + 2 * sympy.cos(phi)
    with pytest.raises(InvalidArgumentError, match="symbols: got 'a'; SymPy symbols"):
        operator.to_sympy("a")


def test_text_is_not_evaluated() -> None:
    a = sympy.Symbol("a", real=True)
    for value in ("__import__('os').getcwd()", "1", None, np.ones(2)):
        with pytest.raises(InvalidArgumentError, match=r"values: got .* for a; a number or a SymPy"):
            (a * CHAIN).subs({"a": value})
        with pytest.raises((InvalidArgumentError, NotFiniteError)):
            (a * CHAIN).lambdify()([0.1], "x")
    with pytest.raises(NotFiniteError, match="the symbols at these values"):
        (CHAIN / a).lambdify()([0.1], 0.0)
    singular = lfa.CrystalOperator(LINE, LINE, {-1: -1, 0: a, 1: -1}).inv()
    with pytest.raises(SingularSymbolError, match=r"singular at kappa = \(0\)"):
        singular.lambdify()([[0.25], [0.0]], [3.0, 2.0])


class Wrong(lfa.Operator):
    """One step to the right, with claims and shapes as told."""

    domain = codomain = LINE

    def __init__(self, *, real: bool, hermitian: bool, scalar: bool = False) -> None:
        self.is_real, self.is_hermitian = real, hermitian
        self.scalar = scalar

    is_real = is_hermitian = False

    def symbols(self, waves: WaveFunctions, _dtype: Any = None) -> Any:
        values = waves(np.array([[1]])) * (1 if self.is_real and not self.is_hermitian else 1j)
        return values if self.scalar else values[..., None]


def test_false_claims_are_noticed() -> None:
    torus = LINE.lattice.torus(6, twist=0.3)
    lfa.testing.check(Wrong(real=False, hermitian=False), torus)
    lfa.testing.check(Wrong(real=True, hermitian=False), torus)
    with pytest.raises(AssertionError, match="is_hermitian: at frequency"):
        lfa.testing.check(Wrong(real=False, hermitian=True), torus)
    with pytest.raises(AssertionError, match="is_hermitian: at frequency"):
        lfa.testing.check(Wrong(real=True, hermitian=True), torus)
    with pytest.raises(InvalidArgumentError, match=r"symbols: Wrong gave an array of shape \(6, 1\); the"):
        lfa.eigvals(Wrong(real=True, hermitian=False, scalar=True), torus)
    mine = Wrong(real=True, hermitian=False)
    with pytest.raises(AttributeError, match="scalar: a Wrong is immutable"):
        mine.scalar = True


def test_an_order_is_a_matrix() -> None:
    with pytest.raises(InvalidArgumentError, match=r"order: got \[0, 1\]; a 2 x 2 integer matrix is needed"):
        LAPLACIAN.strictly_lower([0, 1])
