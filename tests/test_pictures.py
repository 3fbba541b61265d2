"""Pictures of lattices, tori, crystals, zones and paths: what is drawn is what is there."""

from __future__ import annotations

import io
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

import crystal_lfa as lfa
from crystal_lfa import errors
from crystal_lfa.drawing.axes import figure_and_axes
from crystal_lfa.drawing.cells import cell, vector_arrows
from crystal_lfa.drawing.points import captions, legend
from crystal_lfa.drawing.polyhedra import body

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.legend import Legend
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

L, C = lfa.lattices, lfa.crystals
SKEW_TORUS = L.triangular().torus([[4, 1], [-1, 5]], twist=[0.5, 0.25])
SPACE_TORUS = L.fcc().torus([[2, 1, 0], [0, 3, 0], [1, 0, 2]])

PLOTS: dict[str, tuple[int, Callable[..., list[Any]]]] = {
    "lattice 1": (1, L.integer(1).plot),
    "lattice 2": (2, L.triangular().plot),
    "lattice 3": (3, L.bcc().plot),
    "torus 1": (1, L.integer(1).torus(7).plot),
    "torus 2": (2, SKEW_TORUS.plot),
    "torus 3": (3, SPACE_TORUS.plot),
    "frequencies 1": (1, L.integer(1).torus(7, 0.5).plot_frequencies),
    "frequencies 2": (2, SKEW_TORUS.plot_frequencies),
    "frequencies 3": (3, SPACE_TORUS.plot_frequencies),
    "crystal 1": (1, C.staggered(1).plot),
    "crystal 2": (2, C.kagome().plot),
    "crystal 3": (3, C.diamond().plot),
    "zone 1": (1, L.integer(1).brillouin_zone().plot),
    "zone 2": (2, L.square().brillouin_zone().plot),
    "zone 3": (3, L.fcc().brillouin_zone().plot),
    "path 1": (1, L.integer(1).path().plot),
    "path 2": (2, L.triangular().path().plot),
    "path 3": (3, L.hexagonal(1, 1.5).path().plot),
}


@pytest.fixture(autouse=True)
def _no_figure_stays() -> Iterator[None]:
    plt.close("all")
    yield
    plt.close("all")


def _axes(dimension: int) -> Any:
    return plt.figure().add_subplot(projection="3d" if dimension == 3 else None)


def _labelled(artists: list[Any], start: str) -> Any:
    (found,) = [a for a in artists if not isinstance(a, Text) and str(a.get_label()).startswith(start)]
    return found


def _places(collection: Any) -> np.ndarray:
    """Return where points were put, before any projection."""
    if collection.axes.name == "3d":
        return np.stack([np.asarray(x) for x in collection._offsets3d], axis=1)
    return np.asarray(collection.get_offsets())


def _texts(artists: list[Any]) -> list[str]:
    return [artist.get_text() for artist in artists if isinstance(artist, Text)]


def _lines(collection: Any) -> np.ndarray:
    return np.array(collection._segments3d if collection.axes.name == "3d" else collection.get_segments())


def _arrows(artists: list[Any]) -> np.ndarray:
    """Return starts and ends of arrows in the plane."""
    return np.array([artist._posA_posB for artist in artists if isinstance(artist, FancyArrowPatch)])


def _drawn(ax: Any) -> None:
    ax.figure.savefig(io.BytesIO(), format="png", dpi=30)


@pytest.mark.parametrize("name", PLOTS)
def test_a_picture_goes_into_the_axes_given_and_nowhere_else(name: str) -> None:
    dimension, plot = PLOTS[name]
    figure = plt.figure()
    other = figure.add_subplot(1, 2, 1)
    ax = figure.add_subplot(1, 2, 2, projection="3d" if dimension == 3 else None)
    before = len(other.get_children()), other.get_xlim(), other.get_title()
    artists = plot(ax)
    assert artists
    assert all(artist.axes is ax and artist.figure is figure for artist in artists)
    assert (len(other.get_children()), other.get_xlim(), other.get_title()) == before
    assert figure.axes == [other, ax]
    assert plt.get_fignums() == [figure.number]
    _drawn(ax)


