"""Model problems of multigrid: textbook stencils, other libraries' matrices, closed symbols, consistency, bad input."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np
import pyamg
import pytest
import skfem
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pyamg.gallery.diffusion import diffusion_stencil_2d
from skfem.models.poisson import laplace

import crystal_lfa as lfa
from crystal_lfa import multigrid as mg
from crystal_lfa.errors import InvalidArgumentError, LatticeError, MultiplierError, NotFiniteError

QUINCUNX = lfa.lattices.integer(2).sublattice([[1, 1], [1, -1]])
TURNED = lfa.Lattice([[2 * math.cos(0.3), 2 * math.sin(0.3)], [-math.sin(0.3), math.cos(0.3)]])
FLUORITE = lfa.Crystal(lfa.lattices.fcc(), [[0, 0, 0], [1 / 4] * 3, [3 / 4] * 3])
EPS = sympy.Symbol("eps", real=True)

GRIDS = {
    "line": lfa.lattices.integer(1),
    "fine line": lfa.Lattice([[0.1]]),
    "square": lfa.lattices.square(0.25),
    "rectangular": lfa.lattices.rectangular(0.5, 2),
    "clockwise": lfa.Lattice([[0, 2], [1, 0]]),
    "quincunx": QUINCUNX,
    "turned": TURNED,
    "skew vectors": lfa.Lattice([[1, 0], [3, 2]]),
    "tetragonal": lfa.lattices.tetragonal(1, 0.5),
    "larger cell": lfa.Crystal(lfa.lattices.rectangular(1, 2)).supercell([[2, 1], [0, 2]]),
    "rock salt": lfa.crystals.nacl(2),
    "two unknowns": lfa.Crystal(lfa.lattices.square(), [[0.5, 0]], dof=2),
    "four dimensions": lfa.Lattice(np.diag([1, 0.5, 2, 1])),
}
ISOTROPIC = {
    "triangular": lfa.lattices.triangular(0.5),
    "fcc": lfa.lattices.fcc(),
    "bcc": lfa.lattices.bcc(2),
    "honeycomb": lfa.crystals.honeycomb(),
    "diamond": lfa.crystals.diamond(),
    "caesium chloride": lfa.crystals.cscl(),
    "fluorite": FLUORITE,
    "honeycomb, large cell": lfa.crystals.honeycomb().supercell(2),
}
PLANES = {name: where for name, where in GRIDS.items() if getattr(where, "lattice", where).dim == 2}
COMPACT = {name: where for name, where in GRIDS.items() if getattr(where, "lattice", where).dim in {2, 3}}


def table(operator: lfa.CrystalOperator) -> dict[tuple[int, ...], Any]:
    assert operator.shape == (1, 1)
    return dict(zip(map(tuple, operator.offsets.tolist()), operator.multipliers.ravel().tolist(), strict=True))


def angles(operator: lfa.CrystalOperator, k: Any) -> Any:
    """The frequency, in coordinates of the operator's dual lattice, of exp(i k x) with a Cartesian k."""
    return operator.lattice.vectors @ np.asarray(k) / (2 * np.pi)


def low(operator: lfa.CrystalOperator, k: Any) -> complex:
    """The eigenvalue of smallest modulus of a symbol: that of the smooth waves."""
    values = np.linalg.eigvals(operator.symbol(angles(operator, k)))
    return complex(values[np.argmin(abs(values))])


def waves(dimension: int, count: int = 3) -> Any:
    """Some long waves: Cartesian k of length 0.02."""
    k = np.random.default_rng(dimension).normal(size=(count, dimension))
    return 0.02 * k / np.linalg.norm(k, axis=1, keepdims=True)


def approaches(operator: lfa.CrystalOperator, wanted: Callable[[Any], complex]) -> None:
    for k in waves(operator.lattice.dim):
        exact = wanted(k)
        # Cells of the cases have edges up to 4: truncation is below (4 k)^2 / 4.
        assert abs(low(operator, k) - exact) < 2e-3 * abs(exact)
        near, far = (abs(low(operator, t * k) - wanted(t * k)) / abs(wanted(t * k)) for t in (1, 2))
        assert near < 0.3 * far or far < 1e-9


# Stencils -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dimension", [1, 2, 3, 4])
def test_poisson_is_the_textbook_stencil(dimension: int) -> None:
    unit = np.eye(dimension, dtype=int)
    neighbours = [tuple((sign * row).tolist()) for row in unit for sign in (-1, 1)]
    wanted = dict.fromkeys(neighbours, -1.0) | {(0,) * dimension: 2.0 * dimension}
    for where in (dimension, lfa.lattices.integer(dimension), lfa.Crystal(lfa.lattices.integer(dimension))):
        A = mg.poisson(where)
        assert table(A) == wanted
        assert A.lattice == lfa.lattices.integer(dimension)
        assert A.is_hermitian
        assert A.is_real


