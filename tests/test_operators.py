"""Finite-range operators: reading them, their algebra, other cells, array libraries."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import crystal_lfa as lfa
from crystal_lfa.errors import ArrayLibraryError, CrystalMismatchError
from crystal_lfa.operators import independent_blocks
from crystal_lfa.operators.algebra import sampled
from crystal_lfa.testing import check
from crystal_lfa.testing.draws import RandomOperator, random_crystal, random_lattice, random_operator, random_periods

seeds = st.integers(0, 2**32 - 1)

LINE, PLANE = lfa.lattices.integer(1), lfa.lattices.integer(2)


def on_line(multipliers: dict[Any, Any], size: int = 1) -> lfa.CrystalOperator:
    crystal = lfa.Crystal(LINE, dof=size)
    return lfa.CrystalOperator(crystal, crystal, multipliers)


def table(operator: lfa.CrystalOperator) -> dict[tuple[int, ...], Any]:
    return dict(zip(map(tuple, operator.offsets.tolist()), operator.multipliers.tolist(), strict=True))


DIFFERENCE = on_line({0: -1, 1: 1})
LAPLACIAN = on_line({-1: -1, 0: 2, 1: -1})


# Reading --------------------------------------------------------------------------------------------------------


def test_offsets_are_sorted_and_integers_become_floats() -> None:
    operator = lfa.CrystalOperator(PLANE, PLANE, {(1, -1): 1, (0, 5): [[2]], (-3, 2): np.array(3), (0, -5): True})
    assert operator.offsets.tolist() == [[-3, 2], [0, -5], [0, 5], [1, -1]]
    assert operator.multipliers.tolist() == [[[3]], [[1]], [[2]], [[1]]]
    assert operator.multipliers.dtype == np.float64
    assert operator.offsets.dtype == np.int64
    assert operator.shape == (1, 1)
    assert operator.lattice == PLANE


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
def test_floating_types_are_kept(dtype: str) -> None:
    assert on_line({0: np.ones((1, 1), dtype=dtype)}).multipliers.dtype == dtype


def test_arrays_of_the_user_are_copied() -> None:
    matrix = np.ones((2, 2))
    operator = on_line({0: matrix}, size=2)
    matrix[0, 0] = 7
    assert operator.multipliers.tolist() == [[[1, 1], [1, 1]]]


def test_codomain_is_seen_in_the_basis_of_the_domain() -> None:
    other = lfa.Crystal(lfa.Lattice([[1, 0], [1, 1]]), [[0, 0.5]])
    operator = lfa.CrystalOperator(PLANE, other, {(0, 1): 1})
    assert operator.codomain == other
    assert operator.codomain.sites.tolist() == [[0.5, 0.5]]


def test_operators_print_readably() -> None:
    text = "CrystalOperator(Crystal(Lattice([[1.0]]), dof=1) -> Crystal(Lattice([[1.0]]), dof=1), "
    assert repr(LAPLACIAN) == text + "3 multipliers of shape (1, 1), float64)"


# Facts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operator", "real", "hermitian"),
    [
        (LAPLACIAN, True, True),
        (DIFFERENCE, True, False),
        (on_line({-1: -1j, 1: 1j}), False, True),
        (on_line({-1: 1j, 1: 1j}), False, False),
        (on_line({0: 1 + 0j}), True, True),
        (on_line({0: [[1, 2], [2, 1]]}, 2), True, True),
        (on_line({0: [[1, 2], [3, 1]]}, 2), True, False),
        (on_line({-1: -1, 0: 2, 1: -1, 2: 0}), True, True),
        (on_line({}), True, True),
        (lfa.CrystalOperator(LINE, lfa.Crystal(LINE, [0.5]), {-1: 1, 1: 1}), True, False),
        (lfa.CrystalOperator(LINE, lfa.Crystal(LINE, [1]), {-1: 1, 1: 1}), True, False),
    ],
)
def test_real_and_hermitian(operator: lfa.CrystalOperator, real: bool, hermitian: bool) -> None:
    assert operator.is_real is real
    assert operator.is_hermitian is hermitian


def test_symbols_of_known_operators() -> None:
    kappa = np.linspace(-1, 1, 9)[:, None]
    theta = 2 * np.pi * kappa[:, 0]
    assert LAPLACIAN.symbol(kappa)[:, 0, 0] == pytest.approx(2 - 2 * np.cos(theta))
    assert DIFFERENCE.symbol(kappa)[:, 0, 0] == pytest.approx(np.exp(1j * theta) - 1)
    assert LAPLACIAN.symbol([0.25]).shape == (1, 1)
    assert LAPLACIAN.symbol(np.zeros((4, 3, 1))).shape == (4, 3, 1, 1)
    assert on_line({}).symbol(kappa).tolist() == np.zeros((9, 1, 1)).tolist()


def test_offsets_that_meet_on_a_small_torus_add_with_their_winding_phase() -> None:
    operator = on_line({-1: 1, 0: 2, 1: 4})
    assert operator.to_sparse(1).toarray().tolist() == [[7]]
    assert operator.to_sparse(2).toarray().tolist() == [[2, 5], [5, 2]]
    assert operator.to_sparse(LINE.torus(1, 0.5)).toarray().tolist() == [[-3]]
    assert operator.to_sparse(LINE.torus(2, 0.5)).toarray().tolist() == [[2, 3], [-3, 2]]
    assert operator.to_sparse(LINE.torus(1, 0.25)).toarray() == pytest.approx(np.array([[2 + 3j]]))


@pytest.mark.parametrize(("twist", "dtype"), [(0, np.float64), (0.5, np.float64), (0.3, np.complex128)])
def test_matrices_are_real_where_multipliers_and_phases_are(twist: float, dtype: type) -> None:
    assert LAPLACIAN.to_sparse(LINE.torus(4, twist)).dtype == dtype
    assert LAPLACIAN.to_sparse(LINE.torus(4, twist)).format == "csr"


def test_apply_takes_stacks_of_functions() -> None:
    f = np.arange(12.0).reshape(2, 6, 1)
    assert DIFFERENCE.apply(f, 6)[..., 0].tolist() == [[1, 1, 1, 1, 1, -5], [1, 1, 1, 1, 1, -5]]
    antiperiodic = DIFFERENCE.apply(f[0], LINE.torus(6, 0.5))
    assert antiperiodic.dtype == np.float64
    assert antiperiodic[:, 0].tolist() == [1, 1, 1, 1, 1, -5]
    assert DIFFERENCE.apply(f[1], LINE.torus(6, 0.5))[-1, 0] == -6 - 11
    assert on_line({}).apply(f, 6).tolist() == np.zeros((2, 6, 1)).tolist()


# Algebra --------------------------------------------------------------------------------------------------------


def test_sums_and_multiples_by_hand() -> None:
    assert table(LAPLACIAN + DIFFERENCE) == {(-1,): [[-1]], (0,): [[1]], (1,): [[0]]}
    assert table(LAPLACIAN - DIFFERENCE) == {(-1,): [[-1]], (0,): [[3]], (1,): [[-2]]}
    assert table(-DIFFERENCE) == {(0,): [[1]], (1,): [[-1]]}
    assert table(2 * DIFFERENCE) == table(DIFFERENCE * 2) == {(0,): [[-2]], (1,): [[2]]}
    assert table(DIFFERENCE / 4) == {(0,): [[-0.25]], (1,): [[0.25]]}


def test_products_and_adjoints_by_hand() -> None:
    assert table(DIFFERENCE.H) == {(-1,): [[1]], (0,): [[-1]]}
    assert table(DIFFERENCE.H @ DIFFERENCE) == table(LAPLACIAN)
    shift = on_line({1: [[0, 1], [0, 0]]}, 2)
    assert table(shift @ shift) == {}
    assert table(DIFFERENCE @ DIFFERENCE) == {(0,): [[1]], (1,): [[-2]], (2,): [[1]]}
    imaginary = on_line({1: [[0, 1j], [2, 0]]}, 2)
    assert table(imaginary.H) == {(-1,): [[0, 2], [-1j, 0]]}
    assert table(imaginary.T) == {(-1,): [[0, 2], [1j, 0]]}


def test_division_is_exact_where_numbers_are() -> None:
    assert (on_line({0: 49}) / 49).multipliers.tolist() == [[[1]]]
    assert (on_line({0: 5.0}) / np.float64(3)).multipliers.tolist() == [[[5 / 3]]]


factors = [2, 2.0, True, Fraction(2), Decimal(2), np.float32(2), np.int8(2), np.array(2), 2 + 0j, np.complex64(2)]


@pytest.mark.parametrize("factor", factors, ids=lambda factor: type(factor).__name__)
def test_numbers_of_any_kind_multiply(factor: Any) -> None:
    expected = 1 if factor is True else 2
    for operator in (factor * on_line({0: 1}), on_line({0: 1}) * factor, on_line({0: expected**2}) / factor):
        assert operator.multipliers.tolist() == [[[expected]]]
        assert operator.multipliers.dtype == (np.complex128 if np.iscomplexobj(factor) else np.float64)


def test_python_numbers_keep_single_precision() -> None:
    operator = on_line({0: np.ones((1, 1), dtype=np.float32)})
    assert (2 * operator / 3).multipliers.dtype == np.float32
    assert (2j * operator).multipliers.dtype == np.complex64


@given(seed=seeds)
def test_symbols_follow_the_algebra(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lattice = random_lattice(rng)
    a, b = (random_operator(rng, lattice).operator for _ in range(2))
    c = RandomOperator.between(rng, a.domain, a.codomain, imaginary=True).operator
    d = RandomOperator.between(rng, random_crystal(rng, lattice), a.domain).operator
    kappa = rng.uniform(-2, 2, size=(3, lattice.dim))
    close = {"rtol": 0, "atol": 1e-12}
    np.testing.assert_allclose((a + c).symbol(kappa), a.symbol(kappa) + c.symbol(kappa), **close)
    np.testing.assert_allclose((a - c).symbol(kappa), a.symbol(kappa) - c.symbol(kappa), **close)
    np.testing.assert_allclose((a @ d).symbol(kappa), a.symbol(kappa) @ d.symbol(kappa), **close)
    np.testing.assert_allclose(b.H.symbol(kappa), b.symbol(kappa).conj().swapaxes(1, 2), **close)
    np.testing.assert_allclose(b.T.symbol(kappa), b.symbol(-kappa).swapaxes(1, 2), **close)
    np.testing.assert_allclose((a @ d).H.multipliers, (d.H @ a.H).multipliers, **close)
    assert ((a @ d).H.offsets == (d.H @ a.H).offsets).all()
    assert table(b.H.H) == table(b)
    assert table(b.T.T) == table(b)
    assert (a @ d).domain == d.domain
    assert (a @ d).codomain == a.codomain


def in_other_basis(operator: lfa.CrystalOperator, vectors: list[list[int]]) -> lfa.CrystalOperator:
    """Return the same operator, its lattice given by a basis of integer combinations of the old one."""
    lattice = lfa.Lattice(np.array(vectors) @ operator.lattice.vectors)
    offsets = np.round(lattice.coordinates(operator.lattice.cartesian(operator.offsets))).astype(int)
    multipliers = dict(zip(map(tuple, offsets.tolist()), operator.multipliers, strict=True))
    domain, codomain = (crystal.in_basis_of(lattice) for crystal in (operator.domain, operator.codomain))
    return lfa.CrystalOperator(domain, codomain, multipliers)


def test_operators_in_two_bases_meet_in_that_of_the_left_one(rng: np.random.Generator) -> None:
    crystal = lfa.Crystal(lfa.Lattice([[1, 0], [0.5, 0.75**0.5]]), [[0, 0], [1 / 3, 1 / 3]])
    left, right = (RandomOperator.between(rng, crystal, crystal).operator for _ in range(2))
    turned = in_other_basis(right, [[2, 1], [3, 2]])
    for expected, found in ((left + right, left + turned), (left @ right, left @ turned)):
        assert table(found) == table(expected)
        assert found.lattice.vectors.tolist() == crystal.lattice.vectors.tolist()
        assert found.domain.is_same_as(crystal)
        assert found.codomain.is_same_as(crystal)
    assert (turned @ left).lattice.vectors.tolist() == turned.lattice.vectors.tolist()


# Other cells ----------------------------------------------------------------------------------------------------


def test_a_larger_cell_by_hand() -> None:
    operator = on_line({0: 1, 1: 2}).on(2)
    assert table(operator) == {(0,): [[1, 2], [0, 1]], (1,): [[0, 0], [2, 0]]}
    assert operator.domain == operator.codomain == lfa.Crystal(LINE).supercell(2)


def test_sampling_keeps_the_first_coset_of_the_rows() -> None:
    strided = sampled(on_line({-1: 1, 0: 2, 1: 3}), 2)
    assert table(strided) == {(-1,): [[0, 1]], (0,): [[2, 3]]}
    assert strided.domain == lfa.Crystal(LINE).supercell(2)
    assert strided.codomain == lfa.Crystal(LINE.sublattice(2))
    assert strided.to_sparse(LINE.torus(4)).toarray().tolist() == [[2, 3, 0, 1], [0, 1, 2, 3]]


@given(seed=seeds)
def test_larger_cells_lie_on_the_supercells(seed: int) -> None:
    rng = np.random.default_rng(seed)
    operator = random_operator(rng, random_lattice(rng)).operator
    vectors = random_periods(rng, operator.lattice.dim, 5)
    for given_as in (vectors, operator.lattice.sublattice(vectors), vectors.tolist()):
        larger = operator.on(given_as)
        assert larger.domain.is_same_as(operator.domain.supercell(vectors))
        assert larger.codomain.is_same_as(operator.codomain.supercell(vectors))


# Blocks ---------------------------------------------------------------------------------------------------------


def test_what_is_not_coupled_is_divided() -> None:
    matrix = np.zeros((5, 5))
    matrix[0, 3] = matrix[2, 0] = matrix[4, 0] = matrix[2, 1] = matrix[4, 1] = 1
    blocks = independent_blocks(on_line({0: matrix, 1: matrix}, 5))
    assert [block.shape for block in blocks] == [(1, 1, 1), (1, 2, 2)]
    dense = independent_blocks(on_line({0: np.ones((2, 2))}, 2))
    assert [block.shape for block in dense] == [(1, 2, 2)]
    assert independent_blocks(on_line({0: np.zeros((2, 2))}, 2)) == ()
    diagonal = independent_blocks(on_line({0: np.eye(3)}, 3))
    assert [block.shape for block in diagonal] == [(3, 1, 1)]
    assert len(diagonal[0].offsets) == 1


# Values are frozen ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["domain", "_multipliers", "anything"])
def test_operators_are_immutable(name: str) -> None:
    with pytest.raises(AttributeError, match=f"{name}: a CrystalOperator is immutable"):
        setattr(LAPLACIAN, name, 1)
    with pytest.raises(AttributeError, match=f"{name}: a CrystalOperator is immutable"):
        delattr(LAPLACIAN, name)


@pytest.mark.parametrize(
    "operator",
    [
        LAPLACIAN,
        LAPLACIAN.H,
        LAPLACIAN + DIFFERENCE,
        2 * LAPLACIAN,
        LAPLACIAN @ LAPLACIAN,
        LAPLACIAN.on(2),
        LAPLACIAN.astype("complex64"),
        pickle.loads(pickle.dumps(LAPLACIAN)),  # noqa: S301 - our own bytes
    ],
)
def test_arrays_of_operators_are_read_only(operator: lfa.CrystalOperator) -> None:
    for array in (operator.offsets, operator.multipliers, operator.symbol([0.1])):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_copies_and_pickles_are_the_same_operator(rng: np.random.Generator) -> None:
    operator = random_operator(rng, random_lattice(rng)).operator
    for twin in (pickle.loads(pickle.dumps(operator)), copy.copy(operator), copy.deepcopy(operator)):  # noqa: S301
        assert table(twin) == table(operator)
        assert twin.domain.is_same_as(operator.domain)
        assert twin.codomain.is_same_as(operator.codomain)


# Array libraries ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "operation",
    [
        lambda: np.ones(3) * LAPLACIAN,
        lambda: LAPLACIAN * np.ones(3),
        lambda: np.ones((1, 1)) @ LAPLACIAN,
        lambda: LAPLACIAN @ np.ones((1, 1)),
        lambda: np.float64(1) + LAPLACIAN,
        lambda: torch.ones(3) * LAPLACIAN,
        lambda: LAPLACIAN + 1,
        lambda: LAPLACIAN - 1,
        lambda: LAPLACIAN @ 2,
        lambda: LAPLACIAN * None,
        lambda: LAPLACIAN / [2],
        lambda: 1 / LAPLACIAN,
    ],
)
def test_operators_combine_with_operators_and_numbers_only(operation: Any) -> None:
    with pytest.raises(TypeError, match=r"unsupported operand|does not support ufuncs"):
        operation()


def on_torch(*shape: int, offsets: tuple[int, ...] = (-1, 0, 2), dtype: Any = torch.float64) -> lfa.CrystalOperator:
    generator = torch.Generator().manual_seed(7)
    domain, codomain = lfa.Crystal(LINE, dof=shape[1]), lfa.Crystal(LINE, dof=shape[0])
    matrices = {y: torch.randn(*shape, generator=generator, dtype=dtype) for y in offsets}
    return lfa.CrystalOperator(domain, codomain, matrices)


@pytest.mark.parametrize(
    "operation",
    [
        lambda: on_line({0: 1, 1: torch.ones(1, 1)}),
        lambda: LAPLACIAN * torch.tensor(2.0),
        lambda: on_torch(1, 1) * np.array(2.0),
        lambda: LAPLACIAN.apply(torch.ones(4, 1), 4),
        lambda: on_torch(1, 1).apply(np.ones((4, 1)), 4),
    ],
)
def test_array_libraries_do_not_mix(operation: Any) -> None:
    with pytest.raises(ArrayLibraryError, match=r"arrays of several libraries meet: numpy\.ndarray, torch\.Tensor"):
        operation()
    with pytest.raises(TypeError):
        operation()


def test_torch_stays_torch() -> None:
    operator = on_torch(3, 2)
    derived = [operator, operator.H, operator.T, operator + operator, 2 * operator, operator / torch.tensor(3.0)]
    derived += [operator @ operator.H, operator.on(2), operator.on(2).H, -operator, torch.tensor(2.0) * operator]
    for each in derived:
        assert isinstance(each.multipliers, torch.Tensor)
        assert isinstance(each.symbol([0.3]), torch.Tensor)
        assert each.symbol(np.zeros((5, each.lattice.dim))).dtype == torch.complex128
        values = lfa.svdvals(each, 2 if each.lattice != LINE else 4)
        assert isinstance(values, torch.Tensor)
        assert values.dtype == torch.float64
    assert isinstance(operator.apply(torch.ones(4, 2, dtype=torch.float64), 4), torch.Tensor)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.complex64, torch.int32])
def test_torch_and_numpy_agree_in_double_precision(dtype: Any) -> None:
    values = torch.tensor([[1.5, -2.0], [0.25, 3.0]]).to(dtype)
    stored = on_line({0: values, 1: 2 * values, 5: values.T}, 2)
    numbers = values.to(torch.complex128).numpy()
    double = on_line({0: numbers, 1: 2 * numbers, 5: numbers.T}, 2)
    np.testing.assert_allclose(lfa.svdvals(stored, 6), lfa.svdvals(double, 6), rtol=0, atol=1e-14)
    np.testing.assert_allclose(stored.to_sparse(6).toarray(), double.to_sparse(6).toarray(), rtol=0, atol=1e-15)


@pytest.mark.parametrize("dtype", [torch.float64, torch.complex128])
@pytest.mark.parametrize("twist", [0, 0.5, 0.3])
def test_torch_operators_obey_the_laws(dtype: Any, twist: float) -> None:
    check(on_torch(3, 2, dtype=dtype), LINE.torus(4, twist))


def test_torch_sums_and_products_of_two_precisions_are_in_the_higher_one() -> None:
    single, double = on_torch(1, 1, offsets=(0,), dtype=torch.float32), on_torch(1, 1, offsets=(1,))
    for operator in (single + double, double + single, single @ double, double @ single):
        assert operator.multipliers.dtype == torch.float64


def weighted_sum(values: Any) -> Any:
    """Return a smooth function of distinct singular values that is not symmetric in them."""
    weights = torch.linspace(1, 2, values.numel(), dtype=values.dtype).reshape(values.shape)
    return (weights * values**2 + values).sum()


@pytest.mark.parametrize("pattern", ["full", "decoupled", "row", "column"])
@pytest.mark.parametrize("twist", [0, 0.5, 0.3])
def test_gradients_flow_through_singular_values(twist: float, pattern: str) -> None:
    shape = {"full": (3, 2), "decoupled": (3, 3), "row": (1, 3), "column": (3, 1)}[pattern]
    weight = torch.randn(3, *shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    if pattern == "decoupled":
        weight *= torch.tensor([[1.0, 0, 1], [0, 1, 0], [1, 0, 1]])
    weight.requires_grad_()
    domain, codomain = lfa.Crystal(LINE, dof=shape[1]), lfa.Crystal(LINE, dof=shape[0])
    torus = LINE.torus(5, twist)

    def value(numbers: Any) -> Any:
        operator = lfa.CrystalOperator(domain, codomain, {y: numbers[y + 1] for y in (-1, 0, 1)})
        return weighted_sum(lfa.svdvals(2 * operator.H, torus))

    value(weight).backward()
    gradient = weight.grad
    assert gradient is not None
    step = 1e-6
    for index in np.ndindex(*weight.shape):
        if weight[index] == 0:
            continue
        ahead, behind = weight.detach().clone(), weight.detach().clone()
        ahead[index] += step
        behind[index] -= step
        numerical = (value(ahead) - value(behind)) / (2 * step)
        assert float(gradient[index]) == pytest.approx(float(numerical), rel=1e-6, abs=1e-6)


def test_gradients_flow_through_symbols_products_and_functions() -> None:
    weight = torch.tensor([[1.0, 2.0]], dtype=torch.float64, requires_grad=True)
    operator = lfa.CrystalOperator(lfa.Crystal(LINE, dof=2), LINE, {0: weight, 1: 3 * weight})
    abs(operator.symbol([0.0])[0, 1]).backward()
    assert weight.grad.tolist() == [[0, 4]]
    weight.grad = None
    operator = lfa.CrystalOperator(lfa.Crystal(LINE, dof=2), LINE, {0: weight, 1: 3 * weight})
    # The sum of the multipliers is 16 times the squared length of the weight.
    (operator @ operator.H).multipliers.sum().backward()
    assert weight.grad.tolist() == [[32, 64]]
    weight.grad = None
    operator = lfa.CrystalOperator(lfa.Crystal(LINE, dof=2), LINE, {0: weight, 1: 3 * weight})
    operator.apply(torch.ones(3, 2, dtype=torch.float64), 3).sum().backward()
    assert weight.grad.tolist() == [[12, 12]]


def test_constants_meet_operators_of_other_libraries() -> None:
    weighted = on_torch(1, 1, offsets=(0, 1))
    for operator in (LAPLACIAN + weighted, weighted + LAPLACIAN, weighted @ LAPLACIAN, LAPLACIAN @ weighted):
        assert isinstance(operator.multipliers, torch.Tensor)
    inside = (lfa.identity(LINE) + (weighted @ weighted.H + LAPLACIAN + lfa.identity(LINE)).inv()).symbol([0.25])
    assert isinstance(inside, torch.Tensor)


def test_gradients_reach_multipliers_that_are_zero() -> None:
    weight = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
    identity = on_line({0: torch.ones(1, 1, dtype=torch.float64)})
    operator = on_line({0: torch.ones(1, 1, dtype=torch.float64), 1: weight}) @ identity
    # At frequency zero the symbol is 1 + weight.
    lfa.svdvals(operator, 3)[0, 0].backward()
    assert weight.grad.tolist() == [[1]]


# Mismatches -----------------------------------------------------------------------------------------------------


def test_the_shift_that_would_make_two_crystals_agree_is_named() -> None:
    shifted = lfa.Crystal(LINE, [0.5])
    operator = lfa.CrystalOperator(shifted, shifted, {0: 1})
    with pytest.raises(CrystalMismatchError, match=r"shifting the second by \['-1/2'\] would make them equal"):
        LAPLACIAN + operator
    moved = lfa.CrystalOperator(shifted.shifted([-0.5]), shifted.shifted([-0.5]), {0: 1})
    assert table(LAPLACIAN + moved)[0,] == [[3]]
    two, reversed_two = lfa.Crystal(LINE, [0, 0.5]), lfa.Crystal(LINE, [0.5, 0])
    product = lfa.CrystalOperator(two, LINE, {0: [[1, 10]]}) @ lfa.CrystalOperator(LINE, reversed_two, {0: [[2], [3]]})
    assert table(product)[0,] == [[23]]