@pytest.mark.parametrize("name", PLOTS)
def test_a_picture_without_axes_gets_a_figure_of_its_own_without_distortion(name: str) -> None:
    dimension, plot = PLOTS[name]
    ax = plot()[0].axes
    assert len(plt.get_fignums()) == 1
    if dimension == 3:
        sides = [np.ptp(limits) for limits in (ax.get_xlim(), ax.get_ylim(), ax.get_zlim())]
        ratios = ax._box_aspect / np.array(sides)
        assert ratios == pytest.approx(ratios[0])
    else:
        assert (ax.get_aspect() == 1) == (dimension == 2)
        assert ax.yaxis.get_visible() == (dimension == 2)
    _drawn(ax)


@pytest.mark.parametrize("name", PLOTS)
def test_axes_of_the_wrong_kind_are_refused(name: str) -> None:
    dimension, plot = PLOTS[name]
    wrong = _axes(2 if dimension == 3 else 3)
    needed = r"rectilinear axes; three dimensions need 3-d axes" if dimension == 3 else "3d axes.*need plane axes"
    with pytest.raises(errors.InvalidArgumentError, match=f"ax: got {needed}"):
        plot(wrong)
    with pytest.raises(errors.InvalidArgumentError, match=r"ax: got .*Figure.* of type Figure; matplotlib axes"):
        plot(wrong.figure)
    assert not wrong.has_data()


def test_polar_axes_are_refused() -> None:
    with pytest.raises(errors.InvalidArgumentError, match="ax: got polar axes"):
        L.square().plot(plt.figure().add_subplot(projection="polar"))


def test_four_dimensions_are_refused() -> None:
    lattice = L.integer(4)
    torus = lattice.torus(2)
    zone = lattice.brillouin_zone()
    path = lattice.path([[0, 0, 0, 0], [0.5, 0, 0, 0]])
    plots = (lattice.plot, torus.plot, torus.plot_frequencies, lfa.Crystal(lattice).plot, zone.plot, path.plot)
    for plot in plots:
        with pytest.raises(errors.InvalidArgumentError, match="dimension: got 4; what has dimension 1, 2 or 3"):
            plot()
    assert not plt.get_fignums()


def test_more_than_a_picture_can_show_is_refused() -> None:
    torus = L.square().torus((50, 101))
    with pytest.raises(errors.InvalidArgumentError, match="torus: has 5050 points; up to 5000 can be drawn"):
        torus.plot()
    with pytest.raises(errors.InvalidArgumentError, match="torus: has 5050 frequencies; up to 5000"):
        torus.plot_frequencies()
    with pytest.raises(errors.InvalidArgumentError, match="crystal: has 5050 sites; up to 5000"):
        lfa.Crystal(L.square()).supercell((50, 101)).plot()
    assert not plt.get_fignums()


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(errors.MissingLibraryError, match=r"pip install 'crystal-lfa\[plot\]'"):
        L.square().plot()


def test_pictures_are_imported_without_matplotlib() -> None:
    code = "import sys, crystal_lfa.geometry.pictures; print('matplotlib' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


# lattices ---------------------------------------------------------------------------------------------------------


def test_a_lattice_is_drawn_with_its_vectors_as_they_were_given() -> None:
    lattice = lfa.Lattice([[2, 0.5], [3, 2]])
    artists = lattice.plot()
    points = _places(_labelled(artists, "lattice"))
    assert lattice.contains(points).all()
    assert len({tuple(row) for row in np.rint(lattice.coordinates(points)).tolist()}) == len(points)
    corners = np.array([[0, 0], [2, 0.5], [3, 2], [5, 2.5]])
    assert np.abs(points[:, None] - corners).sum(axis=2).min(axis=0) == pytest.approx(0, abs=1e-12)
    assert _arrows(artists).tolist() == [[[0, 0], [2, 0.5]], [[0, 0], [3, 2]]]
    assert _texts(artists) == ["a₁", "a₂"]
    (filling,) = [artist for artist in artists if isinstance(artist, PolyCollection)]
    polygon = filling.get_paths()[0].vertices[:4]
    diagonals = np.array([polygon[2] - polygon[0], polygon[3] - polygon[1]])
    assert abs(np.linalg.det(diagonals)) / 2 == pytest.approx(lattice.cell_volume)
    limits = np.array([artists[0].axes.get_xlim(), artists[0].axes.get_ylim()])
    assert (limits[:, 0] < 0).all()
    assert (limits[:, 1] > [5, 2.5]).all()


