"""Pictures of decompositions: what is drawn is what was computed, at its place."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import torch

import crystal_lfa as lfa
from crystal_lfa import errors
from crystal_lfa.drawing.spectra import draw_plane, draw_sorted

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.collections import EllipseCollection, LineCollection, PathCollection, PolyCollection, QuadMesh
from matplotlib.lines import Line2D
from matplotlib.text import Text

L, C = lfa.lattices, lfa.crystals
LINE = lfa.stencil([-1, 2, -1])
FIVE = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
GRAPHENE = -1 * lfa.adjacency(C.honeycomb()) + 0.3 * lfa.adjacency(C.honeycomb(), 2)
CONVOLUTION = lfa.cnn.conv(np.random.default_rng(0).normal(size=(5, 3, 3, 3)), stride=2)
SKEW = lfa.adjacency(lfa.Lattice([[1, 0], [3.4, 1.3]]))
TWISTED = GRAPHENE.lattice.torus([[7, 2], [-1, 6]], twist=[0.3, 0.6])
FAR = lfa.Crystal(L.triangular(), [[0, 0], [10.25, -3.5]])


@pytest.fixture(autouse=True)
def _no_figure_stays() -> Iterator[None]:
    plt.close("all")
    yield
    plt.close("all")


def _drawn(figure: Any) -> None:
    figure.savefig(io.BytesIO(), format="png", dpi=30)


def _one(artists: list[Any], kind: type) -> Any:
    (found,) = [artist for artist in artists if isinstance(artist, kind)]
    return found


def _label(artist: Any) -> str:
    """Return what the colour bar beside an artist is called."""
    (bar,) = artist.axes.child_axes
    return str(bar.get_ylabel())


def _symbol_values(operator: lfa.Operator, torus: lfa.Torus, positions: np.ndarray, place: int) -> np.ndarray:
    """Return singular values at Cartesian frequencies, computed anew; each of them has to be one of the torus."""
    kappa = torus.lattice.dual.coordinates(positions)
    torus.frequency_index(kappa)
    return np.linalg.svd(operator.symbol(kappa), compute_uv=False)[..., place]


# everything -------------------------------------------------------------------------------------------------------

PICTURES: dict[str, Callable[[Any], list[Any]]] = {
    "spectrum": lfa.svd(FIVE, 8).plot,
    "histogram": lfa.svd(FIVE, 8).plot_histogram,
    "zone": lfa.svd(CONVOLUTION, L.integer(2).torus((8, 12))).plot_zone,
    "zone of a line": lfa.svd(LINE, 9).plot_zone,
    "large zone": lfa.svd(FIVE, 90).plot_zone,
    "vector": lambda ax: lfa.svd(GRAPHENE, 6).plot_vector(3, ax),
    "complex vector": lambda ax: lfa.svd(GRAPHENE, TWISTED).plot_vector(3, ax, side="left"),
    "vector on a line": lambda ax: lfa.svd(LINE, 9).plot_vector(0, ax),
    "complex vector on a line": lambda ax: lfa.svd(LINE, L.integer(1).torus(9, twist=0.2)).plot_vector(0, ax),
    "vector in space": lambda ax: lfa.svd(lfa.adjacency(C.diamond()), 3).plot_vector(5, ax),
    "eigenvalues": lfa.eig(GRAPHENE, 5).plot,
    "complex eigenvalues": lfa.eig(lfa.stencil([-1, 1]), 9).plot,
    "eigenvector": lambda ax: lfa.eig(GRAPHENE, 5).plot_vector(1, ax),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_into_the_axes_given_and_nowhere_else(name: str) -> None:
    figure = plt.figure()
    other = figure.add_subplot(1, 2, 1)
    ax = figure.add_subplot(1, 2, 2, projection="3d" if "space" in name else None)
    artists = PICTURES[name](ax)
    assert artists
    assert all(artist.axes is ax for artist in artists)
    assert figure.axes == [other, ax]
    assert plt.get_fignums() == [figure.number]
    _drawn(figure)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_makes_its_own_axes(name: str) -> None:
    artists = PICTURES[name](None)
    assert len(plt.get_fignums()) == 1
    _drawn(artists[0].axes.figure)


@pytest.mark.parametrize("name", PICTURES)
def test_axes_of_the_wrong_kind(name: str) -> None:
    wrong = None if "space" in name else "3d"
    with pytest.raises(errors.InvalidArgumentError, match=r"ax: got (3d|rectilinear) axes"):
        PICTURES[name](plt.figure().add_subplot(projection=wrong))
    with pytest.raises(errors.InvalidArgumentError, match="ax: got 7 of type int; matplotlib axes are needed"):
        PICTURES[name](7)


def test_tensors_are_drawn_as_well() -> None:
    weight = torch.linspace(-1, 1, 18, dtype=torch.float64).reshape(2, 1, 9).requires_grad_()
    found = lfa.svd(lfa.cnn.conv(weight), 12)
    for artists in (found.plot(), found.plot_histogram(), found.plot_zone(), found.plot_vector(0)):
        _drawn(artists[0].axes.figure)


# spectra ----------------------------------------------------------------------------------------------------------


def test_few_values_are_all_there() -> None:
    found = lfa.svd(LINE, 8)
    (curve,) = found.plot()
    assert curve.get_xdata().tolist() == list(range(8))
    assert curve.get_ydata() == pytest.approx(found.sorted_values)
    assert curve.get_marker() == "o"
    ax = curve.axes
    assert ax.get_yscale() == "linear"
    assert ax.get_ylim()[0] == 0
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("number of the singular value", "singular value")


def test_of_many_values_the_ends_stay() -> None:
    values = np.linspace(9, 1, 100_000) ** 2
    (curve,) = draw_sorted(values, ("number", "value"), rounding=1e-13)
    x, y = curve.get_xdata(), curve.get_ydata()
    assert 3000 < len(x) <= 4000
    assert (x[0], x[-1]) == (0, len(values) - 1)
    assert np.diff(x).max() <= 26
    assert (y == values[x]).all()
    assert curve.axes.get_yscale() == "log"
    assert curve.axes.get_ylim()[0] < 1


def test_zeros_are_told_where_the_axis_cannot_show_them() -> None:
    values = np.concatenate([np.geomspace(5, 0.01, 37), [3e-16, 0.0, 0.0]])
    curve, region, text = draw_sorted(values, ("number", "value"), rounding=1e-13)
    assert len(curve.get_xdata()) == 37
    assert region.get_x() == 36.5
    assert region.get_x() + region.get_width() == 39.5
    assert text.get_text() == "3 values are zero up to rounding"
    assert draw_sorted(values[:38], ("", ""), rounding=1e-13)[-1].get_text() == "1 value is zero up to rounding"


def test_zeros_are_shown_where_the_axis_can() -> None:
    found = lfa.svd(FIVE, 4).truncate(rank=3)
    (curve,) = found.plot()
    assert curve.get_ydata().tolist() == pytest.approx(found.sorted_values.tolist())
    (nothing,) = lfa.svd(lfa.zero(L.square(), L.square()), 3).plot()
    assert nothing.get_ydata().tolist() == [0] * 9
    assert nothing.axes.get_ylim() == (0, pytest.approx(0.525))
    (single,) = lfa.svd(LINE, 1).plot()
    single.axes.figure.canvas.draw()
    assert [text.get_text() for text in single.axes.get_xticklabels()] == ["-1", "0", "1"]


@pytest.mark.parametrize(("lowest", "labels"), [(0.03, {"0.05", "1", "5"}), (1e-6, {"$\\mathdefault{10^{0}}$"})])
def test_logarithmic_axes_have_numbers(lowest: float, labels: set[str]) -> None:
    (curve,) = draw_sorted(np.geomspace(6, lowest, 50), ("", ""), rounding=1e-13)
    curve.axes.figure.canvas.draw()
    assert labels <= {text.get_text() for text in curve.axes.get_yticklabels()}


def test_histogram() -> None:
    found = lfa.svd(FIVE, 16)
    steps, _ = found.plot_histogram(bins=7)
    counts, edges, _ = steps.get_data()
    expected = np.histogram(found.values, bins=7)
    assert counts.tolist() == expected[0].tolist()
    assert edges == pytest.approx(expected[1])
    assert steps.axes.get_xlabel() == "singular value"
    assert steps.axes.get_ylabel() == "number of singular values"


def test_equal_values_fill_one_interval() -> None:
    steps, _ = lfa.svd(3 * lfa.identity(L.square()), 8).plot_histogram(bins=10)
    counts, edges, _ = steps.get_data()
    assert sorted(counts) == [0] * 10 + [64]
    assert edges[5] < 3 < edges[6]


def test_eigenvalues_of_a_hermitian_operator_are_sorted() -> None:
    found = lfa.eig(GRAPHENE, 20)
    (curve,) = found.plot()
    assert curve.get_ydata() == pytest.approx(found.sorted_values)
    assert (np.diff(curve.get_ydata()) >= 0).all()
    low, high = curve.axes.get_ylim()
    assert low < found.values.min()
    assert high > found.values.max()
    assert curve.axes.get_ylabel() == "eigenvalue"


def test_other_eigenvalues_are_in_the_plane() -> None:
    found = lfa.eig(lfa.stencil([-1, 1]), 12)
    dots = found.plot()[0]
    drawn = dots.get_xdata() + 1j * dots.get_ydata()
    assert sorted(drawn, key=lambda z: (z.real, z.imag)) == sorted(found.values.ravel(), key=lambda z: (z.real, z.imag))
    assert dots.axes.get_aspect() == 1


def test_dots_on_one_another_are_drawn_once() -> None:
    turns = np.exp(2j * np.pi * np.arange(50_000) / 50_000)
    (dots, *_) = draw_plane(np.tile(turns, 3))
    drawn = dots.get_xdata() + 1j * dots.get_ydata()
    assert 1000 < len(drawn) < 5000
    assert np.isin(drawn, turns).all()
    gaps = np.abs(turns[:, None][::97] - drawn).min(axis=1)
    assert gaps.max() < 2 * 2 / 800
    (same, *_) = draw_plane(np.full(9000, 2 + 1j))
    assert same.get_xdata().tolist() == [2]


# zones ------------------------------------------------------------------------------------------------------------

ZONES: dict[str, tuple[lfa.Operator, Any, int]] = {
    "squares": (FIVE, (6, 5), 0),
    "hexagons": (GRAPHENE, 7, 1),
    "skew and twisted": (GRAPHENE, TWISTED, 0),
    "skew lattice": (SKEW, (5, 9), 0),
    "skew lattice, antiperiodic": (SKEW, SKEW.lattice.torus([[5, 3], [-40, 2]], twist=[0.5, 0]), 0),
    "one frequency": (CONVOLUTION, CONVOLUTION.lattice.torus(1, twist=[0.1, 0.9]), 4),
    "stride": (CONVOLUTION, L.integer(2).torus((8, 6)), 2),
    "thin": (FIVE, (1, 40), 0),
}


@pytest.mark.parametrize("name", ZONES)
def test_each_frequency_colours_what_is_nearest_to_it(name: str) -> None:
    operator, N, place = ZONES[name]
    found = lfa.svd(operator, N)
    cells = _one(found.plot_zone(place=place), PolyCollection)
    corners = [path.vertices[:-1] for path in cells.get_paths()]
    centres = np.array([(polygon.min(axis=0) + polygon.max(axis=0)) / 2 for polygon in corners])
    drawn = np.asarray(cells.get_array())
    assert drawn == pytest.approx(_symbol_values(operator, found.torus, centres, place), abs=1e-12)
    assert cells.get_clim() == pytest.approx((drawn.min(), drawn.max())) or np.ptp(drawn) < 1e-9
    numbers = found.torus.frequency_index(found.torus.lattice.dual.coordinates(centres))
    assert set(numbers.tolist()) == set(range(found.torus.order))
    # Anywhere in the zone the colour is that of the nearest of all frequencies.
    zone = operator.lattice.brillouin_zone()
    shares = np.random.default_rng(1).dirichlet(np.ones(len(zone.vertices)), 200)
    for point in shares @ zone.vertices:
        distances = np.linalg.norm(centres - point, axis=1)
        nearest = int(distances.argmin())
        inside = cells.get_paths()[nearest].contains_point(point, radius=1e-9)
        assert inside or cells.get_paths()[nearest].contains_point(point, radius=-1e-9)
        others = found.torus.cartesian_frequencies - point
        reduced = zone.reduce(found.torus.lattice.dual.coordinates(others))
        assert np.linalg.norm(reduced, axis=1).min() == pytest.approx(distances[nearest], abs=1e-9)
    _drawn(cells.axes.figure)


def test_the_zone_has_its_letters_and_its_edges() -> None:
    artists = lfa.svd(GRAPHENE, 5).plot_zone()
    assert {artist.get_text() for artist in artists if isinstance(artist, Text)} == {"Γ", "M", "K"}
    assert _one(artists, PathCollection).get_offsets().shape == (3, 2)
    edges = np.array(_one(artists, LineCollection).get_segments())[:, 0]
    assert edges == pytest.approx(GRAPHENE.lattice.brillouin_zone().vertices)


@pytest.mark.parametrize(("N", "most"), [(90, 130), (700, 400)], ids=["large", "very large"])
def test_of_many_frequencies_colours_blend(N: int, most: int) -> None:
    torus = SKEW.lattice.torus(N, twist=[0.25, 0.5])
    found = lfa.svd(SKEW, torus)
    mesh = _one(found.plot_zone(), QuadMesh)
    positions = mesh.get_coordinates()
    assert max(positions.shape) <= most
    assert np.asarray(mesh.get_array()) == pytest.approx(_symbol_values(SKEW, torus, positions, 0), abs=1e-9)
    zone = SKEW.lattice.brillouin_zone()
    steps = positions[1, 0] - positions[0, 0], positions[0, 1] - positions[0, 0]
    ends = np.linalg.solve(np.array(steps).T, (zone.vertices - positions[0, 0]).T)
    assert ends.min() > -1e-6
    assert (ends.max(axis=1) < np.array(positions.shape[:2]) - 1 + 1e-6).all()


def test_a_torus_much_longer_than_wide_has_an_image() -> None:
    mesh = _one(lfa.svd(FIVE, (1, 2500)).plot_zone(), QuadMesh)
    assert mesh.get_array().max() == pytest.approx(4, rel=1e-3)


@pytest.mark.parametrize(("N", "twist"), [(8, 0), (7, 0.3), (1, 0.5), (200, 0.5)])
def test_zones_of_lines_are_curves(N: int, twist: float) -> None:
    operator = lfa.adjacency(C.staggered(1))
    torus = operator.lattice.torus(N, twist=twist)
    artists = lfa.svd(operator, torus).plot_zone()
    curve = next(artist for artist in artists if isinstance(artist, Line2D))
    x, y = curve.get_xdata(), curve.get_ydata()
    assert np.diff(x) == pytest.approx(np.full(len(x) - 1, 1 / N))
    assert x[0] <= -0.5 + 1e-9
    assert x[-1] >= 0.5 - 1e-9
    assert y == pytest.approx(_symbol_values(operator, torus, x[:, None], 0), abs=1e-12)
    assert curve.axes.get_xlim() == (-0.5, 0.5)
    assert (curve.get_marker() == "o") == (N < 100)


def test_a_long_line_is_thinned() -> None:
    (curve, *_) = lfa.svd(LINE, 50_000).plot_zone()
    x, y = curve.get_xdata(), curve.get_ydata()
    assert len(x) < 4100
    assert y == pytest.approx(2 - 2 * np.cos(2 * np.pi * x))
    assert (x[0], x[-1]) == pytest.approx((-0.5, 0.5), abs=1e-3)


def test_values_are_called_by_their_place() -> None:
    found = lfa.svd(CONVOLUTION, L.integer(2).torus(4))
    names = [_label(found.plot_zone(place=place)[0]) for place in range(5)]
    middle = [f"singular value {number} of 5" for number in (2, 3, 4)]
    assert names == ["largest singular value", *middle, "smallest singular value"]
    assert _label(lfa.svd(FIVE, 3).plot_zone()[0]) == "singular value"


def test_what_is_done_to_a_decomposition_is_seen() -> None:
    found = lfa.svd(FIVE, 6).clip(1, 5)
    cells = found.plot_zone()[0]
    assert (cells.get_array().min(), cells.get_array().max()) == (1, 5)


# vectors ----------------------------------------------------------------------------------------------------------


def _disc_values(discs: EllipseCollection) -> tuple[np.ndarray, np.ndarray]:
    """Return places and diameters, relative to the largest."""
    widths = np.asarray(discs.get_widths())
    assert widths.tolist() == np.asarray(discs.get_heights()).tolist()
    return np.asarray(discs.get_offsets()), widths / widths.max()


def _points_and_sites(crystal: lfa.Crystal, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which lattice point and which site each position is."""
    coordinates = crystal.lattice.coordinates(positions)
    offsets = coordinates[:, None] - crystal.sites
    sites = np.abs(offsets - np.rint(offsets)).max(axis=-1).argmin(axis=1)
    found = offsets[np.arange(len(sites)), sites]
    assert found == pytest.approx(np.rint(found), abs=1e-9)
    return np.rint(found).astype(np.int64), sites