def test_poisson_divides_by_the_squares_of_the_spacings() -> None:
    A = mg.poisson(lfa.lattices.rectangular(0.1, 2))
    assert table(A) == {(-1, 0): -100, (0, -1): -0.25, (0, 0): 200.5, (0, 1): -0.25, (1, 0): -100}


def test_poisson_on_the_triangular_lattice_is_the_seven_point_stencil() -> None:
    h = 0.5
    wanted = np.array([[0, -1, -1], [-1, 6, -1], [-1, -1, 0]]) * 2 / (3 * h**2)
    A = mg.poisson(lfa.lattices.triangular(h))
    assert A.allclose(lfa.stencil(wanted, lfa.lattices.triangular(h)))
    assert A.is_hermitian


def test_poisson_on_the_honeycomb_is_its_graph_laplacian() -> None:
    h = 1 / math.sqrt(3)
    graphene = lfa.crystals.honeycomb()
    wanted = 4 / (3 * h**2) * (3 * lfa.identity(graphene) - lfa.adjacency(graphene))
    A = mg.poisson(graphene)
    assert A.allclose(wanted)
    assert A.is_hermitian
    assert np.allclose(A.multipliers[A.offsets.tolist().index([0, 0])], [[12, -4], [-4, 12]])


def test_poisson_on_other_vectors_of_one_lattice_is_one_operator() -> None:
    skew = lfa.Lattice([[1, 0], [5, 2]])
    assert mg.poisson(skew).allclose(mg.poisson(lfa.lattices.rectangular(1, 2)))
    assert len(mg.poisson(skew).offsets) == 5
    assert mg.poisson(lfa.Lattice([[1, 0], [7, 1]])).allclose(mg.poisson(2))


def test_poisson_on_a_coarse_lattice_is_rediscretised() -> None:
    assert mg.poisson(lfa.lattices.integer(2).sublattice(2)).allclose(mg.poisson(lfa.lattices.square(2)))
    assert table(mg.poisson(QUINCUNX)) == pytest.approx(
        {(-1, 0): -0.5, (0, -1): -0.5, (0, 0): 2, (0, 1): -0.5, (1, 0): -0.5}
    )


def test_larger_cells_in_any_order_are_kept() -> None:
    cell = lfa.Crystal(lfa.lattices.rectangular(1, 2)).supercell([2, 3])
    shuffled = lfa.Crystal(cell.lattice, cell.exact_sites[::-1])
    for problem in (mg.poisson, mg.q1_poisson, mg.mehrstellen):
        A = problem(shuffled)
        assert A.domain.is_same_as(shuffled)
        assert A.codomain.is_same_as(shuffled)
        assert A.is_hermitian
        assert A.allclose(problem(lfa.lattices.rectangular(1, 2)).on([2, 3]))


def test_several_unknowns_are_not_coupled() -> None:
    for crystal in (lfa.Crystal(lfa.lattices.square(), dof=2), lfa.Crystal(lfa.lattices.triangular(), dof=2)):
        scalar = mg.poisson(crystal.lattice)
        both = mg.poisson(crystal)
        assert np.array_equal(both.multipliers, np.kron(scalar.multipliers, np.eye(2)))
        assert both.domain.is_same_as(crystal)


def test_anisotropic_is_the_textbook_stencil() -> None:
    A = mg.anisotropic(2, 0.1)
    assert A.allclose(lfa.stencil([[0, -0.1, 0], [-1, 2.2, -1], [0, -0.1, 0]]))
    assert mg.anisotropic(2, 0.1, axis=1).allclose(lfa.stencil([[0, -1, 0], [-0.1, 2.2, -0.1], [0, -1, 0]]))
    assert mg.anisotropic(3, 1).allclose(mg.poisson(3))
    assert table(mg.anisotropic(2, 0)) == {(0, -1): -1, (0, 0): 2, (0, 1): -1}


def test_rotated_diffusion_along_the_axes_is_anisotropic() -> None:
    for angle, axis in ((0, 1), (math.pi / 2, 0), (-math.pi, 1)):
        A = mg.rotated_diffusion(2, 0.01, angle)
        assert A.allclose(mg.anisotropic(2, 0.01, axis))
        assert len(A.offsets) == 5
    assert mg.rotated_diffusion(2, 1, 0.7).allclose(mg.poisson(2))


def test_biharmonic_is_the_thirteen_point_stencil() -> None:
    wanted = np.array([[0, 0, 1, 0, 0], [0, 2, -8, 2, 0], [1, -8, 20, -8, 1], [0, 2, -8, 2, 0], [0, 0, 1, 0, 0]])
    A = mg.biharmonic(2)
    assert A.allclose(lfa.stencil(wanted))
    assert len(A.offsets) == 13
    assert mg.biharmonic(lfa.lattices.square(0.5)).allclose(lfa.stencil(16 * wanted, lfa.lattices.square(0.5)))
    assert mg.biharmonic(1).multipliers.ravel().tolist() == [1, -4, 6, -4, 1]