def test_a_line_is_drawn_at_height_zero() -> None:
    artists = L.integer(1).torus(5).plot()
    places = _places(_labelled(artists, "torus"))
    assert places.tolist() == [[x, 0] for x in range(5)]
    assert artists[0].axes.get_xlim()[0] < 0
    assert artists[0].axes.get_xlim()[1] > 5


@pytest.mark.parametrize(
    "vectors",
    [
        [[1, 0], [1000, 1]],
        [[1, 0], [1e5, 1]],
        [[1, 0], [1e9, 1]],
        [[1, 1], [-1e5, 1e5]],
        [[1, 0], [0, 1e6]],
        [[1, 0, 0], [30, 1, 0], [0, 50, 1]],
        [[1, 0, 0], [0, 1e4, 0], [0, 0, 1]],
    ],
)
def test_odd_bases_give_pictures_of_bounded_size(vectors: list[list[float]]) -> None:
    lattice = lfa.Lattice(vectors)
    artists = lattice.plot()
    count = len(_places(_labelled(artists, "lattice")))
    assert 1 <= count <= 700
    _drawn(artists[0].axes)
    _drawn(lfa.Crystal(lattice, [[0] * lattice.dim, [0.5] * lattice.dim]).plot()[0].axes)


def test_a_vector_that_leaves_the_picture_has_no_head_there() -> None:
    artists = lfa.Lattice([[1, 0], [1000, 1]]).plot()
    assert sum(isinstance(artist, FancyArrowPatch) for artist in artists) == 1
    assert _texts(artists) == ["a₁", "a₂"]
    dashed = [a for a in artists if isinstance(a, LineCollection) and a.get_linestyle()[0][1] is not None]
    (line,) = (segment for collection in dashed for segment in collection.get_segments())
    assert line[0].tolist() == [0, 0]
    assert line[1, 1] / line[1, 0] == pytest.approx(1e-3)
    assert 10 < line[1, 0] < 100
    assert artists[0].axes.get_xlim()[1] < 100


@pytest.mark.parametrize("scale", [1e-10, 1e6])
@pytest.mark.parametrize("make", [L.triangular, L.fcc])
def test_no_unit_of_length_is_too_small_or_too_large(make: Callable[[float], lfa.Lattice], scale: float) -> None:
    lattice = make(scale)
    for artists in (lattice.plot(), lfa.Crystal(lattice).plot(), lattice.torus(2).plot()):
        ax = artists[0].axes
        assert 0.5 * scale < np.ptp(ax.get_xlim()) < 20 * scale
        _drawn(ax)
    ax = lattice.brillouin_zone().plot()[0].axes
    assert 0.5 / scale < np.ptp(ax.get_xlim()) < 20 / scale
    _drawn(ax)


