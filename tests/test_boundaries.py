"""Convolutions with borders against PyTorch's padding; the paper's experiment on boundary conditions."""

from __future__ import annotations

import dataclasses
import io
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import sympy
import torch
from numpy.typing import NDArray
from scipy.stats import wasserstein_distance
from threadpoolctl import threadpool_limits
from torch.nn import functional

import crystal_lfa as lfa
from crystal_lfa import errors
from crystal_lfa.cnn.boundaries import Boundary, boundary_matrix
from crystal_lfa.cnn.boundary_comparison import BoundarySpectrum, compare_boundaries
from crystal_lfa.cnn.sparse_ends import largest_singular_value, smallest_singular_value
from crystal_lfa.drawing.comparisons import Panel, draw_decay, draw_sorted_panels

mpl.use("Agg")
import matplotlib.pyplot as plt

ROOT = Path(__file__).resolve().parents[1]
CONVOLUTIONS = (functional.conv1d, functional.conv2d, functional.conv3d)
MODES = {
    Boundary.ZERO: "constant",
    Boundary.CIRCULAR: "circular",
    Boundary.REFLECT: "reflect",
    Boundary.REPLICATE: "replicate",
}
BEYOND = [Boundary.REFLECT, Boundary.REPLICATE]
SHIFT = np.array([[[0.0, 0.0, 1.0]]])


@pytest.fixture(autouse=True)
def one_thread_and_no_figure() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    plt.close("all")
    with threadpool_limits(1):
        yield
    plt.close("all")
    torch.set_num_threads(before)