def test_biharmonic_as_a_system_eliminates_to_the_square() -> None:
    A, system = mg.poisson(2), mg.biharmonic(2, as_system=True)
    assert isinstance(system, lfa.CrystalOperator)
    assert system.domain.dof == (2,)
    kappa = np.random.default_rng(0).random((5, 2))
    small = A.symbol(kappa)[..., 0, 0]
    wanted = np.zeros((5, 2, 2), dtype=complex)
    wanted[:, 0, 0] = wanted[:, 1, 1] = small
    wanted[:, 0, 1] = -1
    assert np.allclose(system.symbol(kappa), wanted)
    right_hand_side = np.array([0, 1])
    u = np.linalg.solve(system.symbol(kappa), right_hand_side)[:, 0]
    assert np.allclose(u, 1 / mg.biharmonic(2).symbol(kappa)[..., 0, 0])
    assert not system.is_hermitian
    assert mg.biharmonic(lfa.crystals.honeycomb(), as_system=True).shape == (4, 4)


def test_convection_is_one_sided_against_the_wind_or_central() -> None:
    upwind = mg.convection_diffusion(2, (1, -2), 0.5)
    assert table(upwind) == {(-1, 0): -1.5, (0, -1): -0.5, (0, 0): 5, (0, 1): -2.5, (1, 0): -0.5}
    central = mg.convection_diffusion(2, (1, -2), 0.5, mg.Scheme.CENTRAL)
    assert table(central) == {(-1, 0): -1, (0, -1): 0.5, (0, 0): 2, (0, 1): -1.5}
    assert mg.convection_diffusion(2, (1, -2), 0.5, scheme=mg.Scheme.UPWIND).allclose(upwind)
    assert mg.convection_diffusion(3, (0, 0, 0), 1).is_hermitian
    assert not upwind.is_hermitian
    assert mg.convection_diffusion(1, 3, 0).allclose(lfa.stencil([-3, 3, 0]))
    assert mg.convection_diffusion(lfa.Lattice([[0.5]]), [-3], 0).offsets.tolist() == [[0], [1]]


@pytest.mark.parametrize("where", PLANES.values(), ids=PLANES)
def test_upwind_differences_have_no_positive_couplings(where: Any) -> None:
    A = mg.convection_diffusion(where, (0.3, -1.7), 1e-3)
    diagonal = A.diagonal()
    others = A - diagonal
    assert isinstance(others, lfa.CrystalOperator)
    assert (others.multipliers <= 0).all()
    assert np.diagonal(diagonal.multipliers[0]).min() > 0


def test_mehrstellen_stencils_are_the_textbook_ones() -> None:
    plane = np.array([[-1, -4, -1], [-4, 20, -4], [-1, -4, -1]]) / 6
    assert mg.mehrstellen(2).allclose(lfa.stencil(plane))
    assert mg.mehrstellen(lfa.lattices.square(0.5)).allclose(lfa.stencil(4 * plane, lfa.lattices.square(0.5)))
    by_distance = {0: 24 / 6, 1: -2 / 6, 2: -1 / 6}
    space = mg.mehrstellen(3)
    assert len(space.offsets) == 19
    assert np.allclose(space.multipliers.ravel(), [by_distance[n] for n in (space.offsets**2).sum(axis=1)])


def test_bilinear_elements_are_the_textbook_stencil() -> None:
    assert mg.q1_poisson(2).allclose(lfa.stencil(np.array([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]]) / 3))
    assert mg.q1_poisson(1).allclose(mg.poisson(1))
    by_distance = {0: 8 / 3, 1: 0, 2: -1 / 6, 3: -1 / 12}
    space = mg.q1_poisson(3)
    wanted = [by_distance[n] for n in (space.offsets**2).sum(axis=1)]
    assert np.allclose(space.multipliers.ravel(), wanted, atol=1e-15)


def test_helmholtz_shifts_the_laplacian() -> None:
    for where in (2, lfa.crystals.honeycomb(), lfa.Crystal(lfa.lattices.square(), dof=2)):
        A = mg.poisson(where)
        assert mg.helmholtz(where, 0.3).allclose(A - 0.3 * lfa.identity(A.domain))
        assert mg.helmholtz(where, 0.3).is_hermitian
        shifted = mg.helmholtz(where, 0.3 + 0.1j)
        assert shifted.allclose(A - (0.3 + 0.1j) * lfa.identity(A.domain))
        assert not shifted.is_hermitian


# Other libraries ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(6,), (5, 6), (4, 5, 6), (3, 4, 3, 4)])
def test_poisson_is_that_of_pyamg(shape: tuple[int, ...]) -> None:
    A = mg.poisson(len(shape))
    matrix = pyamg.gallery.poisson(shape, format="csr")
    assert lfa.CrystalOperator.from_sparse(matrix, A.domain, shape, periodic=False).allclose(A)