# tori -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "torus",
    [
        SKEW_TORUS,
        SPACE_TORUS,
        L.square().torus(1),
        L.square().torus((1, 60)),
        L.square().torus([[5, 0], [12, -3]]),
        L.square().torus([[5, 0], [10**12, 1]]),
        L.cubic().torus([[2, 0, 0], [0, 2, 0], [10**20, 0, 2]]),
        L.integer(1).torus(-4),
        L.square().torus(70),
    ],
    ids=str,
)
def test_each_point_of_a_torus_is_drawn_once_in_the_cell_of_its_periods(torus: lfa.Torus) -> None:
    artists = torus.plot()
    positions = _places(_labelled(artists, "torus"))[:, : torus.lattice.dim]
    assert len(positions) == torus.order
    points = np.rint(torus.lattice.coordinates(positions)).astype(int)
    assert torus.lattice.cartesian(points) == pytest.approx(positions, abs=1e-9)
    assert sorted(torus.index(points).tolist()) == list(range(torus.order))
    if torus.lattice.dim == 2:
        vectors = _arrows(artists)[:, 1]
        shares = np.linalg.solve(vectors.T, positions.T)
        assert (shares > -1e-9).all()
        assert (shares < 1 - 1e-9).all()
        copies = _places(_labelled(artists, "periods"))
        steps = np.rint(torus.lattice.coordinates(copies)).astype(int)
        assert not torus.index(steps).any()
        assert (
            torus.lattice.torus(np.rint(torus.lattice.coordinates(vectors)).astype(int).tolist()).order == torus.order
        )


def test_periods_keep_their_names_unless_they_do_not_fit_on_paper() -> None:
    square = L.square()
    given = square.torus([[5, 0], [12, 3]]).plot()
    assert _arrows(given)[:, 1].tolist() == [[5, 0], [12, 3]]
    assert _texts(given) == ["p₁", "p₂"]
    assert _texts(square.torus([[5, 0], [1000, 1]]).plot()) == ["p'₁", "p'₂"]


def test_the_legend_of_a_torus_counts_its_points() -> None:
    names = [text.get_text() for text in SKEW_TORUS.plot()[-1].get_texts()]
    assert names == ["torus (21 points)", "periods", "lattice"]
    assert L.square().torus(1).plot()[-1].get_texts()[0].get_text() == "torus (1 point)"


def test_around_a_torus_in_space_nothing_hides_it() -> None:
    torus = L.cubic().torus(3)
    artists = torus.plot()
    lattice, copies = (_places(_labelled(artists, name)) for name in ("lattice", "periods"))
    assert sorted(lattice.tolist()) == [[float(x) for x in z] for z in np.ndindex(4, 4, 4)]
    assert sorted(copies.tolist()) == [[3.0 * x for x in z] for z in np.ndindex(2, 2, 2)]


@pytest.mark.parametrize("torus", [SKEW_TORUS, SPACE_TORUS, L.square().torus(4), L.integer(1).torus(6, 0.5)], ids=str)
def test_frequencies_are_drawn_in_the_zone(torus: lfa.Torus) -> None:
    artists = torus.plot_frequencies()
    dual = torus.lattice.dual
    places = _places(_labelled(artists, "frequencies"))[:, : dual.dim]
    zone = torus.lattice.brillouin_zone()
    assert zone.contains(places).all()
    assert sorted(torus.frequency_index(dual.coordinates(places)).tolist()) == list(range(torus.order))
    assert _texts(artists) == ["Γ"]


# crystals ---------------------------------------------------------------------------------------------------------


def _sites(artists: list[Any], ax: Any) -> dict[str, np.ndarray]:
    """Return the positions of the strong sites by their labels."""
    kinds = [a for a in artists if a in ax.collections and a.get_label() and not a.get_label().startswith("_")]
    return {kind.get_label(): _places(kind) for kind in kinds}


@pytest.mark.parametrize("make", [C.honeycomb, C.kagome, C.lieb, C.diamond, C.nacl])
def test_a_crystal_shows_its_cell_and_names_its_sites(make: Callable[[], lfa.Crystal]) -> None:
    crystal = make()
    artists = crystal.plot()
    ax = artists[0].axes
    sites = _sites(artists, ax)
    assert tuple(sites) == crystal.labels
    expected = crystal.lattice.cartesian(crystal.sites)
    for place, found in zip(expected, sites.values(), strict=True):
        assert found == pytest.approx(place[None], abs=1e-12)
    (box,) = [artist for artist in artists if isinstance(artist, Legend)]
    assert [text.get_text() for text in box.get_texts()] == list(crystal.labels)


