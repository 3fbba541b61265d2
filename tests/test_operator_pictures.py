"""Pictures of operators and of their symbols: what is drawn is what is there."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import sympy

import crystal_lfa as lfa
from crystal_lfa import errors
from crystal_lfa.drawing.couplings import SIGNS, free_directions, overlapping
from crystal_lfa.drawing.images import image_over_polygon, panels, value_range
from crystal_lfa.operators import symbol_pictures
from crystal_lfa.operators.pictures import draw_operator, draw_symbol

mpl.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.collections import LineCollection, PathCollection, QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text

L, C = lfa.lattices, lfa.crystals
FIVE = lfa.stencil([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
GRAPHENE = -1 * lfa.adjacency(C.honeycomb())
CONVOLUTION = lfa.cnn.conv(np.random.default_rng(0).normal(size=(5, 3, 3, 3)), stride=2)
BIHARMONIC = lfa.stencil([[0, 0, 1, 0, 0], [0, 2, -8, 2, 0], [1, -8, 20, -8, 1], [0, 2, -8, 2, 0], [0, 0, 1, 0, 0]])
PICTURES: dict[str, lfa.CrystalOperator] = {
    "1 site": lfa.stencil([1, -4, 6, -4, 1]),
    "2 sites on a line": lfa.adjacency(C.staggered(1)),
    "five points": FIVE,
    "biharmonic": BIHARMONIC,
    "graphene": GRAPHENE,
    "kagome": -1 * lfa.adjacency(C.kagome()),
    "stride": CONVOLUTION,
    "interpolation": lfa.interpolation(lfa.Crystal(L.square()), 2),
    "seven points": lfa.stencil(np.pad(np.zeros((1, 1, 1)), 1) + np.eye(3)[:, :, None] * np.eye(3)[None]),
    "diamond": -1 * lfa.adjacency(C.diamond()),
    "zero": lfa.zero(L.square(), L.square()),
    "many": lfa.stencil(np.arange(49.0).reshape(7, 7)),
    "far": lfa.CrystalOperator(L.square(), L.square(), {(0, 0): 1, (10**6, 3): 2}),
}


@pytest.fixture(autouse=True)
def _no_figure_stays() -> Iterator[None]:
    plt.close("all")
    yield
    plt.close("all")


def _drawn(figure: Any) -> None:
    figure.savefig(io.BytesIO(), format="png", dpi=30)


def _texts(artists: list[Any]) -> list[str]:
    return [artist.get_text() for artist in artists if isinstance(artist, Text)]


def _arrows(artists: list[Any]) -> list[Any]:
    return [artist for artist in artists if isinstance(artist, FancyArrowPatch)]


def _colour(arrow: Any) -> tuple[float, ...]:
    return to_rgb(arrow.get_edgecolor())


def _ends(arrow: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(tuple(float(x) for x in np.round(end, 9) + 0.0) for end in arrow._posA_posB)


# operators --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PICTURES)
def test_an_operator_is_drawn_into_the_axes_given_and_nowhere_else(name: str) -> None:
    operator = PICTURES[name]
    figure = plt.figure()
    other = figure.add_subplot(1, 2, 1)
    ax = figure.add_subplot(1, 2, 2, projection="3d" if operator.lattice.dim == 3 else None)
    artists = draw_operator(operator, ax)
    assert artists
    assert all(artist.axes is ax for artist in artists)
    assert figure.axes == [other, ax]
    assert plt.get_fignums() == [figure.number]
    _drawn(figure)


@pytest.mark.parametrize("name", PICTURES)
def test_new_axes_show_everything(name: str) -> None:
    artists = draw_operator(PICTURES[name])
    ax = artists[0].axes
    assert len(plt.get_fignums()) == 1
    for arrow in _arrows(artists):
        if ax.name != "3d" and arrow._posA_posB is not None:
            for x, y in arrow._posA_posB:
                assert ax.get_xlim()[0] <= x <= ax.get_xlim()[1]
                assert ax.get_ylim()[0] <= y <= ax.get_ylim()[1]
    _drawn(ax.figure)


def test_arrows_lead_from_what_is_read_to_what_is_written() -> None:
    upwind = lfa.CrystalOperator(L.triangular(), L.triangular(), {(0, 0): 1.5, (-1, 0): -1, (0, 2): 0.25})
    artists = draw_operator(upwind)
    height = round(3**0.5, 9)
    assert [_ends(arrow) for arrow in _arrows(artists)] == [((-1.0, 0.0), (0.0, 0.0)), ((1.0, height), (0.0, 0.0))]
    assert sorted(_texts(artists)) == ["-1", "0.25", "1.5"]
    negative, positive = (_colour(arrow) for arrow in _arrows(artists))
    assert negative[2] > negative[0]
    assert positive[0] > positive[2]
    widths = [arrow.get_linewidth() for arrow in _arrows(artists)]
    assert widths[0] > widths[1]


def test_every_coupling_of_a_crystal_has_its_arrow() -> None:
    crystal = C.kagome()
    operator = -1 * lfa.adjacency(crystal)
    found = {_ends(arrow) for arrow in _arrows(draw_operator(operator))}
    expected = set()
    for a, b, offset in crystal.shells()[0].bonds:
        start = crystal.lattice.cartesian(crystal.sites[b] + offset)
        end = crystal.lattice.cartesian(crystal.sites[a])
        expected.add(tuple(tuple((np.round(p, 9) + 0.0).tolist()) for p in (start, end)))
    assert found == expected


def test_sites_of_a_crystal_are_named_with_their_own_couplings() -> None:
    onsite = lfa.diagonal([0.5, -0.5], C.honeycomb())
    texts = _texts(draw_operator(GRAPHENE + onsite))
    assert texts.count("-1") == 6
    assert {"A: 0.5", "B: -0.5"} <= set(texts)
    assert {"A", "B"} <= set(_texts(draw_operator(GRAPHENE)))


def test_opposite_arrows_and_those_over_shorter_ones_are_bent() -> None:
    bent = [arrow.get_connectionstyle().rad != 0 for arrow in _arrows(draw_operator(GRAPHENE))]
    assert sum(bent) == 2
    arrows = _arrows(draw_operator(BIHARMONIC))
    for arrow in arrows:
        (x, y), _ = _ends(arrow)
        assert (arrow.get_connectionstyle().rad != 0) == (abs(x) == 2 or abs(y) == 2)


def test_overlapping_segments() -> None:
    starts = [[1, 0], [2, 0], [0, 1], [-1, 0], [0, 0], [5, 5], [5, 7]]
    ends = [[0, 0], [0, 0], [0, 0], [0, 0], [0, 1], [5, 6], [5, 6]]
    assert overlapping(starts, ends, 1e-9).tolist() == [False, True, True, False, True, False, False]
    assert overlapping(np.zeros((0, 2)), np.zeros((0, 2)), 1e-9).tolist() == []


def test_on_a_line_arrows_are_arches() -> None:
    artists = draw_operator(lfa.stencil([1, -4, 6, -4, 1]))
    heights = {}
    for arrow in _arrows(artists):
        (x, _), (_, control), (end, _) = arrow._path_original.vertices
        assert end == 0
        heights[round(float(x))] = control
    assert heights[-2] > heights[-1] > 0 > heights[1] > heights[2]
    assert sorted(_texts(artists)) == ["-4", "-4", "1", "1", "6"]


def test_complex_numbers_and_matrices() -> None:
    square = L.square()
    hopping = lfa.CrystalOperator(square, square, {(1, 0): 1j, (-1, 0): -1j, (0, 1): 1 - 0.5j, (0, -1): 1 + 2j})
    artists = draw_operator(hopping)
    assert sorted(_texts(artists)) == ["-1i", "1+2i", "1-0.5i", "1i"]
    widest = max(_arrows(artists), key=lambda arrow: arrow.get_linewidth())
    assert _colour(widest) == pytest.approx(to_rgb(SIGNS[2]))
    plane = lfa.Crystal(square, dof=2)
    blocks = lfa.CrystalOperator(plane, plane, {(1, 0): [[3, 0], [0, -4]], (0, 1): [[0, 0], [0, 0]]})
    assert _texts(draw_operator(blocks)) == ["|4|"]


def test_signs_have_colours() -> None:
    artists = draw_operator(lfa.stencil([[0, 2, 0], [-2, 0, 0], [0, 0, 0]]))
    found = {_ends(arrow)[0]: _colour(arrow) for arrow in _arrows(artists)}
    assert found[0.0, -1.0] == pytest.approx(to_rgb(SIGNS[0]))
    assert found[-1.0, 0.0] == pytest.approx(to_rgb(SIGNS[1]))


def test_two_crystals_have_a_legend() -> None:
    (box,) = [a for a in draw_operator(CONVOLUTION) if isinstance(a, Legend)]
    assert [text.get_text() for text in box.get_texts()] == ["domain", "codomain"]
    assert not any(isinstance(a, Legend) for a in draw_operator(FIVE))
    nothing = lfa.zero(L.square(), C.lieb())
    (box,) = [a for a in draw_operator(nothing) if isinstance(a, Legend)]
    assert [text.get_text() for text in box.get_texts()] == ["codomain"]


def test_many_couplings_have_colours_and_no_numbers() -> None:
    artists = draw_operator(PICTURES["many"])
    assert len(_arrows(artists)) == 47
    assert _texts(artists) == []


def test_labels_are_no_formulas() -> None:
    crystal = lfa.Crystal(L.square(), [[0, 0], [0.5, 0.5]], labels=["$\\foo$", "a_1^2"])
    artists = draw_operator(lfa.adjacency(crystal))
    assert {"$\\foo$", "a_1^2"} <= set(_texts(artists))
    _drawn(artists[0].axes.figure)


def test_free_directions_keep_away_from_arrows() -> None:
    ax = plt.figure().add_subplot()
    (direction,) = free_directions(ax, [[0.0, 0.0]], [[1, 0], [0, 1], [-1, 0]], [[0, 0], [0, 0], [0, 0]])
    assert direction == pytest.approx([0, -1], abs=1e-12)
    (usual,) = free_directions(ax, [[0.0, 0.0]], np.zeros((0, 2)), np.zeros((0, 2)))
    assert usual == pytest.approx([0.5**0.5] * 2)


def test_too_much_for_a_picture() -> None:
    wide = lfa.stencil(np.ones((33, 33)))
    with pytest.raises(errors.InvalidArgumentError, match="operator: couples 1089 pairs; up to 1000 can be drawn"):
        draw_operator(wide)
    four = lfa.identity(L.integer(4))
    with pytest.raises(errors.InvalidArgumentError, match="dimension: got 4"):
        draw_operator(four)
    with pytest.raises(errors.InvalidArgumentError, match="ax: got rectilinear axes; three dimensions need 3-d axes"):
        draw_operator(PICTURES["diamond"], plt.figure().add_subplot())


def test_free_parameters_have_no_picture() -> None:
    a, line = sympy.Symbol("a"), L.integer(1)
    operator = lfa.CrystalOperator(line, line, {1: a, 0: 2})
    for draw in (draw_operator, draw_symbol):
        with pytest.raises(errors.FreeParametersError, match=r"free parameters.*subs\(\) gives them values"):
            draw(operator)
    exact = lfa.CrystalOperator(line, line, {1: sympy.sqrt(2), 0: sympy.Rational(1, 2)})
    assert sorted(_texts(draw_operator(exact))) == ["0.5", "1.41"]


# symbols ----------------------------------------------------------------------------------------------------------


def _sampled(mesh: Any, operator: lfa.Operator) -> tuple[np.ndarray, np.ndarray]:
    """Return an image's values and the symbols at its points, each computed anew."""
    positions = mesh.get_coordinates()
    return np.asarray(mesh.get_array()), operator.symbol(operator.lattice.dual.coordinates(positions))