def normal(*shape: int, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal(shape)


def values_of(matrix: Any) -> NDArray[np.float64]:
    values: NDArray[np.float64] = np.linalg.svd(matrix.toarray(), compute_uv=False)
    return values


@dataclasses.dataclass(frozen=True)
class Drawn:
    weight: NDArray[np.float64]
    extents: tuple[int, ...]
    options: dict[str, Any]
    before: tuple[int, ...]

    @property
    def outputs(self) -> tuple[int, ...]:
        return tuple(math.ceil(n / s) for n, s in zip(self.extents, self.options["stride"], strict=True))

    @property
    def after(self) -> tuple[int, ...]:
        """What the last output reads beyond the last pixel."""
        parts = zip(
            self.outputs, self.extents, self.options["stride"], self.options["dilation"], self.weight.shape[2:],
            self.before, strict=True,
        )  # fmt: skip
        return tuple(max(0, (m - 1) * s + d * (k - 1) - p - (n - 1)) for m, n, s, d, k, p in parts)

    def by_torch(self, boundary: Boundary) -> NDArray[np.float64]:
        """Return the matrix of torch's padding and convolution, a unit image a column."""
        channels = self.weight.shape[1] * self.options["groups"]
        size = channels * math.prod(self.extents)
        units = torch.eye(size, dtype=torch.float64).reshape(size, channels, *self.extents)
        pads = [p for pair in zip(self.before[::-1], self.after[::-1], strict=True) for p in pair]
        padded = functional.pad(units, pads, mode=MODES[boundary])
        weight, options = torch.from_numpy(self.weight), self.options
        axes = len(self.extents)
        images = CONVOLUTIONS[axes - 1](
            padded, weight, None, options["stride"], 0, options["dilation"], options["groups"]
        )
        images = images[(slice(None), slice(None), *(slice(0, m) for m in self.outputs))]
        matrix: NDArray[np.float64] = images.reshape(size, -1).T.numpy()
        return matrix


def draw(seed: int) -> Drawn:
    rng = np.random.default_rng(seed)
    axes = seed % 3 + 1
    extents = tuple(rng.integers(1, (13, 8, 5)[axes - 1], axes).tolist())
    kernel = tuple(rng.integers(1, 6 - axes, axes).tolist())
    groups, out_width, width = rng.integers(1, 3, 3).tolist()
    options: dict[str, Any] = {
        "stride": tuple(rng.integers(1, 4, axes).tolist()),
        "dilation": tuple(rng.integers(1, 3, axes).tolist()),
        "groups": groups,
    }
    spans = [d * (k - 1) for d, k in zip(options["dilation"], kernel, strict=True)]
    before = tuple(span // 2 for span in spans)
    if rng.random() < 0.3:
        before = options["padding"] = tuple(int(rng.integers(0, span + 1)) for span in spans)
    return Drawn(rng.standard_normal((groups * out_width, width, *kernel)), extents, options, before)


# matrices ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("boundary", list(Boundary))
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_matrices_are_those_of_torchs_padding_and_convolution(axes: int, boundary: Boundary) -> None:
    compared = refused = 0
    for seed in range(axes - 1, 180, 3):
        drawn = draw(seed)
        reach = max(*drawn.before, *drawn.after)
        if boundary is Boundary.CIRCULAR and any(
            p > n for p, n in zip(drawn.before + drawn.after, drawn.extents * 2, strict=True)
        ):
            continue  # torch wraps only once
        if boundary is Boundary.REFLECT and any(
            p > n - 1 for p, n in zip(drawn.before + drawn.after, drawn.extents * 2, strict=True)
        ):
            with pytest.raises(errors.InvalidArgumentError, match="beyond the border, and the reflection of"):
                boundary_matrix(drawn.weight, drawn.extents, boundary, **drawn.options)
            with pytest.raises(RuntimeError, match="Padding size should be less than"):
                drawn.by_torch(boundary)
            refused += 1
            continue
        matrix = boundary_matrix(drawn.weight, drawn.extents, boundary, **drawn.options)
        np.testing.assert_allclose(matrix.toarray(), drawn.by_torch(boundary), rtol=0, atol=1e-14)
        compared += reach > 0
    assert compared >= 20
    assert (refused > 5) == (boundary is Boundary.REFLECT)


@pytest.mark.parametrize("boundary", list(Boundary))
def test_random_images(boundary: Boundary, rng: np.random.Generator) -> None:
    """Channel by channel, then along the axes in C order, in and out."""
    weight, x = rng.standard_normal((3, 2, 3, 5)), rng.standard_normal((2, 7, 6))
    matrix = boundary_matrix(weight, (7, 6), boundary)
    padded = functional.pad(torch.from_numpy(x)[None], (2, 2, 1, 1), mode=MODES[boundary])
    expected = functional.conv2d(padded, torch.from_numpy(weight))[0].numpy()
    np.testing.assert_allclose((matrix @ x.reshape(-1)).reshape(3, 7, 6), expected, rtol=0, atol=1e-13)


def test_the_sparse_matrix_is_canonical() -> None:
    matrix = boundary_matrix(np.ones((2, 1, 5)), 3, Boundary.REPLICATE)
    assert matrix.format == "csr"
    assert matrix.has_canonical_format
    assert matrix.toarray()[:3].tolist() == [[3, 1, 1], [2, 1, 2], [1, 1, 3]]


@pytest.mark.parametrize("seed", range(12))
def test_the_circular_matrix_has_the_singular_values_of_the_symbols(seed: int) -> None:
    drawn = draw(seed)
    extents = tuple(m * s for m, s in zip(drawn.outputs, drawn.options["stride"], strict=True))
    matrix = boundary_matrix(drawn.weight, extents, Boundary.CIRCULAR, **drawn.options)
    values = values_of(matrix)
    symbols = lfa.svdvals(
        lfa.cnn.conv(drawn.weight, **drawn.options), lfa.lattices.integer(len(extents)).torus(extents)
    )
    np.testing.assert_allclose(np.sort(symbols, axis=None)[::-1], values, rtol=0, atol=1e-12 * values[0])


def test_complex_weights_tensors_and_lists() -> None:
    weight = normal(2, 1, 3) + 1j * normal(2, 1, 3, seed=1)
    matrix = boundary_matrix(weight, 5, Boundary.REFLECT)
    real, imaginary = (boundary_matrix(part, 5, Boundary.REFLECT) for part in (weight.real, weight.imag))
    np.testing.assert_array_equal(matrix.toarray(), real.toarray() + 1j * imaginary.toarray())
    tensor = torch.tensor(weight.real, dtype=torch.float32, requires_grad=True)
    assert boundary_matrix(tensor, 5, Boundary.ZERO).dtype == np.float64
    assert boundary_matrix([[[1, 2, 3]]], 2, Boundary.ZERO).toarray().tolist() == [[2, 3], [1, 2]]


def test_a_layer_tells_everything_itself() -> None:
    module = torch.nn.Conv2d(
        2, 4, (3, 2), stride=2, padding=(2, 1), dilation=2, groups=2, padding_mode="replicate", bias=False
    ).double()
    (layer,) = lfa.cnn.load(module, input_shape=(7, 6))
    taken = boundary_matrix(layer)
    weight = module.weight.detach().numpy()
    options = {"stride": 2, "padding": (2, 1), "dilation": 2, "groups": 2}
    given = boundary_matrix(weight, (7, 6), Boundary.REPLICATE, **options)
    np.testing.assert_array_equal(taken.toarray(), given.toarray())
    x = torch.from_numpy(normal(1, 2, 7, 6))
    assert module(x).shape == (1, 4, 4, 3)
    np.testing.assert_allclose(
        taken @ x.reshape(-1).numpy(), module(x).detach().reshape(-1).numpy(), rtol=0, atol=1e-13
    )
    zeros = boundary_matrix(layer, 8, Boundary.ZERO)
    assert zeros.shape == (4 * 16, 2 * 64)
    np.testing.assert_array_equal(zeros.toarray(), boundary_matrix(weight, 8, Boundary.ZERO, **options).toarray())


def test_every_padding_mode_is_a_boundary() -> None:
    assert [Boundary(mode) for mode in ("zeros", "circular", "reflect", "replicate")] == list(Boundary)


def layer_of(**replaced: Any) -> lfa.cnn.ConvLayer:
    (layer,) = lfa.cnn.load(torch.nn.Conv1d(1, 1, 3, padding=1, bias=False), input_shape=(4,))
    return dataclasses.replace(layer, name="stem", **replaced)


LINE = np.ones((1, 1, 3))
bad: list[tuple[tuple[Any, ...], dict[str, Any], type[Exception], str]] = [
    ((LINE,), {}, errors.InvalidArgumentError, r"input_shape: got None; the pixels along each axis are needed"),
    ((LINE, 4), {}, errors.InvalidArgumentError, r"boundary: got None; one of Boundary.ZERO, Boundary.CIRCULAR, .*"),
    ((LINE, 4, "zeros"), {}, errors.InvalidArgumentError, r"boundary: got 'zeros'; one of Boundary.ZERO"),
    ((LINE, 0, Boundary.ZERO), {}, errors.InvalidArgumentError, r"input_shape: got 0; an integer of at least 1"),
    ((LINE, (4, 4), Boundary.ZERO), {}, errors.InvalidArgumentError, r"input_shape: got \(4, 4\); an integer"),
    ((LINE, 4.5, Boundary.ZERO), {}, errors.InvalidArgumentError, r"input_shape: got 4.5 of type float"),
    ((np.ones((1, 1)), 4, Boundary.ZERO), {}, errors.InvalidArgumentError, r"weight: got shape \(1, 1\)"),
    ((np.full((1, 1, 2), np.nan), 4, Boundary.ZERO), {}, errors.NotFiniteError, r"weight: 2 entries are NaN"),
    (([[["a"]]], 4, Boundary.ZERO), {}, errors.MultiplierError, r"weight: got entries of type <U1"),
    ((LINE, 4, Boundary.ZERO), {"stride": 0}, errors.InvalidArgumentError, r"stride: got 0; an integer"),
    ((LINE, 4, Boundary.ZERO), {"groups": 2}, errors.InvalidArgumentError, r"groups: got 2; a positive divisor"),
    ((LINE, 4, Boundary.ZERO), {"memory": "much"}, errors.InvalidArgumentError, r"memory: got 'much'"),
    (
        (LINE, 10**9, Boundary.ZERO),
        {},
        errors.MemoryBudgetError,
        r"memory: the entries take 240 GB while they are sorted, and 4 GB is allowed; allow more, or take a smaller",
    ),
    (
        (np.ones((1, 1, 3, 7)), (4, 3), Boundary.REFLECT),
        {},
        errors.InvalidArgumentError,
        r"got \(4, 3\); along axis 1 the kernel reads 3 pixels beyond the border, and the reflection of 3 has 2",
    ),
    ((LINE, 2, Boundary.REFLECT), {"padding": 0}, errors.InvalidArgumentError, r"reads 2 pixels .* of 2 has 1"),
    (
        (layer_of(transposed=True),),
        {},
        errors.InvalidArgumentError,
        r"layer: 'stem' is transposed; only forward convolutions read beyond a border",
    ),
    ((layer_of(reason="it is lazy"),), {}, errors.UnreadableLayerError, r"layer 'stem' cannot be .*: it is lazy"),
    (
        (layer_of(padding_mode="unknown"),),
        {},
        errors.InvalidArgumentError,
        r"boundary: the padding mode of layer 'stem' is 'unknown'; give a Boundary",
    ),
    ((layer_of(),), {"stride": 2}, errors.InvalidArgumentError, r"stride, padding, dilation, groups: a ConvLayer has"),
    ((layer_of(),), {"padding": [1]}, errors.InvalidArgumentError, r"stride, padding, dilation, groups: a ConvLayer"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "options", "error", "message"), bad, ids=range(len(bad)))
def test_bad_arguments(arguments: Any, options: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        boundary_matrix(*arguments, **options)


def test_free_parameters_are_refused() -> None:
    for call in (boundary_matrix, lambda weight, *_: compare_boundaries(weight, [4])):
        with pytest.raises(errors.MultiplierError, match="weight: got SymPy expressions; a matrix with borders needs"):
            call([[[sympy.Symbol("a"), 1]]], 4, Boundary.ZERO)


# what bounds what -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(24))
def test_zero_padding_never_exceeds_the_certified_norm(seed: int) -> None:
    drawn = draw(seed)
    bound = lfa.norm(lfa.cnn.conv(drawn.weight, **drawn.options), rtol=1e-3)
    assert bound.certified
    assert values_of(boundary_matrix(drawn.weight, drawn.extents, Boundary.ZERO, **drawn.options))[0] <= bound.upper


@pytest.mark.parametrize("boundary", BEYOND)
@pytest.mark.parametrize("n", [3, 8, 50])
def test_reflected_and_replicated_borders_may_exceed_it(boundary: Boundary, n: int) -> None:
    assert lfa.norm(lfa.cnn.conv(SHIFT)).upper == pytest.approx(1, rel=1e-12)
    assert values_of(boundary_matrix(SHIFT, n, boundary))[0] == pytest.approx(math.sqrt(2), rel=1e-14)


@pytest.mark.parametrize("boundary", BEYOND)
@pytest.mark.parametrize("seed", range(40))
def test_by_how_much_is_the_number_of_times_a_pixel_is_repeated(seed: int, boundary: Boundary) -> None:
    """The matrix is a part of the operator on the infinite lattice times the one that pads."""
    drawn = draw(seed)
    copies, pads = 1, list(zip(drawn.before, drawn.after, strict=True))
    for n, pair in zip(drawn.extents, pads, strict=True):
        if boundary is Boundary.REFLECT and max(pair) > n - 1:
            return
        mode: Any = {Boundary.REFLECT: "reflect", Boundary.REPLICATE: "edge"}[boundary]
        copies *= int(np.bincount(np.pad(np.arange(n), pair, mode=mode)).max())
    norm = lfa.norm(lfa.cnn.conv(drawn.weight, **drawn.options), rtol=1e-3)
    matrix = boundary_matrix(drawn.weight, drawn.extents, boundary, **drawn.options)
    assert values_of(matrix)[0] <= math.sqrt(copies) * norm.upper


def test_the_largest_value_beyond_the_norm_belongs_to_the_border() -> None:
    matrix = boundary_matrix(normal(4, 4, 3, 3) / 6, 16, Boundary.REPLICATE)
    _, values, adjoint = np.linalg.svd(matrix.toarray())
    share = (adjoint[0].reshape(4, 16, 16) ** 2).sum(axis=0)
    assert values[0] > 1.1 * lfa.norm(lfa.cnn.conv(normal(4, 4, 3, 3) / 6)).upper
    assert share[3:-3, 3:-3].sum() < 0.1


# comparisons ------------------------------------------------------------------------------------------------------


def test_a_comparison_holds_the_spectra_of_the_matrices() -> None:
    weight = normal(2, 3, 3, 3)
    found = compare_boundaries(weight, [4, (6, 8)], stride=2)
    assert found.sizes == ((4, 4), (6, 8))
    assert found.boundaries == (Boundary.CIRCULAR, Boundary.ZERO, Boundary.REFLECT, Boundary.REPLICATE)
    assert len(found.spectra) == 8
    for spectrum in found.spectra:
        matrix = boundary_matrix(weight, spectrum.input_shape, spectrum.boundary, stride=2)
        assert spectrum.shape == matrix.shape
        assert spectrum.is_complete
        expected = values_of(matrix)
        np.testing.assert_allclose(spectrum.values, expected, rtol=0, atol=1e-12 * expected[0])
        assert (spectrum.sigma_max, spectrum.sigma_min) == (spectrum.values[0], spectrum.values[-1])
        assert not spectrum.values.flags.writeable
        assert found.spectrum(spectrum.input_shape, spectrum.boundary) is spectrum
        wrapped = found.spectrum(spectrum.input_shape, Boundary.CIRCULAR).values
        distance = wasserstein_distance(spectrum.values, wrapped)
        assert found.mean_difference(spectrum.input_shape, spectrum.boundary) == pytest.approx(distance, abs=1e-12)
        largest = np.abs(spectrum.values - wrapped).max()
        assert found.largest_difference(spectrum.input_shape, spectrum.boundary) == largest
        if spectrum.boundary in {Boundary.CIRCULAR, Boundary.ZERO}:
            assert spectrum.sigma_max <= found.norm.upper
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.norm = None  # type: ignore[misc, assignment]


def test_mean_differences_fall_with_the_size() -> None:
    found = compare_boundaries(normal(3, 3, 3, 3), [4, 8, 16])
    for boundary in found.boundaries[1:]:
        means = [found.mean_difference(n, boundary) for n in (4, 8, 16)]
        assert means[0] > 1.3 * means[1] > 1.3**2 * means[2]
    zeros = [found.mean_difference(n, Boundary.ZERO) for n in (4, 8, 16)]
    assert 1.6 < zeros[0] / zeros[1] < 2.4
    assert 1.6 < zeros[1] / zeros[2] < 2.4


def test_the_largest_difference_need_not_fall() -> None:
    """A shift: all values are one, but with zeros around the last is zero at every size."""
    found = compare_boundaries(SHIFT, [4, 16, 64], Boundary.ZERO)
    for n in (4, 16, 64):
        assert found.largest_difference(n, Boundary.ZERO) == pytest.approx(1, rel=1e-14)
        assert found.mean_difference(n, Boundary.ZERO) == pytest.approx(1 / n, rel=1e-12)


@pytest.mark.slow
def test_mean_differences_are_those_of_the_paper() -> None:
    """Figure 6 with another random kernel: 16 channels, variance one in and out."""
    found = compare_boundaries(normal(16, 16, 3, 3) / 12, [4, 8, 16], Boundary.ZERO)
    means = [found.mean_difference(n, Boundary.ZERO) for n in (4, 8, 16)]
    assert means == pytest.approx([0.141, 0.079, 0.040], rel=0.2)
    assert max(found.spectrum(n, Boundary.ZERO).sigma_max for n in (4, 8, 16)) <= found.norm.upper


def test_of_large_matrices_only_the_ends_are_computed_and_it_is_said() -> None:
    weight = normal(2, 2, 3, 3)
    whole, ends = (compare_boundaries(weight, [4, 9], memory=memory) for memory in ("1GB", "30kB"))
    for all_of_them, two in zip(whole.spectra, ends.spectra, strict=True):
        large = two.input_shape == (9, 9) and two.boundary is not Boundary.CIRCULAR
        assert two.is_complete != large
        assert two.count == all_of_them.count
        assert two.sigma_max == pytest.approx(all_of_them.sigma_max, rel=1e-12)
        assert two.sigma_min == pytest.approx(all_of_them.sigma_min, rel=1e-9)
    assert math.isnan(ends.mean_difference(9, Boundary.ZERO))
    assert math.isnan(ends.largest_difference(9, Boundary.ZERO))
    assert "\n\n* Only the ends of the spectrum: the dense matrix would not fit into the memory" in repr(ends)
    assert "only the ends computed)" in repr(ends.spectrum(9, Boundary.ZERO))
    row = next(line for line in repr(ends).splitlines() if line.startswith("9x9     zeros")).split()
    assert row[2] == "162*"
    assert row[5:7] == ["-", "-"]
    assert "*" not in repr(whole)
    assert "Boundary.ZERO, 162 singular values from" in repr(whole.spectrum(9, Boundary.ZERO))


def test_a_smallest_value_that_is_not_found_is_nan() -> None:
    singular = boundary_matrix(SHIFT, 40, Boundary.REPLICATE)
    assert math.isnan(smallest_singular_value(singular))
    wide = compare_boundaries(normal(1, 1, 3), [20], Boundary.ZERO, stride=2, memory="1kB").spectra[1]
    assert math.isnan(wide.sigma_min)
    assert len(wide.values) == 1
    table = repr(compare_boundaries(SHIFT, [40], Boundary.REPLICATE, memory="1kB"))
    assert table.splitlines()[3].split() == ["40", "replicate", "40*", "1.4142", "-", "-", "-"]
    complex_weight = normal(1, 1, 3) + 1j * normal(1, 1, 3, seed=1)
    ends = compare_boundaries(complex_weight, [30], Boundary.ZERO, memory="1kB").spectra[1]
    expected = values_of(boundary_matrix(complex_weight, 30, Boundary.ZERO))
    np.testing.assert_allclose(ends.values, expected[[0, -1]], rtol=1e-10)


@pytest.mark.parametrize("scale", [0.0, 1e-200, 1.0, 1e200])
def test_the_ends_of_tiny_huge_and_zero_matrices(scale: float) -> None:
    matrix = boundary_matrix(scale * normal(2, 2, 3), 9, Boundary.ZERO)
    expected = values_of(matrix)
    assert largest_singular_value(matrix) == pytest.approx(expected[0], rel=1e-13, abs=0)
    assert smallest_singular_value(matrix) == pytest.approx(expected[-1], rel=1e-10, abs=0)


@pytest.mark.parametrize("boundary", BEYOND)
def test_a_singular_matrix_has_a_smallest_value_of_rounding(boundary: Boundary) -> None:
    laplacian = np.array([[[[0.0, -1.0, 0.0], [-1.0, 4.0, -1.0], [0.0, -1.0, 0.0]]]])
    assert smallest_singular_value(boundary_matrix(laplacian, 9, boundary)) < 1e-14


def test_a_single_row_is_small_enough() -> None:
    found = compare_boundaries(np.ones((1, 1, 1)), [1], memory=1)
    assert [spectrum.values.tolist() for spectrum in found.spectra] == [[1.0]] * 4


bad_comparisons: list[tuple[dict[str, Any], str]] = [
    ({"sizes": []}, r"sizes: got none; at least one is needed"),
    ({"sizes": 4}, r"sizes: got 4; a list of sizes is needed"),
    ({"sizes": [4, 0]}, r"sizes: got 0; an integer of at least 1"),
    ({"sizes": [(4, 4)]}, r"sizes: got \(4, 4\); an integer"),
    ({"sizes": [4, 5], "stride": 2}, r"sizes: got \(5,\); a multiple of the stride \(2,\) is needed, as on a torus"),
    ({"boundaries": ["zeros"]}, r"boundary: got 'zeros'; one of Boundary.ZERO"),
    (
        {"sizes": [4, 1], "boundaries": Boundary.REFLECT},
        r"input_shape: got \(1,\); along axis 0 the kernel reads 1 pix",
    ),
    ({"memory": 0}, r"memory: got 0"),
]


@pytest.mark.parametrize(("replaced", "message"), bad_comparisons, ids=range(len(bad_comparisons)))
def test_bad_comparisons(replaced: dict[str, Any], message: str) -> None:
    with pytest.raises(errors.InvalidArgumentError, match=message):
        compare_boundaries(**({"weight": LINE, "sizes": [4]} | replaced))


def test_spectra_that_were_not_computed() -> None:
    found = compare_boundaries(LINE, [4, 8], Boundary.ZERO)
    for size, boundary in ((5, Boundary.ZERO), (4, Boundary.REFLECT), (4, "zeros")):
        message = r"size, boundary: got \(\d,\), .*; there are 4, 8 with Boundary.CIRCULAR, Boundary.ZERO"
        with pytest.raises(errors.InvalidArgumentError, match=message):
            found.mean_difference(size, boundary)  # type: ignore[arg-type]


# pictures ---------------------------------------------------------------------------------------------------------


def drawn(artists: list[Any]) -> Any:
    figure = artists[0].axes.figure
    figure.savefig(io.BytesIO(), format="png", dpi=30)
    return artists[0].axes


def test_the_sorted_spectra_are_drawn() -> None:
    found = compare_boundaries(normal(2, 2, 3, 3), [3, 8])
    artists = found.plot()
    ax = drawn(artists)
    curves = artists[: len(found.spectra)]
    for curve, spectrum in zip(curves, found.spectra, strict=True):
        assert curve.get_ydata() == pytest.approx(spectrum.values)
        assert len({*np.diff(curve.get_xdata()).round(12)}) == 1
        assert np.ptp(curve.get_xdata()) == pytest.approx(1)
    assert artists[8].get_ydata() == [found.norm.upper] * 2
    assert [text.get_text() for text in artists[9:11]] == ["3 \u00d7 3", "8 \u00d7 8"]
    names = ["circular", "zeros", "reflect", "replicate", "norm, certified"]
    assert [text.get_text() for text in artists[11].get_texts()] == names
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1", "18", "1", "128"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("number of the singular value", "singular value")
    assert ax.get_ylim()[1] > max(spectrum.sigma_max for spectrum in found.spectra)


def test_ends_are_drawn_as_dots_and_long_curves_thinned() -> None:
    found = compare_boundaries(normal(2, 2, 3), [30], [Boundary.ZERO, Boundary.REPLICATE], memory="1kB")
    curve, first, _ = found.plot()[:3]
    assert (curve.get_linestyle(), first.get_linestyle(), first.get_marker()) == ("-", "None", "o")
    assert first.get_ydata() == pytest.approx(found.spectra[1].values)
    assert first.get_xdata().tolist() == [0, 1]
    values = np.linspace(9, 1, 100_001)
    long, *_ = draw_sorted_panels([Panel("", 100_001, [values])], ["a"], ("n", "v"), ("top", 9.0))
    assert 1500 < len(long.get_xdata()) <= 2000
    assert long.get_ydata()[[0, -1]].tolist() == [9, 1]
    assert long.get_xdata()[[0, -1]].tolist() == [0, 1]


def test_differences_are_drawn_over_the_pixels() -> None:
    found = compare_boundaries(normal(2, 2, 3, 3), [4, 8], [Boundary.ZERO, Boundary.REFLECT])
    zeros, reflect, legend = found.plot_differences()
    ax = drawn([zeros])
    for curve, boundary in ((zeros, Boundary.ZERO), (reflect, Boundary.REFLECT)):
        assert curve.get_xdata().tolist() == [16, 64]
        assert curve.get_ydata() == pytest.approx([found.mean_difference(n, boundary) for n in (4, 8)])
    assert [text.get_text() for text in legend.get_texts()] == ["zeros", "reflect"]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["16", "64"]


def test_pictures_of_nothing() -> None:
    """A kernel of one tap has no border, and a zero one no values."""
    for weight in (np.ones((1, 1, 1)), np.zeros((1, 1, 3))):
        found = compare_boundaries(weight, [4, 8])
        drawn(found.plot())
        drawn(found.plot_differences())
    drawn(draw_decay(np.array([4, 9]), {"a": np.array([np.nan, np.nan]), "b": np.array([0.0, 1.0])}, ("n", "v")))


def test_pictures_go_into_the_axes_given() -> None:
    found = compare_boundaries(normal(1, 1, 3), [4, 8], Boundary.ZERO)
    figure, (left, right) = plt.subplots(1, 2)
    assert all(artist.axes is left for artist in found.plot(left))
    assert all(artist.axes is right for artist in found.plot_differences(right))
    assert plt.get_fignums() == [figure.number]
    for call in (found.plot, found.plot_differences):
        with pytest.raises(errors.InvalidArgumentError, match="ax: got 3d axes"):
            call(plt.figure().add_subplot(projection="3d"))


# the experiment ---------------------------------------------------------------------------------------------------


def test_the_experiment_is_one_command(tmp_path: Path) -> None:
    script = ROOT / "examples" / "boundaries" / "boundaries.py"
    options = ["--channels", "2", "--sizes", "4", "8", "--boundaries", "zeros", "replicate"]
    pictures = ["--picture", str(tmp_path / "spectra.png"), "--differences", str(tmp_path / "decay.png")]
    command = [sys.executable, "-W", "error", str(script), *options, *pictures]
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    lines = result.stdout.splitlines()
    assert lines[0] == "normal random kernel 2x2x3x3, seed 0"
    weight = normal(2, 2, 3, 3) / math.sqrt(18)
    expected = compare_boundaries(weight, [4, 8], [Boundary.ZERO, Boundary.REPLICATE])
    assert "\n".join(lines[2:-2]) == repr(expected)
    assert all((tmp_path / name).stat().st_size > 8_000 for name in ("spectra.png", "decay.png"))


def test_spectra_are_frozen() -> None:
    spectrum = BoundarySpectrum((4,), Boundary.ZERO, (4, 4), np.array([2.0, 1.0]), 1.0)
    assert not spectrum.is_complete
    with pytest.raises(ValueError, match="read-only"):
        spectrum.values[0] = 1