VECTORS: dict[str, tuple[lfa.Operator, Any]] = {
    "graphene": (GRAPHENE, 5),
    "skew": (GRAPHENE, GRAPHENE.lattice.torus([[7, 2], [-1, 6]])),
    "antiperiodic": (GRAPHENE, GRAPHENE.lattice.torus([[4, 1], [-1, 5]], twist=[0.5, 0])),
    "twisted": (GRAPHENE, TWISTED),
    "very skew": (GRAPHENE, GRAPHENE.lattice.torus([[4, 1], [39, 15]], twist=[0.2, 0.4])),
    "far sites": (lfa.adjacency(FAR), FAR.lattice.torus([[3, 1], [0, 4]], twist=[0.2, 0])),
    "sites that are no fractions": (
        lfa.adjacency(lfa.Crystal(L.square(), [[0, 0], [2**-0.5, 0.3]])),
        L.square().torus(4, twist=0.5),
    ),
}


@pytest.mark.parametrize("name", VECTORS)
def test_discs_are_where_the_sites_are(name: str) -> None:
    operator, N = VECTORS[name]
    found = lfa.svd(operator, N)
    torus, crystal = found.torus, found.domain
    discs = _one(found.plot_vector(4), EllipseCollection)
    positions, sizes = _disc_values(discs)
    points, sites = _points_and_sites(crystal, positions)
    keys = set(zip(torus.index(points).tolist(), sites.tolist(), strict=True))
    assert len(keys) == len(positions) == torus.order * len(crystal.dof)
    # The wave function at the very points that are drawn, not at those of the torus's own box.
    row, column = found.locate(4)
    low = min(row, int(torus.conjugate_frequencies([row])[0])) if found.is_real else row
    vector = found.vh[low, column].conj()[sites] * torus.waves(points, [low])[0] / np.sqrt(torus.order)
    assert sizes.max() == 1
    if found.is_real:
        opposite = int(torus.conjugate_frequencies([row])[0])
        part = vector.real if row == opposite else np.sqrt(2) * (vector.real if row == low else vector.imag)
        assert np.asarray(discs.get_array()) == pytest.approx(part, abs=1e-12)
        assert sizes == pytest.approx(np.abs(part) / np.abs(part).max(), abs=1e-10)
        assert discs.get_clim() == pytest.approx((-np.abs(part).max(), np.abs(part).max()))
    else:
        assert np.abs(vector) / np.abs(vector).max() == pytest.approx(sizes, abs=1e-10)
        strong = sizes > 1e-3
        assert np.exp(1j * np.asarray(discs.get_array()))[strong] == pytest.approx(
            np.exp(1j * np.angle(vector[strong])), abs=1e-8
        )
        assert discs.get_clim() == pytest.approx((-np.pi, np.pi))
    _drawn(discs.axes.figure)