@pytest.mark.parametrize(
    "operator",
    [FIVE, GRAPHENE, -1 * lfa.adjacency(C.kagome()), lfa.adjacency(lfa.Lattice([[1, 0], [3.4, 1.3]]))],
    ids=["five points", "graphene", "kagome", "skew"],
)
def test_images_of_eigenvalues(operator: lfa.CrystalOperator) -> None:
    artists = draw_symbol(operator, points=24)
    meshes = [artist for artist in artists if isinstance(artist, QuadMesh)]
    assert len(meshes) == operator.shape[0]
    zone = operator.lattice.brillouin_zone()
    for number, mesh in enumerate(meshes):
        values, symbols = _sampled(mesh, operator)
        assert values == pytest.approx(np.linalg.eigvalsh(symbols)[..., number], abs=1e-12)
        places = mesh.get_coordinates().reshape(-1, 2)
        assert (places.min(axis=0) <= zone.vertices.min(axis=0) + 1e-9).all()
        assert (places.max(axis=0) >= zone.vertices.max(axis=0) - 1e-9).all()
        assert mesh.get_clip_path() is not None
    letters = {"G": "Γ"}
    assert set(_texts(artists)) == {letters.get(name, name) for name in zone.points}
    _drawn(meshes[0].axes.figure)