@pytest.mark.parametrize(("eps", "angle"), [(1e-3, 0.6), (0.1, math.pi / 4), (0.5, -2.0), (10, 1.0), (0, 3.0)])
def test_rotated_diffusion_is_that_of_pyamg(eps: float, angle: float) -> None:
    array = diffusion_stencil_2d(epsilon=eps, theta=angle, type="FD")
    A = mg.rotated_diffusion(2, eps, angle)
    assert A.allclose(lfa.stencil(array))
    matrix = pyamg.gallery.stencil_grid(array, (6, 7), format="csr")
    assert lfa.CrystalOperator.from_sparse(matrix, A.domain, (6, 7), periodic=False).allclose(A)
    assert A.is_hermitian


def test_bilinear_elements_are_those_of_pyamg() -> None:
    assert mg.q1_poisson(2).allclose(lfa.stencil(diffusion_stencil_2d(epsilon=1, type="FE")))


def assembled(mesh: Any, element: Any, lattice: lfa.Lattice, shape: Sequence[int]) -> lfa.CrystalOperator:
    """The stiffness matrix of scikit-fem, its nodes in the order of a box of lattice points."""
    matrix = laplace.assemble(skfem.Basis(mesh, element)).tocsr()
    order = np.lexsort(np.round(lattice.coordinates(mesh.p.T)).astype(int).T[::-1])
    return lfa.CrystalOperator.from_sparse(matrix[order][:, order], lattice, tuple(shape), periodic=False)


@pytest.mark.parametrize("spacings", [(0.5,), (1, 1), (0.5, 2), (0.5, 1, 2)])
def test_multilinear_elements_are_those_of_scikit_fem(spacings: tuple[float, ...]) -> None:
    lattice = lfa.Lattice(np.diag(spacings))
    kinds = {1: (skfem.MeshLine, skfem.ElementLineP1), 2: (skfem.MeshQuad, skfem.ElementQuad1)}
    kinds[3] = (skfem.MeshHex, skfem.ElementHex1)
    mesh, element = kinds[len(spacings)]
    shape = range(4, 4 + len(spacings))
    axes = [h * np.arange(n) for h, n in zip(spacings, shape, strict=True)]
    grid = mesh(axes[0]) if len(axes) == 1 else mesh.init_tensor(*axes)
    theirs = assembled(grid, element(), lattice, shape)
    assert theirs.allclose(lattice.cell_volume * mg.q1_poisson(lattice), rtol=1e-12)


def test_linear_elements_on_equilateral_triangles_are_the_seven_point_stencil() -> None:
    lattice = lfa.lattices.triangular(0.5)
    square = skfem.MeshTri.init_tensor(np.arange(5.0), np.arange(6.0))
    square = skfem.MeshTri([[4], [0]] + [[-1], [1]] * square.p, square.t)
    edges = square.p[:, square.facets[1]] - square.p[:, square.facets[0]]
    assert (edges[0] * edges[1] <= 0).all()  # the short diagonals of the rhombi, so that triangles are equilateral
    mesh = skfem.MeshTri(lattice.basis @ square.p, square.t)
    theirs = assembled(mesh, skfem.ElementTriP1(), lattice, (5, 6))
    assert theirs.allclose(lattice.cell_volume * mg.poisson(lattice), rtol=1e-12)


# Symbols --------------------------------------------------------------------------------------------------------


@given(
    spacings=st.lists(st.floats(0.05, 20), min_size=1, max_size=4),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=25, deadline=None)
def test_symbols_are_the_closed_forms(spacings: list[float], seed: int) -> None:
    generator = np.random.default_rng(seed)
    h, d = np.array(spacings), len(spacings)
    lattice, kappa = lfa.Lattice(np.diag(spacings)), generator.random((7, d))
    theta = 2 * np.pi * kappa
    squares = 4 * np.sin(theta / 2) ** 2 / h**2
    masses = (2 + np.cos(theta)) / 3
    eps, axis, velocity = generator.random(), int(generator.integers(d)), generator.normal(size=d)
    weights = np.where(np.arange(d) == axis, eps, 1)

    def agrees(operator: lfa.CrystalOperator, wanted: Any) -> None:
        assert operator.magnitude is not None
        assert np.allclose(operator.symbol(kappa)[..., 0, 0], wanted, rtol=0, atol=1e-13 * operator.magnitude)

    agrees(mg.poisson(lattice), squares.sum(axis=1))
    agrees(mg.biharmonic(lattice), squares.sum(axis=1) ** 2)
    agrees(mg.helmholtz(lattice, 2 + 1j), squares.sum(axis=1) - 2 - 1j)
    agrees(mg.anisotropic(lattice, eps, axis), squares @ weights)
    others = [np.prod(np.delete(masses, i, axis=1), axis=1) for i in range(d)]
    agrees(mg.q1_poisson(lattice), sum(squares[:, i] * others[i] for i in range(d)))
    central = eps * squares.sum(axis=1) + 1j * np.sin(theta) @ (velocity / h)
    agrees(mg.convection_diffusion(lattice, velocity, eps, mg.Scheme.CENTRAL), central)
    upwind = central + (1 - np.cos(theta)) @ (abs(velocity) / h)
    agrees(mg.convection_diffusion(lattice, velocity, eps), upwind)
    if d == 2:
        mixed = squares.sum(axis=1) - (h**2).sum() / 12 * squares.prod(axis=1)
        agrees(mg.mehrstellen(lattice), mixed)


