"""Bands and densities of states: textbook formulas, paths that jump, pictures."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

import crystal_lfa as lfa
from crystal_lfa import errors

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.lines import Line2D

L, C = lfa.lattices, lfa.crystals


@pytest.fixture(autouse=True)
def _no_figure_stays() -> Iterator[None]:
    plt.close("all")
    yield
    plt.close("all")


def _hopping(crystal: lfa.Crystal, *values: float) -> lfa.CrystalOperator:
    """Return the sum of the adjacencies of the first shells, times these numbers."""
    couplings = [
        (a, b, offset, value)
        for shell, value in zip(crystal.shells(len(values)), values, strict=True)
        for a, b, offset in shell.bonds
    ]
    return lfa.CrystalOperator.from_couplings(crystal, crystal, couplings)


def _phases(found: lfa.Bands) -> np.ndarray:
    return np.exp(2j * np.pi * found.frequencies)


def _corner(found: lfa.Bands, letter: str) -> np.ndarray:
    (place,) = [place for place, label in found.ticks if label == letter]
    return found.values[found.distance == place][0]


# textbooks --------------------------------------------------------------------------------------------------------


def test_graphene() -> None:
    found = lfa.bands(-1 * lfa.adjacency(C.honeycomb()), ["G", "M", "K"])
    formula = np.abs(1 + _phases(found)[:, 0] + _phases(found)[:, 1])
    assert found.values == pytest.approx(np.stack([-formula, formula], axis=1), abs=1e-13)
    assert _corner(found, "G") == pytest.approx([-3, 3], abs=1e-13)
    assert _corner(found, "M") == pytest.approx([-1, 1], abs=1e-13)
    assert _corner(found, "K") == pytest.approx([0, 0], abs=1e-13)
    other = lfa.bands(-1 * lfa.adjacency(C.honeycomb()), ["G", [1 / 3, 2 / 3]])
    assert other.values[-1] == pytest.approx([0, 0], abs=1e-13)


def test_graphene_with_next_nearest_neighbours() -> None:
    first, second = -2.7, 0.2
    found = lfa.bands(_hopping(C.honeycomb(), first, second))
    squared = np.abs(1 + _phases(found)[:, 0] + _phases(found)[:, 1]) ** 2
    # A. H. Castro Neto et al., Rev. Mod. Phys. 81 (2009), equation 6: six neighbours of the same kind.
    shift = second * (squared - 3)
    expected = np.stack([shift - abs(first) * np.sqrt(squared), shift + abs(first) * np.sqrt(squared)], axis=1)
    assert found.values == pytest.approx(expected, abs=1e-13)
    assert _corner(found, "K") == pytest.approx([-3 * second] * 2, abs=1e-13)


def test_kagome_has_a_flat_band() -> None:
    found = lfa.bands(-1 * lfa.adjacency(C.kagome()))
    assert np.abs(found.values[:, 2] - 2).max() < 1e-13
    root = np.abs(1 + _phases(found)[:, 0] + _phases(found)[:, 1])
    assert found.values[:, :2] == pytest.approx(np.stack([-1 - root, -1 + root], axis=1), abs=1e-13)


def test_lieb_has_a_flat_band_in_the_middle() -> None:
    found = lfa.bands(-1 * lfa.adjacency(C.lieb()))
    assert np.abs(found.values[:, 1]).max() < 1e-13
    cone = 2 * np.sqrt((np.cos(np.pi * found.frequencies) ** 2).sum(axis=1))
    assert found.values[:, [0, 2]] == pytest.approx(np.stack([-cone, cone], axis=1), abs=1e-13)


def test_diamond() -> None:
    found = lfa.bands(-1 * lfa.adjacency(C.diamond()))
    formula = np.abs(1 + _phases(found).sum(axis=1))
    assert found.values == pytest.approx(np.stack([-formula, formula], axis=1), abs=1e-13)
    assert [label for _, label in found.ticks] == ["G", "X", "W", "K", "G", "L", "U", "W", "L", "K|U", "X"]


def test_chain_of_two_masses() -> None:
    light, heavy, spring = 1.0, 3.0, 0.7
    chain = lfa.Crystal(L.integer(1), [[0], [0.5]])
    coupling = -spring / np.sqrt(light * heavy)
    matrix = lfa.CrystalOperator.from_couplings(
        chain,
        chain,
        [(0, 0, 0, 2 * spring / light), (1, 1, 0, 2 * spring / heavy), (0, 1, 0, coupling), (0, 1, -1, coupling)],
        hermitian=True,
    )
    found = lfa.bands(matrix)
    total = 1 / light + 1 / heavy
    root = np.sqrt(total**2 - 4 * np.sin(np.pi * found.frequencies[:, 0]) ** 2 / (light * heavy))
    expected = spring * np.stack([total - root, total + root], axis=1)
    assert found.values == pytest.approx(expected, abs=1e-13)


# paths ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [C.honeycomb, C.kagome, C.lieb, C.diamond])
def test_another_basis_of_the_lattice_gives_the_same_bands(make: Callable[[], lfa.Crystal]) -> None:
    crystal = make()
    rows = np.eye(crystal.lattice.dim, dtype=int)
    rows[0, 1], rows[-1] = 3, -rows[-1]
    skew = lfa.Lattice(rows @ crystal.lattice.vectors)
    assert skew == crystal.lattice
    operator = _hopping(crystal, -1, 0.3)
    own = lfa.bands(operator)
    seen = lfa.bands(operator, skew.path())
    moved = lfa.bands(_hopping(crystal.in_basis_of(skew), -1, 0.3))
    assert seen.path.lattice == skew
    assert seen.values == pytest.approx(own.values, abs=1e-12)
    assert moved.values == pytest.approx(own.values, abs=1e-12)
    assert seen.distance == pytest.approx(own.distance, rel=1e-12)
    # Frequencies are those of the operator's basis.
    assert np.linalg.eigvalsh(operator.symbol(seen.frequencies)) == pytest.approx(seen.values, abs=1e-12)


def test_frequencies_follow_the_path() -> None:
    path = L.square().path(["G", "X", "M", "G"])
    found = lfa.bands(lfa.adjacency(L.square()), path, points=40)
    sample = path.sample(40)
    assert found.path is path
    assert np.array_equal(found.frequencies, sample.frequencies)
    assert np.array_equal(found.distance, sample.distance)
    assert found.ticks == sample.ticks
    assert found.values[:, 0] == pytest.approx(2 * np.cos(2 * np.pi * sample.frequencies).sum(axis=1), abs=1e-13)
    assert not any(array.flags.writeable for array in (found.values, found.frequencies, found.distance))
    assert repr(found) == "Bands(1 along G X M G, 39 frequencies, from -4 to 4)"


def test_many_frequencies_are_worked_on_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    # The package's attribute of this name is the function.
    module = import_module("crystal_lfa.spectra.bands")
    operator = -1 * lfa.adjacency(C.kagome())
    whole = lfa.bands(operator)
    monkeypatch.setattr(module, "_WORKING_BYTES", 3000)
    assert lfa.bands(operator).values == pytest.approx(whole.values, abs=1e-14)
    monkeypatch.setattr(module, "_WORKING_BYTES", 1)
    assert lfa.bands(operator).values == pytest.approx(whole.values, abs=1e-14)


def test_operators_without_symmetry_have_complex_values() -> None:
    line = L.integer(1)
    wind = lfa.CrystalOperator(line, line, {0: 1, -1: -1})
    found = lfa.bands(wind, ["G", "X"], points=9)
    assert found.values.dtype == np.complex128
    assert found.values[:, 0] == pytest.approx(1 - np.exp(-2j * np.pi * found.frequencies[:, 0]), abs=1e-15)


def test_operators_without_finite_range_have_bands() -> None:
    line = L.integer(1)
    helmholtz = lfa.CrystalOperator(line, line, {-1: -1, 0: 3, 1: -1})
    found = lfa.bands(helmholtz.inv(), points=10)
    assert found.values[:, 0] == pytest.approx(1 / (3 - 2 * np.cos(2 * np.pi * found.frequencies[:, 0])), abs=1e-14)


def test_sites_of_the_codomain_in_another_order() -> None:
    honeycomb = C.honeycomb()
    turned = lfa.Crystal(honeycomb.lattice, honeycomb.sites[::-1])
    hopping = lfa.adjacency(honeycomb)
    change = lfa.CrystalOperator(honeycomb, turned, {(0, 0): [[0, 1], [1, 0]]})
    found = lfa.bands(change @ hopping)
    assert np.sort(found.values.real, axis=1) == pytest.approx(lfa.bands(hopping).values, abs=1e-13)


BAD: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "another lattice": (
        lambda: lfa.bands(lfa.adjacency(L.square()), L.triangular().path()),
        errors.InvalidArgumentError,
        "path: got one through the dual of Lattice.*the operator's lattice is",
    ),
    "no usual path": (
        lambda: lfa.bands(lfa.adjacency(L.oblique(1, 1.3, 70))),
        errors.InvalidArgumentError,
        "kind without usual path",
    ),
    "a letter": (
        lambda: lfa.bands(lfa.adjacency(L.square()), ["G", "K"]),
        errors.InvalidArgumentError,
        "got 'K'; the points of a square lattice are G, X, M",
    ),
    "one point": (
        lambda: lfa.bands(lfa.adjacency(L.square()), points=1),
        errors.InvalidArgumentError,
        "points: got 1; at least two",
    ),
    "two crystals": (
        lambda: lfa.bands(lfa.averaging(L.square(), 2)),
        errors.CrystalMismatchError,
        "eigenvalues belong to an operator from a crystal to itself",
    ),
    "no operator": (
        lambda: lfa.bands(np.eye(2)),
        errors.InvalidArgumentError,
        "A: got ndarray; an Operator is needed",
    ),
    "not Hermitian": (
        lambda: lfa.density_of_states(lfa.stencil([-1, 1]), 8),
        errors.InvalidArgumentError,
        "not known to be Hermitian",
    ),
    "no bins": (
        lambda: lfa.density_of_states(lfa.adjacency(L.square()), 8, bins=0),
        errors.InvalidArgumentError,
        "bins: got 0; a positive integer up to",
    ),
    "half a bin": (
        lambda: lfa.density_of_states(lfa.adjacency(L.square()), 8, bins=2.5),
        errors.InvalidArgumentError,
        "bins: got 2.5",
    ),
}


@pytest.mark.parametrize(("call", "kind", "message"), BAD.values(), ids=BAD)
def test_bad_input(call: Callable[[], Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        call()


# densities --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [C.honeycomb, C.kagome, C.lieb, C.diamond, lambda: lfa.Crystal(L.integer(1))])
def test_a_density_integrates_to_the_number_of_bands(make: Callable[[], lfa.Crystal]) -> None:
    crystal = make()
    states = lfa.density_of_states(_hopping(crystal, -1), 12, bins=17)
    assert states.density @ np.diff(states.edges) == pytest.approx(crystal.size, rel=1e-13)
    assert len(states.density) == 17
    assert not states.edges.flags.writeable
    assert not states.density.flags.writeable


def test_the_density_of_a_chain() -> None:
    states = lfa.density_of_states(lfa.adjacency(L.integer(1)), 200_000, bins=40)
    # 1 / (pi sqrt(4 - E^2)), integrated over each interval.
    expected = np.diff(np.arcsin(states.edges / 2) / np.pi) / np.diff(states.edges)
    assert states.density == pytest.approx(expected, rel=1e-3)
    assert repr(states) == "DensityOfStates(40 intervals from -2 to 2)"


@pytest.mark.parametrize(("value", "edges"), [(3.0, (1.5, 4.5)), (-2.0, (-3.0, -1.0)), (0.0, (-0.5, 0.5))])
def test_the_density_of_a_single_eigenvalue(value: float, edges: tuple[float, float]) -> None:
    square = L.square()
    nearly = {(0, 0): value, (1, 0): value * 1e-17, (-1, 0): value * 1e-17}
    for operator in (value * lfa.identity(square), lfa.CrystalOperator(square, square, nearly)):
        states = lfa.density_of_states(operator, 8, bins=5)
        assert (states.edges[0], states.edges[-1]) == pytest.approx(edges)
        assert np.count_nonzero(states.density) == 1
        assert states.density @ np.diff(states.edges) == pytest.approx(1)


# pictures ---------------------------------------------------------------------------------------------------------


def _curves(artists: list[Any]) -> list[np.ndarray]:
    """Return the points of the curves, which the corners' lines are not."""
    lines = [artist for artist in artists if isinstance(artist, Line2D)]
    return [line.get_xydata() for line in lines if len(line.get_xdata()) > 2]