def test_the_zone_is_covered_by_the_image() -> None:
    for lattice in (L.triangular(), L.oblique(1, 1.3, 70), lfa.Lattice([[1, 0], [3.4, 1.3]]), L.rectangular(1, 9)):
        (mesh,) = [a for a in draw_symbol(lfa.adjacency(lattice), points=36) if isinstance(a, QuadMesh)]
        zone = lattice.brillouin_zone()
        corners = mesh.get_coordinates()
        steps = corners[1, 0] - corners[0, 0], corners[0, 1] - corners[0, 0]
        ends = np.linalg.solve(np.array(steps).T, (zone.vertices - corners[0, 0]).T)
        assert ends.min() > -1e-6
        assert (ends.max(axis=1) < np.array(corners.shape[:2]) - 1 + 1e-6).all()


def test_symbols_are_drawn_into_the_axes_given_and_nowhere_else() -> None:
    figure, (left, right, third) = plt.subplots(1, 3)
    artists = draw_symbol(GRAPHENE, [left, right], points=12)
    assert {artist.axes for artist in artists} == {left, right}
    artists = draw_symbol(GRAPHENE, third, quantity="norm", points=12)
    assert {artist.axes for artist in artists} == {third}
    assert figure.axes == [left, right, third]
    _drawn(figure)