@pytest.mark.parametrize("name", ["graphene", "skew", "twisted", "far sites"])
def test_discs_lie_inside_the_periods(name: str) -> None:
    operator, N = VECTORS[name]
    found = lfa.svd(operator, N)
    positions, _ = _disc_values(_one(found.plot_vector(0), EllipseCollection))
    periods = operator.lattice.sublattice(found.torus.periods)
    shares = periods.coordinates(positions)
    assert shares.min() > -1e-9
    assert shares.max() < 1
    ax = plt.gca()
    low, high = np.array([ax.get_xlim(), ax.get_ylim()]).T
    assert (positions.min(axis=0) > low).all()
    assert (positions.max(axis=0) < high).all()


def test_discs_do_not_overlap() -> None:
    discs = _one(lfa.svd(GRAPHENE, 6).plot_vector(0), EllipseCollection)
    assert 0.9 < np.max(discs.get_widths()) * 3**0.5 < 1


def test_a_vector_on_a_line_is_stems() -> None:
    found = lfa.svd(LINE, 9)
    for side in ("right", "left"):
        stems, ends, _ = found.plot_vector(2, side=side)
        vector = (found.right(2) if side == "right" else found.left(2)).ravel()
        assert np.asarray(ends.get_offsets()) == pytest.approx(np.stack([np.arange(9), vector], axis=1))
        assert [segment.tolist() for segment in stems.get_segments()] == [
            [[x, 0], [x, pytest.approx(y)]] for x, y in enumerate(vector)
        ]
        assert np.asarray(ends.get_array()) == pytest.approx(vector)
        assert ends.axes.get_ylabel() == f"{side} singular vector 2\n\u03c3 = {found.sorted_values[2]:.4g}"