def test_bands_are_drawn_into_the_axes_given() -> None:
    figure, (left, right) = plt.subplots(1, 2)
    found = lfa.bands(-1 * lfa.adjacency(C.kagome()))
    artists = [*found.plot(left), *lfa.density_of_states(found.operator, 12).plot(right)]
    assert {artist.axes for artist in artists} == {left, right}
    assert figure.axes == [left, right]
    curves = _curves(artists)
    assert len(curves) == 3
    for number, curve in enumerate(curves):
        assert np.array_equal(curve, np.stack([found.distance, found.values[:, number]], axis=1))
    assert [label.get_text() for label in left.get_xticklabels()] == ["Γ", "M", "K", "Γ"]
    assert left.get_xticks() == pytest.approx([place for place, _ in found.ticks])
    low, high = left.get_ylim()
    assert low < -4
    assert high > 2
    figure.savefig(io.BytesIO(), format="png", dpi=30)


def test_curves_break_where_the_path_jumps() -> None:
    found = lfa.bands(-1 * lfa.adjacency(C.diamond()))
    artists = found.plot()
    for curve in _curves(artists):
        gaps = np.flatnonzero(np.isnan(curve[:, 1]))
        assert len(gaps) == 1
        place = [place for place, label in found.ticks if label == "K|U"]
        assert curve[gaps[0] - 1, 0] == curve[gaps[0] + 1, 0] == place[0]
        assert len(curve) == len(found.distance) + 1
    labels = [label.get_text() for label in artists[0].axes.get_xticklabels()]
    assert labels == ["Γ", "X", "W", "K", "Γ", "L", "U", "W", "L", "K|U", "X"]