def test_a_convolution_shows_its_norm() -> None:
    artists = draw_symbol(CONVOLUTION, points=12)
    (mesh,) = [artist for artist in artists if isinstance(artist, QuadMesh)]
    values, symbols = _sampled(mesh, CONVOLUTION)
    assert values == pytest.approx(np.linalg.svd(symbols, compute_uv=False)[..., 0])
    (bar,) = mesh.axes.child_axes
    assert bar.get_ylabel() == "norm"


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        ("spectral radius", lambda s: np.abs(np.linalg.eigvals(s)).max(axis=-1)),
        ("norm", lambda s: np.linalg.norm(s, 2, axis=(-2, -1))),
        (lambda s: s[:, 0, 1].real, lambda s: s[..., 0, 1].real),
        (lambda s: np.abs(s[:, :1, 1]) > 2, lambda s: 1.0 * (np.abs(s[..., 0, 1]) > 2)),
    ],
    ids=["radius", "norm", "function", "truth"],
)
def test_quantities(quantity: Any, expected: Callable[[Any], Any]) -> None:
    line = C.honeycomb()
    operator = lfa.CrystalOperator(line, line, {(0, 0): [[1, 2], [0, 1]], (1, 0): [[0, 1], [0.5, 0]]})
    (mesh,) = [a for a in draw_symbol(operator, quantity=quantity, points=12) if isinstance(a, QuadMesh)]
    values, symbols = _sampled(mesh, operator)
    assert values == pytest.approx(expected(symbols), abs=1e-12)