@pytest.mark.parametrize("where", {**GRIDS, **ISOTROPIC}.values(), ids={**GRIDS, **ISOTROPIC})
def test_laplacians_approach_the_continuous_one(where: Any) -> None:
    approaches(mg.poisson(where), lambda k: k @ k)
    approaches(mg.helmholtz(where, -3), lambda k: k @ k + 3)


@pytest.mark.parametrize("where", {**GRIDS, **ISOTROPIC}.values(), ids={**GRIDS, **ISOTROPIC})
def test_the_square_approaches_the_biharmonic_operator(where: Any) -> None:
    A = mg.biharmonic(where)
    assert A.is_hermitian is (where is not FLUORITE)
    # Long waves have k^4 = 1e-7: of shorter ones enough digits are left.
    for k in 5 * waves(A.lattice.dim):
        assert abs(low(A, k) - (k @ k) ** 2) < 0.05 * (k @ k) ** 2


@pytest.mark.parametrize("where", GRIDS.values(), ids=GRIDS)
def test_problems_on_grids_approach_the_continuous_ones(where: Any) -> None:
    d = getattr(where, "lattice", where).dim
    for axis in range(d):
        weights = np.where(np.arange(d) == axis, 0.2, 1)
        approaches(mg.anisotropic(where, 0.2, axis), lambda k, weights=weights: weights @ k**2)
    approaches(mg.q1_poisson(where), lambda k: k @ k)
    velocity = np.linspace(1, -2, d)
    central = mg.convection_diffusion(where, velocity, 0.5, mg.Scheme.CENTRAL)
    approaches(central, lambda k: 0.5 * k @ k + 1j * velocity @ k)
    upwind = mg.convection_diffusion(where, velocity, 0.5)
    for k in waves(d):
        # First order: the artificial diffusion is below |v| h k^2 / 2 a direction.
        assert abs(low(upwind, k) - (0.5 * k @ k + 1j * velocity @ k)) < 4 * d * k @ k


@pytest.mark.parametrize("where", PLANES.values(), ids=PLANES)
@pytest.mark.parametrize("angle", [0.0, 0.5, 2.5, math.pi / 4])
def test_rotated_diffusion_approaches_the_continuous_one_in_cartesian_coordinates(where: Any, angle: float) -> None:
    along, across = np.array([math.cos(angle), math.sin(angle)]), np.array([-math.sin(angle), math.cos(angle)])
    A = mg.rotated_diffusion(where, 0.1, angle)
    assert A.is_hermitian
    approaches(A, lambda k: (along @ k) ** 2 + 0.1 * (across @ k) ** 2)


@pytest.mark.parametrize("where", COMPACT.values(), ids=COMPACT)
def test_mehrstellen_approach_the_continuous_laplacian(where: Any) -> None:
    approaches(mg.mehrstellen(where), lambda k: k @ k)


@pytest.mark.parametrize("spacings", [(1, 1), (0.5, 2), (1, 1, 1), (1, 2, 0.5)])
def test_mehrstellen_are_of_fourth_order_with_their_right_hand_side(spacings: tuple[float, ...]) -> None:
    A, h = mg.mehrstellen(lfa.Lattice(np.diag(spacings))), np.array(spacings)
    for k in 10 * waves(len(spacings)):
        right = 1 - (4 * np.sin(k * h / 2) ** 2).sum() / 12
        assert abs(low(A, k) / right - k @ k) < np.linalg.norm(k * h) ** 4 / 100 * k @ k


# Kernel and sign ------------------------------------------------------------------------------------------------


def everything(where: Any) -> list[lfa.CrystalOperator]:
    grids = (mg.anisotropic(where, 0.1), mg.q1_poisson(where))
    compact = (mg.mehrstellen(where),) if getattr(where, "lattice", where).dim in {2, 3} else ()
    return [mg.poisson(where), *grids, *compact]


@pytest.mark.parametrize("where", GRIDS.values(), ids=GRIDS)
def test_constants_are_mapped_to_zero_and_nothing_is_negative(where: Any) -> None:
    for A in everything(where):
        assert A.is_hermitian
        _is_semidefinite(A, 4 if A.lattice.dim < 4 else 2)