def test_bonds_lead_from_neighbour_to_neighbour_once_each() -> None:
    crystal = C.honeycomb(2.0)
    lines = [_lines(artist) for artist in crystal.plot() if isinstance(artist, LineCollection)][1:]
    weak, strong = lines
    assert len(strong) == 5
    assert len(weak) > 10
    pairs = np.concatenate(lines)
    assert np.linalg.norm(pairs[:, 0] - pairs[:, 1], axis=1) == pytest.approx(2 / 3**0.5)
    unordered = {tuple(sorted(map(tuple, pair.round(9).tolist()))) for pair in pairs}
    assert len(unordered) == len(pairs)
    home = crystal.lattice.cartesian(crystal.sites)
    at_home = np.abs(strong[:, :, None] - home).sum(axis=3).min(axis=(1, 2)) < 1e-9
    assert at_home.all()


def test_sites_of_one_label_have_one_colour() -> None:
    artists = C.honeycomb().supercell((3, 2)).plot()
    ax = artists[0].axes
    sites = _sites(artists, ax)
    assert {label: len(places) for label, places in sites.items()} == {"A": 6, "B": 6}
    colours = {a.get_label(): to_rgb(a.get_facecolor()[0]) for a in ax.collections if a.get_label() in sites}
    assert len(set(colours.values())) == 2


def test_one_kind_of_site_needs_no_legend() -> None:
    assert not any(isinstance(artist, Legend) for artist in lfa.Crystal(L.square()).plot())


def test_of_many_labels_the_first_are_named() -> None:
    sites = [[i / 20, 0] for i in range(20)]
    (box,) = [artist for artist in lfa.Crystal(L.square(), sites).plot() if isinstance(artist, Legend)]
    assert [text.get_text() for text in box.get_texts()] == [*(str(i) for i in range(11)), "and 9 more"]


def test_sites_far_from_their_cell_are_drawn_inside_it() -> None:
    crystal = C.honeycomb().shifted([50, 30])
    artists = crystal.plot()
    home = crystal.lattice.cartesian(C.honeycomb().sites)
    places = np.concatenate(list(_sites(artists, artists[0].axes).values()))
    assert places == pytest.approx(home, abs=1e-9)
    beside = C.honeycomb().shifted([1, 0])
    artists = beside.plot()
    places = np.concatenate(list(_sites(artists, artists[0].axes).values()))
    assert places == pytest.approx(beside.lattice.cartesian(beside.sites), abs=1e-9)


def test_a_very_skew_cell_still_shows_one_site_of_each_kind() -> None:
    crystal = C.honeycomb().in_basis_of(lfa.Lattice([[1, 0], [1000.5, 0.75**0.5]]))
    artists = crystal.plot()
    sites = _sites(artists, artists[0].axes)
    assert {label: len(places) for label, places in sites.items()} == {"A": 1, "B": 1}
    assert np.abs(np.concatenate(list(sites.values()))).max() < 2


# zones and paths --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lattice", [L.square(), L.triangular(3), L.oblique(1, 1.3, 70)], ids=str)
def test_the_polygon_of_a_zone_has_its_corners(lattice: lfa.Lattice) -> None:
    zone = lattice.brillouin_zone()
    artists = zone.plot()
    (filling,) = [artist for artist in artists if isinstance(artist, PolyCollection)]
    assert filling.get_paths()[0].vertices[: len(zone.vertices)] == pytest.approx(zone.vertices)
    (edges,) = [artist for artist in artists if isinstance(artist, LineCollection)]
    assert _lines(edges)[:, 0] == pytest.approx(zone.vertices)
    assert _lines(edges)[:, 1] == pytest.approx(np.roll(zone.vertices, -1, axis=0))
    dual = _places(_labelled(artists, "dual lattice"))
    assert lattice.dual.contains(dual).all()
    assert _arrows(artists)[:, 1] == pytest.approx(lattice.dual.vectors)
    assert {"b₁", "b₂", "Γ"} <= set(_texts(artists))