def test_a_complex_vector_on_a_line_has_heights_and_phases() -> None:
    found = lfa.svd(lfa.adjacency(C.staggered(1)), L.integer(1).torus(5, twist=0.2))
    _, ends, _ = found.plot_vector(2)
    vector = found.right(2)
    x, heights = np.asarray(ends.get_offsets()).T
    assert x == pytest.approx(np.arange(10) / 2)
    assert heights == pytest.approx(np.abs(vector).ravel())
    strong = heights > 1e-9
    assert np.asarray(ends.get_array())[strong] == pytest.approx(np.angle(vector).ravel()[strong])
    assert np.isnan(np.ma.filled(ends.get_array(), np.nan)[~strong]).all()
    assert strong.sum() == 5
    assert _label(ends) == "phase"
    assert ends.axes.get_ylabel().startswith("modulus of right singular vector 2\n")


def test_several_unknowns_have_a_norm_or_one_is_chosen() -> None:
    torus = L.integer(2).torus((6, 4))
    found = lfa.svd(CONVOLUTION, torus)
    image = lfa.cnn.to_image(found.right(1), found.domain, torus)
    for component, expected in ((None, np.linalg.norm(image, axis=0)), (2, image[2])):
        discs = _one(found.plot_vector(1, component=component), EllipseCollection)
        positions, _ = _disc_values(discs)
        i, j = np.rint(positions).astype(int).T
        assert np.asarray(discs.get_array()) == pytest.approx(expected[i, j])
        low, high = discs.get_clim()
        assert high == pytest.approx(np.abs(expected).max())
        assert low == pytest.approx(0 if component is None else -high)
        kind = "norm of right" if component is None else "right"
        ending = "" if component is None else ", unknown 2"
        assert _label(discs) == f"{kind} singular vector 1\n\u03c3 = {found.sorted_values[1]:.4g}{ending}"
    left = _one(found.plot_vector(1, side="left", component=4), EllipseCollection)
    assert len(left.get_offsets()) == 6


