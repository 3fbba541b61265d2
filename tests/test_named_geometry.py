"""Named lattices and crystals, their shells, zones and paths, against textbook values."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crystal_lfa as lfa

L, C = lfa.lattices, lfa.crystals

# (lattice constant 1) distances and numbers of neighbours of the first shells, as in Ashcroft and Mermin or Kittel.
SHELLS: list[tuple[Any, list[tuple[float, Any]]]] = [
    (L.integer(1), [(1, 2), (2, 2)]),
    (L.square(), [(1, 4), (sqrt(2), 4), (2, 4), (sqrt(5), 8)]),
    (L.rectangular(1, 3), [(1, 2), (2, 2), (3, 4)]),
    (L.oblique(1, 1, 60), [(1, 6), (sqrt(3), 6)]),
    (L.triangular(), [(1, 6), (sqrt(3), 6), (2, 6), (sqrt(7), 12)]),
    (L.cubic(), [(1, 6), (sqrt(2), 12), (sqrt(3), 8), (2, 6), (sqrt(5), 24)]),
    (L.tetragonal(1, 2), [(1, 4), (sqrt(2), 4), (2, 6)]),
    (L.fcc(), [(sqrt(1 / 2), 12), (1, 6), (sqrt(3 / 2), 24), (sqrt(2), 12), (sqrt(5 / 2), 24)]),
    (L.bcc(), [(sqrt(3) / 2, 8), (1, 6), (sqrt(2), 12), (sqrt(11) / 2, 24), (sqrt(3), 8)]),
    (L.hexagonal(1, 2), [(1, 6), (sqrt(3), 6), (2, 8)]),
    (C.honeycomb(), [(1 / sqrt(3), 3), (1, 6), (2 / sqrt(3), 3)]),
    (C.kagome(), [(1 / 2, 4), (sqrt(3) / 2, 4), (1, 6)]),
    (C.lieb(), [(1 / 2, (4, 2, 2)), (sqrt(1 / 2), (0, 4, 4)), (1, 4)]),
    (C.diamond(), [(sqrt(3) / 4, 4), (sqrt(1 / 2), 12), (sqrt(11) / 4, 12), (1, 6)]),
    (C.cscl(), [(sqrt(3) / 2, 8), (1, 6), (sqrt(2), 12)]),
    (C.nacl(), [(1 / 2, 6), (sqrt(1 / 2), 12), (sqrt(3) / 2, 8), (1, 6)]),
    (C.staggered(2), [(1 / 2, (2, 2, 4)), (sqrt(1 / 2), (4, 4, 0)), (1, 4)]),
    (C.staggered(3), [(1 / 2, (2, 2, 2, 6)), (sqrt(1 / 2), (8, 8, 8, 0)), (1, 6)]),
    (C.edges(2), [(sqrt(1 / 2), 4), (1, 4)]),
    (C.edges(3), [(sqrt(1 / 2), 8), (1, 6)]),
]


@pytest.mark.parametrize(("where", "expected"), SHELLS, ids=[repr(where)[:60] for where, _ in SHELLS])
def test_coordination_numbers_and_distances(where: Any, expected: list[tuple[float, Any]]) -> None:
    crystal = where if isinstance(where, lfa.Crystal) else lfa.Crystal(where)
    shells = crystal.shells(len(expected))
    for shell, (distance, neighbours) in zip(shells, expected, strict=True):
        assert shell.distance == pytest.approx(distance, rel=1e-12)
        each = neighbours if isinstance(neighbours, tuple) else (neighbours,) * len(crystal.dof)
        assert shell.coordination == each
        assert len(shell.bonds) == sum(each)


def test_bonds_name_the_sites_and_the_cells() -> None:
    (shell,) = C.honeycomb().shells()
    assert shell.bonds == (
        (0, 1, (-1, 0)),
        (0, 1, (0, -1)),
        (0, 1, (0, 0)),
        (1, 0, (0, 0)),
        (1, 0, (0, 1)),
        (1, 0, (1, 0)),
    )


def test_sites_far_away_and_skew_vectors_have_the_same_shells() -> None:
    skew = L.fcc().sublattice([[1, 0, 0], [997, 1, 0], [-513, 311, 1]])
    far = lfa.Crystal(skew, [[10**9, -(10**12), 5], [Fraction(1, 2) - 7, 10**6, 0]])
    for shell in far.shells(3):
        for a, b, offset in shell.bonds[:5]:
            step = [y + q - p for y, p, q in zip(offset, far.exact_sites[a], far.exact_sites[b], strict=True)]
            assert np.linalg.norm(skew.cartesian(np.array(step, dtype=float))) == pytest.approx(
                shell.distance, rel=1e-6
            )
    assert lfa.Crystal(skew).shells()[0].coordination == (12,)


@pytest.mark.parametrize(
    ("lattice", "volume"),
    [
        (L.integer(4), 1),
        (L.square(2), 4),
        (L.rectangular(2, 3), 6),
        (L.oblique(2, 3, 30), 3),
        (L.triangular(2), 2 * sqrt(3)),
        (L.cubic(2), 8),
        (L.tetragonal(2, 3), 12),
        (L.fcc(2), 2),
        (L.bcc(2), 4),
        (L.hexagonal(2, 3), 6 * sqrt(3)),
    ],
)
def test_cell_volumes(lattice: lfa.Lattice, volume: float) -> None:
    assert lattice.cell_volume == pytest.approx(volume, rel=1e-14)


def test_lengths_scale_every_crystal() -> None:
    for make in (C.honeycomb, C.kagome, C.lieb, C.diamond, C.cscl, C.nacl):
        assert make(3).shells()[0].distance == pytest.approx(3 * make().shells()[0].distance)
    for make in (C.staggered, C.edges):
        assert make(2, 3).shells()[0].distance == pytest.approx(3 * make(2).shells()[0].distance)


# Zones ----------------------------------------------------------------------------------------------------------

ZONES = [
    (L.integer(1), 2, {1: 2}),
    (L.square(), 4, {2: 4}),
    (L.rectangular(1, 7), 4, {2: 4}),
    (L.oblique(1, 1.3, 70), 6, {2: 6}),
    (L.triangular(), 6, {2: 6}),
    (L.cubic(), 8, {4: 6}),
    (L.tetragonal(1, 5), 8, {4: 6}),
    # The truncated octahedron and the rhombic dodecahedron.
    (L.fcc(), 24, {4: 6, 6: 8}),
    (L.bcc(), 14, {4: 12}),
    (L.hexagonal(1, 1.6), 12, {4: 6, 6: 2}),
    (L.integer(4), 16, {8: 8}),
]


@pytest.mark.parametrize("scale", [1e-10, 1.0, 1e10])
@pytest.mark.parametrize(("lattice", "corners", "faces"), ZONES, ids=[repr(z[0])[:50] for z in ZONES])
def test_zones_have_the_right_shape_and_volume(
    lattice: lfa.Lattice, corners: int, faces: dict[int, int], scale: float
) -> None:
    lattice = lfa.Lattice(scale * lattice.vectors)
    zone = lattice.brillouin_zone()
    assert len(zone.vertices) == corners
    sizes = [len(face) for face in zone.faces]
    assert {size: sizes.count(size) for size in sizes} == faces
    assert zone.volume * lattice.cell_volume == pytest.approx(1, rel=1e-12)
    assert zone.contains(zone.vertices).all()
    assert not zone.contains(1.001 * zone.vertices).any()


@given(seed=st.integers(0, 2**32 - 1), size=st.integers(1, 3))
def test_zones_of_any_basis_are_closer_to_zero_than_to_any_dual_point(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = np.eye(size) + 0.4 * rng.standard_normal((size, size))
    if abs(np.linalg.det(vectors)) < 0.1:
        vectors = np.eye(size)
    shears = np.linalg.multi_dot([np.eye(size), np.tril(rng.integers(-30, 31, (size, size)), -1) + np.eye(size)])
    lattice = lfa.Lattice(shears @ vectors)
    zone = lattice.brillouin_zone()
    assert zone.volume * lattice.cell_volume == pytest.approx(1, rel=1e-6)
    kappa = rng.uniform(-3, 3, size=(20, size))
    inside = zone.reduce(kappa)
    assert zone.contains(inside).all()
    turns = lattice.basis.T @ inside.T - kappa.T
    np.testing.assert_allclose(turns, np.round(turns), rtol=0, atol=1e-7)


ANY_BASIS = {1: [[-1]], 2: [[3, 2], [4, 3]], 3: [[1, 0, 0], [4, 1, 0], [-2, 5, -1]]}
NAMED = [
    (L.integer(1), "one-dimensional", "GX"),
    (L.square(), "square", "GXM"),
    (L.triangular(), "triangular", "GMK"),
    (L.rectangular(2, 3), "rectangular", "GXYS"),
    (L.cubic(), "cubic", "GXMR"),
    (L.fcc(), "face-centred cubic", "GXWKLU"),
    (L.bcc(), "body-centred cubic", "GHPN"),
    (L.hexagonal(1, 1.6), "hexagonal", "GMKALH"),
    (L.tetragonal(1, 2), "tetragonal", "GXMZRA"),
    (lfa.Lattice(np.diag([1, 2, 3])), "orthorhombic", "GXYSZUTR"),
]


def rotation(size: int) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(3).standard_normal((size, size)))[0]


@pytest.mark.parametrize(("lattice", "kind", "letters"), NAMED, ids=[kind for _, kind, _ in NAMED])
def test_high_symmetry_points_in_any_basis_and_orientation(lattice: lfa.Lattice, kind: str, letters: str) -> None:
    from crystal_lfa.geometry.zones import symmetry_points

    found = symmetry_points(lattice)
    assert found is not None
    assert found.kind == kind
    assert "".join(found.points) == letters
    turned = lfa.Lattice(7 * lattice.vectors @ rotation(lattice.dim)).sublattice(ANY_BASIS[lattice.dim])
    other = symmetry_points(turned)
    assert other is not None
    assert other.kind == kind
    zone = turned.brillouin_zone()
    for letter, point in found.points.items():
        here, there = (
            np.linalg.norm(w.dual.cartesian(np.array(p, dtype=float)))
            for w, p in ((lattice, point), (turned, other.points[letter]))
        )
        assert there * 7 == pytest.approx(here)
        place = turned.dual.cartesian(np.array(other.points[letter], dtype=float))
        # High-symmetry points other than 0 lie on the zone's boundary.
        assert zone.contains(place)
        assert letter == "G" or not zone.contains(1.001 * place)


@pytest.mark.parametrize(("lattice", "kind", "letters"), NAMED, ids=[kind for _, kind, _ in NAMED])
def test_usual_paths_stay_in_the_zone(lattice: lfa.Lattice, kind: str, letters: str) -> None:
    path, zone = lattice.path(), lattice.brillouin_zone()
    assert set("".join(path.labels).replace("|", "")) == set(letters)
    samples = path.sample(100)
    assert zone.contains(lattice.dual.cartesian(samples.frequencies)).all(), kind
    assert samples.distance[-1] == pytest.approx(path.length)
    assert (np.diff(samples.distance) >= 0).all()


def test_lattices_of_other_kinds_have_no_letters_but_paths_of_coordinates() -> None:
    oblique = L.oblique(1, 1.3, 70)
    assert dict(oblique.brillouin_zone().points) == {"G": (0, 0)}
    path = oblique.path(["Γ", [0.5, 0], [0.5, 0.5]])
    assert path.labels == ("G", "(0.5, 0)", "(0.5, 0.5)")
    assert path.sample(11).ticks[0] == (0.0, "G")


def test_paths_sample_lines_with_both_ends() -> None:
    path = L.square().path(["G", "X", "M", "G"])
    frequencies, distance, ticks = path.sample(200)
    assert abs(len(frequencies) - 200) <= 3
    assert [label for _, label in ticks] == ["G", "X", "M", "G"]
    for where, label in ticks[:-1]:
        corner = {"G": [0, 0], "X": [0.5, 0], "M": [0.5, 0.5]}[label]
        assert frequencies[np.isclose(distance, where)].tolist() == [corner]
    steps = np.linalg.norm(np.diff(frequencies, axis=0), axis=1)
    np.testing.assert_allclose(steps, np.diff(distance), atol=1e-14)


def test_a_jump_takes_no_length() -> None:
    path = L.fcc().path(["G", "X", "U|K", "G"])
    assert path.labels == ("G", "X", "U|K", "G")
    frequencies, distance, ticks = path.sample(50)
    (jump,) = np.flatnonzero(np.diff(distance) == 0)
    np.testing.assert_allclose(frequencies[jump], [5 / 8, 1 / 4, 5 / 8])
    np.testing.assert_allclose(frequencies[jump + 1], [3 / 8, 3 / 8, 3 / 4])
    assert ticks[2] == (pytest.approx(distance[jump]), "U|K")


# Diagrams -------------------------------------------------------------------------------------------------------


def test_the_hasse_diagram_of_divisors() -> None:
    line = L.integer(1)
    divisors = [1, 2, 3, 4, 6, 12]
    lattices = {n: line.sublattice(n) for n in divisors}
    graph = L.hasse_diagram([*lattices.values(), lfa.Lattice([[-4]])])
    assert graph.number_of_nodes() == 6
    steps = {(round(a.cell_volume), round(b.cell_volume)): index for a, b, index in graph.edges(data="index")}
    assert steps == {(1, 2): 2, (1, 3): 3, (2, 4): 2, (2, 6): 3, (3, 6): 2, (4, 12): 3, (6, 12): 2}
    assert {round(a.cell_volume): level for a, level in graph.nodes(data="level")} == {
        1: 0,
        2: 1,
        3: 1,
        4: 2,
        6: 2,
        12: 3,
    }
    assert nx.is_directed_acyclic_graph(graph)


def test_incommensurate_lattices_are_not_connected() -> None:
    graph = L.hasse_diagram([L.square(), L.triangular(), L.square().sublattice(2)])
    assert graph.number_of_edges() == 1


# Frequencies of crystals ----------------------------------------------------------------------------------------


def test_fourier_bases_are_orthonormal_and_diagonalise() -> None:
    crystal = lfa.Crystal(L.triangular(), [[0, 0], [1 / 3, 1 / 3]], dof=[1, 2])
    torus = crystal.lattice.torus([[3, 1], [0, 2]], [0.5, 0.3])
    bases = [crystal.fourier_basis(torus, kappa) for kappa in torus.frequencies]
    whole = np.hstack(bases)
    np.testing.assert_allclose(whole.conj().T @ whole, np.eye(len(whole)), atol=1e-14)
    f = np.random.default_rng(0).standard_normal((torus.order, crystal.size))
    coefficients = np.array([basis.conj().T @ f.ravel() for basis in bases])
    np.testing.assert_allclose(torus.fourier(f), coefficients, atol=1e-13)
    operator = lfa.CrystalOperator(crystal, crystal, {(1, -4): np.arange(9.0).reshape(3, 3), (0, 0): np.eye(3)})
    matrix = operator.to_sparse(torus).toarray()
    for kappa, basis in zip(torus.frequencies, bases, strict=True):
        np.testing.assert_allclose(matrix @ basis, basis @ operator.symbol(kappa), atol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.complex64, np.float64, np.int64])
def test_transforms_keep_the_precision(dtype: Any) -> None:
    torus = L.integer(2).torus([[3, 1], [0, 4]], 0.5)
    transform = torus.fourier(np.ones((2, torus.order, 3), dtype=dtype))
    assert transform.dtype == (np.complex64 if dtype in (np.float32, np.complex64) else np.complex128)
    assert transform.shape == (2, torus.order, 3)


def test_transforms_of_tensors_are_tensors() -> None:
    import torch

    torus = L.integer(2).torus([[3, 1], [0, 4]], 0.3)
    f = torch.randn(torus.order, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1), requires_grad=True)
    there = torus.fourier(f)
    assert isinstance(there, torch.Tensor)
    np.testing.assert_allclose(there.detach().numpy(), torus.fourier(f.detach().numpy()), atol=1e-14)
    there.abs().square().sum().backward()
    np.testing.assert_allclose(f.grad.numpy(), 2 * f.detach().numpy(), atol=1e-13)


# Large numbers --------------------------------------------------------------------------------------------------


def test_huge_tori_are_indexed_without_being_listed() -> None:
    n, m = 10**6 + 3, 10**6 + 33
    torus = L.integer(2).torus((n, m), twist=[0.5, 0.25])
    assert torus.order == n * m
    assert torus.invariant_factors == (1, n * m)
    assert torus.index([[n + 5, -1]]).tolist() == [5 * m + m - 1]
    number = 123_456_789_012
    a, b = divmod(number, m)
    kappa = torus.frequencies_at(number)
    np.testing.assert_allclose(kappa, [(a + 0.5) / n, (b + 0.25) / m], rtol=1e-15)
    assert torus.frequency_index(kappa) == number
    skew = L.integer(2).torus([[n, 17], [-5, m]])
    point = [3 * n - 10, 51 + 2 * m]
    assert skew.index([point]).tolist() == skew.index([[0, 0]]).tolist()
    assert skew.order == n * m + 85


def test_entries_near_2_to_the_40_stay_exact() -> None:
    huge = 2**40
    whole = L.integer(2)
    left, right = whole.sublattice([[huge + 1, 3], [5, huge - 7]]), whole.sublattice([[huge, 1], [0, huge + 9]])
    meet, join = left.intersection(right), left.sum(right)
    assert left.index_in(whole) == (huge + 1) * (huge - 7) - 15
    assert meet.index_in(whole) * join.index_in(whole) == left.index_in(whole) * right.index_in(whole)
    assert left.contains([[huge + 6, huge - 4], [huge + 6, huge - 3]]).tolist() == [True, False]
    crystal = lfa.Crystal(whole, [[Fraction(1, 3), 0]]).in_basis_of(whole.sublattice([[1, huge], [0, 1]]))
    assert crystal == lfa.Crystal(whole, [[Fraction(1, 3), 0]])


def test_numbers_that_a_reference_gives() -> None:
    """REFERENCE: the least common multiple, and the smallest eigenvalues of a Laplacian on 2 A."""
    matrix = np.array([[70, 1, 21], [58, 92, 28], [64, 94, 8]])
    torus = L.integer(3).torus(matrix.T)
    assert torus.shape == (1, 2, 70274)
    assert torus.invariant_factors == (1, 2, 70274)
    laplacian = lfa.CrystalOperator(
        L.square(), L.square(), {(0, 0): -4, (1, 0): 1, (-1, 0): 1, (0, 1): 1, (0, -1): 1}
    ).on(2)
    k = np.array([0.5969463404190447, 0.9794807414680586])
    eigenvalues = np.linalg.eigvalsh(laplacian.symbol(k @ laplacian.lattice.basis))
    expected = [-7.623691139631474, -4.343110899714498, -3.656889100285505, -0.3763088603685248]
    np.testing.assert_allclose(eigenvalues, expected, rtol=1e-14)