@pytest.mark.parametrize("make", [L.bcc, L.fcc, L.cubic])
def test_the_polyhedron_of_a_zone_has_its_faces(make: Callable[[], lfa.Lattice]) -> None:
    zone = make().brillouin_zone()
    artists = zone.plot()
    (polyhedron,) = [artist for artist in artists if isinstance(artist, Poly3DCollection)]
    ax = polyhedron.axes
    _drawn(ax)
    outlines = [path.vertices for path in polyhedron.get_paths()]
    assert all(np.isfinite(outline).all() for outline in outlines)
    assert all((outline[0] == outline[-1]).all() for outline in outlines)
    sizes = Counter(len({tuple(corner) for corner in outline.round(9).tolist()}) for outline in outlines)
    assert sizes == Counter(len(face) for face in zone.faces)
    for axis, limits in enumerate((ax.get_xlim(), ax.get_ylim(), ax.get_zlim())):
        assert limits[0] < zone.vertices[:, axis].min() < zone.vertices[:, axis].max() < limits[1]
        assert np.ptp(limits) < 1.3 * np.ptp(zone.vertices[:, axis])


@pytest.mark.parametrize("make", [L.square, L.triangular, L.fcc, L.bcc, lambda: L.integer(1)])
def test_points_of_high_symmetry_have_their_letters(make: Callable[[], lfa.Lattice]) -> None:
    lattice = make()
    zone = lattice.brillouin_zone()
    artists = zone.plot()
    letters = [a for a in artists if isinstance(a, Text) and not a.get_text().startswith("b")]
    assert [letter.get_text() for letter in letters] == [name.replace("G", "Γ") for name in zone.points]
    for letter, point in zip(letters, zone.points.values(), strict=True):
        expected = lattice.dual.cartesian([float(x) for x in point])
        place = letter.get_position_3d() if hasattr(letter, "get_position_3d") else letter.get_position()
        assert place[: lattice.dim] == pytest.approx(expected)


@pytest.mark.parametrize("make", [L.square, L.triangular, L.fcc, L.bcc])
def test_letters_cover_neither_one_another_nor_points(make: Callable[[], lfa.Lattice]) -> None:
    artists = make().brillouin_zone().plot()
    figure = artists[0].axes.figure
    figure.canvas.draw()
    boxes = [artist.get_window_extent() for artist in artists if isinstance(artist, Text)]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    ax = artists[0].axes
    (dots,) = [a for a in ax.collections if len(a.get_offsets()) == len(make().brillouin_zone().points)][-1:]
    places = ax.transData.transform(np.asarray(dots.get_offsets()))
    assert not any(box.contains(*place) for box in boxes for place in places)


def test_the_labelled_points_of_a_zone_in_space_are_in_front() -> None:
    zone = L.fcc().brillouin_zone()
    ax = zone.plot()[0].axes
    azimuth, elevation = np.radians([ax.azim, ax.elev])
    eye = [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)]
    points = zone.lattice.dual.cartesian([[float(x) for x in p] for name, p in zone.points.items() if name != "G"])
    assert (points @ eye > 0).all()


def test_only_empty_axes_in_the_usual_view_are_turned() -> None:
    zone = L.fcc().brillouin_zone()
    usual, chosen, used = _axes(3), _axes(3), _axes(3)
    chosen.view_init(elev=40, azim=200)
    used.plot([0, 1], [0, 1], [0, 1])
    before = usual.elev, usual.azim
    for ax in (usual, chosen, used):
        zone.plot(ax)
    assert (usual.elev, usual.azim) == (zone.plot()[0].axes.elev, zone.plot()[0].axes.azim) != before
    assert (chosen.elev, chosen.azim) == (40, 200)
    assert (used.elev, used.azim) == before


def test_a_zone_without_named_points_shows_the_middle() -> None:
    assert set(_texts(L.oblique(1, 1.3, 70).brillouin_zone().plot())) == {"b₁", "b₂", "Γ"}