def test_sites_with_different_numbers_of_unknowns() -> None:
    crystal = lfa.Crystal(L.square(), [[0, 0], [0.5, 0.5]], dof=(1, 2))
    found = lfa.svd(lfa.diagonal([3.0, 2.0, 1.0], crystal), 3)
    every = _one(found.plot_vector(20), EllipseCollection)
    assert len(every.get_offsets()) == 18
    second = _one(found.plot_vector(20, component=1), EllipseCollection)
    assert np.asarray(second.get_offsets()) % 1 == pytest.approx(np.full((9, 2), 0.5))


def test_a_vector_in_space() -> None:
    found = lfa.svd(lfa.adjacency(C.diamond()), 3)
    artists = found.plot_vector(0)
    discs = artists[0]
    assert discs.axes.name == "3d"
    expected = np.abs(found.right(0)).ravel()
    assert np.sort(np.sqrt(discs.get_sizes())) == pytest.approx(
        np.sort(np.sqrt(discs.get_sizes()).max() * expected / expected.max()), abs=1e-4
    )
    assert _label(discs).startswith("right singular vector 0")


def test_an_eigenvector_is_drawn() -> None:
    found = lfa.eig(GRAPHENE, 4)
    discs = _one(found.plot_vector(3), EllipseCollection)
    assert np.sort(np.asarray(discs.get_array())) == pytest.approx(np.sort(found.vector(3).ravel()))
    assert _label(discs) == f"eigenvector 3\n\u03bb = {found.sorted_values[3]:.4g}"
    complex_one = lfa.eig(lfa.stencil([-1, 1]), 12)
    _, ends, _ = complex_one.plot_vector(3)
    assert np.asarray(ends.get_offsets())[:, 1] == pytest.approx(np.abs(complex_one.vector(3)).ravel())
    assert ends.axes.get_ylabel() == f"modulus of eigenvector 3\n\u03bb = {complex(complex_one.sorted_values[3]):.4g}"