@pytest.mark.parametrize("where", ISOTROPIC.values(), ids=ISOTROPIC)
def test_the_same_of_nearest_neighbours(where: Any) -> None:
    A = mg.poisson(where)
    if A.is_hermitian:
        _is_semidefinite(A, 4)
    else:
        assert where is FLUORITE
        assert abs(A.symbol([0, 0, 0]).sum(axis=-1)).max() < 1e-12


def _is_semidefinite(A: lfa.CrystalOperator, n: int) -> None:
    assert A.magnitude is not None
    assert abs(A.multipliers.sum(axis=(0, 2))).max() < 1e-14 * A.magnitude
    values = lfa.eigvals(A, n)
    assert values.min() > -1e-14 * A.magnitude
    assert (values < 1e-12 * A.magnitude).sum() == A.domain.dof[0]


@pytest.mark.parametrize("velocity", [(1, 1), (-1, 0.5)])
@pytest.mark.parametrize("scheme", mg.Scheme)
def test_convection_leaves_constants_and_has_no_negative_part(velocity: Any, scheme: mg.Scheme) -> None:
    A = mg.convection_diffusion(lfa.lattices.rectangular(0.5, 1), velocity, 0.01, scheme)
    assert abs(A.symbol([0, 0])).max() < 1e-13
    assert lfa.eigvals(A, 8).real.min() > -1e-13


@pytest.mark.parametrize(
    "operator",
    [
        mg.poisson(lfa.crystals.honeycomb()),
        mg.rotated_diffusion(2, 0.1, 0.3),
        mg.biharmonic(lfa.lattices.triangular(), as_system=True),
        mg.convection_diffusion(2, (1, 2), 0.1),
        mg.helmholtz(2, 1 + 1j),
        mg.jumping(2, [[1, 5], [7, 1]]),
    ],
    ids=["poisson", "rotated", "system", "convection", "helmholtz", "jumping"],
)
def test_problems_obey_the_laws_of_operators(operator: lfa.CrystalOperator) -> None:
    lfa.testing.check(operator, operator.lattice.torus([[3, 1], [0, 2]], twist=[0.5, 0]))


# Jumping coefficients -------------------------------------------------------------------------------------------


def periodic_fluxes(pattern: Any, spacings: Sequence[float], repeats: Sequence[int]) -> Any:
    """The matrix on a torus of `repeats` periods, unknowns in C order of the points, face by face."""
    coefficients = np.tile(pattern, repeats)
    shape = coefficients.shape
    matrix = np.zeros((coefficients.size, coefficients.size))
    for point in product(*map(range, shape)):
        row = np.ravel_multi_index(point, shape)
        for axis, sign in product(range(len(shape)), (-1, 1)):
            other = tuple((x + sign * (i == axis)) % n for i, (x, n) in enumerate(zip(point, shape, strict=True)))
            a, b = coefficients[point], coefficients[other]
            weight = 2 * a * b / (a + b) / spacings[axis] ** 2
            matrix[row, row] += weight
            matrix[row, np.ravel_multi_index(other, shape)] -= weight
    return matrix


@pytest.mark.parametrize(
    ("shape", "spacings", "repeats"),
    [((3,), (0.5,), (2,)), ((2, 2), (1, 1), (2, 3)), ((3, 1), (0.5, 2), (1, 4)), ((2, 3, 1), (1, 0.5, 2), (2, 1, 2))],
)
def test_jumping_coefficients_are_the_matrix_of_the_faces(
    shape: tuple[int, ...], spacings: tuple[float, ...], repeats: tuple[int, ...]
) -> None:
    pattern = 10 ** np.random.default_rng(1).uniform(-2, 2, size=shape)
    A = mg.jumping(lfa.Lattice(np.diag(spacings)), pattern)
    torus = A.lattice.torus(repeats)
    whole = [n * m for n, m in zip(shape, repeats, strict=True)]
    places = np.round(A.domain.positions(torus).reshape(-1, len(shape)) / spacings).astype(int)
    numbers = np.ravel_multi_index(tuple(places.T), whole)
    ours = A.to_sparse(torus).toarray()
    wanted = periodic_fluxes(pattern, spacings, repeats)[np.ix_(numbers, numbers)]
    assert np.allclose(ours, wanted, rtol=1e-13, atol=1e-12 * abs(wanted).max())
    assert A.is_hermitian


def test_jumping_lives_on_the_supercell() -> None:
    A = mg.jumping(2, [[1, 1000], [1000, 1]])
    assert A.domain.is_same_as(lfa.Crystal(lfa.lattices.integer(2)).supercell([2, 2]))
    assert A.lattice == lfa.lattices.integer(2).sublattice(2)
    weight = 2000 / 1001
    assert np.allclose(A.diagonal().multipliers[0], 4 * weight * np.eye(4))
    both = mg.jumping(lfa.Crystal(lfa.lattices.integer(2), dof=2), [[1, 1000], [1000, 1]])
    assert np.array_equal(both.multipliers, np.kron(A.multipliers, np.eye(2)))