def test_of_a_jump_to_the_middle_both_letters_are_shown() -> None:
    artists = lfa.bands(lfa.adjacency(L.square()), ["G", "X", "M|G", "X"]).plot()
    assert [label.get_text() for label in artists[0].axes.get_xticklabels()] == ["Γ", "X", "M|Γ", "X"]


def test_complex_bands_are_dots() -> None:
    square = L.square()
    wind = lfa.CrystalOperator(square, square, {(0, 0): 2, (-1, 0): -1, (0, -1): -1})
    artists = lfa.bands(wind).plot()
    real, imaginary = (artist for artist in artists if isinstance(artist, Line2D) and artist.get_marker() == ".")
    assert real.get_linestyle() == imaginary.get_linestyle() == "None"
    assert artists[0].axes.get_legend() is not None
    only_real = lfa.bands(lfa.CrystalOperator(square, square, {(0, 0): 2, (1, 0): 1})).operator
    assert not only_real.is_hermitian
    upper = lfa.CrystalOperator(lfa.Crystal(square, dof=2), lfa.Crystal(square, dof=2), {(0, 0): [[1, 1], [0, 2]]})
    (dots,) = [a for a in lfa.bands(upper).plot() if isinstance(a, Line2D) and a.get_marker() == "."][:1]
    assert dots.axes.get_legend() is None


def test_a_flat_band_is_drawn_as_one() -> None:
    artists = lfa.bands(3 * lfa.identity(L.square())).plot()
    low, high = artists[0].axes.get_ylim()
    assert low < 2
    assert high > 4


def test_densities_stand_or_lie() -> None:
    states = lfa.density_of_states(lfa.adjacency(C.honeycomb()), 12, bins=9)
    standing, lying = states.plot()[0].axes, states.plot(sideways=True)[0].axes
    assert (standing.get_xlabel(), standing.get_ylabel()) == ("eigenvalue", "states a cell")
    assert (lying.get_xlabel(), lying.get_ylabel()) == ("states a cell", "eigenvalue")
    assert standing.get_ylim()[0] == lying.get_xlim()[0] == 0
    assert standing.get_ylim()[1] > states.density.max()


def test_bands_need_plane_axes() -> None:
    found = lfa.bands(lfa.adjacency(L.square()))
    with pytest.raises(errors.InvalidArgumentError, match="ax: got 3d axes"):
        found.plot(plt.figure().add_subplot(projection="3d"))
    with pytest.raises(errors.InvalidArgumentError, match="ax: got 7"):
        found.plot(7)