def test_all_singular_values_as_images() -> None:
    artists = draw_symbol(CONVOLUTION, quantity="singular values", points=12)
    names = [a.axes.child_axes[0].get_ylabel() for a in artists if isinstance(a, QuadMesh)]
    assert names == [f"singular value {number}" for number in range(1, 6)]


def test_where_an_inverse_does_not_exist_the_grid_keeps_away() -> None:
    coarse = lfa.interpolation(FIVE.domain, 2)
    correction = lfa.identity(FIVE.domain) - coarse @ (coarse.H @ FIVE @ coarse).inv() @ coarse.H @ FIVE
    (mesh,) = [a for a in draw_symbol(correction, points=24) if isinstance(a, QuadMesh)]
    assert np.isfinite(mesh.get_array()).all()
    places = np.abs(mesh.get_coordinates()).max(axis=-1)
    assert places.min() > 0.005
    singular = (lfa.identity(L.square()) * 0.0).pinv()
    assert draw_symbol(singular, points=12)


def test_curves_on_a_line() -> None:
    chain = lfa.adjacency(C.staggered(1))
    artists = draw_symbol(chain, points=24)
    curves = [a for a in artists if isinstance(a, Line2D) and len(a.get_xdata()) > 2]
    assert len(curves) == 2
    for curve, sign in zip(curves, (-1, 1), strict=True):
        x, y = curve.get_xdata(), curve.get_ydata()
        assert (x[0], x[-1]) == pytest.approx((-0.5, 0.5))
        assert (np.diff(x) > 0).all()
        assert y == pytest.approx(sign * 2 * np.abs(np.cos(np.pi * x)), abs=1e-12)
    assert _texts(artists) == ["Γ", "X", "X"]
    _drawn(curves[0].axes.figure)


@pytest.mark.parametrize("scale", [-1.0, 0.001, 7.0])
def test_the_ends_of_a_line_do_not_depend_on_its_unit(scale: float) -> None:
    line = lfa.Lattice([[scale]])
    artists = draw_symbol(lfa.stencil([-1, 2, -1], lattice=line))
    x = next(a for a in artists if isinstance(a, Line2D)).get_xdata()
    assert (x[0], x[-1]) == pytest.approx((-0.5 / abs(scale), 0.5 / abs(scale)))
    assert len(x) == 241


def test_curves_of_an_operator_without_symmetry_are_singular_values() -> None:
    (curve, *_) = draw_symbol(lfa.stencil([-1, 1], centre=1), points=24)
    assert curve.get_ydata() == pytest.approx(2 * np.abs(np.sin(np.pi * curve.get_xdata())), abs=1e-12)
    assert curve.axes.get_ylabel() == "singular value"


def test_what_is_constant_is_drawn_as_such() -> None:
    (mesh,) = [a for a in draw_symbol(3 * lfa.identity(L.square()), points=12) if isinstance(a, QuadMesh)]
    assert mesh.get_clim() == (1.5, 4.5)
    low, high = draw_symbol(3 * lfa.identity(L.integer(1)), points=12)[0].axes.get_ylim()
    assert (low, high) == (1.5, 4.5)
    assert value_range([2, 2 + 1e-14]) == pytest.approx((1, 3))
    assert value_range([0, 0]) == (-0.5, 0.5)
    assert value_range([-1, 3]) == (-1, 3)