def test_equal_coefficients_give_a_multiple_of_the_laplacian() -> None:
    for where, shape in ((1, (3,)), (2, (2, 3)), (lfa.lattices.rectangular(1, 0.5), (1, 1)), (QUINCUNX, (2, 2))):
        A = mg.jumping(where, np.full(shape, 3.0))
        assert A.allclose(3 * mg.poisson(where).on(shape))


def test_coefficients_on_a_line_average_harmonically() -> None:
    pattern = np.array([1, 10, 100.0])
    mean = 1 / (1 / pattern).mean()
    approaches(mg.jumping(1, pattern), lambda k: mean * k @ k)
    _is_semidefinite(mg.jumping(2, [[1, 1e4], [1e4, 1]]), 4)


# Parameters -----------------------------------------------------------------------------------------------------


def test_parameters_may_be_expressions() -> None:
    t, v = sympy.symbols("t v", real=True)
    s = sympy.Symbol("s", positive=True)
    values = {"eps": 0.1, "t": 0.3, "v": -0.7, "s": 5}
    cases = [
        (mg.anisotropic(2, EPS), mg.anisotropic(2, 0.1), True),
        (mg.anisotropic(QUINCUNX, EPS), mg.anisotropic(QUINCUNX, 0.1), True),
        (mg.rotated_diffusion(2, EPS, t), mg.rotated_diffusion(2, 0.1, 0.3), True),
        (mg.convection_diffusion(2, (v, 1), EPS), mg.convection_diffusion(2, (-0.7, 1), 0.1), False),
        (mg.helmholtz(lfa.crystals.honeycomb(), EPS), mg.helmholtz(lfa.crystals.honeycomb(), 0.1), True),
        (mg.jumping(2, [[1, s], [s, 1]]), mg.jumping(2, [[1, 5], [5, 1]]), True),
    ]
    for symbolic, numeric, hermitian in cases:
        found = symbolic.subs({str(name): values[str(name)] for name in symbolic.parameters})
        assert found.allclose(numeric)
        assert symbolic.is_hermitian is hermitian
    assert mg.anisotropic(2, sympy.Rational(1, 2)).allclose(mg.anisotropic(2, 0.5))
    theta = sympy.Symbol("theta1", real=True)
    assert sympy.simplify(mg.anisotropic(1, EPS).to_sympy()[0] - EPS * (2 - 2 * sympy.cos(theta))) == 0


# Bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", [mg.poisson, mg.biharmonic, mg.mehrstellen, mg.q1_poisson])
@pytest.mark.parametrize("where", [0, -1, 2.0, True, "2", None, [[1, 0], [0, 1]]])
def test_no_place(problem: Callable[[Any], Any], where: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=r"where: got .*; a positive dimension, a Lattice or a Crystal"):
        problem(where)


def test_unequal_unknowns() -> None:
    mixed = lfa.Crystal(lfa.lattices.triangular(), [[1 / 3, 1 / 3], [2 / 3, 2 / 3]], dof=[1, 2])
    with pytest.raises(InvalidArgumentError, match=r"where: the sites have \[1, 2\] unknowns; as many on each"):
        mg.poisson(mixed)


@pytest.mark.parametrize(
    ("where", "count", "site"),
    [
        (lfa.crystals.kagome(), 4, 0),
        (lfa.crystals.lieb(), 2, 1),
        (lfa.lattices.oblique(1, 1.2, 80), 2, 0),
        (lfa.lattices.hexagonal(1, 1.5), 6, 0),
        (lfa.Crystal(lfa.lattices.integer(1), [[0], [0.4]]), 1, 0),
        (lfa.Crystal(lfa.lattices.square(), [[0, 0], [0.5, 0.5], [0.5, 0.4]]), 0, 0),
    ],
)
def test_neighbours_that_are_not_isotropic(where: Any, count: int, site: int) -> None:
    with pytest.raises(LatticeError, match=rf"where: the {count} nearest neighbours of site {site} .* not isotropic"):
        mg.poisson(where)


@pytest.mark.parametrize("where", [lfa.lattices.triangular(), lfa.crystals.honeycomb(), lfa.crystals.staggered(2)])
def test_no_orthogonal_directions(where: Any) -> None:
    calls = [
        lambda: mg.anisotropic(where, 0.1),
        lambda: mg.rotated_diffusion(where, 0.1, 0),
        lambda: mg.convection_diffusion(where, (1, 0), 0.1),
        lambda: mg.mehrstellen(where),
        lambda: mg.q1_poisson(where),
        lambda: mg.jumping(where, [[1]]),
    ]
    for call in calls:
        with pytest.raises(LatticeError, match=r"where: the points of .* do not lie on a grid of orthogonal"):
            call()