def test_many_sites_have_no_dots() -> None:
    artists = lfa.svd(FIVE, 50).plot_vector(0)
    assert not any(isinstance(artist, PathCollection) for artist in artists)
    few = lfa.svd(FIVE, 5).plot_vector(0)
    assert np.sort(_one(few, PathCollection).get_offsets(), axis=0)[-1].tolist() == [4, 4]


# bad input --------------------------------------------------------------------------------------------------------

SMALL = lfa.svd(GRAPHENE, 3)
SPACE = lfa.svd(lfa.adjacency(L.cubic()), 3)
BAD: dict[str, tuple[Callable[[], object], str]] = {
    "zone in space": (
        SPACE.plot_zone,
        r"torus: it has dimension 3; values over the Brillouin zone are drawn in dimensions 1 and 2, and .* plot\(\)",
    ),
    "no place": (lambda: SMALL.plot_zone(place=2), "place: got 2; 0 to 1 are the places of the 2 singular values"),
    "negative place": (lambda: SMALL.plot_zone(place=-1), "place: got -1; 0 to 1"),
    "half a place": (lambda: SMALL.plot_zone(place=0.5), "place: got 0.5 of type float; an integer is needed"),
    "no bins": (lambda: SMALL.plot_histogram(bins=0), "bins: got 0; a positive integer up to 10000 is needed"),
    "many bins": (lambda: SMALL.plot_histogram(bins=10**6), "bins: got 1000000; a positive integer up to 10000"),
    "no vector": (lambda: SMALL.plot_vector(18), "i: got 18; 0 to 17 are the numbers of the 18 values"),
    "no eigenvector": (lambda: lfa.eig(LINE, 3).plot_vector(3), "i: got 3; 0 to 2 are the numbers of the 3 values"),
    "no side": (lambda: SMALL.plot_vector(0, side="up"), "side: got 'up'; 'left' or 'right' is needed"),
    "no list of sides": (lambda: SMALL.plot_vector(0, side=["left"]), r"side: got \['left'\]; 'left' or 'right'"),
    "no component": (
        lambda: SMALL.plot_vector(0, component=1),
        "component: got 1; only 0 is one of a site, None means their norm",
    ),
    "no such channel": (
        lambda: lfa.svd(CONVOLUTION, 2).plot_vector(0, component=3),
        "component: got 3; 0 to 2 are the unknowns of a site, None means their norm",
    ),
    "half a component": (lambda: SMALL.plot_vector(0, component=0.5), "component: got 0.5 of type float"),
    "four dimensions": (
        lambda: lfa.svd(lfa.identity(L.integer(4)), 2).plot_vector(0),
        "dimension: got 4; what has dimension 1, 2 or 3",
    ),
    "many sites": (
        lambda: lfa.svd(FIVE, 150).plot_vector(0),
        r"torus: it has 22500 sites of the crystal; up to 20000 can be drawn \(of a convolution cnn.to_image",
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_bad_input(call: Callable[[], object], message: str) -> None:
    with pytest.raises(errors.InvalidArgumentError, match=message):
        call()
    assert plt.get_fignums() == []