BAD: dict[str, tuple[lfa.Operator, dict[str, Any], str]] = {
    "space": (
        lfa.adjacency(L.cubic()),
        {},
        r"dimension 3; symbols are drawn in dimensions 1 and 2, and in every dimension along a path: lfa.bands",
    ),
    "a name": (FIVE, {"quantity": "size"}, "quantity: got 'size'; one of 'eigenvalues', 'singular values', 'norm'"),
    "a list": (FIVE, {"quantity": ["norm"]}, r"quantity: got \['norm'\]; one of"),
    "not Hermitian": (CONVOLUTION, {"quantity": "eigenvalues"}, "not known to be Hermitian"),
    "two crystals": (CONVOLUTION, {"quantity": "spectral radius"}, "from a crystal to itself"),
    "complex": (FIVE, {"quantity": lambda s: s[:, 0, 0]}, "gave an array of complex128 of shape .*; real numbers"),
    "a number": (FIVE, {"quantity": lambda _: 1.0}, r"gave an array of float64 of shape \(\)"),
    "few points": (FIVE, {"points": 3}, "points: got 3; 12 to 2400 can be drawn"),
    "half a point": (FIVE, {"points": 30.5}, "points: got 30.5"),
    "many images": (
        lfa.identity(lfa.Crystal(L.square(), dof=10)),
        {"quantity": "eigenvalues"},
        "quantity: it has 10 values a symbol; up to 9 images are drawn, or a quantity of one value",
    ),
}


@pytest.mark.parametrize(("operator", "options", "message"), BAD.values(), ids=BAD)
def test_bad_input(operator: lfa.Operator, options: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.InvalidArgumentError, match=message):
        draw_symbol(operator, **{"points": 12, **options})


def test_axes_that_do_not_fit() -> None:
    ax = plt.figure().add_subplot()
    with pytest.raises(errors.InvalidArgumentError, match="ax: got 1 for 2 eigenvalues, an image each; 2 axes are"):
        draw_symbol(GRAPHENE, ax, points=12)
    with pytest.raises(errors.InvalidArgumentError, match="ax: got 2 for one image, the norm; one axes is needed"):
        draw_symbol(GRAPHENE, [ax, ax], quantity="norm", points=12)
    space = plt.figure().add_subplot(projection="3d")
    for operator in (FIVE, lfa.stencil([-1, 2, -1])):
        with pytest.raises(errors.InvalidArgumentError, match="ax: got 3d axes; pictures of dimension"):
            draw_symbol(operator, space, points=12)


def test_a_large_hermitian_symbol_shows_its_norm() -> None:
    large = lfa.identity(lfa.Crystal(L.square(), dof=10))
    assert len([a for a in draw_symbol(large, points=12) if isinstance(a, QuadMesh)]) == 1
    assert symbol_pictures._MOST_IMAGES < 10


# the drawing functions alone --------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9])
def test_panels(count: int) -> None:
    axes = panels(count)
    assert len(axes) == count
    assert axes[0].figure.axes == axes
    places = {tuple(np.round(ax.get_position().bounds, 6)) for ax in axes}
    assert len(places) == count


def test_an_image_is_cut_off_at_its_polygon() -> None:
    ax = plt.figure().add_subplot()
    grid = np.stack(np.meshgrid(np.arange(5.0), np.arange(4.0), indexing="ij"), axis=-1)
    polygon = [[1, 1], [3, 1], [2, 2]]
    mesh, edges = image_over_polygon(ax, grid, grid[..., 0], polygon, "height")
    assert isinstance(edges, LineCollection)
    limits = [*ax.get_xlim(), *ax.get_ylim()]
    assert 0.5 < limits[0] < 1
    assert 3 < limits[1] < 3.5
    assert mesh.get_clim() == (0, 4)
    figure = ax.figure
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())
    x, y = np.round(ax.transData.transform([[1.2, 1.8], [2.0, 1.4]])).astype(int).T
    outside, inside = pixels[pixels.shape[0] - y, x]
    assert (outside == 255).all()
    assert not (inside == 255).all()


def test_points_are_where_the_letters_say() -> None:
    artists = draw_symbol(GRAPHENE, quantity="norm", points=12)
    (dots,) = [artist for artist in artists if isinstance(artist, PathCollection)]
    zone = GRAPHENE.lattice.brillouin_zone()
    expected = zone.lattice.dual.cartesian([[float(x) for x in point] for point in zone.points.values()])
    assert np.asarray(dots.get_offsets()) == pytest.approx(expected)