BAD = [
    (lambda: mg.anisotropic(2, -0.1), "eps: got -0.1; a number that is not negative"),
    (lambda: mg.anisotropic(2, 1j), "eps: got 1j; a real number"),
    (lambda: mg.anisotropic(2, "weak"), "eps: got 'weak'; a number is needed"),
    (lambda: mg.anisotropic(2, sympy.Symbol("e", negative=True)), "eps: got e; a number that is not negative"),
    (lambda: mg.anisotropic(2, sympy.Symbol("e", imaginary=True)), "eps: got e; a real number"),
    (lambda: mg.anisotropic(2, 1, axis=2), "axis: got 2; the axes are 0 to 1"),
    (lambda: mg.anisotropic(2, 1, axis=-1), "axis: got -1; the axes are 0 to 1"),
    (lambda: mg.anisotropic(2, 1, axis=0.5), "axis: got 0.5 of type float; an integer"),
    (lambda: mg.rotated_diffusion(3, 1, 0), "where: got dimension 3; this problem is one of the plane"),
    (lambda: mg.rotated_diffusion(2, 1, 1j), "angle: got 1j; a real number"),
    (lambda: mg.rotated_diffusion(2, -1, 0), "eps: got -1; a number that is not negative"),
    (lambda: mg.biharmonic(2, as_system=1), "as_system: got 1; True or False"),
    (lambda: mg.convection_diffusion(2, 1, 0.1), "velocity: got 1; 2 real components"),
    (lambda: mg.convection_diffusion(2, (1, 2, 3), 0.1), r"velocity: got \(1, 2, 3\); 2 real components"),
    (lambda: mg.convection_diffusion(2, [[1, 2]], 0.1), r"velocity: got \[\[1, 2\]\]; 2 real components"),
    (lambda: mg.convection_diffusion(2, (1, 1j), 0.1), "velocity: got 1j; a real number"),
    (lambda: mg.convection_diffusion(1, 1, -0.1), "eps: got -0.1; a number that is not negative"),
    (
        lambda: mg.convection_diffusion(1, 1, 1, "downwind"),
        "scheme: got 'downwind'; Scheme.CENTRAL or Scheme.UPWIND",
    ),
    (lambda: mg.helmholtz(2, "wave"), "k2: got 'wave'; a number is needed"),
    (lambda: mg.helmholtz(2, [1, 2]), r"k2: got \[1, 2\]; a number is needed"),
    (lambda: mg.mehrstellen(1), "where: got dimension 1; Mehrstellen stencils of dimension 2 and 3"),
    (lambda: mg.mehrstellen(4), "where: got dimension 4; Mehrstellen stencils of dimension 2 and 3"),
    (lambda: mg.jumping(2, [1, 2]), r"pattern: got shape \(2,\); an array of coefficients with 2 axes"),
    (lambda: mg.jumping(2, [[1, 2], [3]]), "pattern: got shape .*; an array of coefficients with 2 axes"),
    (lambda: mg.jumping(1, []), r"pattern: got shape \(0,\); an array of coefficients with 1 axes"),
    (lambda: mg.jumping(1, [1, 0]), r"pattern: got 0 at \(1,\); positive coefficients"),
    (lambda: mg.jumping(1, [1, -2]), "pattern: got -2; a number that is not negative"),
    (lambda: mg.jumping(1, [1, "2"]), "pattern: got '2'; a number is needed"),
    (
        lambda: mg.jumping(lfa.Crystal(lfa.lattices.integer(1)).supercell(2), [1, 2]),
        "where: .* has 2 sites a cell; one is needed",
    ),
]


@pytest.mark.parametrize(("call", "message"), BAD, ids=[message for _, message in BAD])
def test_bad_arguments(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        call()


def test_a_pattern_needs_orthogonal_vectors() -> None:
    with pytest.raises(LatticeError, match=r"where: the primitive vectors .* are not orthogonal; the axes of"):
        mg.jumping(lfa.Lattice([[1, 0], [3, 2]]), [[1, 2]])


@pytest.mark.parametrize("value", [math.nan, math.inf, 10**400])
def test_numbers_that_are_not_finite(value: float) -> None:
    calls: dict[str, Callable[[], Any]] = {
        "eps": lambda: mg.anisotropic(2, value),
        "angle": lambda: mg.rotated_diffusion(2, 1, value),
        "velocity": lambda: mg.convection_diffusion(1, value, 1),
        "k2": lambda: mg.helmholtz(1, value),
        "pattern": lambda: mg.jumping(1, [1, value]),
    }
    for name, call in calls.items():
        with pytest.raises(NotFiniteError, match=f"{name}: got .*; a finite number is needed"):
            call()


def test_expressions_and_arrays_that_are_no_parameters() -> None:
    with pytest.raises(MultiplierError, match="eps: got oo; finite expressions are needed"):
        mg.anisotropic(2, sympy.oo)
    with pytest.raises(InvalidArgumentError, match="eps: got an array of type Tensor; a number or a SymPy expression"):
        mg.anisotropic(2, torch.tensor(0.5))