@pytest.mark.parametrize("lattice", [L.integer(1), L.triangular(), L.fcc(), L.rectangular(1, 2)], ids=str)
def test_a_path_is_drawn_line_by_line(lattice: lfa.Lattice) -> None:
    path = lattice.path()
    artists = path.plot()
    lines = _lines(_labelled(artists, "path"))[..., : lattice.dim]
    assert lines == pytest.approx(lattice.dual.cartesian(path.lines))
    named = {letter.replace("G", "Γ") for label in path.labels for letter in label.split("|")}
    assert sorted(_texts(artists)) == sorted(named)
    assert sum(isinstance(artist, FancyArrowPatch) for artist in artists) == len(lines)


def test_corners_given_as_coordinates_are_drawn_where_they_are() -> None:
    artists = L.square().path(["G", [0.25, 1.5], "M"]).plot()
    assert _texts(artists) == ["Γ", "(0.25, 1.5)", "M"]
    assert artists[0].axes.get_ylim()[1] > 1.5


# the drawing functions alone --------------------------------------------------------------------------------------


def test_new_axes_fit_the_dimension() -> None:
    assert figure_and_axes(None, (2, 2))[1].name == "rectilinear"
    figure, ax = figure_and_axes(None, (2, 3), dimension=3)
    assert ax.name == "3d"
    assert figure.get_size_inches().tolist() == [2, 3]
    assert figure_and_axes(ax, (5, 5), dimension=3) == (figure, ax)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_limits_in_axes_cover_all_that_was_drawn_and_no_more(dimension: int) -> None:
    ax = _axes(dimension)
    vertices = 1000 + np.array([[0.0] * dimension, *np.eye(dimension)])
    faces = [(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)] if dimension == 3 else []
    body(ax, vertices, faces, "red")
    body(ax, vertices + 2, faces, "blue")
    for limits in [ax.get_xlim(), ax.get_ylim(), *([ax.get_zlim()] if dimension == 3 else [])][:dimension]:
        assert 999 < limits[0] <= 1000
        assert 1003 <= limits[1] < 1004


def test_a_cell_is_cut_off_at_the_box() -> None:
    ax = _axes(3)
    box = (np.full(3, -0.5), np.full(3, 0.5))
    (edges,) = cell(ax, np.eye(3), "black", box)
    assert sorted(_lines(edges)[:, 1].tolist()) == [[0, 0, 0.5], [0, 0.5, 0], [0.5, 0, 0]]
    artists = vector_arrows(ax, np.diag([0.4, 2.0, 0.3]), "abc", "black", box)
    assert sum(isinstance(artist, FancyArrowPatch) for artist in artists) == 2


def test_captions_stand_where_they_are_told_to() -> None:
    ax = _axes(2)
    ax.set(xlim=(-1, 1), ylim=(-1, 1))
    names = ["right", "left", "above", "below", "nowhere"]
    texts = captions(ax, np.zeros((5, 2)), names, [[1, 0], [-2, 0], [0, 3], [0, -1], [0, 0]])
    ax.figure.canvas.draw()
    x, y = ax.transData.transform((0, 0))
    right, left, above, below, nowhere = (text.get_window_extent() for text in texts)
    assert right.x0 > x > left.x1
    assert above.y0 > y > below.y1
    assert nowhere.y0 > y


def test_a_legend_of_few_names_holds_them_all() -> None:
    ax = _axes(2)
    handles = [ax.plot([0, 1], [i, i])[0] for i in range(12)]
    (box,) = legend(ax, handles, [f"n{i}" for i in range(12)])
    assert [text.get_text() for text in box.get_texts()] == [f"n{i}" for i in range(12)]


def test_labels_are_no_formulas() -> None:
    crystal = lfa.Crystal(lfa.lattices.square(), [[0, 0], [0.5, 0.5]], labels=["$\\foo$", "a_1^2"])
    (*_, legend) = crystal.plot()
    assert [text.get_text() for text in legend.get_texts()] == list(crystal.labels)
    legend.figure.canvas.draw()
    plt.close(legend.figure)
